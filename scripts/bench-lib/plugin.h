/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the TCG plugins have in common: the windows of time that the guest itself opens
 * and closes, and their argument.
 *
 * The guest runs code at an address of MARKS (see functions.py): the one of window N
 * is MARKS + 64 * N, and that of no window is MARKS + 64 * WINDOWS.
 *
 * Built with -DPLUGIN_VERSION=: the one of the QEMU that loads it. Declared here is
 * the little that is needed of QEMU's plugin interface, the same in all versions;
 * Debian packages no header for it.
 */
#ifndef PLUGIN_H
#define PLUGIN_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARKS		0x697369000000ULL
#define WINDOWS		16

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

__attribute__((visibility("default"))) int qemu_plugin_version = PLUGIN_VERSION;

static volatile unsigned int window = WINDOWS;

static void window_marked(unsigned int cpu, void *data)
{
	(void)cpu;
	window = (uintptr_t)data;
}

/* Is it the code of a mark? Then it has been taken care of. */
static int window_mark(struct qemu_plugin_tb *tb)
{
	uint64_t address = qemu_plugin_tb_vaddr(tb);
	uint64_t mark = (address - MARKS) / 64;

	if (address < MARKS || address % 64 || mark > WINDOWS)
		return 0;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, window_marked, 0,
					     (void *)(uintptr_t)mark);
	return 1;
}

/* The FILE of the argument "out=FILE", the only one, or NULL. */
static const char *out_argument(int argc, char **argv)
{
	if (argc == 1 && !strncmp(argv[0], "out=", 4))
		return argv[0] + 4;
	fputs("plugin: argument out=FILE\n", stderr);
	return NULL;
}

#endif
