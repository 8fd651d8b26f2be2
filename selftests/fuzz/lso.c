// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz target: segmentation.
 *
 * Input: struct control, in network order, then the headers. The payload is made
 * up. Each buffer of the packet is memory of just its size, so that an octet too
 * far is noticed.
 *
 * Whatever the packet is: it is refused, or it is cut into as many frames as it must
 * be, which hold its payload, and whose headers differ from its own where and how
 * hw/ring.h says. Nothing else of the operation is written to.
 */
#include <string.h>

#include <linux/types.h>
#include <linux/bitops.h>
#include "compat/compat.h"
#include "emu/emu.h"
#include "fuzz.h"

enum { HAS_SA = 1, TUNNEL = 2, ESN = 4, BLOCKS = 0x18 };

struct control {
	u16	payload;	/* octets behind the input */
	u16	mss;
	u16	hdr_len;
	u16	csum_start;
	u16	esp_off;
	u8	csum_off;
	u8	flags;		/* ISIM_TX_* */
	u8	sa;		/* see above */
	u8	iv_len;
	u8	icv_len;
	u8	next_hdr;
	u8	seq_hi;
	u8	nsegs;
	u8	cuts[10];	/* lengths of the buffers but the last, in 64ths */
};

static struct isim_emu_pkt pkt;
static struct crypto_aead aead;
static struct isim_emu_sa the_sa;
static u8 whole[ISIM_HW_LSO_MAX], flat[ISIM_HW_FRAME_MAX], want[ISIM_HW_TX_HDR_MAX];
static unsigned long refused, cut, frames;

static void get_control(const uint8_t *data, struct control *c)
{
	unsigned int i;

	memcpy(c, data, sizeof(*c));
	for (i = 0; i < 5; i++)
		((u16 *)c)[i] = get_unaligned_be16(data + 2 * i);
}

/* Buffers for the packet; the last takes what is left. */
static void make_buffers(const struct control *c)
{
	u32 left = pkt.len, at = 0, n;

	pkt.nsegs = 0;
	while (left) {
		n = left;
		if (pkt.nsegs < c->nsegs % sizeof(c->cuts))
			n = 1 + c->cuts[pkt.nsegs] * left / 256;
		if (n > left)
			n = left;
		pkt.seg[pkt.nsegs].va = malloc(n);
		must(pkt.seg[pkt.nsegs].va);
		memcpy(pkt.seg[pkt.nsegs].va, whole + at, n);
		pkt.seg[pkt.nsegs++].len = n;
		left -= n;
		at += n;
	}
}

static void free_buffers(void)
{
	while (pkt.nsegs)
		free(pkt.seg[--pkt.nsegs].va);
}

/* What the TX queue has seen to: see tx_fetch(), tx_esp_ok() and tx_plain_ok(). */
static bool queue_likes(const struct isim_emu_sa *sa)
{
	u32 payload = pkt.esp_off + ISIM_ESP_HLEN;

	if (pkt.len < ISIM_ETH_HLEN || !pkt.mss)
		return false;
	if (!sa)
		return !(pkt.flags & ISIM_TX_CSUM) ||
		       pkt.csum_start + pkt.csum_off + 2u <= pkt.len;
	if (pkt.esp_off < ISIM_ETH_HLEN || payload + sa->iv_len > pkt.seg[0].len)
		return false;
	pkt.seq = pkt.seq << 32 | get_unaligned_be32(whole + pkt.esp_off + 4);
	the_sa.spi = get_unaligned_be32(whole + pkt.esp_off);
	return true;
}

/* --- The judge --------------------------------------------------------------- */

