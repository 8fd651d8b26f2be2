/* SPDX-License-Identifier: GPL-2.0 */
/* Unaligned access */
#ifndef FUZZ_COMPAT_COMPAT_H
#define FUZZ_COMPAT_COMPAT_H

#include <linux/types.h>

static inline u16 get_unaligned_be16(const void *octets)
{
	const u8 *at = octets;

	return at[0] << 8 | at[1];
}

static inline u32 get_unaligned_be32(const void *octets)
{
	const u8 *at = octets;

	return (u32)get_unaligned_be16(at) << 16 | get_unaligned_be16(at + 2);
}

static inline void put_unaligned_be16(u16 val, void *octets)
{
	u8 *at = octets;

	at[0] = val >> 8;
	at[1] = val;
}

static inline void put_unaligned_be32(u32 val, void *octets)
{
	put_unaligned_be16(val >> 16, octets);
	put_unaligned_be16(val, (u8 *)octets + 2);
}

#endif
