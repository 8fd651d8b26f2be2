// SPDX-License-Identifier: GPL-2.0
/*
 * One vector and one NAPI instance for each queue pair, and the CPUs that send on it.
 */
#include <linux/bitfield.h>
#include <linux/cpumask.h>

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
	bool again;
	int done;

	isim_drv_tx_clean(q, budget);
	/* netpoll: only wants its packets back */
	if (!budget)
		return 0;

	done = isim_drv_rx_poll(q, budget);
	again = !isim_drv_rx_refill(q);
	isim_drv_rx_doorbell(q);
	/*
	 * Without buffers no frame arrives, so no interrupt would bring us
	 * back here to try again.
	 */
	again |= done == budget;
	/* before NAPI is given away, maybe to another CPU */
	isim_drv_moderate_sample(q, !again);
	if (again)
		return budget;

	if (napi_complete_done(napi, done))
		isim_drv_vector_arm(q);
	return done;
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
	isim_drv_moderate_begin(q);
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
	isim_drv_moderate_close(q);
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

/* CPUs that are to send on a queue, of all the queues in use */
static void isim_drv_xps_mask(u32 queue, u32 num_queues, struct cpumask *mask)
{
	u32 num_cpus = num_possible_cpus(), n = 0;
	int cpu;

	cpumask_clear(mask);
	for_each_possible_cpu(cpu) {
		if (n % num_queues == queue % num_cpus)
			cpumask_set_cpu(cpu, mask);
		n++;
	}
}

/**
 * isim_drv_xps_set() - share the TX queues out among the CPUs
 * @adapter: adapter
 *
 * CPU n sends on queue n modulo the number of queues, so that two CPUs write to the
 * same ring only when there are more of them than queues. When there are fewer, each
 * has several queues of its own. Done when the number of queues has changed, and
 * not with each start of them: in between it is the administrator's to change. It is
 * a preference, and a failure is none of the device.
 *
 * Context: process, RTNL held; sleeps.
 */
void isim_drv_xps_set(struct isim_drv_adapter *adapter)
{
	cpumask_var_t mask;
	u32 i;
	int err = 0;

	if (adapter->xps_set || !alloc_cpumask_var(&mask, GFP_KERNEL))
		return;
	for (i = 0; !err && i < adapter->num_queues; i++) {
		isim_drv_xps_mask(i, adapter->num_queues, mask);
		err = netif_set_xps_queue(adapter->netdev, mask, i);
	}
	adapter->xps_set = !err;
	free_cpumask_var(mask);
}
