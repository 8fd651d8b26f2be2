// SPDX-License-Identifier: GPL-2.0
/*
 * What the fault points of the wire do to frames. Ownership and contexts of the
 * frames that are held: fault.h.
 */
#include <linux/bottom_half.h>
#include <linux/ktime.h>
#include <linux/slab.h>
#include "compat/compat.h"
#include "emu/emu.h"

#define HELD_MAX	256u
#define HELD_OCTETS_MAX	(1024u * 1024u)

/**
 * struct held_frame - a frame that is held
 * @list: in isim_emu_faults.held
 * @due: when it leaves at the latest
 * @id: the point that holds it
 * @next: it leaves behind the next frame
 * @len: octets of the frame
 * @data: the frame
 */
struct held_frame {
	struct list_head	list;
	ktime_t			due;
	enum isim_emu_fault_id	id;
	bool			next;
	u32			len;
	u8			data[];
};

/* Send octets that are in no buffer of the far end yet, if it is still there. */
static bool wire_inject(struct isim_emu *emu, u8 *data, u32 len)
{
	struct isim_emu_seg seg = { .va = data, .len = len };
	struct isim_emu_frame frame;

	if (isim_emu_wire_reserve(emu, &seg, len, &frame))
		return false;
	isim_emu_seg_copy(frame.seg, &seg, 1);
	isim_emu_rx_deliver(&frame);
	return true;
}

/* Deliver copies and free them. Context: bottom halves disabled. */
static void wire_inject_list(struct isim_emu *emu, struct list_head *list)
{
	struct held_frame *h, *n;

	rcu_read_lock();
	list_for_each_entry_safe(h, n, list, list) {
		wire_inject(emu, h->data, h->len);
		kfree(h);
	}
	rcu_read_unlock();
}

/* Let the timer run when the first frame is due. */
static void held_arm(struct isim_emu_faults *f)
{
	struct held_frame *h, *first = NULL;

	lockdep_assert_held(&f->lock);
	list_for_each_entry(h, &f->held, list)
		if (!first || ktime_before(h->due, first->due))
			first = h;
	if (first)
		hrtimer_start(&f->timer, first->due, HRTIMER_MODE_ABS_SOFT);
}

/* Take out what is due, or waits for the frame that has just passed. */
static void held_take(struct isim_emu_faults *f, ktime_t now, bool next,
		      struct list_head *taken)
{
	struct held_frame *h, *n;

	lockdep_assert_held(&f->lock);
	list_for_each_entry_safe(h, n, &f->held, list) {
		if (!(next && h->next) && ktime_after(h->due, now))
			continue;
		f->num_held--;
		f->held_octets -= h->len;
		list_move_tail(&h->list, taken);
	}
}

static enum hrtimer_restart held_timer(struct hrtimer *timer)
{
	struct isim_emu_faults *f = container_of(timer, struct isim_emu_faults,
						 timer);
	struct isim_emu *emu = container_of(f, struct isim_emu, faults);
	LIST_HEAD(due);

	spin_lock_bh(&f->lock);
	held_take(f, ktime_get(), false, &due);
	held_arm(f);
	spin_unlock_bh(&f->lock);
	wire_inject_list(emu, &due);
	return HRTIMER_NORESTART;
}

/* Keep a copy of a frame; false when that is not possible. */
static bool wire_hold(struct isim_emu_faults *f,
		      const struct isim_emu_frame *frame,
		      enum isim_emu_fault_id id)
{
	struct held_frame *h;
	bool room;

	h = kmalloc(struct_size(h, data, frame->len), GFP_ATOMIC | __GFP_NOWARN);
	if (h) {
		h->len = frame->len;
		h->id = id;
		h->next = id == ISIM_FAULT_REORDER;
		h->due = ktime_add_ms(ktime_get(), isim_emu_fault_arg(f, id));
		isim_emu_seg_read(frame->seg, 0, h->data, h->len);
	}
	spin_lock_bh(&f->lock);
	room = h && f->num_held < HELD_MAX &&
	       f->held_octets + h->len <= HELD_OCTETS_MAX;
	if (room) {
		f->num_held++;
		f->held_octets += h->len;
		list_add_tail(&h->list, &f->held);
		held_arm(f);
		f->point[id].stats.hits++;
	} else {
		f->point[id].stats.missed++;
	}
	spin_unlock_bh(&f->lock);
	if (!room)
		kfree(h);
	return room;
}

