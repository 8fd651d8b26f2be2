// SPDX-License-Identifier: GPL-2.0
/*
 * Receive: ESP in UDP (RFC 3948), decrypted by the adapter.
 *
 * It goes straight to XFRM, as from GRO when the socket for ESP in UDP has asked
 * for that. Not through UDP: the policy of that socket, with which key exchange
 * daemons let the encrypted datagram pass, refuses tunnel mode once it is
 * decrypted. And where no socket is, UDP would answer with an ICMP error that
 * quotes plaintext.
 */
#include <linux/ip.h>
#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <linux/udp.h>

#include "drv.h"

/* Check what IP would have checked, and pull the headers in front of ESP. */
static bool isim_drv_rx_encap_pull(struct sk_buff *skb)
{
	u32 ihl;

	skb_reset_network_header(skb);
	/* XFRM moves the Ethernet header along by it */
	skb_reset_mac_len(skb);
	if (!pskb_may_pull(skb, sizeof(struct iphdr)))
		return false;
	ihl = ip_hdrlen(skb);
	if (ihl < sizeof(struct iphdr) ||
	    !pskb_may_pull(skb, ihl + sizeof(struct udphdr)) ||
	    ip_fast_csum(ip_hdr(skb), ihl / 4))
		return false;
	__skb_pull(skb, ihl + sizeof(struct udphdr));
	skb_reset_transport_header(skb);
	return true;
}

/**
 * isim_drv_rx_encap() - give a datagram that has been decrypted to XFRM
 * @skb: datagram, its secpath set, data at the IP header; consumed
 *
 * Context: NAPI.
 */
void isim_drv_rx_encap(struct sk_buff *skb)
{
	__be32 spi, seq;

	if (!isim_drv_rx_encap_pull(skb) ||
	    xfrm_parse_spi(skb, IPPROTO_ESP, &spi, &seq)) {
		dev_core_stats_rx_dropped_inc(skb->dev);
		kfree_skb(skb);
		return;
	}

	xfrm_offload(skb)->flags |= XFRM_GRO;
	XFRM_TUNNEL_SKB_CB(skb)->tunnel.ip4 = NULL;
	XFRM_SPI_SKB_CB(skb)->family = AF_INET;
	XFRM_SPI_SKB_CB(skb)->daddroff = offsetof(struct iphdr, daddr);
	XFRM_SPI_SKB_CB(skb)->seq = seq;
	rcu_read_lock();
	xfrm_input(skb, IPPROTO_ESP, spi, UDP_ENCAP_ESPINUDP);
	rcu_read_unlock();
}
