// SPDX-License-Identifier: GPL-2.0
/*
 * ESP transform (RFC 4303).
 *
 * In the frame:      | ... IP | SPI | seq | IV | payload, pad, trailer | ICV |
 * Associated data:            | SPI | [seq high] | seq | IV |
 *
 * The associated data is put together apart from the frame, because that of an
 * ESN SA is not contiguous in it (RFC 4106, 5). It leads both scatterlists.
 *
 * All algorithms of the crypto API take it in this form. What they make of it is
 * their business: authencesn moves the high word behind the ciphertext, for
 * which it borrows the place of the ICV; GMAC authenticates the payload as more
 * of the same.
 */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/string.h>
#include "compat/compat.h"
#include "emu/emu.h"
#include "emu/esn.h"

#define ESP_HEAD_MORE	64u	/* TCP with all its options, behind the checksum */

/* Returns the length of the associated data that was put at op->hdr. */
static u32 esp_aad(struct isim_emu_op *op, const struct isim_emu_sa *sa, u64 seq,
		   const u8 *iv)
{
	u8 *aad = op->hdr;

	put_unaligned_be32(sa->spi, aad);
	aad += 4;
	if (sa->flags & ISIM_SA_ESN) {
		put_unaligned_be32(upper_32_bits(seq), aad);
		aad += 4;
	}
	put_unaligned_be32(lower_32_bits(seq), aad);
	aad += 4;
	memcpy(aad, iv, sa->iv_len);
	aad += sa->iv_len;
	memcpy(op->iv, iv, sa->iv_len);
	return aad - op->hdr;
}

static struct aead_request *esp_request(struct isim_emu_op *op,
					struct isim_emu_sa *sa, u32 crypt_len,
					u32 aad_len, struct scatterlist *dst,
					crypto_completion_t done)
{
	struct aead_request *req = (struct aead_request *)op->req;

	op->sa = sa;
	aead_request_set_tfm(req, sa->aead);
	aead_request_set_callback(req, 0, done, op);
	aead_request_set_crypt(req, op->src, dst, crypt_len, op->iv);
	aead_request_set_ad(req, aad_len);
	return req;
}

/*
 * Counter modes need a new IV each time, and the host never uses a sequence
 * number twice with a key. CBC needs one that nobody can predict (RFC 3602, 3).
 */
static void esp_tx_iv(const struct isim_emu_sa *sa, u64 seq, u8 *iv)
{
	if (sa->random_iv)
		get_random_bytes(iv, sa->iv_len);
	else
		put_unaligned_be64(seq, iv);
}

/*
 * With ISIM_TX_CSUM the plaintext up to the checksum field is copied behind the
 * associated data, and the checksum stored in the copy: the sender's memory is
 * not ours to write. If headers end not far behind it, and the first buffer with
 * them, they are copied as a whole; and always up to the end of a cipher block.
 * Returns the octets of plaintext copied.
 */
static u32 esp_tx_csum(struct isim_emu_op *op, const struct isim_emu_sa *sa,
		       const struct isim_emu_pkt *pkt, u32 aad_len,
		       u32 payload_off)
{
	u32 field = pkt->csum_start + pkt->csum_off;
	u32 copied = field + 2 - payload_off;
	u32 head = pkt->seg[0].len - payload_off;
	u32 trailer = pkt->len - sa->icv_len - 2;
	u8 *plain = op->hdr + aad_len;
	u8 pad_len;
	u16 csum;

	isim_emu_seg_read(pkt->seg, trailer, &pad_len, 1);
	csum = isim_emu_seg_fold(isim_emu_seg_sum(pkt->seg, pkt->csum_start,
						  trailer - pad_len - pkt->csum_start));
	if (head > copied && head <= min(copied + ESP_HEAD_MORE, ISIM_HW_TX_HDR_MAX))
		copied = head;
	copied = min(ALIGN(copied, ISIM_EMU_CHUNK), trailer + 2 - payload_off);
	isim_emu_seg_read(pkt->seg, payload_off, plain, copied);
	memcpy(plain + field - payload_off, &csum, 2);
	return copied;
}

