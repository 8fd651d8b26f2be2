// SPDX-License-Identifier: GPL-2.0
/*
 * Transmit: what a packet's secpath asks for. What has to be encrypted, by which
 * SA, and what must not leave at all.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>

#include "drv.h"

/* esp_xmit() has advanced xo->seq past a segment of software GSO. */
static u64 isim_drv_tx_seq(const struct xfrm_offload *xo)
{
	u64 seq = (u64)xo->seq.hi << 32 | xo->seq.low;

	return xo->flags & XFRM_GSO_SEGMENT ? seq - 1 : seq;
}

/*
 * Where the numbers end, xfrm_replay_overflow_offload_esn() refuses a packet and
 * takes back a number that it has given out before: the next packet gets that
 * once more, and a number used twice is an IV used twice. So in the last epoch
 * each number must be higher than all before it.
 */
static bool isim_drv_tx_seq_used(struct isim_drv_sa *sa, u64 seq, u32 segs)
{
	u64 last = seq + segs - 1;
	bool used;

	if (likely(upper_32_bits(seq) != U32_MAX))
		return false;
	spin_lock_bh(&sa->lock);
	used = seq <= sa->last_seq || last < seq;
	if (!used)
		sa->last_seq = last;
	spin_unlock_bh(&sa->lock);
	return used;
}

/**
 * isim_drv_tx_network() - find the network header of a frame
 * @skb: frame, data at the Ethernet header
 * @offset: filled in, valid if the header is there
 *
 * In the frame itself: what a bridge has forwarded can have its network header at
 * a VLAN tag, and mac_len as it came.
 *
 * Return: its Ethernet type, or 0 for a frame that ends before it.
 */
__be16 isim_drv_tx_network(const struct sk_buff *skb, unsigned int *offset)
{
	unsigned int at = offsetof(struct ethhdr, h_proto);
	__be16 buf;
	const __be16 *type;

	while ((type = skb_header_pointer(skb, at, sizeof(buf), &buf)) &&
	       eth_type_vlan(*type))
		at += VLAN_HLEN;
	*offset = at + sizeof(buf);
	return type ? *type : 0;
}

/*
 * May this be a received frame that an adapter has decrypted where it lay? Its
 * headers still say ESP, so it must not leave as it is. Nor may anything of which
 * that cannot be told: a later fragment, or what is not IP though only IP is ever
 * decrypted. ESP in UDP cannot come here: isim_drv_rx_encap() gives it to XFRM at
 * once.
 */
static bool isim_drv_tx_in_clear(struct sk_buff *skb, const struct xfrm_state *x)
{
	unsigned int network;
	struct ipv6hdr ip6h, *ip6;
	struct iphdr iph, *ip;
	bool later = false;
	__be16 frag;
	int offset;
	__be32 spi;
	u8 nexthdr;

	switch (isim_drv_tx_network(skb, &network)) {
	case htons(ETH_P_IP):
		ip = skb_header_pointer(skb, network, sizeof(iph), &iph);
		if (!ip || ip->ihl < sizeof(iph) / 4)
			return true;
		nexthdr = ip->protocol;
		later = ip->frag_off & htons(IP_OFFSET);
		offset = network + ip->ihl * 4;
		break;
	case htons(ETH_P_IPV6):
		ip6 = skb_header_pointer(skb, network, sizeof(ip6h), &ip6h);
		if (!ip6)
			return true;
		nexthdr = ip6->nexthdr;
		offset = ipv6_skip_exthdr(skb, network + sizeof(ip6h), &nexthdr,
					  &frag);
		/* it stops at the header of a later fragment */
		if (offset < 0 || nexthdr == NEXTHDR_FRAGMENT)
			return true;
		break;
	default:
		return true;
	}
	if (nexthdr != IPPROTO_ESP)
		return false;
	return later || skb_copy_bits(skb, offset, &spi, sizeof(spi)) ||
	       spi == x->id.spi;
}

/**
 * isim_drv_tx_secpath() - decide what a packet is
 * @adapter: adapter
 * @tx: ring
 * @skb: packet; its head may move
 * @esp: filled in, with sa_handle 0 for a packet to send as it is
 * @counter: what to count when it must not leave
 *
 * A secpath alone says nothing: a forwarded packet still carries the one of its
 * decapsulation. XFRM_XMIT says that esp_xmit() has left a packet for us to
 * encrypt.
 *
 * Context: TX queue lock held, BH off.
 * Return: false when the packet must be dropped, with the reason in @counter.
 */
bool isim_drv_tx_secpath(struct isim_drv_adapter *adapter,
			 struct isim_drv_tx_ring *tx, struct sk_buff *skb,
			 struct isim_drv_tx_esp *esp, u64_stats_t **counter)
{
	struct xfrm_offload *xo = xfrm_offload(skb);
	struct ip_esp_hdr *esph;
	struct isim_drv_sa *sa;
	struct xfrm_state *x;
	bool used = false;
	u32 segs = 1;
	u8 iv_len = 0;

	*esp = (struct isim_drv_tx_esp) {};
	if (likely(!xo))
		return true;

	x = xfrm_input_state(skb);
	if (!(xo->flags & XFRM_XMIT)) {
		*counter = &tx->drops.unfinished;
		if (xo->flags & CRYPTO_DONE)
			return !isim_drv_tx_in_clear(skb, x);
		/* a qdisc-less device can be given what esp_xmit() has not seen */
		return (xo->flags & XFRM_GRO) || x->xso.dir == XFRM_DEV_OFFLOAD_IN;
	}

	/* XFRM has given out a number for each frame of a large packet */
	if (skb_is_gso(skb))
		segs = skb_shinfo(skb)->gso_segs;
	esp->seq = isim_drv_tx_seq(xo);
	*counter = &tx->drops.stale_sa;
	rcu_read_lock();
	sa = isim_drv_sa_find(READ_ONCE(x->xso.offload_handle));
	if (sa && sa->adapter == adapter && !sa->inbound) {
		esp->sa_handle = READ_ONCE(sa->handle);
		iv_len = sa->iv_len;
		used = isim_drv_tx_seq_used(sa, esp->seq, segs);
	}
	rcu_read_unlock();
	if (!esp->sa_handle)
		return false;

	*counter = &tx->drops.other;
	if (used)
		return false;
	if (skb_transport_offset(skb) < ETH_HLEN)
		return false;
	esp->offset = skb_transport_offset(skb);
	if (x->encap)
		esp->offset += sizeof(struct udphdr);
	if (!pskb_may_pull(skb, esp->offset + sizeof(*esph) + iv_len))
		return false;

	/* a header that is not where we think it is would go out in clear */
	esph = (struct ip_esp_hdr *)(skb->data + esp->offset);
	esp->next_hdr = xo->proto;
	return esph->spi == x->id.spi &&
	       be32_to_cpu(esph->seq_no) == lower_32_bits(esp->seq);
}
