// SPDX-License-Identifier: GPL-2.0
/*
 * Segmentation: one large packet to many frames, see hw/ring.h.
 *
 * What is large		| headers, ESP, IV, IP, TCP | payload ...			|
 * One frame of it	| headers, ESP, IV, IP, TCP | piece | pad, trailer | (ICV)
 *
 * Headers and trailer of a frame are put together in its operation; the
 * piece of payload stays where the sender has it, but for the octets behind its
 * last whole cipher block, which precede the trailer. The result is an isim_emu_pkt
 * like any other, with its L4 checksum still to be done.
 */
#include <linux/bitops.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <net/checksum.h>
#include "compat/compat.h"
#include "emu/emu.h"

#define IPV4_HLEN	20u
#define IPV6_HLEN	40u
#define UDP_CSUM	6u	/* offset of the checksum */
#define TCP_HLEN	20u
#define TCP_CSUM	16u
#define TCP_FLAGS	13u
#define TCP_FIN		0x01u
#define TCP_PSH		0x08u
#define TCP_CWR		0x80u

/* Everything between IV and ICV is a multiple of this (RFC 4303, 2.4). */
static u32 lso_block(const struct isim_emu_sa *sa)
{
	return ALIGN(crypto_aead_blocksize(sa->aead), 4);
}

static u32 lso_frames(const struct isim_emu_pkt *pkt)
{
	return DIV_ROUND_UP(pkt->len - pkt->hdr_len, pkt->mss);
}

/* Do the L4 header and the lengths add up? */
static bool lso_l4_ok(const struct isim_emu_pkt *pkt)
{
	const u8 *l4 = pkt->seg[0].va + pkt->csum_start;

	if (!(pkt->flags & ISIM_TX_CSUM) || pkt->len > ISIM_HW_LSO_MAX ||
	    pkt->hdr_len > ISIM_HW_TX_HDR_MAX || pkt->hdr_len >= pkt->len ||
	    pkt->hdr_len > pkt->seg[0].len ||
	    lso_frames(pkt) > ISIM_HW_LSO_SEGS_MAX)
		return false;
	if (pkt->flags & ISIM_TX_UDP)
		return pkt->csum_off == UDP_CSUM &&
		       pkt->csum_start + ISIM_UDP_HLEN == pkt->hdr_len;
	return pkt->csum_off == TCP_CSUM &&
	       pkt->csum_start + TCP_HLEN <= pkt->hdr_len &&
	       l4[12] >> 4 >= TCP_HLEN / 4 &&
	       pkt->csum_start + (l4[12] >> 4) * 4u == pkt->hdr_len;
}

/* Is there an IP header at @off, and the L4 header behind it? */
static bool lso_inner_ok(const struct isim_emu_pkt *pkt, u32 off)
{
	const u8 *ip = pkt->seg[0].va + off;
	u32 room;

	if (off + IPV4_HLEN > pkt->csum_start)
		return false;
	room = pkt->csum_start - off;
	switch (ip[0] >> 4) {
	case 4:
		return (ip[0] & 15) * 4u == room;
	case 6:
		return room >= IPV6_HLEN;
	default:
		return false;
	}
}

/* Has the SA a number for each frame? None must be used a second time. */
static bool lso_seq_ok(const struct isim_emu_pkt *pkt, const struct isim_emu_sa *sa)
{
	u64 last = pkt->seq + lso_frames(pkt) - 1;

	return last >= pkt->seq &&
	       (sa->flags & ISIM_SA_ESN || last <= U32_MAX);
}

/* Is this ESP that can be cut? Sets @lso->inner_off. */
static bool lso_esp_ok(struct isim_emu_lso *lso, const struct isim_emu_pkt *pkt,
		       const struct isim_emu_sa *sa, const struct isim_emu_parse *p)
{
	u32 payload_off = pkt->esp_off + ISIM_ESP_HLEN + sa->iv_len;

	if (p->kind != ISIM_PARSE_ESP || p->l4_off != pkt->esp_off ||
	    pkt->csum_start < payload_off ||
	    lso_block(sa) > ISIM_EMU_TRAILER_MAX - 1 || !lso_seq_ok(pkt, sa))
		return false;
	if (!(sa->flags & ISIM_SA_TUNNEL))
		return true;
	lso->inner_off = payload_off;
	return lso_inner_ok(pkt, payload_off);
}

