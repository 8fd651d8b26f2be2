// SPDX-License-Identifier: GPL-2.0
/* The adapter as a whole: make, plug, reset, take apart. */
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "compat/compat.h"
#include "emu/emu.h"

/**
 * isim_emu_cause() - set bits of ISIM_REG_CAUSE and raise vector 0
 * @emu: adapter
 * @cause: ISIM_CAUSE_*
 *
 * Context: any but hardirq.
 */
void isim_emu_cause(struct isim_emu *emu, u32 cause)
{
	struct isim_hw_bar *bar = &emu->bar;

	spin_lock_bh(&bar->lock);
	WRITE_ONCE(bar->cause, bar->cause | cause);
	isim_emu_vec_raise(&emu->vec[0], 1);
	spin_unlock_bh(&bar->lock);
}

/**
 * isim_emu_caps_all() - what the adapter can do when nothing is switched off
 * @emu: adapter
 * @caps: filled in
 */
void isim_emu_caps_all(struct isim_emu *emu, struct isim_hw_caps *caps)
{
	caps->flags = cpu_to_le32(ISIM_CAP_ESP | ISIM_CAP_TRANSPORT |
				  ISIM_CAP_TUNNEL | ISIM_CAP_IPV6 |
				  ISIM_CAP_IPV4_OPTIONS | ISIM_CAP_IPV6_EXTHDRS |
				  ISIM_CAP_LSO | ISIM_CAP_ESN |
				  ISIM_CAP_UDP_ESP | ISIM_CAP_TX_CSUM |
				  ISIM_CAP_INBOUND | ISIM_CAP_RX |
				  ISIM_CAP_ANY_PROTO);
	caps->enc_algs = cpu_to_le32(isim_emu_enc_algs());
	caps->auth_algs = cpu_to_le32(isim_emu_auth_algs());
	caps->sizes = cpu_to_le32(ISIM_SIZE_ALL);
	caps->sa_capacity = cpu_to_le32(emu->params.sa_capacity);
}

/**
 * isim_emu_counter() - sum of a counter over the queues
 * @emu: adapter
 * @which: counter
 *
 * Return: the sum. Not a snapshot: queues that count meanwhile are read late.
 */
u64 isim_emu_counter(struct isim_emu *emu, enum isim_hw_counter which)
{
	unsigned int i;
	u64 sum = 0;

	for (i = 0; i < emu->params.queues; i++)
		sum += READ_ONCE(emu->txq[i].cnt.v[which]) +
		       READ_ONCE(emu->rxq[i].cnt.v[which]);
	return sum;
}

/* See hw/regs.h, "Life of the adapter" */
static void emu_reset(struct isim_emu *emu)
{
	unsigned int i;

	isim_emu_aq_stop(emu);
	mutex_lock(&emu->conf);
	for (i = 0; i < emu->params.queues; i++) {
		if (emu->txq[i].running)
			isim_emu_txq_destroy(emu, i);
		if (emu->rxq[i].running)
			isim_emu_rxq_destroy(emu, i);
	}
	isim_emu_steer_reset(emu);
	mutex_unlock(&emu->conf);
	isim_emu_sadb_flush(emu);
	for (i = 0; i <= emu->params.queues; i++)
		isim_emu_vec_reset(&emu->vec[i]);
	isim_emu_fault_reset(&emu->faults);
}

static void emu_reset_work(struct work_struct *work)
{
	struct isim_emu *emu = container_of(work, struct isim_emu, reset);
	struct isim_hw_bar *bar = &emu->bar;

	spin_lock_bh(&bar->lock);
	WRITE_ONCE(bar->ctrl, 0);
	spin_unlock_bh(&bar->lock);
	emu_reset(emu);
	spin_lock_bh(&bar->lock);
	bar->resetting = false;
	bar->aq_sq = 0;
	bar->aq_cq = 0;
	WRITE_ONCE(bar->aq_entries, 0);
	WRITE_ONCE(bar->cause, 0);
	spin_unlock_bh(&bar->lock);
}

static void emu_init_queues(struct isim_emu *emu)
{
	unsigned int i;

	for (i = 0; i < emu->params.queues; i++) {
		struct isim_emu_txq *txq = &emu->txq[i];
		struct isim_emu_rxq *rxq = &emu->rxq[i];

		spin_lock_init(&txq->lock);
		init_waitqueue_head(&txq->drained);
		txq->emu = emu;
		txq->index = i;
		txq->vec = &emu->vec[1 + i];
		spin_lock_init(&rxq->lock);
		init_waitqueue_head(&rxq->drained);
		rxq->emu = emu;
		rxq->index = i;
		rxq->vec = &emu->vec[1 + i];
	}
	for (i = 0; i <= emu->params.queues; i++)
		isim_emu_vec_init(emu, &emu->vec[i]);
}

struct isim_emu *isim_emu_create(const struct isim_emu_params *params)
{
	unsigned int n = params->queues;
	struct isim_emu *emu;

	emu = kzalloc(sizeof(*emu), GFP_KERNEL);
	if (!emu)
		return ERR_PTR(-ENOMEM);
	emu->params = *params;
	spin_lock_init(&emu->bar.lock);
	mutex_init(&emu->conf);
	INIT_WORK(&emu->reset, emu_reset_work);
	isim_emu_faults_init(emu);
	mutex_init(&emu->spd.lock);

	emu->vec = kvcalloc(n + 1, sizeof(*emu->vec), GFP_KERNEL);
	emu->txq = kvcalloc(n, sizeof(*emu->txq), GFP_KERNEL);
	emu->rxq = kvcalloc(n, sizeof(*emu->rxq), GFP_KERNEL);
	if (!emu->vec || !emu->txq || !emu->rxq)
		goto free_arrays;
	emu_init_queues(emu);
	/* A worker goes on with what its work has made the host queue: no switch. */
	emu->wq = alloc_workqueue("ipsecsim", WQ_HIGHPRI | WQ_PERCPU, 0);
	if (!emu->wq)
		goto free_arrays;
	if (isim_emu_aq_init(emu))
		goto destroy_wq;
	if (isim_emu_sadb_init(&emu->sadb, params->sa_capacity))
		goto exit_aq;
	return emu;

exit_aq:
	isim_emu_aq_exit(emu);
destroy_wq:
	destroy_workqueue(emu->wq);
free_arrays:
	kvfree(emu->rxq);
	kvfree(emu->txq);
	kvfree(emu->vec);
	kfree(emu);
	return ERR_PTR(-ENOMEM);
}

void isim_emu_destroy(struct isim_emu *emu)
{
	flush_work(&emu->reset);
	emu_reset(emu);
	isim_emu_fault_clear(emu);
	isim_emu_wire_drop_held(emu);
	isim_emu_policy_flush(emu);
	/* SAs that wait for their grace period, then those to be freed */
	rcu_barrier();
	destroy_workqueue(emu->wq);
	isim_emu_sadb_exit(&emu->sadb);
	isim_emu_aq_exit(emu);
	kvfree(emu->rxq);
	kvfree(emu->txq);
	kvfree(emu->vec);
	kfree(emu);
}

struct isim_hw_bar *isim_emu_plug(struct isim_emu *emu, struct device *dev)
{
	emu->dev = dev;
	return &emu->bar;
}
