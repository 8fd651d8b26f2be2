// SPDX-License-Identifier: GPL-2.0
/*
 * What the host is told of a received packet besides its octets: flow hash, and
 * whether the L4 checksum is right. Both are of the innermost packet that the
 * adapter can see: of a decrypted one, what was inside.
 */
#include <linux/bitops.h>
#include <linux/jhash.h>
#include <net/checksum.h>
#include "compat/compat.h"
#include "emu/emu.h"

/**
 * isim_emu_rx_hash() - flow hash
 * @rss: receive spreading
 * @p: headers of an IP packet
 *
 * Return: the hash; p->ports tells whether it covers ports or SPI.
 */
u32 isim_emu_rx_hash(const struct isim_emu_rss *rss, const struct isim_emu_parse *p)
{
	u32 ports = p->ports ? p->port_word : 0;

	/* Source and destination are adjacent in both headers. */
	if (p->ipv6)
		return jhash_1word(jhash(p->saddr, 32, rss->seed), ports);
	return jhash_3words(get_unaligned((const u32 *)p->saddr),
			    get_unaligned((const u32 *)p->daddr), ports,
			    rss->seed);
}

/* Is the checksum of TCP or UDP right? Not if there is none. */
static bool rx_csum_ok(const struct isim_emu_frame *frame,
		       const struct isim_emu_parse *p)
{
	u32 len = p->l3_end - p->l4_off;
	__be16 udp[4];
	__wsum sum;

	if (!p->ports || (p->proto != ISIM_PROTO_TCP && p->proto != ISIM_PROTO_UDP))
		return false;
	if (p->proto == ISIM_PROTO_UDP) {
		if (len < ISIM_UDP_HLEN)
			return false;
		isim_emu_seg_read(frame->seg, p->l4_off, (u8 *)udp, sizeof(udp));
		if (be16_to_cpu(udp[2]) != len || !udp[3])
			return false;
	}
	/* The pseudo header: source and destination are adjacent in both headers. */
	sum = csum_partial(p->saddr, p->ipv6 ? 32 : 8,
			   (__force __wsum)cpu_to_be32(p->proto));
	sum = csum_add(sum, (__force __wsum)cpu_to_be32(len));
	sum = csum_add(sum, isim_emu_seg_sum(frame->seg, p->l4_off, len));
	return !csum_fold(sum);
}

/**
 * isim_emu_rx_tell_csum() - tell the host of a right L4 checksum
 * @op: operation; op->cpl is added to
 * @frame: received frame
 * @p: headers of the IP packet
 */
void isim_emu_rx_tell_csum(struct isim_emu_op *op, const struct isim_emu_frame *frame,
			   const struct isim_emu_parse *p)
{
	if (rx_csum_ok(frame, p))
		op->cpl.flags |= ISIM_RX_CSUM_OK;
}

/**
 * isim_emu_rx_tell_inner() - tell the host about the packet inside an ESP packet
 * @op: operation that has decrypted it, its trailer checked
 * @frame: received frame; gets the hash of the packet inside
 * @p: headers of the ESP packet
 *
 * Context: RCU read section.
 */
void isim_emu_rx_tell_inner(struct isim_emu_op *op, struct isim_emu_frame *frame,
			    const struct isim_emu_parse *p)
{
	const struct isim_emu_rss *rss = rcu_dereference(frame->rxq->emu->rss);
	u32 payload = p->esp_off + ISIM_ESP_HLEN + op->sa->iv_len;
	u32 end = p->l3_end - op->sa->icv_len - 2;
	struct isim_emu_parse in;
	u8 trailer[2];	/* pad length, next header */

	isim_emu_seg_read(frame->seg, end, trailer, sizeof(trailer));
	end -= trailer[0];
	isim_emu_parse_payload(frame->seg[0].va, frame->seg[0].len, end, payload,
			       trailer[1], p, &in);
	if (in.kind != ISIM_PARSE_IP)
		return;
	isim_emu_rx_tell_csum(op, frame, &in);
	if (!rss)
		return;
	frame->hash = isim_emu_rx_hash(rss, &in);
	frame->hash_l4 = in.ports;
}
