// SPDX-License-Identifier: GPL-2.0
/* Interrupt vectors: arm, fire, moderate. See hw/bus.h for the rules. */
#include <linux/bitfield.h>
#include <linux/bottom_half.h>
#include "compat/compat.h"
#include "emu/emu.h"

/* Fault points: does this interrupt get lost on its way to the host? */
static bool vec_lost(const struct isim_emu_vec *vec)
{
	return isim_emu_fault_hit(&vec->emu->faults,
				  vec == vec->emu->vec ? ISIM_FAULT_ADMIN_IRQ_LOSE :
							 ISIM_FAULT_IRQ_LOSE, 0);
}

static void vec_fire(struct isim_emu_vec *vec)
{
	lockdep_assert_held(&vec->lock);
	if (!vec->handler)
		return;
	WRITE_ONCE(vec->armed, false);
	vec->pending = 0;
	if (vec_lost(vec))
		return;
	vec->handler(vec->arg);
}

static enum hrtimer_restart vec_timer(struct hrtimer *timer)
{
	struct isim_emu_vec *vec = container_of(timer, struct isim_emu_vec, timer);

	spin_lock_bh(&vec->lock);
	if (vec->armed && vec->pending)
		vec_fire(vec);
	spin_unlock_bh(&vec->lock);
	return HRTIMER_NORESTART;
}

/*
 * Completions are pending on an armed vector: fire now, or USECS from now if there is
 * no timer since the first of them. One from before, when FRAMES was faster, may still
 * be queued: it is moved.
 */
static void vec_pending(struct isim_emu_vec *vec, bool timed)
{
	if (!vec->usecs || (vec->frames && vec->pending >= vec->frames))
		vec_fire(vec);
	else if (!timed)
		hrtimer_start(&vec->timer, ns_to_ktime(vec->usecs * NSEC_PER_USEC),
			      HRTIMER_MODE_REL_SOFT);
}

/**
 * isim_emu_vec_raise() - completions were written
 * @vec: vector of their queue
 * @completions: how many
 *
 * Context: bottom halves disabled; takes vec->lock.
 */
void isim_emu_vec_raise(struct isim_emu_vec *vec, unsigned int completions)
{
	/*
	 * Completion and producer count before armed. Pairs with the barrier
	 * in isim_emu_vec_arm().
	 */
	smp_mb();
	if (!READ_ONCE(vec->armed))
		return;
	spin_lock(&vec->lock);
	if (vec->armed) {
		vec->pending += completions;
		vec_pending(vec, vec->pending > completions);
	}
	spin_unlock(&vec->lock);
}

/**
 * isim_emu_vec_arm() - set a vector armed
 * @vec: vector
 *
 * The caller looks at the producers afterwards and raises the vector by what the
 * host has not seen, so nothing counted before counts any more.
 *
 * Context: any but hardirq; takes vec->lock.
 */
void isim_emu_vec_arm(struct isim_emu_vec *vec)
{
	spin_lock_bh(&vec->lock);
	vec->pending = 0;
	WRITE_ONCE(vec->armed, true);
	spin_unlock_bh(&vec->lock);
	/* Armed before the producers. Pairs with isim_emu_vec_raise(). */
	smp_mb();
}

/**
 * isim_emu_vec_moderate() - set ISIM_REG_IRQ_COAL
 * @vec: vector
 * @val: register value
 *
 * What is pending waits, if at all, from now on.
 *
 * Context: any but hardirq; takes vec->lock.
 */
void isim_emu_vec_moderate(struct isim_emu_vec *vec, u32 val)
{
	spin_lock_bh(&vec->lock);
	vec->frames = FIELD_GET(ISIM_IRQ_COAL_FRAMES, val);
	vec->usecs = FIELD_GET(ISIM_IRQ_COAL_USECS, val);
	if (vec->armed && vec->pending)
		vec_pending(vec, false);
	spin_unlock_bh(&vec->lock);
}

/**
 * isim_emu_vec_init() - power-on state of a vector
 * @emu: owner
 * @vec: vector
 */
void isim_emu_vec_init(struct isim_emu *emu, struct isim_emu_vec *vec)
{
	vec->emu = emu;
	spin_lock_init(&vec->lock);
	hrtimer_setup(&vec->timer, vec_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_SOFT);
}

/**
 * isim_emu_vec_reset() - reset state of a vector, its handler stays
 * @vec: vector
 *
 * Context: process; waits for the timer.
 */
void isim_emu_vec_reset(struct isim_emu_vec *vec)
{
	spin_lock_bh(&vec->lock);
	WRITE_ONCE(vec->armed, false);
	vec->pending = 0;
	vec->frames = 0;
	vec->usecs = 0;
	spin_unlock_bh(&vec->lock);
	hrtimer_cancel(&vec->timer);
}

int isim_hw_irq_attach(struct isim_hw_bar *bar, unsigned int vector,
		       isim_hw_irq_handler handler, void *arg)
{
	struct isim_emu *emu = container_of(bar, struct isim_emu, bar);
	struct isim_emu_vec *vec;
	int err = 0;

	if (vector > emu->params.queues)
		return -EINVAL;
	vec = &emu->vec[vector];
	spin_lock_bh(&vec->lock);
	if (vec->handler) {
		err = -EBUSY;
	} else {
		vec->handler = handler;
		vec->arg = arg;
		vec->pending = 0;
		WRITE_ONCE(vec->armed, false);
	}
	spin_unlock_bh(&vec->lock);
	return err;
}

void isim_hw_irq_detach(struct isim_hw_bar *bar, unsigned int vector)
{
	struct isim_emu *emu = container_of(bar, struct isim_emu, bar);
	struct isim_emu_vec *vec;

	if (vector > emu->params.queues)
		return;
	vec = &emu->vec[vector];
	spin_lock_bh(&vec->lock);
	vec->handler = NULL;
	WRITE_ONCE(vec->armed, false);
	spin_unlock_bh(&vec->lock);
	hrtimer_cancel(&vec->timer);
}
