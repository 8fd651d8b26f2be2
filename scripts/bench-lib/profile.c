// SPDX-License-Identifier: GPL-2.0
/*
 * A TCG plugin for QEMU: how often every block of guest code ran, in windows of
 * time (see plugin.h).
 *
 * At the end the file of the argument "out=" gets a line for each block that ran in a
 * window: its address, its number of instructions, and how often it ran in each window.
 */
#include "plugin.h"

#define BUCKETS		(1 << 20)

/* A block is translated again and again: one record for all its translations. */
struct block {
	struct block	*next;
	uint64_t	address;
	uint32_t	size;
	uint64_t	count[WINDOWS + 1];
};

static struct block *blocks[BUCKETS];
static const char *out;

static struct block *find(uint64_t address, uint32_t size)
{
	struct block **p = &blocks[(address ^ address >> 20) % BUCKETS];

	for (; *p; p = &(*p)->next)
		if ((*p)->address == address && (*p)->size == size)
			return *p;
	*p = calloc(1, sizeof(**p));
	if (!*p)
		abort();
	(*p)->address = address;
	(*p)->size = size;
	return *p;
}

static void ran(unsigned int cpu, void *data)
{
	(void)cpu;
	((struct block *)data)->count[window]++;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	(void)id;
	if (!window_mark(tb))
		qemu_plugin_register_vcpu_tb_exec_cb(tb, ran, 0,
						     find(qemu_plugin_tb_vaddr(tb),
							  qemu_plugin_tb_n_insns(tb)));
}

static void ended(qemu_plugin_id_t id, void *data)
{
	FILE *f = fopen(out, "w");
	uint64_t sum;
	int i, n;

	(void)id;
	(void)data;
	if (!f) {
		perror(out);
		return;
	}
	for (i = 0; i < BUCKETS; i++) {
		for (struct block *b = blocks[i]; b; b = b->next) {
			for (n = 0, sum = 0; n < WINDOWS; n++)
				sum += b->count[n];
			if (!sum)
				continue;
			fprintf(f, "%" PRIx64 " %" PRIu32, b->address, b->size);
			for (n = 0; n < WINDOWS; n++)
				fprintf(f, " %" PRIu64, b->count[n]);
			fputc('\n', f);
		}
	}
	fclose(f);
}

__attribute__((visibility("default")))
int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info,
			int argc, char **argv)
{
	(void)info;
	out = out_argument(argc, argv);
	if (!out)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, ended, NULL);
	return 0;
}