/**
 * isim_emu_lso_start() - begin to cut a large packet
 * @lso: state
 * @pkt: packet with an mss, any contents
 * @sa: outbound SA, or NULL; the ESP header has been found to be its own
 *
 * Return: false for a packet that is against the rules of hw/ring.h.
 */
bool isim_emu_lso_start(struct isim_emu_lso *lso, const struct isim_emu_pkt *pkt,
			const struct isim_emu_sa *sa)
{
	u32 proto = pkt->flags & ISIM_TX_UDP ? ISIM_PROTO_UDP : ISIM_PROTO_TCP;
	u32 most = pkt->hdr_len + pkt->mss;
	struct isim_emu_parse p;

	if (!lso_l4_ok(pkt))
		return false;
	isim_emu_parse(pkt->seg[0].va, pkt->seg[0].len, pkt->len, &p);
	lso->l3_off = p.l3_off;
	lso->inner_off = 0;
	if (sa) {
		if (!lso_esp_ok(lso, pkt, sa, &p))
			return false;
		most += ISIM_EMU_TRAILER_MAX + sa->icv_len;
	} else if (p.kind != ISIM_PARSE_IP || p.proto != proto ||
		   p.l4_off != pkt->csum_start) {
		return false;
	}
	if (most > ISIM_HW_FRAME_MAX)
		return false;

	lso->index = 0;
	lso->left = pkt->len - pkt->hdr_len;
	lso->piece = 0;
	lso->piece_off = pkt->hdr_len;
	return true;
}

/* @len: from this header to the end of what it carries */
static void lso_ip(u8 *ip, u32 len, u32 index)
{
	__sum16 sum = 0;

	if (ip[0] >> 4 == 6) {
		put_unaligned_be16(len - IPV6_HLEN, ip + 4);
		return;
	}
	put_unaligned_be16(len, ip + 2);
	put_unaligned_be16(get_unaligned_be16(ip + 4) + index, ip + 4);
	memcpy(ip + 10, &sum, sizeof(sum));
	sum = csum_fold(csum_partial(ip, (ip[0] & 15) * 4, 0));
	memcpy(ip + 10, &sum, sizeof(sum));
}

static void lso_tcp(const struct isim_emu_lso *lso, const struct isim_emu_pkt *pkt,
		    u8 *tcp)
{
	u32 seq = get_unaligned_be32(tcp + 4);

	put_unaligned_be32(seq + lso->index * pkt->mss, tcp + 4);
	if (lso->left)
		tcp[TCP_FLAGS] &= ~(TCP_FIN | TCP_PSH);
	if (lso->index)
		tcp[TCP_FLAGS] &= ~TCP_CWR;
}

/* In the pseudo header's sum: the length of the frame for that of the packet. */
static void lso_pseudo(u8 *field, u32 from, u32 to)
{
	__wsum acc;
	__sum16 sum;

	memcpy(&sum, field, sizeof(sum));
	acc = csum_sub(csum_unfold(sum), (__force __wsum)cpu_to_be32(from));
	acc = csum_add(acc, (__force __wsum)cpu_to_be32(to));
	sum = (__force __sum16)~(__force u16)csum_fold(acc);
	memcpy(field, &sum, sizeof(sum));
}

/* The next octets of payload, at most @len. Returns how many. */
static u32 lso_next(struct isim_emu_lso *lso, const struct isim_emu_pkt *pkt,
		    u32 len, u8 **va)
{
	while (lso->piece_off == pkt->seg[lso->piece].len) {
		lso->piece++;
		lso->piece_off = 0;
	}
	*va = pkt->seg[lso->piece].va + lso->piece_off;
	len = min(len, pkt->seg[lso->piece].len - lso->piece_off);
	lso->piece_off += len;
	lso->left -= len;
	return len;
}

