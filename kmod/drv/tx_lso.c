// SPDX-License-Identifier: GPL-2.0
/*
 * Transmit: large packets that the adapter cuts into frames. Which ones it can,
 * and what it must be told.
 */
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include "drv.h"

/* More than any ESP trailer (17 octets) and ICV (32) */
#define ISIM_DRV_LSO_TAIL	64u

/* End of the L4 header whose checksum is to be done, or 0 */
static u32 isim_drv_lso_hdr_len(const struct sk_buff *skb)
{
	u32 l4 = skb_checksum_start_offset(skb);
	struct tcphdr tcph, *th;

	if (skb_shinfo(skb)->gso_type & SKB_GSO_UDP_L4)
		return skb->csum_offset == offsetof(struct udphdr, check) ?
		       l4 + sizeof(struct udphdr) : 0;
	if (skb->csum_offset != offsetof(struct tcphdr, check))
		return 0;
	th = skb_header_pointer(skb, l4, sizeof(tcph), &tcph);
	return th && th->doff >= sizeof(tcph) / 4 ? l4 + th->doff * 4 : 0;
}

/* IP, and TCP or UDP directly behind it, and nothing that must change besides */
static bool isim_drv_lso_plain_ok(const struct sk_buff *skb)
{
	u32 type = skb_shinfo(skb)->gso_type;
	u8 proto = type & SKB_GSO_UDP_L4 ? IPPROTO_UDP : IPPROTO_TCP;
	int l3 = skb_network_offset(skb);
	int l3_len = skb_checksum_start_offset(skb) - l3;
	const struct ipv6hdr *ip6;
	const struct iphdr *ip;
	struct ipv6hdr hdr;	/* or an IPv4 header, which is smaller */

	switch (vlan_get_protocol(skb)) {
	case htons(ETH_P_IP):
		ip = skb_header_pointer(skb, l3, sizeof(*ip), &hdr);
		return ip && ip->version == 4 && ip->protocol == proto &&
		       ip->ihl * 4 == l3_len &&
		       ntohs(ip->tot_len) == skb->len - l3;
	case htons(ETH_P_IPV6):
		ip6 = skb_header_pointer(skb, l3, sizeof(*ip6), &hdr);
		return ip6 && ip6->version == 6 && ip6->nexthdr == proto &&
		       l3_len == sizeof(*ip6) &&
		       ntohs(ip6->payload_len) == skb->len - l3 - sizeof(*ip6);
	default:
		return false;
	}
}

/*
 * Every frame uses up a sequence number, so there must not be more of them than
 * XFRM has counted. Across 2^32 the stack would not only cut but also encrypt
 * the packet itself, and give one frame the wrong high word.
 */
static bool isim_drv_lso_seq_ok(struct sk_buff *skb, u32 segs)
{
	const struct xfrm_offload *xo = xfrm_offload(skb);

	return xo && segs <= skb_shinfo(skb)->gso_segs &&
	       xo->seq.low + skb_shinfo(skb)->gso_segs >= xo->seq.low &&
	       !(xo->flags & XFRM_GSO_SEGMENT);
}

/**
 * isim_drv_tx_lso() - can the adapter cut this packet, and how?
 * @skb: packet, the MAC header at its start
 * @lso: filled in; mss 0 for a packet that is not large
 *
 * Context: any; never sleeps.
 * Return: false for a large packet that the adapter cannot cut.
 */
bool isim_drv_tx_lso(struct sk_buff *skb, struct isim_drv_lso *lso)
{
	const struct skb_shared_info *shinfo = skb_shinfo(skb);
	/* a tag that the stack has yet to put in */
	u32 vlan = skb_vlan_tag_present(skb) ? VLAN_HLEN : 0;
	u32 hdr_len, segs;

	*lso = (struct isim_drv_lso) { .segs = 1 };
	if (!skb_is_gso(skb))
		return true;
	if (skb->ip_summed != CHECKSUM_PARTIAL || skb->len + vlan > ISIM_HW_LSO_MAX ||
	    !(shinfo->gso_type & (SKB_GSO_TCPV4 | SKB_GSO_TCPV6 | SKB_GSO_UDP_L4)))
		return false;

	hdr_len = isim_drv_lso_hdr_len(skb);
	if (!hdr_len || hdr_len >= skb->len || hdr_len + vlan > ISIM_HW_TX_HDR_MAX ||
	    hdr_len + vlan + shinfo->gso_size + ISIM_DRV_LSO_TAIL > ISIM_HW_FRAME_MAX)
		return false;
	segs = DIV_ROUND_UP(skb->len - hdr_len, shinfo->gso_size);
	if (segs > ISIM_HW_LSO_SEGS_MAX)
		return false;

	lso->mss = shinfo->gso_size;
	lso->hdr_len = hdr_len;
	lso->segs = segs;
	lso->udp = shinfo->gso_type & SKB_GSO_UDP_L4;
	/* a secpath is no sign of ESP: what was decrypted and is forwarded has one */
	return shinfo->gso_type & SKB_GSO_ESP ? isim_drv_lso_seq_ok(skb, segs) :
						isim_drv_lso_plain_ok(skb);
}
