/* SPDX-License-Identifier: GPL-2.0 */
/* The Internet checksum (RFC 1071), in words of this machine */
#ifndef FUZZ_NET_CHECKSUM_H
#define FUZZ_NET_CHECKSUM_H

#include <string.h>
#include <linux/types.h>

static inline __wsum csum_add(__wsum sum, __wsum more)
{
	u64 all = (u64)sum + more;

	return (u32)all + (u32)(all >> 32);
}

static inline __wsum csum_sub(__wsum sum, __wsum less)
{
	return csum_add(sum, ~less);
}

static inline __wsum csum_unfold(__sum16 sum)
{
	return sum;
}

static inline __sum16 csum_fold(__wsum sum)
{
	sum = (sum >> 16) + (sum & 0xffff);
	sum += sum >> 16;
	return ~sum;
}

static inline __wsum csum_partial(const void *octets, int len, __wsum sum)
{
	const u8 *at = octets;
	u16 word;

	for (; len > 0; len -= 2, at += 2) {
		word = 0;
		memcpy(&word, at, len > 1 ? 2 : 1);
		sum = csum_add(sum, word);
	}
	return sum;
}

#endif
