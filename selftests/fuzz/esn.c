// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz target: extended sequence numbers. Driver and adapter together must find
 * the number that RFC 4303, appendix A, finds.
 *
 * Input: top of the window (8 octets), its size (2), how far the sender is beyond
 * the window's bottom (8), and how far the window has moved on since the adapter
 * was told of it (4).
 *
 * The judge counts in 64 bits where the code under test has a bit and a word: the
 * receiver is to take a low word for the first number with it from the window's
 * bottom on, and the adapter must agree for the 2^31 numbers there that the data
 * sheet promises, also when it has been told late.
 */
#include <string.h>

#include <linux/types.h>
#include "drv/esn.h"
#include "emu/esn.h"
#include "fuzz.h"

#define WINDOW_MAX	4096	/* XFRMA_REPLAY_ESN_MAX, in packets */

/* The high word, by the steps of appendix A2.2: Th, Tl, W, Seql */
static uint32_t appendix_a(uint64_t top, uint32_t w, uint32_t seql)
{
	uint32_t tl = top, th = top >> 32;
	uint32_t bottom = tl - w + 1;

	if (tl >= w - 1)
		return seql >= bottom ? th : th + 1;
	return seql >= bottom ? th - 1 : th;
}

static uint64_t get(const uint8_t *p, unsigned int len)
{
	uint64_t val = 0;

	while (len--)
		val = val << 8 | *p++;
	return val;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t top, bottom, told, ahead, seq, got;
	uint32_t window, late;

	if (size < 22)
		return 0;
	top = get(data, 8);
	window = 1 + get(data + 8, 2) % WINDOW_MAX;
	ahead = get(data + 10, 8) & 0xffffffff;
	late = get(data + 18, 4) & 0x3fffffff;
	if (top < window - 1)
		top += window;
	bottom = top - (window - 1);
	if (bottom > UINT64_MAX - ahead)
		return 0;
	seq = bottom + ahead;

	/* The judge is right about itself. */
	must(appendix_a(top, window, seq) == seq >> 32);

	/* The adapter was told of a window that was there before, or is there. */
	told = top - (window - 1) < late ? window - 1 : top - late;
	got = isim_emu_esn(isim_drv_esn_bottom(told >> 32, told, window), seq);
	must((uint32_t)got == (uint32_t)seq);
	if (seq - (told - (window - 1)) < 1ULL << 31)
		must(got == seq);
	/* It errs to the past only: an old number, or one that is no number. */
	must(got <= seq);
	return 0;
}

/* Tops and leaps around every border of interest */
size_t fuzz_seed(unsigned int n, uint8_t *data)
{
	static const uint64_t tops[] = {
		0, 31, 0x7fffffff, 0x80000000, 0xfffffff0, 0x100000005, 0x17fffffff,
		0x180000010, 0x1ffffffff, 0x200000000, 0xffffffff00000000, 0xffffffff7fffffff,
	};
	static const uint32_t leaps[] = { 0, 1, 0x7ffffffe, 0x80000000, 0xffffffff };
	static const uint16_t windows[] = { 0, 31, 63, 4095 };
	static const uint32_t lates[] = { 0, 1, 0x3fffffff };
	uint64_t vals[4];
	unsigned int i, sizes[] = { 8, 2, 8, 4 };

	if (n >= 12 * 5 * 4 * 3)
		return 0;
	vals[0] = tops[n % 12];
	vals[1] = windows[n / 12 % 4];
	vals[2] = leaps[n / 48 % 5];
	vals[3] = lates[n / 240];
	for (i = 0; i < 4; i++) {
		unsigned int j = sizes[i];

		while (j--)
			*data++ = vals[i] >> j * 8;
	}
	return 22;
}
