// SPDX-License-Identifier: GPL-2.0
/* Octet strings in several pieces. */
#include <linux/minmax.h>
#include <linux/scatterlist.h>
#include <linux/string.h>
#include <net/checksum.h>
#include "emu/seg.h"

/**
 * isim_emu_seg_read() - copy octets out
 * @seg: pieces
 * @off: where to start
 * @to: destination
 * @len: octets
 */
void isim_emu_seg_read(const struct isim_emu_seg *seg, u32 off, u8 *to, u32 len)
{
	for (; off >= seg->len; seg++)
		off -= seg->len;
	for (; len; seg++, off = 0) {
		u32 n = min(len, seg->len - off);

		memcpy(to, seg->va + off, n);
		to += n;
		len -= n;
	}
}

/**
 * isim_emu_seg_write() - copy octets in
 * @seg: pieces
 * @off: where to start
 * @from: source
 * @len: octets
 */
void isim_emu_seg_write(struct isim_emu_seg *seg, u32 off, const u8 *from,
			u32 len)
{
	for (; off >= seg->len; seg++)
		off -= seg->len;
	for (; len; seg++, off = 0) {
		u32 n = min(len, seg->len - off);

		memcpy(seg->va + off, from, n);
		from += n;
		len -= n;
	}
}

/**
 * isim_emu_seg_copy() - copy one string to another of the same length
 * @to: pieces of the destination
 * @from: pieces of the source
 * @nfrom: number of them
 */
void isim_emu_seg_copy(struct isim_emu_seg *to, const struct isim_emu_seg *from,
		       unsigned int nfrom)
{
	u32 to_off = 0;

	for (; nfrom; nfrom--, from++) {
		u32 off = 0;

		while (off < from->len) {
			u32 n = min(from->len - off, to->len - to_off);

			memcpy(to->va + to_off, from->va + off, n);
			off += n;
			to_off += n;
			if (to_off == to->len) {
				to++;
				to_off = 0;
			}
		}
	}
}

/**
 * isim_emu_seg_to_sg() - add octets to a scatterlist
 * @seg: pieces
 * @off: where to start
 * @len: octets, may be 0
 * @sg: next free entry of an initialised list
 *
 * Return: the next free entry behind what was added.
 */
struct scatterlist *isim_emu_seg_to_sg(const struct isim_emu_seg *seg, u32 off,
				       u32 len, struct scatterlist *sg)
{
	if (!len)
		return sg;
	for (; off >= seg->len; seg++)
		off -= seg->len;
	for (; len; seg++, off = 0) {
		u32 n = min(len, seg->len - off);

		sg_set_buf(sg++, seg->va + off, n);
		len -= n;
	}
	return sg;
}

/**
 * isim_emu_seg_csum() - Internet checksum (RFC 1071)
 * @seg: pieces
 * @off: where to start
 * @len: octets
 *
 * Return: the complement of the folded sum as it is stored in a header, in
 * host memory order; 0 becomes 0xffff, which means the same.
 */
u16 isim_emu_seg_csum(const struct isim_emu_seg *seg, u32 off, u32 len)
{
	__sum16 sum;
	__wsum acc = 0;
	u32 done = 0;

	for (; len && off >= seg->len; seg++)
		off -= seg->len;
	for (; done < len; seg++, off = 0) {
		u32 n = min(len - done, seg->len - off);

		acc = csum_block_add(acc, csum_partial(seg->va + off, n, 0),
				     done);
		done += n;
	}
	sum = csum_fold(acc);
	return sum ? (__force u16)sum : 0xffff;
}
