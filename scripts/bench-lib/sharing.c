// SPDX-License-Identifier: GPL-2.0
/*
 * A TCG plugin for QEMU: which cache lines of the guest's kernel change the processor
 * that writes them, while window 0 is open (see plugin.h). On silicon the
 * line goes from one cache to the other then.
 *
 * At the end the file of the argument "out=" gets a line for each: address of the
 * cache line, of the instruction that wrote to it when the other processor had done so
 * before, and how often. Reads do not count, nor does what the kernel writes to user
 * space.
 *
 * Every processor is a thread and has a table of its own; of the last writers there is
 * one, in which a line may lose its place to another: what is counted has happened.
 */
#include "plugin.h"

#define KERNEL		0xffff800000000000ULL
#define FIXMAP		0xffffffffff000000ULL	/* the APIC, which each has its own of */
#define LINE		64
#define CPUS		2
#define ENTRIES		(1 << 20)
#define WRITERS		(1 << 22)

typedef uint32_t qemu_plugin_meminfo_t;
struct qemu_plugin_insn;

void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn,
				      void (*cb)(unsigned int cpu,
						 qemu_plugin_meminfo_t info,
						 uint64_t address, void *data),
				      int flags, int rw, void *data);
/* Not every QEMU tells only of the accesses that were asked for. */
_Bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t info);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb,
						 size_t i);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

#define MEM_W		2

struct entry {
	uint64_t	line;
	uint64_t	insn;
	uint64_t	count;
};

static struct entry *entries[CPUS];
/* line and, in bit 0, the processor that wrote to it last */
static volatile uint64_t *writers;
static unsigned int used[CPUS];
static const char *out;

static void wrote(unsigned int cpu, qemu_plugin_meminfo_t info, uint64_t address,
		  void *data)
{
	uint64_t line = address / LINE, insn = (uintptr_t)data;
	uint64_t i = (line ^ insn * 0x9e3779b97f4a7c15ULL >> 20) % ENTRIES;
	uint64_t now = line << 1 | cpu, was;
	volatile uint64_t *writer;
	struct entry *e;

	if (window || address < KERNEL || address >= FIXMAP || cpu >= CPUS ||
	    !qemu_plugin_mem_is_store(info))
		return;
	writer = &writers[(line * 0x9e3779b97f4a7c15ULL >> 32) % WRITERS];
	was = *writer;
	if (was == now)
		return;
	*writer = now;
	if (was != (now ^ 1))
		return;
	for (;; i = (i + 1) % ENTRIES) {
		e = &entries[cpu][i];
		if (e->line == line && e->insn == insn)
			break;
		if (e->line)
			continue;
		if (++used[cpu] > ENTRIES / 2)
			abort();
		e->line = line;
		e->insn = insn;
		break;
	}
	e->count++;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	struct qemu_plugin_insn *insn;
	size_t i;

	(void)id;
	if (window_mark(tb) || qemu_plugin_tb_vaddr(tb) < KERNEL)
		return;
	for (i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		insn = qemu_plugin_tb_get_insn(tb, i);
		qemu_plugin_register_vcpu_mem_cb(insn, wrote, 0, MEM_W,
						 (void *)(uintptr_t)qemu_plugin_insn_vaddr(insn));
	}
}

static void ended(qemu_plugin_id_t id, void *data)
{
	FILE *f = fopen(out, "w");
	const struct entry *e;
	int cpu;

	(void)id;
	(void)data;
	if (!f) {
		perror(out);
		return;
	}
	for (cpu = 0; cpu < CPUS; cpu++)
		for (e = entries[cpu]; e < entries[cpu] + ENTRIES; e++)
			if (e->line)
				fprintf(f, "%" PRIx64 " %" PRIx64 " %" PRIu64 "\n",
					e->line * LINE, e->insn, e->count);
	fclose(f);
}

__attribute__((visibility("default")))
int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info,
			int argc, char **argv)
{
	int cpu;

	(void)info;
	out = out_argument(argc, argv);
	writers = calloc(WRITERS, sizeof(*writers));
	if (!out || !writers)
		return -1;
	for (cpu = 0; cpu < CPUS; cpu++) {
		entries[cpu] = calloc(ENTRIES, sizeof(struct entry));
		if (!entries[cpu])
			return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, ended, NULL);
	return 0;
}
