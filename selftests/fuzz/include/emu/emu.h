/* SPDX-License-Identifier: GPL-2.0 */
/* Of the adapter, what segmentation knows of it: packets, operations, an SA. */
#ifndef FUZZ_EMU_EMU_H
#define FUZZ_EMU_EMU_H

#include "emu/engine.h"

struct isim_emu_sa {
	u32			spi;
	u32			flags;
	u8			icv_len;
	u8			iv_len;
	struct crypto_aead	*aead;
};

#endif