/* Flip one bit behind the Ethernet header, of ESP behind the sequence number. */
static void wire_corrupt(struct isim_emu_txq *txq, struct isim_emu_frame *frame,
			 const struct isim_emu_parse *p)
{
	u32 start = ISIM_ETH_HLEN, end = frame->len, bit;
	struct isim_emu_faults *f = &txq->emu->faults;
	u8 octet;

	if (p->kind == ISIM_PARSE_ESP || p->udp_esp) {
		start = p->esp_off + ISIM_ESP_HLEN;
		end = p->l3_end;
	}
	if (start >= end) {
		isim_emu_fault_missed(f, ISIM_FAULT_CORRUPT, 1);
		return;
	}
	bit = isim_emu_fault_random(f, ISIM_FAULT_CORRUPT, (end - start) * 8);
	isim_emu_seg_read(frame->seg, start + bit / 8, &octet, 1);
	octet ^= 1 << bit % 8;
	isim_emu_seg_write(frame->seg, start + bit / 8, &octet, 1);
	isim_emu_count(&txq->cnt, ISIM_CNT_WIRE_CORRUPT, 1);
	isim_emu_fault_hits(f, ISIM_FAULT_CORRUPT);
}

/* Send the first octets of a frame in its place; false when there is no memory. */
static bool wire_truncate(struct isim_emu *emu, struct isim_emu_frame *frame)
{
	struct isim_emu_faults *f = &emu->faults;
	u32 len = ISIM_ETH_HLEN;
	u8 *data;

	if (frame->len > len)
		len += isim_emu_fault_random(f, ISIM_FAULT_TRUNCATE,
					     frame->len - len);
	data = kmalloc(len, GFP_ATOMIC | __GFP_NOWARN);
	if (!data) {
		isim_emu_fault_missed(f, ISIM_FAULT_TRUNCATE, 1);
		return false;
	}
	isim_emu_seg_read(frame->seg, 0, data, len);
	isim_emu_rx_abort(frame);
	wire_inject(emu, data, len);
	kfree(data);
	isim_emu_fault_hits(f, ISIM_FAULT_TRUNCATE);
	return true;
}

/* The far end decrypts a frame where it lies, so the second one comes first. */
static void wire_duplicate(struct isim_emu *emu, struct isim_emu_frame *frame)
{
	struct isim_emu_frame twin;

	if (isim_emu_wire_reserve(emu, &frame->seg[0], frame->len, &twin)) {
		isim_emu_fault_missed(&emu->faults, ISIM_FAULT_DUPLICATE, 1);
		isim_emu_rx_deliver(frame);
		return;
	}
	isim_emu_seg_copy(twin.seg, frame->seg, frame->nsegs);
	isim_emu_fault_hits(&emu->faults, ISIM_FAULT_DUPLICATE);
	isim_emu_rx_deliver(frame);
	isim_emu_rx_deliver(&twin);
}

/* A frame that is not dropped: send it, now or later, once or twice. */
static void wire_mishandle(struct isim_emu_txq *txq, struct isim_emu_frame *frame,
			   const struct isim_emu_parse *p, unsigned long chosen)
{
	struct isim_emu_faults *f = &txq->emu->faults;

	if (chosen & BIT(ISIM_FAULT_TRUNCATE) && wire_truncate(txq->emu, frame))
		return;
	if (chosen & BIT(ISIM_FAULT_CORRUPT))
		wire_corrupt(txq, frame, p);
	if (chosen & BIT(ISIM_FAULT_REPLAY))
		wire_hold(f, frame, ISIM_FAULT_REPLAY);
	if ((chosen & BIT(ISIM_FAULT_DELAY) &&
	     wire_hold(f, frame, ISIM_FAULT_DELAY)) ||
	    (chosen & BIT(ISIM_FAULT_REORDER) &&
	     wire_hold(f, frame, ISIM_FAULT_REORDER)))
		isim_emu_rx_abort(frame);
	else if (chosen & BIT(ISIM_FAULT_DUPLICATE))
		wire_duplicate(txq->emu, frame);
	else
		isim_emu_rx_deliver(frame);
}

