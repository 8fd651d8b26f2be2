/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FUZZ_LINUX_SCATTERLIST_H
#define FUZZ_LINUX_SCATTERLIST_H

struct scatterlist {
	int	unused;
};

#endif
