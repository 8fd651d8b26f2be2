// SPDX-License-Identifier: GPL-2.0
/*
 * Runs a fuzz target without libFuzzer: seeds, changed at random.
 *
 *	TARGET [SECONDS [SEED]]		the same SEED gives the same inputs
 *	TARGET --seeds DIR		write the seeds to files, for libFuzzer
 *
 * An input that fails is left in the file crash-input.
 */
#include <string.h>
#include <time.h>

#include "fuzz.h"

static uint64_t state;
static uint8_t input[FUZZ_INPUT_MAX];
static size_t input_size;

/* xorshift64* */
static uint32_t rnd(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (state * 2685821657736338717ULL) >> 32;
}

static void save(const char *name)
{
	FILE *to = fopen(name, "wb");

	if (!to || fwrite(input, 1, input_size, to) != input_size) {
		perror(name);
		exit(2);
	}
	fclose(to);
}

/* Called by the sanitizers, too, before they end the program. */
void __sanitizer_set_death_callback(void (*callback)(void));

/* must() ends in abort(): let them see that, too. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "handle_abort=1";
}

static void on_death(void)
{
	save("crash-input");
	fprintf(stderr, "the input is in crash-input\n");
}

static unsigned int count_seeds(void)
{
	unsigned int n = 0;

	while (fuzz_seed(n, input))
		n++;
	return n;
}

/* One to eight changes: an octet, a bit, a 16-bit word, the length. */
static void mutate(void)
{
	static const uint16_t words[] = { 0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff };
	unsigned int changes = 1 + rnd() % 8;

	while (changes--) {
		size_t at = input_size ? rnd() % input_size : 0;
		uint16_t word = words[rnd() % 8];

		switch (rnd() % 8) {
		case 0:
			input_size = rnd() % (input_size + 1);
			break;
		case 1:
			while (input_size < FUZZ_INPUT_MAX && rnd() % 16)
				input[input_size++] = rnd();
			break;
		case 2:
			if (at + 2 <= input_size) {
				input[at] = word >> 8;
				input[at + 1] = word;
			}
			break;
		case 3:
			input[at] ^= 1 << rnd() % 8;
			break;
		default:
			input[at] = rnd();
		}
	}
}

static int write_seeds(const char *dir)
{
	char name[4096];
	unsigned int n;

	for (n = 0; (input_size = fuzz_seed(n, input)); n++) {
		snprintf(name, sizeof(name), "%s/seed-%u", dir, n);
		save(name);
	}
	return 0;
}

int main(int argc, char **argv)
{
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 10);
	unsigned int seeds = count_seeds(), i;
	unsigned long runs = 0;

	if (argc == 3 && !strcmp(argv[1], "--seeds"))
		return write_seeds(argv[2]);
	state = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	state = state * 0x9e3779b97f4a7c15ULL + 1;
	__sanitizer_set_death_callback(on_death);
	for (i = 0; i < seeds; i++) {
		input_size = fuzz_seed(i, input);
		LLVMFuzzerTestOneInput(input, input_size);
	}
	while (time(NULL) < end) {
		for (i = 0; i < 1000; i++, runs++) {
			input_size = fuzz_seed(rnd() % seeds, input);
			mutate();
			LLVMFuzzerTestOneInput(input, input_size);
		}
	}
	printf("%lu inputs\n", runs);
	return 0;
}
