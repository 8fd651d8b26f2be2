/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Extended sequence numbers: what the adapter is told of a receive window. Pure
 * arithmetic, so that it also builds in user space.
 */
#ifndef ISIM_DRV_ESN_H
#define ISIM_DRV_ESN_H

#include <linux/types.h>

/**
 * isim_drv_esn_bottom() - half range of the bottom of a receive window
 * @hi: high word of its top
 * @lo: low word of its top
 * @window: its size, at least 1
 *
 * A window that reaches below the first number begins there.
 *
 * Return: high word of the bottom, then one bit: whether the low word is in the
 * upper half of its range. See hw/admin.h.
 */
static inline u64 isim_drv_esn_bottom(u32 hi, u32 lo, u32 window)
{
	u64 top = (u64)hi << 32 | lo;

	return top < window ? 0 : (top - (window - 1)) >> 31;
}

#endif
