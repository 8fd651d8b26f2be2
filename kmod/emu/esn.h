/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Extended sequence numbers, receiving side of the adapter. The rule is in
 * hw/admin.h. Pure arithmetic, so that it also builds in user space.
 */
#ifndef ISIM_EMU_ESN_H
#define ISIM_EMU_ESN_H

#include <linux/types.h>

/**
 * isim_emu_esn() - the 64-bit number of a received low word
 * @epoch: as programmed: H << 1 | overlap
 * @seq: low word
 *
 * Behind the last epoch there is none: a number that would be there is taken to
 * be of the last one, and will not authenticate.
 *
 * Return: the number.
 */
static inline u64 isim_emu_esn(u64 epoch, u32 seq)
{
	u32 hi = epoch >> 1;

	if ((epoch & 1) && !(seq >> 31) && hi != 0xffffffffu)
		hi++;
	return (u64)hi << 32 | seq;
}

#endif