/* Find the piece with the octet at @off, which becomes the offset in it. */
static const struct isim_emu_seg *esp_tx_piece(const struct isim_emu_seg *seg, u32 *off)
{
	for (; *off >= seg->len; seg++)
		*off -= seg->len;
	return seg;
}

/*
 * The plaintext, @len octets from @off on, which begins with a chunk. The sender's
 * pieces end anywhere: a chunk that goes on in the next, or in the next page, is put
 * together apart. See ISIM_EMU_CHUNK. Returns the next free entry behind what was added.
 */
static struct scatterlist *esp_tx_sg(struct isim_emu_op *op,
				     const struct isim_emu_pkt *pkt, u32 off, u32 len,
				     struct scatterlist *sg)
{
	const struct isim_emu_seg *seg = pkt->seg;
	u32 splits = ISIM_EMU_TX_SPLITS;
	u8 *bridge = op->bridge;
	u32 n, page;

	while (len) {
		seg = esp_tx_piece(seg, &off);
		n = min(len, seg->len - off);
		page = PAGE_SIZE - offset_in_page(seg->va + off);
		if (page < n && splits) {
			n = page;
			splits--;
		}
		if (n < len)
			n -= n % ISIM_EMU_CHUNK;
		if (n) {
			sg_set_buf(sg++, seg->va + off, n);
		} else {
			n = min(len, ISIM_EMU_CHUNK);
			isim_emu_seg_read(seg, off, bridge, n);
			sg_set_buf(sg++, bridge, n);
			bridge += n;
		}
		off += n;
		len -= n;
	}
	return sg;
}

/**
 * isim_emu_esp_encrypt() - encrypt a packet into buffers of the far end
 * @op: operation; op->frame has room for the frame
 * @sa: outbound SA
 * @pkt: packet, checked against the limits of hw/ring.h
 * @done: called if the result is -EINPROGRESS
 *
 * Headers and IV are written at once, the rest by the AEAD.
 *
 * Return: 0, -EINPROGRESS, or the AEAD's error.
 */
int isim_emu_esp_encrypt(struct isim_emu_op *op, struct isim_emu_sa *sa,
			 const struct isim_emu_pkt *pkt,
			 crypto_completion_t done)
{
	u32 iv_off = pkt->esp_off + ISIM_ESP_HLEN;
	u32 payload_off = iv_off + sa->iv_len;
	u32 crypt_len = pkt->len - sa->icv_len - payload_off;
	u32 aad_len, copied = 0;
	struct scatterlist *sg;
	u8 iv[ISIM_EMU_IV_MAX];

	esp_tx_iv(sa, pkt->seq, iv);
	isim_emu_seg_write(op->frame.seg, 0, pkt->seg[0].va, iv_off);
	isim_emu_seg_write(op->frame.seg, iv_off, iv, sa->iv_len);

	op->esp_len = pkt->len - pkt->esp_off;
	aad_len = esp_aad(op, sa, pkt->seq, iv);
	if (pkt->flags & ISIM_TX_CSUM)
		copied = esp_tx_csum(op, sa, pkt, aad_len, payload_off);

	sg_init_table(op->src, 2 * pkt->nsegs + ISIM_EMU_TX_SPLITS + 1);
	sg_set_buf(op->src, op->hdr, aad_len + copied);
	sg = esp_tx_sg(op, pkt, payload_off + copied, crypt_len - copied, op->src + 1);
	sg_mark_end(sg - 1);

	sg_init_table(op->dst, 1 + op->frame.nsegs);
	sg_set_buf(op->dst, op->hdr, aad_len);
	sg = isim_emu_seg_to_sg(op->frame.seg, payload_off,
				crypt_len + sa->icv_len, op->dst + 1);
	sg_mark_end(sg - 1);

	return crypto_aead_encrypt(esp_request(op, sa, crypt_len, aad_len,
					       op->dst, done));
}

/**
 * isim_emu_esp_fits() - has a packet a length that its SA can have?
 * @sa: inbound SA
 * @p: its headers
 *
 * Return: false when there is no room for IV, trailer and ICV, or when what is
 * encrypted is not a multiple of the cipher's block.
 */
