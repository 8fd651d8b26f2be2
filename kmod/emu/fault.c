// SPDX-License-Identifier: GPL-2.0
/* Fault points: settings, choice, counters. Rules: fault.h. */
#include <linux/bitops.h>
#include <linux/jhash.h>
#include "emu/emu.h"

#define PPM		1000000u

DEFINE_STATIC_KEY_FALSE(isim_emu_fault_key);

/* Does a point choose the next event it sees? */
static bool point_draw(struct isim_emu_fault_point *point, u32 match)
{
	const struct isim_emu_fault *set = &point->set;
	bool chance;

	if (set->match && set->match != match)
		return false;
	point->stats.seen++;
	/* Drawn in any case, so that @nth does not change what follows. */
	chance = prandom_u32_state(&point->rnd) % PPM < set->ppm;
	return chance || point->stats.seen == set->nth;
}

/**
 * isim_emu_fault_draw() - show an event to several points
 * @f: fault points
 * @points: BIT(enum isim_emu_fault_id) of each
 * @match: SPI or opcode of the event, 0 if it has none
 *
 * What is chosen is not counted: see isim_emu_fault_hits(), isim_emu_fault_missed().
 *
 * Context: any but hardirq; takes f->lock.
 * Return: bits of the points that choose it.
 */
unsigned long isim_emu_fault_draw(struct isim_emu_faults *f,
				  unsigned long points, u32 match)
{
	unsigned long chosen = 0;
	unsigned int id;

	spin_lock_bh(&f->lock);
	points &= f->on;
	for_each_set_bit(id, &points, ISIM_FAULT_NUM)
		if (point_draw(&f->point[id], match))
			chosen |= BIT(id);
	spin_unlock_bh(&f->lock);
	return chosen;
}

/**
 * isim_emu_fault_hits() - count an event that was struck
 * @f: fault points
 * @id: the point
 */
void isim_emu_fault_hits(struct isim_emu_faults *f, enum isim_emu_fault_id id)
{
	spin_lock_bh(&f->lock);
	f->point[id].stats.hits++;
	spin_unlock_bh(&f->lock);
}

/**
 * isim_emu_fault_missed() - count events that were chosen and could not be struck
 * @f: fault points
 * @id: the point
 * @n: number of events
 */
void isim_emu_fault_missed(struct isim_emu_faults *f, enum isim_emu_fault_id id,
			   unsigned int n)
{
	spin_lock_bh(&f->lock);
	f->point[id].stats.missed += n;
	spin_unlock_bh(&f->lock);
}

/**
 * isim_emu_fault_random() - a number from the generator of a point
 * @f: fault points
 * @id: the point
 * @below: bound, not 0
 *
 * Return: 0 to @below - 1.
 */
u32 isim_emu_fault_random(struct isim_emu_faults *f, enum isim_emu_fault_id id,
			  u32 below)
{
	u32 n;

	spin_lock_bh(&f->lock);
	n = prandom_u32_state(&f->point[id].rnd) % below;
	spin_unlock_bh(&f->lock);
	return n;
}

/**
 * isim_emu_fault_strikes() - show an event to one point, and count
 * @f: fault points
 * @id: the point
 * @match: SPI or opcode of the event, 0 if it has none
 *
 * Return: does it strike?
 */
bool isim_emu_fault_strikes(struct isim_emu_faults *f,
			    enum isim_emu_fault_id id, u32 match)
{
	if (!isim_emu_fault_draw(f, BIT(id), match))
		return false;
	isim_emu_fault_hits(f, id);
	return true;
}

/**
 * isim_emu_fault_hang() - the host writes a register
 * @f: fault points
 * @doorbell: the register is one
 *
 * Return: does the adapter hang?
 */
bool isim_emu_fault_hang(struct isim_emu_faults *f, bool doorbell)
{
	struct isim_emu_fault_point *point = &f->point[ISIM_FAULT_HANG];
	bool hung;

	if (READ_ONCE(f->hung))
		return true;
	if (!doorbell || !isim_emu_fault_on(f, BIT(ISIM_FAULT_HANG)))
		return false;
	/* In one go, or it would hang after a clear. */
	spin_lock_bh(&f->lock);
	hung = f->on & BIT(ISIM_FAULT_HANG) && point_draw(point, 0);
	if (hung) {
		point->stats.hits++;
		WRITE_ONCE(f->hung, true);
	}
	spin_unlock_bh(&f->lock);
	return hung;
}

/**
 * isim_emu_fault_reset() - a reset ends a hang
 * @f: fault points
 */
void isim_emu_fault_reset(struct isim_emu_faults *f)
{
	WRITE_ONCE(f->hung, false);
}

/**
 * isim_emu_faults_init() - make fault points that are off
 * @emu: adapter
 */
void isim_emu_faults_init(struct isim_emu *emu)
{
	spin_lock_init(&emu->faults.lock);
	isim_emu_wire_fault_init(&emu->faults);
}

static void faults_key(struct isim_emu_faults *f, bool on)
{
	if (f->keyed == on)
		return;
	f->keyed = on;
	if (on)
		static_branch_inc(&isim_emu_fault_key);
	else
		static_branch_dec(&isim_emu_fault_key);
}

void isim_emu_fault_set(struct isim_emu *emu, enum isim_emu_fault_id id,
			const struct isim_emu_fault *set)
{
	struct isim_emu_faults *f = &emu->faults;
	struct isim_emu_fault_point *point = &f->point[id];
	unsigned long on;

	/* Only a clear takes the key away: what is held or hung needs it. */
	if (set->ppm || set->nth)
		faults_key(f, true);
	spin_lock_bh(&f->lock);
	point->set.ppm = set->ppm;
	point->set.nth = set->nth;
	point->set.seed = set->seed;
	point->set.match = set->match;
	WRITE_ONCE(point->set.arg, set->arg);
	point->stats = (struct isim_emu_fault_stats){};
	/* Two points with one seed do not choose the same events. */
	prandom_seed_state(&point->rnd, jhash_2words(set->seed, id, 0));
	on = set->ppm || set->nth ? f->on | BIT(id) : f->on & ~BIT(id);
	WRITE_ONCE(f->on, on);
	spin_unlock_bh(&f->lock);
}

void isim_emu_fault_get(struct isim_emu *emu, enum isim_emu_fault_id id,
			struct isim_emu_fault *set,
			struct isim_emu_fault_stats *stats)
{
	struct isim_emu_faults *f = &emu->faults;

	spin_lock_bh(&f->lock);
	*set = f->point[id].set;
	*stats = f->point[id].stats;
	spin_unlock_bh(&f->lock);
}

void isim_emu_fault_clear(struct isim_emu *emu)
{
	struct isim_emu_faults *f = &emu->faults;
	unsigned int id;

	spin_lock_bh(&f->lock);
	WRITE_ONCE(f->on, 0);
	WRITE_ONCE(f->hung, false);
	/* An event may be struck this moment: its argument is still to be read. */
	for (id = 0; id < ISIM_FAULT_NUM; id++) {
		f->point[id].set.ppm = 0;
		f->point[id].set.nth = 0;
		f->point[id].set.seed = 0;
		f->point[id].set.match = 0;
	}
	spin_unlock_bh(&f->lock);
	isim_emu_wire_release(emu);
	faults_key(f, false);
}
