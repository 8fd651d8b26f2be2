// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupt moderation: as ethtool says, or adaptive, by the kernel's library of that
 * kind (lib/dim, Documentation/networking/net_dim.rst), which tries whether more
 * moderation makes traffic faster.
 */
#include <linux/bitfield.h>
#include <linux/dim.h>

#include "drv.h"

/*
 * The library takes a step for one in vain that changes less than a tenth, and turns
 * back, so steps are wide. It begins with the first level, and returns to it from the
 * next when packets wait for each other.
 */
static const u16 isim_drv_levels[NET_DIM_PARAMS_NUM_PROFILES] = { 0, 32, 64, 128, 256 };

/* Completions that do not wait, and the part of a small ring that they may be */
#define ISIM_DRV_LEVEL_FRAMES	64u
#define ISIM_DRV_LEVEL_PART	4u

/*
 * After a time without a poll it begins anew: compared with nothing at all, any level
 * seems to do well, and the library would stay with the second.
 */
#define ISIM_DRV_PAUSE_NS	(10 * NSEC_PER_MSEC)

/*
 * A level is of use when polls find more than one packet of a direction. When after so
 * many of them they do not, packets wait for each other, and moderation only makes them
 * wait longer: back, and no other try for a while. The library alone would not do: it
 * compares times that the other end, which tries levels too, changes meanwhile.
 */
#define ISIM_DRV_TRIAL		32u
#define ISIM_DRV_HOLD_NS	(100 * NSEC_PER_MSEC)

/* The rings must not fill up meanwhile. */
static u16 isim_drv_level_frames(const struct isim_drv_adapter *adapter)
{
	return min3(ISIM_DRV_LEVEL_FRAMES, adapter->rx_slots / ISIM_DRV_LEVEL_PART,
		    adapter->tx_slots / ISIM_DRV_LEVEL_PART);
}

/**
 * isim_drv_moderation() - what the moderation of a queue pair is now
 * @q: queue pair
 * @m: filled in
 *
 * Context: any.
 */
void isim_drv_moderation(const struct isim_drv_queue *q, struct isim_drv_moderation *m)
{
	const struct isim_drv_adapter *adapter = q->adapter;

	if (READ_ONCE(adapter->coal_adaptive)) {
		m->usecs = isim_drv_levels[READ_ONCE(q->dim.profile_ix)];
		m->frames = m->usecs ? isim_drv_level_frames(adapter) : 0;
	} else {
		m->usecs = READ_ONCE(adapter->coal_usecs);
		m->frames = READ_ONCE(adapter->coal_frames);
	}
}

/**
 * isim_drv_moderate() - program the moderation of a queue pair's vector
 * @q: queue pair
 *
 * A reset of the adapter clears it. Context: process or softirq; takes
 * q->moderate_lock.
 */
void isim_drv_moderate(struct isim_drv_queue *q)
{
	struct isim_drv_adapter *adapter = q->adapter;
	struct isim_drv_moderation m;

	spin_lock_bh(&q->moderate_lock);
	isim_drv_moderation(q, &m);
	isim_hw_write32(adapter->bar, ISIM_REG_IRQ_COAL(q->index + 1),
			FIELD_PREP(ISIM_IRQ_COAL_FRAMES, m.frames) |
			FIELD_PREP(ISIM_IRQ_COAL_USECS, m.usecs));
	spin_unlock_bh(&q->moderate_lock);
}

/* The library has chosen another level. */
static void isim_drv_moderate_work(struct work_struct *work)
{
	struct isim_drv_queue *q = container_of(work, struct isim_drv_queue, dim.work);

	isim_drv_moderate(q);
	q->dim.state = DIM_START_MEASURE;
}

/**
 * isim_drv_moderate_init() - once, before anything else here
 * @q: queue pair
 */
void isim_drv_moderate_init(struct isim_drv_queue *q)
{
	spin_lock_init(&q->moderate_lock);
	INIT_WORK(&q->dim.work, isim_drv_moderate_work);
}

/**
 * isim_drv_moderate_begin() - begin with the first level, or again with it
 * @q: queue pair
 *
 * The work keeps its place: it may be queued.
 *
 * Context: NAPI, or process with NAPI disabled.
 */
void isim_drv_moderate_begin(struct isim_drv_queue *q)
{
	struct dim *dim = &q->dim;

	dim->prev_stats = (struct dim_stats) {};
	dim->tune_state = DIM_GOING_RIGHT;
	dim->steps_right = 0;
	dim->steps_left = 0;
	dim->tired = 0;
	WRITE_ONCE(dim->profile_ix, 0);
	isim_drv_moderate(q);
	dim->state = DIM_START_MEASURE;
}

/**
 * isim_drv_moderate_close() - wait for what is under way
 * @q: queue pair, its NAPI disabled
 *
 * Context: process; sleeps.
 */
void isim_drv_moderate_close(struct isim_drv_queue *q)
{
	cancel_work_sync(&q->dim.work);
}

/* Has the level been tried for long enough, and in vain? */
static bool isim_drv_moderate_in_vain(struct isim_drv_queue *q, u64 rx)
{
	u16 polls = q->events - q->trial.events;
	u32 tx = q->tx.cpl_head;	/* large packets count as one, however many frames */
	u64 most = max_t(u64, rx - q->trial.rx, tx - q->trial.tx);

	if (q->trial.level == q->dim.profile_ix) {
		if (polls < ISIM_DRV_TRIAL)
			return false;
		if (q->trial.level && most < polls + polls / 4)
			return true;
	}
	q->trial.level = q->dim.profile_ix;
	q->trial.events = q->events;
	q->trial.rx = rx;
	q->trial.tx = tx;
	return false;
}

/**
 * isim_drv_moderate_sample() - tell the library how far traffic has come
 * @q: queue pair
 * @ended: the poll is the last one before an interrupt
 *
 * Context: NAPI.
 */
void isim_drv_moderate_sample(struct isim_drv_queue *q, bool ended)
{
	struct dim_sample sample = {};
	u64 rx, tx;

	if (!READ_ONCE(q->adapter->coal_adaptive))
		return;
	rx = u64_stats_read(&q->rx.stats.packets);
	tx = u64_stats_read(&q->tx.stats.packets);
	q->events += ended;
	dim_update_sample(q->events, rx + tx, u64_stats_read(&q->rx.stats.bytes) +
			  u64_stats_read(&q->tx.stats.bytes), &sample);
	if (ktime_sub(sample.time, q->sampled) > ISIM_DRV_PAUSE_NS) {
		isim_drv_moderate_begin(q);
		q->hold = sample.time;
	}
	q->sampled = sample.time;
	if (!ended || ktime_before(sample.time, q->hold))
		return;
	if (isim_drv_moderate_in_vain(q, rx)) {
		isim_drv_moderate_begin(q);
		q->hold = ktime_add_ns(sample.time, ISIM_DRV_HOLD_NS);
		return;
	}
	isim_compat_net_dim(&q->dim, &sample);
}