static void lso_payload(struct isim_emu_lso *lso, const struct isim_emu_pkt *pkt,
			u32 len)
{
	struct isim_emu_pkt *frame = &lso->frame;

	while (len) {
		struct isim_emu_seg *seg = &frame->seg[frame->nsegs++];

		seg->len = lso_next(lso, pkt, len, &seg->va);
		len -= seg->len;
	}
}

/*
 * The last @rest octets of payload, and the ESP trailer (RFC 4303, 2.4 to 2.6) of
 * a frame with @plain octets of plaintext before it. Returns the octets from IV
 * to ICV.
 */
static u32 lso_trailer(struct isim_emu_lso *lso, const struct isim_emu_pkt *pkt,
		       const struct isim_emu_sa *sa, u32 plain, u32 rest, u8 *tail)
{
	u32 len = ALIGN(plain + 2, lso_block(sa)), i, n;
	u8 *to = tail, pad = len - plain - 2, *va;

	for (; rest; rest -= n, to += n) {
		n = lso_next(lso, pkt, rest, &va);
		memcpy(to, va, n);
	}
	for (i = 0; i < pad; i++)
		*to++ = i + 1;
	*to++ = pad;
	*to++ = pkt->next_hdr;
	lso->frame.seg[lso->frame.nsegs++] = (struct isim_emu_seg){
		.va = tail,
		.len = to - tail,
	};
	return len;
}

/**
 * isim_emu_lso_cut() - make the next frame of a large packet
 * @lso: state, @lso->left not 0; gets the frame in @lso->frame
 * @pkt: the packet that was started
 * @sa: the SA it was started with
 * @op: operation whose @cut_hdr and @cut_tail the frame uses
 */
void isim_emu_lso_cut(struct isim_emu_lso *lso, const struct isim_emu_pkt *pkt,
		      const struct isim_emu_sa *sa, struct isim_emu_op *op)
{
	struct isim_emu_pkt *frame = &lso->frame;
	u32 len = min_t(u32, lso->left, pkt->mss);
	u8 *hdr = op->cut_hdr, *l4 = hdr + pkt->csum_start;
	u32 l4_len = pkt->hdr_len - pkt->csum_start + len;

	memcpy(hdr, pkt->seg[0].va, pkt->hdr_len);
	frame->flags = pkt->flags;
	frame->seq = pkt->seq + lso->index;
	frame->len = pkt->hdr_len + len;
	frame->esp_off = pkt->esp_off;
	frame->csum_start = pkt->csum_start;
	frame->csum_off = pkt->csum_off;
	frame->nsegs = 1;
	frame->seg[0].va = hdr;
	frame->seg[0].len = pkt->hdr_len;

	if (!sa) {
		lso_payload(lso, pkt, len);
	} else {
		u32 payload_off = pkt->esp_off + ISIM_ESP_HLEN + sa->iv_len;
		u32 plain = frame->len - payload_off;
		u32 rest = min(plain % ISIM_EMU_CHUNK, len);

		lso_payload(lso, pkt, len - rest);
		put_unaligned_be32(lower_32_bits(frame->seq),
				   hdr + pkt->esp_off + 4);
		if (lso->inner_off)
			lso_ip(hdr + lso->inner_off, frame->len - lso->inner_off,
			       lso->index);
		frame->len = payload_off + sa->icv_len +
			     lso_trailer(lso, pkt, sa, plain, rest, op->cut_tail);
	}
	lso_ip(hdr + lso->l3_off, frame->len - lso->l3_off, lso->index);
	if (pkt->flags & ISIM_TX_UDP)
		put_unaligned_be16(l4_len, l4 + 4);
	else
		lso_tcp(lso, pkt, l4);
	lso_pseudo(l4 + pkt->csum_off, pkt->len - pkt->csum_start, l4_len);
	lso->index++;
}
