// SPDX-License-Identifier: GPL-2.0
/* The wire: plug and unplug, link. What goes wrong on it: wire_fault.c. */
#include "emu/emu.h"

/**
 * isim_emu_wire_send() - put a frame on the wire
 * @txq: queue that sends it, its lock held
 * @frame: frame in buffers of the far end, which the wire consumes; without
 *         buffers when the far end has lost the frame already
 */
void isim_emu_wire_send(struct isim_emu_txq *txq, struct isim_emu_frame *frame)
{
	if (isim_emu_fault_on(&txq->emu->faults, ISIM_FAULTS_WIRE))
		isim_emu_wire_faulty(txq, frame);
	else if (frame->nsegs)
		isim_emu_rx_deliver(frame);
}

/**
 * isim_emu_link() - ISIM_STATUS_LINK
 * @emu: adapter
 *
 * Return: wired, and both ends can receive.
 */
bool isim_emu_link(struct isim_emu *emu)
{
	struct isim_emu_far *far;
	struct isim_emu *peer;
	bool link;

	rcu_read_lock();
	peer = rcu_dereference(emu->peer);
	far = rcu_dereference(emu->far);
	link = (peer && READ_ONCE(peer->rx_running)) ||
	       (far && READ_ONCE(far->link));
	rcu_read_unlock();
	return link && READ_ONCE(emu->rx_running);
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
	if (isim_emu_wired(a) || isim_emu_wired(b))
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

	if (!isim_emu_wired(emu))
		return;
	RCU_INIT_POINTER(emu->peer, NULL);
	RCU_INIT_POINTER(emu->far, NULL);
	if (peer)
		RCU_INIT_POINTER(peer->peer, NULL);
	synchronize_rcu();
	/* What is left are frames in an asynchronous encryption. */
	wire_wait_drained(emu);
	isim_emu_wire_drop_held(emu);
	isim_emu_wire_update(emu);
	if (!peer)
		return;
	wire_wait_drained(peer);
	isim_emu_wire_drop_held(peer);
	isim_emu_wire_update(peer);
}
