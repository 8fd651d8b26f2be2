/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Octet strings that lie in several pieces: the host's buffers of a packet to
 * send, or of a received frame. Offsets and lengths are in octets and count
 * from the start of the first piece; the caller has checked that the range
 * lies inside.
 */
#ifndef ISIM_EMU_SEG_H
#define ISIM_EMU_SEG_H

#include <linux/types.h>
#include "emu/api.h"

struct scatterlist;

void isim_emu_seg_read(const struct isim_emu_seg *seg, u32 off, u8 *to, u32 len);
void isim_emu_seg_write(struct isim_emu_seg *seg, u32 off, const u8 *from,
			u32 len);
__wsum isim_emu_seg_copy_sum(struct isim_emu_seg *to,
			     const struct isim_emu_seg *from,
			     unsigned int nfrom, u32 start);
u16 isim_emu_seg_fold(__wsum sum);
struct scatterlist *isim_emu_seg_to_sg(const struct isim_emu_seg *seg, u32 off,
				       u32 len, struct scatterlist *sg);
__wsum isim_emu_seg_sum(const struct isim_emu_seg *seg, u32 off, u32 len);

/* Copy one string to another of the same length. */
static inline void isim_emu_seg_copy(struct isim_emu_seg *to,
				     const struct isim_emu_seg *from,
				     unsigned int nfrom)
{
	isim_emu_seg_copy_sum(to, from, nfrom, U32_MAX);
}

#endif