static u32 sum16(const u8 *at, u32 len)
{
	u32 sum = 0;

	for (; len > 1; len -= 2, at += 2)
		sum += at[0] << 8 | at[1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* The IP header at @off as it must be in a frame of @len octets, into want[] */
static void want_ip(u32 off, u32 len, u32 index)
{
	u8 *ip = want + off;

	if (ip[0] >> 4 == 6) {
		put_unaligned_be16(len - off - 40, ip + 4);
		return;
	}
	must(ip[0] >> 4 == 4);
	put_unaligned_be16(len - off, ip + 2);
	put_unaligned_be16(get_unaligned_be16(ip + 4) + index, ip + 4);
	/* judged here: a right sum is all ones */
	must(sum16(flat + off, (ip[0] & 15) * 4) == 0xffff);
	memcpy(ip + 10, flat + off + 10, 2);
}

static void want_l4(u32 index, u32 len, bool last)
{
	u8 *l4 = want + pkt.csum_start, *field = l4 + pkt.csum_off;
	u32 old = get_unaligned_be16(field), new;

	new = get_unaligned_be16(flat + pkt.csum_start + pkt.csum_off);
	/* the same sum, but for the length: in ones' complement */
	must((old + len) % 0xffff == (new + (pkt.len - pkt.csum_start)) % 0xffff);
	put_unaligned_be16(new, field);
	if (pkt.flags & ISIM_TX_UDP) {
		put_unaligned_be16(len, l4 + 4);
		return;
	}
	put_unaligned_be32(get_unaligned_be32(l4 + 4) + index * pkt.mss, l4 + 4);
	if (!last)
		l4[13] &= ~9;
	if (index)
		l4[13] &= ~0x80;
}

/* Padding, its length and next header, from @at on; no ICV yet */
static void check_trailer(const struct isim_emu_sa *sa, u32 from, u32 at, u32 end)
{
	u32 block = sa->aead->blocksize > 4 ? sa->aead->blocksize : 4, i;

	must(end >= at + 2 && end - at < 2 + block);
	must((end - from) % block == 0);
	for (i = 0; at + i < end - 2; i++)
		must(flat[at + i] == i + 1);
	must(flat[end - 2] == i && flat[end - 1] == pkt.next_hdr);
}

static void flatten(const struct isim_emu_pkt *frame, u32 len)
{
	u32 at = 0, i;

	must(frame->nsegs && frame->nsegs <= ISIM_EMU_TX_PIECES);
	must(frame->len <= ISIM_HW_FRAME_MAX);
	for (i = 0; i < frame->nsegs; i++) {
		must(at + frame->seg[i].len <= len);
		memcpy(flat + at, frame->seg[i].va, frame->seg[i].len);
		at += frame->seg[i].len;
	}
	must(at == len);
}

static void check_frame(const struct isim_emu_lso *lso, const struct isim_emu_sa *sa,
			u32 index)
{
	u32 at = pkt.hdr_len + index * pkt.mss, n = pkt.len - at, end = lso->frame.len;
	bool last = n <= pkt.mss;

	if (!last)
		n = pkt.mss;
	if (sa)
		end -= sa->icv_len;
	flatten(&lso->frame, end);
	memcpy(want, whole, pkt.hdr_len);
	want_ip(lso->l3_off, lso->frame.len, index);
	want_l4(index, pkt.hdr_len - pkt.csum_start + n, last);
	must(!memcmp(flat + pkt.hdr_len, whole + at, n));
	if (!sa) {
		must(end == pkt.hdr_len + n);
	} else {
		u32 from = pkt.esp_off + ISIM_ESP_HLEN + sa->iv_len;

		must(lso->frame.seq == pkt.seq + index);
		must(sa->flags & ISIM_SA_ESN || lso->frame.seq <= U32_MAX);
		put_unaligned_be32(lso->frame.seq, want + pkt.esp_off + 4);
		must(lso->inner_off == (sa->flags & ISIM_SA_TUNNEL ? from : 0));
		if (lso->inner_off)
			want_ip(lso->inner_off, pkt.hdr_len + n, index);
		check_trailer(sa, from, pkt.hdr_len + n, end);
	}
	must(!memcmp(flat, want, pkt.hdr_len));
}

/* All but headers and trailer is as it was: the operation may be another's. */
static void check_op(const struct isim_emu_op *op)
{
	const u8 *octet = (const u8 *)op;
	size_t i;

	for (i = 0; i < sizeof(*op); i++) {
		if (i >= offsetof(struct isim_emu_op, cut_hdr) &&
		    i < offsetof(struct isim_emu_op, cut_hdr) + pkt.hdr_len)
			continue;
		if (i >= offsetof(struct isim_emu_op, cut_tail) &&
		    i < offsetof(struct isim_emu_op, cut_tail) + sizeof(op->cut_tail))
			continue;
		must(octet[i] == 0xa5);
	}
}

static void cut_all(struct isim_emu_lso *lso, const struct isim_emu_sa *sa)
{
	u32 index, number = DIV_ROUND_UP(pkt.len - pkt.hdr_len, pkt.mss);
	static struct isim_emu_op op;

	must(number <= ISIM_HW_LSO_SEGS_MAX && pkt.hdr_len <= ISIM_HW_TX_HDR_MAX);
	for (index = 0; index < number; index++) {
		must(lso->left);
		memset(&op, 0xa5, sizeof(op));
		isim_emu_lso_cut(lso, &pkt, sa, &op);
		check_frame(lso, sa, index);
		/* it takes longer than all the rest */
		if (!index || index == number - 1)
			check_op(&op);
	}
	must(!lso->left);
	frames += number;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const u8 blocks[] = { 1, 4, 8, 16 };
	struct isim_emu_sa *sa = NULL;
	struct isim_emu_lso lso;
	struct control c;
	u32 i;

	if (size < sizeof(c))
		return 0;
	get_control(data, &c);
	data += sizeof(c);
	size -= sizeof(c);
	if (size + c.payload > ISIM_HW_LSO_MAX)
		return 0;
	memcpy(whole, data, size);
	for (i = 0; i < c.payload; i++)
		whole[size + i] = i * 7 + (i >> 8);
	pkt = (struct isim_emu_pkt) {
		.len		= size + c.payload,
		.mss		= c.mss,
		.hdr_len	= c.hdr_len,
		.csum_start	= c.csum_start,
		.csum_off	= c.csum_off,
		.esp_off	= c.esp_off,
		.flags		= c.flags,
		.next_hdr	= c.next_hdr,
		.seq		= c.seq_hi,
	};
	if (c.sa & HAS_SA) {
		sa = &the_sa;
		aead.blocksize = blocks[(c.sa & BLOCKS) >> 3];
		the_sa = (struct isim_emu_sa) {
			.flags		= (c.sa & TUNNEL ? ISIM_SA_TUNNEL : 0) |
					  (c.sa & ESN ? ISIM_SA_ESN : 0),
			.iv_len		= c.iv_len % (ISIM_EMU_IV_MAX + 1),
			.icv_len	= c.icv_len % 33,
			.aead		= &aead,
		};
		if (!(c.sa & ESN))
			pkt.seq = 0;
	}
	make_buffers(&c);
	if (queue_likes(sa)) {
		if (isim_emu_lso_start(&lso, &pkt, sa)) {
			cut_all(&lso, sa);
			cut++;
		} else {
			refused++;
		}
	}
	free_buffers();
	return 0;
}

static void __attribute__((destructor)) tell(void)
{
	printf("%lu packets refused, %lu cut into %lu frames\n", refused, cut, frames);
}

/* --- Seeds: packets that can be cut, but for some with long headers ----------- */

static u8 *put_ip(u8 *at, bool six, u8 proto, u32 len)
{
	memset(at, 0, 40);
	if (six) {
		at[0] = 0x60;
		put_unaligned_be16(len - 40, at + 4);
		at[6] = proto;
		return at + 40;
	}
	at[0] = 0x45;
	put_unaligned_be16(len, at + 2);
	at[5] = 0xfe;
	at[9] = proto;
	return at + 20;
}

static u8 *put_l4(u8 *at, bool udp)
{
	memset(at, 0, 32);
	if (udp)
		return at + 8;
	at[12] = 0x80;	/* 12 octets of options */
	at[13] = 0x99;	/* CWR, ACK, PSH, FIN */
	return at + 32;
}

/* n counts: IPv4 or 6, UDP or TCP, plain, transport, tunnel, MSS, blocks, VLAN */
size_t fuzz_seed(unsigned int n, uint8_t *data)
{
	static const u16 sizes[] = { 1448, 100, 1, 9000 };
	bool six = n & 1, udp = n & 2;
	u32 mode = n / 4 % 3, len, blocks = n / 48 % 4;
	u32 extra = mode == 1 && n % 5 == 1 ? 210 : 0;
	u8 *start = data + sizeof(struct control), *at = start;
	struct control c = {};

	if (n >= 2 * 2 * 3 * 4 * 4)
		return 0;
	c.mss = sizes[n / 12 % 4];
	c.payload = c.mss == 9000 ? 60000 : c.mss * (n % 7 + 2) + n % 5;
	memset(at, 2, 14);
	at += 12;
	if (n % 3 == 2) {
		put_unaligned_be32(0x81000007, at);
		at += 4;
	}
	put_unaligned_be16(six ? 0x86dd : 0x0800, at);
	at += 2;
	len = (six ? 40 : 20) + extra + (mode ? 16 : 0) + (mode == 2 ? (n % 5 ? 40 : 20) : 0) +
	      (udp ? 8 : 32) + c.payload;
	at = put_ip(at, six, mode ? 50 : udp ? 17 : 6, len);
	if (mode) {
		c.esp_off = at - start;
		c.sa = HAS_SA | (mode == 2 ? TUNNEL : 0) | (n % 11 ? ESN : 0) | blocks << 3;
		c.iv_len = 8;
		c.icv_len = 8 + n % 3 * 4;
		c.next_hdr = mode == 2 ? (n % 5 ? 41 : 4) : udp ? 17 : 6;
		memset(at, 0, 16);
		put_unaligned_be32(n % 13 ? 0x100 : 0xfffffffe, at + 4);
		put_unaligned_be32(0x1000, at);
		at += 16;
		if (mode == 2)
			at = put_ip(at, n % 5, udp ? 17 : 6, start + 14 + len - at);
	}
	memset(at, 0, extra);
	at += extra;
	c.csum_start = at - start;
	c.csum_off = udp ? 6 : 16;
	c.flags = ISIM_TX_CSUM | (udp ? ISIM_TX_UDP : 0);
	at = put_l4(at, udp);
	c.hdr_len = at - start;
	c.nsegs = n % 9;
	memset(c.cuts, 40 + n % 100, sizeof(c.cuts));
	c.cuts[0] = 255;
	memcpy(data, &c, sizeof(c));
	for (n = 0; n < 5; n++)
		put_unaligned_be16(((u16 *)&c)[n], data + 2 * n);
	return at - data;
}
