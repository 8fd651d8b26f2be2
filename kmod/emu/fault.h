/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fault points (fault.c), and what those of the wire do to frames
 * (wire_fault.c).
 *
 * A fault point sees events: frames sent, packets encrypted or decrypted,
 * commands, interrupts, doorbells. It chooses some of them, by chance or by
 * number, and the place that asked then does the damage and reports it. What the
 * points of enum isim_emu_fault_id do is told in api.h.
 *
 * While no adapter has a point set, a place that asks costs one instruction that
 * does nothing (a static key). With the key on, other adapters pay a load and a
 * branch.
 *
 * Locking: faults->lock covers everything but @on and @hung, which are written
 * under it and read by anyone. It is taken inside every other lock of the adapter,
 * with bottom halves disabled, and nothing is taken inside it.
 *
 * Frames that are held are private copies of a frame's octets, no buffers of the
 * far end. They are bounded in number and in octets, and leave
 *  - when their time has come: in the timer's softirq,
 *  - behind the next frame, if they wait for one: in its sender's context,
 *  - when the faults are cleared: in process context,
 * and are dropped when the wire is disconnected. All the ways out look up the
 * far end then, so a frame never holds on to an adapter.
 */
#ifndef ISIM_EMU_FAULT_H
#define ISIM_EMU_FAULT_H

#include <linux/bits.h>
#include <linux/hrtimer.h>
#include <linux/jump_label.h>
#include <linux/list.h>
#include <linux/prandom.h>
#include <linux/spinlock.h>
#include "emu/api.h"

struct isim_emu;
struct isim_emu_frame;
struct isim_emu_txq;

/**
 * struct isim_emu_fault_point - a fault point
 * @set: its setting
 * @stats: what it has done
 * @rnd: its generator
 */
struct isim_emu_fault_point {
	struct isim_emu_fault		set;
	struct isim_emu_fault_stats	stats;
	struct rnd_state		rnd;
};

/**
 * struct isim_emu_faults - fault points of an adapter
 * @on: BIT(enum isim_emu_fault_id) of those that may strike
 * @hung: ISIM_FAULT_HANG has struck
 * @keyed: counted in isim_emu_fault_key; of isim_emu_fault_set() and _clear()
 * @lock: see above
 * @point: by enum isim_emu_fault_id
 * @held: frames that are held, oldest first
 * @num_held: number of them
 * @held_octets: in them
 * @timer: when the first of them is due
 */
struct isim_emu_faults {
	unsigned long			on;
	bool				hung;
	bool				keyed;
	spinlock_t			lock;	/* see above */
	struct isim_emu_fault_point	point[ISIM_FAULT_NUM];
	struct list_head		held;
	unsigned int			num_held;
	u32				held_octets;
	struct hrtimer			timer;
};

DECLARE_STATIC_KEY_FALSE(isim_emu_fault_key);

unsigned long isim_emu_fault_draw(struct isim_emu_faults *f,
				  unsigned long points, u32 match);
void isim_emu_fault_hits(struct isim_emu_faults *f, enum isim_emu_fault_id id);
void isim_emu_fault_missed(struct isim_emu_faults *f, enum isim_emu_fault_id id,
			   unsigned int n);
u32 isim_emu_fault_random(struct isim_emu_faults *f, enum isim_emu_fault_id id,
			  u32 below);
bool isim_emu_fault_strikes(struct isim_emu_faults *f,
			    enum isim_emu_fault_id id, u32 match);
bool isim_emu_fault_hang(struct isim_emu_faults *f, bool doorbell);
void isim_emu_fault_reset(struct isim_emu_faults *f);

/* wire_fault.c */
void isim_emu_wire_faulty(struct isim_emu_txq *txq, struct isim_emu_frame *frame);
void isim_emu_wire_release(struct isim_emu *emu);
void isim_emu_wire_drop_held(struct isim_emu *emu);
void isim_emu_wire_fault_init(struct isim_emu_faults *f);

/* Any of these points set? Bits: enum isim_emu_fault_id */
static inline bool isim_emu_fault_on(const struct isim_emu_faults *f,
				     unsigned long points)
{
	return static_branch_unlikely(&isim_emu_fault_key) &&
	       READ_ONCE(f->on) & points;
}

/* Does this point strike this event? It has been counted then. */
static inline bool isim_emu_fault_hit(struct isim_emu_faults *f,
				      enum isim_emu_fault_id id, u32 match)
{
	return isim_emu_fault_on(f, BIT(id)) &&
	       isim_emu_fault_strikes(f, id, match);
}

/* ISIM_FAULT_HANG has struck and no reset has come since. */
static inline bool isim_emu_fault_hung(const struct isim_emu_faults *f)
{
	return static_branch_unlikely(&isim_emu_fault_key) &&
	       READ_ONCE(f->hung);
}

/*
 * The argument of a point that has struck. Read without the lock: what is set next
 * is an argument of the same kind, and a clear leaves it alone, so that a status
 * never turns into success.
 */
static inline u32 isim_emu_fault_arg(const struct isim_emu_faults *f,
				     enum isim_emu_fault_id id)
{
	return READ_ONCE(f->point[id].set.arg);
}

#endif