/**
 * isim_emu_wire_faulty() - put a frame on a wire that has faults
 * @txq: queue that sends it, its lock held
 * @frame: as for isim_emu_wire_send()
 *
 * Draws for a frame that the far end has no buffer for too, so that the choice
 * does not depend on the far end's timing; but such a frame has no SPI. A frame
 * is struck by the first of drop, truncate, delay, reorder and duplicate that
 * chooses it, and beside these, unless it is dropped or truncated, by corrupt
 * and replay.
 *
 * Context: RCU read section, bottom halves disabled.
 */
void isim_emu_wire_faulty(struct isim_emu_txq *txq, struct isim_emu_frame *frame)
{
	struct isim_emu_faults *f = &txq->emu->faults;
	struct isim_emu_parse p = {};
	unsigned long chosen;
	LIST_HEAD(next);
	unsigned int id;

	/* Those held before this frame; it may be held itself. */
	spin_lock_bh(&f->lock);
	held_take(f, KTIME_MIN, true, &next);
	spin_unlock_bh(&f->lock);

	if (frame->nsegs)
		isim_emu_parse(frame->seg[0].va, frame->seg[0].len, frame->len, &p);
	/* The SPI is 0 where there is none. */
	chosen = isim_emu_fault_draw(f, ISIM_FAULTS_WIRE, p.spi);
	if (chosen & BIT(ISIM_FAULT_DROP)) {
		isim_emu_count(&txq->cnt, ISIM_CNT_WIRE_DROP, 1);
		isim_emu_fault_hits(f, ISIM_FAULT_DROP);
		if (frame->nsegs)
			isim_emu_rx_abort(frame);
	} else if (frame->nsegs) {
		wire_mishandle(txq, frame, &p, chosen);
	} else {
		for_each_set_bit(id, &chosen, ISIM_FAULT_NUM)
			isim_emu_fault_missed(f, id, 1);
	}
	wire_inject_list(txq->emu, &next);
}

/**
 * isim_emu_wire_release() - let every frame go that is held
 * @emu: adapter
 *
 * Context: process.
 */
void isim_emu_wire_release(struct isim_emu *emu)
{
	struct isim_emu_faults *f = &emu->faults;
	LIST_HEAD(all);

	local_bh_disable();
	spin_lock(&f->lock);
	held_take(f, KTIME_MAX, true, &all);
	spin_unlock(&f->lock);
	wire_inject_list(emu, &all);
	local_bh_enable();
}

/**
 * isim_emu_wire_drop_held() - forget every frame that is held
 * @emu: adapter, on a wire that takes no frame any more
 *
 * Context: process; waits for the timer.
 */
void isim_emu_wire_drop_held(struct isim_emu *emu)
{
	struct isim_emu_faults *f = &emu->faults;
	struct held_frame *h, *n;
	LIST_HEAD(all);

	spin_lock_bh(&f->lock);
	held_take(f, KTIME_MAX, true, &all);
	spin_unlock_bh(&f->lock);
	hrtimer_cancel(&f->timer);
	list_for_each_entry_safe(h, n, &all, list) {
		isim_emu_fault_missed(f, h->id, 1);
		kfree(h);
	}
}

/**
 * isim_emu_wire_fault_init() - no frame is held
 * @f: fault points
 */
void isim_emu_wire_fault_init(struct isim_emu_faults *f)
{
	INIT_LIST_HEAD(&f->held);
	hrtimer_setup(&f->timer, held_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_SOFT);
}
