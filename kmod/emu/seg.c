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
 * isim_emu_seg_copy_sum() - copy one string to another of the same length
 * @to: pieces of the destination
 * @from: pieces of the source
 * @nfrom: number of them
 * @start: where to begin to sum, the string's length or more for nowhere
 *
 * Return: the ones' complement sum from @start on, not folded.
 */
__wsum isim_emu_seg_copy_sum(struct isim_emu_seg *to,
			     const struct isim_emu_seg *from,
			     unsigned int nfrom, u32 start)
{
	u32 to_off = 0, done = 0;
	__wsum sum = 0;

	for (; nfrom; nfrom--, from++) {
		u32 off = 0;

		while (off < from->len) {
			u32 n = min(from->len - off, to->len - to_off);
			void *dst = to->va + to_off;
			void *src = from->va + off;
			__wsum part;

			if (done >= start) {
				part = csum_partial_copy_nocheck(src, dst, n);
				sum = csum_block_add(sum, part, done - start);
			} else {
				n = min(n, start - done);
				memcpy(dst, src, n);
			}
			done += n;
			off += n;
			to_off += n;
			if (to_off == to->len) {
				to++;
				to_off = 0;
			}
		}
	}
	return sum;
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
 * isim_emu_seg_sum() - ones' complement sum (RFC 1071)
 * @seg: pieces
 * @off: where to start; the sum is that of a string that starts here
 * @len: octets
 *
 * Return: the sum, not folded.
 */
__wsum isim_emu_seg_sum(const struct isim_emu_seg *seg, u32 off, u32 len)
{
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
	return acc;
}

/**
 * isim_emu_seg_fold() - Internet checksum (RFC 1071)
 * @sum: of what it covers
 *
 * Return: the complement of the folded sum as it is stored in a header, in
 * host memory order; 0 becomes 0xffff, which means the same.
 */
u16 isim_emu_seg_fold(__wsum sum)
{
	__sum16 csum = csum_fold(sum);

	return csum ? (__force u16)csum : 0xffff;
}
