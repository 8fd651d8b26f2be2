/* SPDX-License-Identifier: GPL-2.0 */
/* What the pure files of the module need of <linux/types.h>, for user space. */
#ifndef FUZZ_LINUX_TYPES_H
#define FUZZ_LINUX_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define __force
#define __aligned(octets)	__attribute__((aligned(octets)))

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef u16 __le16;
typedef u32 __le32;
typedef u64 __le64;
typedef u32 __be32;
typedef u16 __sum16;
typedef u32 __wsum;

#define U32_MAX			UINT32_MAX
#define lower_32_bits(n)	((u32)(n))
#define cpu_to_be32(n)		__builtin_bswap32(n)

#endif
