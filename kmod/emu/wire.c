// SPDX-License-Identifier: GPL-2.0
/* The wire between two adapters: link, fault points. */
#include "emu/emu.h"

#define PPM		1000000u

/* Flip one bit behind the Ethernet header, of ESP behind the sequence number. */
static void wire_corrupt(struct isim_emu_txq *txq, struct isim_emu_frame *frame)
{
	struct isim_emu_parse p;
	u32 start = ISIM_ETH_HLEN, end = frame->len, bit;
	u8 octet;

	isim_emu_parse(frame->seg[0].va, frame->seg[0].len, frame->len, &p);
	if (p.kind == ISIM_PARSE_ESP) {
		start = p.l4_off + ISIM_ESP_HLEN;
		end = p.l3_end;
	}
	if (start >= end)
		return;
	bit = prandom_u32_state(&txq->faults) % ((end - start) * 8);
	isim_emu_seg_read(frame->seg, start + bit / 8, &octet, 1);
	octet ^= 1 << bit % 8;
	isim_emu_seg_write(frame->seg, start + bit / 8, &octet, 1);
	isim_emu_count(&txq->cnt, ISIM_CNT_WIRE_CORRUPT, 1);
}

/*
 * Returns false when the frame is lost. Draws for a frame that the far end has
 * no buffer for too, so that the choice does not depend on its timing.
 */
static bool wire_faults(struct isim_emu_txq *txq, struct isim_emu_frame *frame)
{
	const struct isim_emu_wire_faults *f = &txq->emu->wire_faults;
	u32 run = READ_ONCE(txq->emu->wire_faults_run);
	bool drop, corrupt;

	if (txq->faults_run != run) {
		txq->faults_run = run;
		prandom_seed_state(&txq->faults, READ_ONCE(f->seed));
	}
	drop = prandom_u32_state(&txq->faults) % PPM < READ_ONCE(f->drop_ppm);
	corrupt = prandom_u32_state(&txq->faults) % PPM <
		  READ_ONCE(f->corrupt_ppm);
	if (drop)
		isim_emu_count(&txq->cnt, ISIM_CNT_WIRE_DROP, 1);
	else if (corrupt && frame->nsegs)
		wire_corrupt(txq, frame);
	return !drop;
}

/**
 * isim_emu_wire_send() - put a frame on the wire
 * @txq: queue that sends it, its lock held
 * @frame: frame in buffers of the far end, which the wire consumes; without
 *         buffers when the far end has lost the frame already
 */
void isim_emu_wire_send(struct isim_emu_txq *txq, struct isim_emu_frame *frame)
{
	bool lost = false;

	if (unlikely(READ_ONCE(txq->emu->wire_faults_on)))
		lost = !wire_faults(txq, frame);
	if (!frame->nsegs)
		return;
	if (lost)
		isim_emu_rx_abort(frame);
	else
		isim_emu_rx_deliver(frame);
}

/**
 * isim_emu_link() - ISIM_STATUS_LINK
 * @emu: adapter
 *
 * Return: wired, and both ends have an RX queue.
 */
bool isim_emu_link(struct isim_emu *emu)
{
	struct isim_emu *peer;
	bool link;

	rcu_read_lock();
	peer = rcu_dereference(emu->peer);
	link = peer && READ_ONCE(emu->rx_running) &&
	       READ_ONCE(peer->rx_running);
	rcu_read_unlock();
	return link;
}

/**
 * isim_emu_wire_update() - tell both hosts that the link may have changed
 * @emu: adapter that was wired or unwired, or starts or stops to receive
 */
void isim_emu_wire_update(struct isim_emu *emu)
{
	struct isim_emu *peer;

	rcu_read_lock();
	peer = rcu_dereference(emu->peer);
	isim_emu_cause(emu, ISIM_CAUSE_LINK);
	if (peer)
		isim_emu_cause(peer, ISIM_CAUSE_LINK);
	rcu_read_unlock();
}

int isim_emu_wire(struct isim_emu *a, struct isim_emu *b)
{
	if (a == b)
		return -EINVAL;
	if (rcu_access_pointer(a->peer) || rcu_access_pointer(b->peer))
		return -EBUSY;
	rcu_assign_pointer(a->peer, b);
	rcu_assign_pointer(b->peer, a);
	isim_emu_wire_update(a);
	return 0;
}

static void wire_wait_drained(struct isim_emu *emu)
{
	unsigned int i;

	for (i = 0; i < emu->params.queues; i++)
		isim_emu_txq_wait_drained(&emu->txq[i]);
}

void isim_emu_unwire(struct isim_emu *emu)
{
	/* ctl/ serialises wiring: emu/api.h */
	struct isim_emu *peer = rcu_dereference_protected(emu->peer, true);

	if (!peer)
		return;
	RCU_INIT_POINTER(emu->peer, NULL);
	RCU_INIT_POINTER(peer->peer, NULL);
	synchronize_rcu();
	/* What is left are frames in an asynchronous encryption. */
	wire_wait_drained(emu);
	wire_wait_drained(peer);
	isim_emu_wire_update(emu);
	isim_emu_wire_update(peer);
}

void isim_emu_set_wire_faults(struct isim_emu *emu,
			      const struct isim_emu_wire_faults *faults)
{
	WRITE_ONCE(emu->wire_faults.corrupt_ppm, faults->corrupt_ppm);
	WRITE_ONCE(emu->wire_faults.drop_ppm, faults->drop_ppm);
	WRITE_ONCE(emu->wire_faults.seed, faults->seed);
	/* Each queue starts its generator again. */
	WRITE_ONCE(emu->wire_faults_run, emu->wire_faults_run + 1);
	WRITE_ONCE(emu->wire_faults_on,
		   faults->corrupt_ppm || faults->drop_ppm);
}

void isim_emu_get_wire_faults(struct isim_emu *emu,
			      struct isim_emu_wire_faults *faults)
{
	faults->corrupt_ppm = READ_ONCE(emu->wire_faults.corrupt_ppm);
	faults->drop_ppm = READ_ONCE(emu->wire_faults.drop_ppm);
	faults->seed = READ_ONCE(emu->wire_faults.seed);
}