bool isim_emu_esp_fits(const struct isim_emu_sa *sa,
		       const struct isim_emu_parse *p)
{
	u32 around = ISIM_ESP_HLEN + sa->iv_len + sa->icv_len;
	u32 len = p->l3_end - p->esp_off;

	return len >= around + 2 && !((len - around) & sa->block_mask);
}

/**
 * isim_emu_esp_decrypt() - authenticate and decrypt a frame where it lies
 * @op: operation
 * @sa: inbound SA
 * @frame: the frame
 * @p: its headers; isim_emu_esp_fits()
 * @done: called if the result is -EINPROGRESS
 *
 * Return: 0, -EINPROGRESS, -EBADMSG for a wrong ICV, or the AEAD's error.
 */
int isim_emu_esp_decrypt(struct isim_emu_op *op, struct isim_emu_sa *sa,
			 struct isim_emu_frame *frame,
			 const struct isim_emu_parse *p,
			 crypto_completion_t done)
{
	u32 iv_off = p->esp_off + ISIM_ESP_HLEN;
	u32 payload_off = iv_off + sa->iv_len;
	struct scatterlist *sg;
	u8 iv[ISIM_EMU_IV_MAX];
	u32 crypt_len, aad_len;
	u64 seq;

	op->esp_len = p->l3_end - p->esp_off;
	crypt_len = p->l3_end - payload_off;
	isim_emu_seg_read(frame->seg, iv_off, iv, sa->iv_len);
	seq = p->seq;
	if (sa->flags & ISIM_SA_ESN)
		seq = isim_emu_esn(READ_ONCE(sa->epoch), p->seq);
	op->cpl.seq = cpu_to_le64(seq);
	aad_len = esp_aad(op, sa, seq, iv);

	sg_init_table(op->src, 1 + frame->nsegs);
	sg_set_buf(op->src, op->hdr, aad_len);
	sg = isim_emu_seg_to_sg(frame->seg, payload_off, crypt_len, op->src + 1);
	sg_mark_end(sg - 1);

	return crypto_aead_decrypt(esp_request(op, sa, crypt_len, aad_len,
					       op->src, done));
}

/**
 * isim_emu_esp_trailer() - check the trailer of an authentic packet
 * @op: operation; op->cpl tells where the packet ends
 * @frame: the frame, decrypted
 *
 * Return: IPsecOV2's CryptoStatus.
 */
enum isim_hw_crypto_status isim_emu_esp_trailer(const struct isim_emu_op *op,
						const struct isim_emu_frame *frame)
{
	const struct isim_emu_sa *sa = op->sa;
	u32 plain = op->esp_len - ISIM_ESP_HLEN - sa->iv_len - sa->icv_len;
	u32 end = le16_to_cpu(op->cpl.frame_len) - sa->icv_len;
	u8 trailer[2];	/* pad length, next header */

	isim_emu_seg_read(frame->seg, end - sizeof(trailer), trailer,
			  sizeof(trailer));
	if (trailer[0] + sizeof(trailer) > plain)
		return ISIM_CRYPTO_INVALID_PACKET_SYNTAX;
	if (sa->flags & ISIM_SA_TUNNEL && trailer[1] != IPPROTO_IPIP &&
	    trailer[1] != IPPROTO_IPV6 && trailer[1] != IPPROTO_NONE)
		return ISIM_CRYPTO_INVALID_PROTOCOL;
	return ISIM_CRYPTO_SUCCESS;
}

/**
 * isim_emu_esp_status() - what a decryption's outcome is called
 * @sa: SA
 * @err: from isim_emu_esp_decrypt() or its callback
 *
 * Return: IPsecOV2's CryptoStatus.
 */
enum isim_hw_crypto_status isim_emu_esp_status(const struct isim_emu_sa *sa,
					       int err)
{
	switch (err) {
	case 0:
		return ISIM_CRYPTO_SUCCESS;
	case -EBADMSG:
		return sa->flags & ISIM_SA_TUNNEL ?
			ISIM_CRYPTO_TUNNEL_ESP_AUTH_FAILED :
			ISIM_CRYPTO_TRANSPORT_ESP_AUTH_FAILED;
	default:
		return ISIM_CRYPTO_GENERIC_ERROR;
	}
}
