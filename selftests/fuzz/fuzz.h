/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A fuzz target: a file with these two functions. libFuzzer calls the first one;
 * driver.c calls both, and needs no compiler but gcc.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define FUZZ_INPUT_MAX	2048

/* Run the code under test on an input and judge it. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The nth sensible input, to start from. Returns its size, 0 behind the last. */
size_t fuzz_seed(unsigned int n, uint8_t *data);

/* The judgement: say what is wrong and stop, as the sanitizers do. */
#define must(cond)							\
	do {								\
		if (!(cond)) {						\
			fprintf(stderr, "%s:%d: must be: %s\n",		\
				__FILE__, __LINE__, #cond);		\
			abort();					\
		}							\
	} while (0)

#endif
