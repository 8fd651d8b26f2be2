// SPDX-License-Identifier: GPL-2.0
/*
 * Watch for interrupts that got lost. A vector that has fired stays silent until
 * it is armed again, and the host arms it only after the interrupt: one lost
 * interrupt would silence a queue pair, or the admin queue, for good.
 *
 * Once in a period the watch looks at what has completed. If the same completion
 * is still there the next time, the interrupt for it will not come, and the watch
 * does what that would have done. An adapter that does not complete anything is
 * not its affair: see the TX watchdog and the admin watchdog.
 */
#include "drv.h"

#define ISIM_DRV_WATCH_PERIOD	(HZ / 2)

/*
 * A look from outside of NAPI. Both counts may move meanwhile; then it sees a
 * completion that is consumed or does not see one that is there, and the next
 * look puts that right.
 */
static bool isim_drv_watch_pending(struct isim_drv_queue *q)
{
	u32 rx = READ_ONCE(q->rx.cpl_head), tx = READ_ONCE(q->tx.cpl_head);
	u8 rx_gen = READ_ONCE(q->rx.cpl[rx & q->rx.mask].gen) & 1;
	u8 tx_gen = READ_ONCE(q->tx.cpl[tx & q->tx.mask].gen) & 1;
	bool pending = rx_gen == !(rx & (q->rx.mask + 1)) ||
		       tx_gen == !(tx & (q->tx.mask + 1));
	bool moved = q->watch_rx != rx || q->watch_tx != tx;

	q->watch_rx = rx;
	q->watch_tx = tx;
	return pending && !moved;
}

static void isim_drv_watch_queue(struct isim_drv_queue *q)
{
	bool pending = isim_drv_watch_pending(q);
	bool stuck = pending && q->watch_pending;

	q->watch_pending = pending;
	if (!stuck)
		return;
	local_bh_disable();
	/* false: it is being polled, and only slow */
	if (napi_schedule_prep(&q->napi)) {
		atomic64_inc(&q->adapter->irqs_lost);
		__napi_schedule(&q->napi);
	}
	local_bh_enable();
}

/* Is there something that the admin work has not seen? A look from outside. */
static bool isim_drv_watch_aq_pending(struct isim_drv_adapter *adapter, u16 head)
{
	const struct isim_hw_cpl *cpl = adapter->aq.cq + head % ISIM_DRV_AQ_ENTRIES;
	u8 gen = !((head / ISIM_DRV_AQ_ENTRIES) & 1);

	return (READ_ONCE(cpl->gen) & 1) == gen ||
	       isim_hw_read32(adapter->bar, ISIM_REG_CAUSE);
}

static void isim_drv_watch_aq(struct isim_drv_adapter *adapter)
{
	struct isim_drv_aq *aq = &adapter->aq;
	u16 head = READ_ONCE(aq->head);
	bool pending = READ_ONCE(aq->running) &&
		       isim_drv_watch_aq_pending(adapter, head);

	if (pending && aq->watch_pending && head == aq->watch_head &&
	    queue_work(adapter->wq, &aq->work))
		atomic64_inc(&adapter->irqs_lost);
	aq->watch_head = head;
	aq->watch_pending = pending;
}

static void isim_drv_watch_work(struct work_struct *work)
{
	struct isim_drv_adapter *adapter =
		container_of(to_delayed_work(work), struct isim_drv_adapter, watch);
	int i;

	for (i = 0; i < adapter->num_queues; i++)
		isim_drv_watch_queue(&adapter->queues[i]);
	isim_drv_watch_aq(adapter);
	queue_delayed_work(adapter->wq, &adapter->watch, ISIM_DRV_WATCH_PERIOD);
}

/**
 * isim_drv_watch_init() - make a watch that does not run
 * @adapter: adapter
 */
void isim_drv_watch_init(struct isim_drv_adapter *adapter)
{
	INIT_DELAYED_WORK(&adapter->watch, isim_drv_watch_work);
}

/**
 * isim_drv_watch_start() - begin to watch
 * @adapter: adapter, its queues running
 *
 * Context: RTNL held.
 */
void isim_drv_watch_start(struct isim_drv_adapter *adapter)
{
	int i;

	for (i = 0; i < adapter->num_queues; i++)
		adapter->queues[i].watch_pending = false;
	queue_delayed_work(adapter->wq, &adapter->watch, ISIM_DRV_WATCH_PERIOD);
}

/**
 * isim_drv_watch_stop() - the rings are about to go
 * @adapter: adapter
 *
 * Context: process, RTNL held; sleeps.
 */
void isim_drv_watch_stop(struct isim_drv_adapter *adapter)
{
	cancel_delayed_work_sync(&adapter->watch);
}
