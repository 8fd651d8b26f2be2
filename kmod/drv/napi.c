// SPDX-License-Identifier: GPL-2.0
/*
 * One vector and one NAPI instance for each queue pair.
 */
#include <linux/bitfield.h>

#include "drv.h"

/* Runs with bottom halves disabled, maybe inside our own doorbell write. */
static void isim_drv_irq_queue(void *arg)
{
	struct isim_drv_queue *q = arg;

	napi_schedule(&q->napi);
}

/*
 * Tell the adapter how far both completion rings have been consumed. If it has
 * produced more, the vector fires at once, so nothing is missed between the
 * last look at the rings and here.
 */
static void isim_drv_vector_arm(struct isim_drv_queue *q)
{
	isim_hw_write32(q->adapter->bar, ISIM_REG_IRQ_ARM(q->index + 1),
			FIELD_PREP(ISIM_IRQ_ARM_RX, q->rx.cpl_head & 0xffff) |
			FIELD_PREP(ISIM_IRQ_ARM_TX, q->tx.cpl_head & 0xffff));
}

static int isim_drv_poll(struct napi_struct *napi, int budget)
{
	struct isim_drv_queue *q = container_of(napi, struct isim_drv_queue, napi);
	bool starved;
	int done;

	isim_drv_tx_clean(q, budget);
	/* netpoll: only wants its packets back */
	if (!budget)
		return 0;

	done = isim_drv_rx_poll(q, budget);
	starved = !isim_drv_rx_refill(q);
	isim_drv_rx_doorbell(q);
	/*
	 * Without buffers no frame arrives, so no interrupt would bring us
	 * back here to try again.
	 */
	if (done == budget || starved)
		return budget;

	if (napi_complete_done(napi, done))
		isim_drv_vector_arm(q);
	return done;
}

/**
 * isim_drv_vector_moderate() - program the interrupt moderation of a queue pair
 * @q: queue pair
 *
 * A reset of the adapter clears it. Context: RTNL held.
 */
void isim_drv_vector_moderate(struct isim_drv_queue *q)
{
	struct isim_drv_adapter *adapter = q->adapter;

	isim_hw_write32(adapter->bar, ISIM_REG_IRQ_COAL(q->index + 1),
			FIELD_PREP(ISIM_IRQ_COAL_FRAMES, adapter->coal_frames) |
			FIELD_PREP(ISIM_IRQ_COAL_USECS, adapter->coal_usecs));
}

/**
 * isim_drv_vector_open() - connect vector and NAPI of a queue pair
 * @q: queue pair; its vector stays disarmed, its NAPI disabled
 *
 * Context: process, RTNL held; sleeps.
 * Return: 0 or a negative errno.
 */
int isim_drv_vector_open(struct isim_drv_queue *q)
{
	int err;

	err = isim_hw_irq_attach(q->adapter->bar, q->index + 1,
				 isim_drv_irq_queue, q);
	if (err)
		return err;

	netif_napi_add(q->adapter->netdev, &q->napi, isim_drv_poll);
	netif_queue_set_napi(q->adapter->netdev, q->index, NETDEV_QUEUE_TYPE_RX, &q->napi);
	netif_queue_set_napi(q->adapter->netdev, q->index, NETDEV_QUEUE_TYPE_TX, &q->napi);
	isim_drv_vector_moderate(q);
	return 0;
}

/**
 * isim_drv_vector_close() - undo isim_drv_vector_open()
 * @q: queue pair, its NAPI disabled
 *
 * Context: process, RTNL held; sleeps.
 */
void isim_drv_vector_close(struct isim_drv_queue *q)
{
	isim_hw_irq_detach(q->adapter->bar, q->index + 1);
	netif_queue_set_napi(q->adapter->netdev, q->index, NETDEV_QUEUE_TYPE_RX, NULL);
	netif_queue_set_napi(q->adapter->netdev, q->index, NETDEV_QUEUE_TYPE_TX, NULL);
	netif_napi_del(&q->napi);
}

/**
 * isim_drv_vector_start() - let a queue pair run
 * @q: queue pair, created in the adapter, its fill ring full
 *
 * Context: process, RTNL held; sleeps.
 */
void isim_drv_vector_start(struct isim_drv_queue *q)
{
	napi_enable(&q->napi);
	isim_drv_rx_doorbell(q);
	isim_drv_vector_arm(q);
}
