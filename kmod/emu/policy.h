/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Policies (policy.c): a guard at the wire, in the terms of RFC 4301, 4.4.1. The
 * host knows nothing of them. Each frame that is about to leave, and each that has
 * arrived, is shown to them in the order in which they were added, and the first
 * that matches decides. A frame that none matches passes.
 *
 * A frame that leaves is looked at before it takes buffers of the far end, and
 * before the fault points of the wire see it; each frame of a large packet by
 * itself. One that has arrived is looked at before an SA is looked up for it, so
 * as the wire brought it.
 *
 * What cannot be told is held against the frame. Where a policy asks for a protocol
 * or for ports that a frame does not show, PROTECT and DISCARD match it and BYPASS
 * does not (RFC 4301, section 7):
 *  - fragments but the first have no ports. Fragments of ESP are ESP; but behind
 *    the first, those of ESP in UDP are like any others of UDP;
 *  - frames that the parser calls bad show neither, and some not even addresses:
 *    then the same goes for the prefixes. They are not ESP.
 *  - of a frame that leaves, only the sender's first buffer is looked at, which need
 *    not hold more than the IP header (hw/ring.h): then it shows no ports.
 * What is not IP, or behind two VLAN tags, passes. What says in its headers that it is
 * ESP is taken for it: nobody can see whether a payload is encrypted. Frames that the
 * receiver loses for want of a buffer are not shown.
 *
 * Ownership and locking
 *
 * - The table is replaced as a whole, under spd->lock, and read under RCU by the
 *   queues. No table at all stands for an empty one.
 * - A policy belongs to the adapter from isim_emu_policy_add() until it is taken
 *   away. Every table in between points to it, and its counters go on counting.
 *   It is immutable but for these.
 * - What is taken out of use, table or policy, is freed a grace period later. A
 *   policy that a reader still finds in an old table waits for that reader, too:
 *   the table without it was published first.
 * - spd->lock is a mutex. Nothing is taken inside it but what allocating takes, and
 *   no lock of the adapter is held outside it.
 */
#ifndef ISIM_EMU_POLICY_H
#define ISIM_EMU_POLICY_H

#include <linux/atomic.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/types.h>
#include "emu/api.h"

struct isim_emu_frame;
struct isim_emu_parse;
struct isim_emu_pkt;
struct isim_emu_rxq;
struct isim_emu_txq;

/**
 * struct isim_emu_policy - a policy
 * @rcu: frees it
 * @id: its number
 * @rule: what it says
 * @passed: see struct isim_emu_policy_info; written by all queues
 * @stopped: likewise
 */
struct isim_emu_policy {
	struct rcu_head			rcu;
	u32				id;
	struct isim_emu_policy_rule	rule;
	atomic64_t			passed;
	atomic64_t			stopped;
};

/**
 * struct isim_emu_spd_table - the policies of an adapter
 * @rcu: frees it
 * @n: number of policies, 1 or more
 * @policy: policies by id, lowest first
 */
struct isim_emu_spd_table {
	struct rcu_head		rcu;
	unsigned int		n;
	struct isim_emu_policy	*policy[];
};

/**
 * struct isim_emu_spd - what an adapter knows of policies
 * @lock: see above
 * @last_id: id given last; none is given twice
 * @table: NULL: no policy
 */
struct isim_emu_spd {
	struct mutex			lock;	/* see above */
	u32				last_id;
	struct isim_emu_spd_table __rcu	*table;
};

bool isim_emu_policy_sent(struct isim_emu_txq *txq,
			  const struct isim_emu_spd_table *spd,
			  const struct isim_emu_pkt *pkt, bool esp);
bool isim_emu_policy_received(struct isim_emu_rxq *rxq,
			      const struct isim_emu_spd_table *spd,
			      const struct isim_emu_frame *frame,
			      const struct isim_emu_parse *p);

#endif
