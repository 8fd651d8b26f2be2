/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FUZZ_LINUX_BITOPS_H
#define FUZZ_LINUX_BITOPS_H

#include <linux/bits.h>

#define ALIGN(n, to)		(((n) + (to) - 1) & ~((to) - 1))
#define DIV_ROUND_UP(n, by)	(((n) + (by) - 1) / (by))

#endif
