// SPDX-License-Identifier: GPL-2.0
/*
 * A TCG plugin for QEMU: how often every block of guest code ran, in windows of
 * time that the guest itself opens and closes.
 *
 * The guest runs code at an address of MARKS (see functions.py): the one of window N
 * is MARKS + 64 * N, and that of no window is MARKS + 64 * WINDOWS. At the end the
 * file of the argument "out=" gets a line for each block that ran in a window: its
 * address, its number of instructions, and how often it ran in each window.
 *
 * Built with -DPLUGIN_VERSION=: the one of the QEMU that loads it. Declared here is
 * the little that is needed of QEMU's plugin interface, the same in all versions;
 * Debian packages no header for it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARKS		0x697369000000ULL
#define WINDOWS		16
#define BUCKETS		(1 << 20)

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_info_t;

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
					   void (*cb)(qemu_plugin_id_t id,
						      struct qemu_plugin_tb *tb));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
					  void (*cb)(unsigned int cpu, void *data),
					  int flags, void *data);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id,
				    void (*cb)(qemu_plugin_id_t id, void *data),
				    void *data);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);

/* A block is translated again and again: one record for all its translations. */
struct block {
	struct block	*next;
	uint64_t	address;
	uint32_t	size;
	uint64_t	count[WINDOWS + 1];
};

static struct block *blocks[BUCKETS];
static unsigned int window = WINDOWS;
static const char *out;

__attribute__((visibility("default"))) int qemu_plugin_version = PLUGIN_VERSION;

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

static void marked(unsigned int cpu, void *data)
{
	(void)cpu;
	window = (uintptr_t)data;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	uint64_t address = qemu_plugin_tb_vaddr(tb);
	uint64_t mark = (address - MARKS) / 64;

	(void)id;
	if (address >= MARKS && address % 64 == 0 && mark <= WINDOWS)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, marked, 0, (void *)(uintptr_t)mark);
	else
		qemu_plugin_register_vcpu_tb_exec_cb(tb, ran, 0,
						     find(address, qemu_plugin_tb_n_insns(tb)));
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
	if (argc != 1 || strncmp(argv[0], "out=", 4)) {
		fprintf(stderr, "profile: argument out=FILE\n");
		return -1;
	}
	out = argv[0] + 4;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, ended, NULL);
	return 0;
}
