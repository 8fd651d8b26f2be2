// SPDX-License-Identifier: GPL-2.0
/*
 * Admin queue: commands to the adapter and their completions. The rules are in
 * drv.h ("Commands") and in hw/admin.h.
 */
#include <linux/bitfield.h>
#include <linux/dma-mapping.h>
#include <linux/iopoll.h>

#include "drv.h"

#define ISIM_DRV_RESET_POLL_US		50
#define ISIM_DRV_RESET_TIMEOUT_US	(5 * USEC_PER_SEC)

static int isim_drv_status_to_errno(u16 status)
{
	switch (status) {
	case ISIM_ST_OK:
		return 0;
	case ISIM_ST_FULL:
		return -ENOSPC;
	case ISIM_ST_NO_MEMORY:
		return -ENOMEM;
	case ISIM_ST_BUSY:
		return -EBUSY;
	case ISIM_ST_BAD_HANDLE:
		return -ENOENT;
	case ISIM_ST_BAD_PARAM:
	case ISIM_ST_NO_ESN:
	case ISIM_ST_UNSUPPORTED:
	case ISIM_ST_BAD_KEY:
		return -EINVAL;
	default:
		return -EIO;
	}
}

static void isim_drv_aq_arm(struct isim_drv_adapter *adapter)
{
	isim_hw_write32(adapter->bar, ISIM_REG_IRQ_ARM(0),
			FIELD_PREP(ISIM_IRQ_ARM_RX, adapter->aq.head));
}

/*
 * Move waiting commands into the ring. Commands complete in any order, so the
 * next slot may still be in use when others are free: then it is waited for.
 */
static void isim_drv_aq_pump(struct isim_drv_adapter *adapter)
{
	struct isim_drv_aq *aq = &adapter->aq;
	u16 tail = aq->tail;

	lockdep_assert_held(&aq->lock);

	while (!list_empty(&aq->waiting)) {
		u16 id = aq->tail % ISIM_DRV_AQ_ENTRIES;
		struct isim_drv_aq_slot *slot = &aq->slots[id];
		struct isim_hw_cmd *hw = &aq->sq[id];
		struct isim_drv_cmd *cmd;

		if (slot->cmd)
			break;

		cmd = list_first_entry(&aq->waiting, struct isim_drv_cmd, node);
		list_del(&cmd->node);
		hw->opcode = cmd->opcode;
		hw->id = cpu_to_le16(id);
		memcpy(hw->raw, cmd->payload, cmd->len);
		slot->cmd = cmd;
		slot->posted = jiffies;
		aq->tail++;
	}

	if (tail == aq->tail)
		return;

	isim_hw_write32(adapter->bar, ISIM_REG_AQ_SQ_TAIL, aq->tail);
	queue_delayed_work(adapter->wq, &aq->watchdog, ISIM_DRV_AQ_TIMEOUT);
}

/**
 * isim_drv_aq_post() - hand a command to the admin queue
 * @adapter: adapter
 * @cmd: command, owned by the queue until its done() is called
 *
 * Context: any but hard interrupt; never sleeps, never fails.
 */
void isim_drv_aq_post(struct isim_drv_adapter *adapter, struct isim_drv_cmd *cmd)
{
	struct isim_drv_aq *aq = &adapter->aq;

	spin_lock_bh(&aq->lock);
	list_add_tail(&cmd->node, &aq->waiting);
	if (aq->running)
		isim_drv_aq_pump(adapter);
	else
		queue_work(adapter->wq, &aq->work);
	spin_unlock_bh(&aq->lock);
}

struct isim_drv_aq_waiter {
	struct isim_drv_cmd	cmd;
	struct completion	done;
	struct isim_hw_cpl	*cpl;
	int			err;
};

static void isim_drv_aq_exec_done(struct isim_drv_adapter *adapter,
				  struct isim_drv_cmd *cmd, int err,
				  const struct isim_hw_cpl *cpl)
{
	struct isim_drv_aq_waiter *waiter =
		container_of(cmd, struct isim_drv_aq_waiter, cmd);

	waiter->err = err;
	if (!err && waiter->cpl)
		*waiter->cpl = *cpl;
	complete(&waiter->done);
}

/**
 * isim_drv_aq_exec() - execute a command and wait for its completion
 * @adapter: adapter
 * @opcode: enum isim_hw_opcode
 * @payload: its payload, may be NULL when @len is 0
 * @len: octets
 * @cpl: receives the completion on success, may be NULL
 *
 * Context: process; sleeps. RTNL may be held.
 * Return: 0, the errno of the adapter's status, or -ECANCELED when the adapter
 * was reset meanwhile.
 */
int isim_drv_aq_exec(struct isim_drv_adapter *adapter, u8 opcode,
		     const void *payload, size_t len, struct isim_hw_cpl *cpl)
{
	struct isim_drv_aq_waiter waiter = {
		.cmd = {
			.done		= isim_drv_aq_exec_done,
			.payload	= payload,
			.len		= len,
			.opcode		= opcode,
		},
		.cpl = cpl,
	};

	init_completion(&waiter.done);
	isim_drv_aq_post(adapter, &waiter.cmd);
	wait_for_completion(&waiter.done);
	return waiter.err;
}

/* Take a command out of its slot. The slot may have held a key. */
static struct isim_drv_cmd *isim_drv_aq_take(struct isim_drv_aq *aq, u16 id)
{
	struct isim_drv_cmd *cmd = aq->slots[id].cmd;

	lockdep_assert_held(&aq->lock);

	if (!cmd)
		return NULL;
	memzero_explicit(&aq->sq[id], sizeof(aq->sq[id]));
	aq->slots[id].cmd = NULL;
	return cmd;
}

static void isim_drv_aq_complete(struct isim_drv_adapter *adapter,
				 const struct isim_hw_cpl *cpl)
{
	struct isim_drv_aq *aq = &adapter->aq;
	u16 id = le16_to_cpu(cpl->id);
	struct isim_drv_cmd *cmd = NULL;

	spin_lock_bh(&aq->lock);
	if (id < ISIM_DRV_AQ_ENTRIES)
		cmd = isim_drv_aq_take(aq, id);
	if (aq->running)
		isim_drv_aq_pump(adapter);
	spin_unlock_bh(&aq->lock);

	if (!cmd) {
		dev_err_ratelimited(adapter->dev,
				    "completion of a command that was not given: id %u opcode %#x\n",
				    id, cpl->opcode);
		return;
	}
	cmd->done(adapter, cmd, isim_drv_status_to_errno(le16_to_cpu(cpl->status)), cpl);
}

/* Fail what has been posted since the queue stopped */
static void isim_drv_aq_fail_list(struct isim_drv_adapter *adapter,
				  struct list_head *list)
{
	struct isim_drv_cmd *cmd, *next;

	list_for_each_entry_safe(cmd, next, list, node) {
		list_del(&cmd->node);
		cmd->done(adapter, cmd, -ECANCELED, NULL);
		cond_resched();
	}
}

static void isim_drv_aq_consume(struct isim_drv_adapter *adapter)
{
	struct isim_drv_aq *aq = &adapter->aq;

	for (;;) {
		struct isim_hw_cpl *slot = &aq->cq[aq->head % ISIM_DRV_AQ_ENTRIES];
		u8 gen = !((aq->head / ISIM_DRV_AQ_ENTRIES) & 1);
		struct isim_hw_cpl cpl;

		if ((READ_ONCE(slot->gen) & 1) != gen)
			return;
		/* pairs with the adapter's dma_wmb() before it writes gen */
		dma_rmb();
		cpl = *slot;
		aq->head++;
		/* a command that waited may be done at once: as many as there are */
		isim_drv_aq_complete(adapter, &cpl);
		cond_resched();
	}
}

static void isim_drv_aq_causes(struct isim_drv_adapter *adapter)
{
	u32 cause = isim_hw_read32(adapter->bar, ISIM_REG_CAUSE);

	if (!cause)
		return;
	/* acknowledged first: a change after the status read sets it again */
	isim_hw_write32(adapter->bar, ISIM_REG_CAUSE, cause);
	if (cause & ISIM_CAUSE_LINK)
		isim_drv_link_update(adapter);
	if (cause & ISIM_CAUSE_CAPS)
		isim_drv_caps_schedule(adapter);
}

static void isim_drv_aq_work(struct work_struct *work)
{
	struct isim_drv_adapter *adapter =
		container_of(work, struct isim_drv_adapter, aq.work);
	struct isim_drv_aq *aq = &adapter->aq;
	LIST_HEAD(failed);
	bool running;

	spin_lock_bh(&aq->lock);
	running = aq->running;
	if (!running)
		list_splice_init(&aq->waiting, &failed);
	spin_unlock_bh(&aq->lock);

	if (!running) {
		isim_drv_aq_fail_list(adapter, &failed);
		return;
	}

	isim_drv_aq_consume(adapter);
	isim_drv_aq_causes(adapter);
	isim_drv_aq_arm(adapter);
}

/* Vector 0. May run inside our own register writes, see hw/bus.h. */
static void isim_drv_aq_irq(void *arg)
{
	struct isim_drv_adapter *adapter = arg;

	queue_work(adapter->wq, &adapter->aq.work);
}

/**
 * isim_drv_aq_wait_reset() - wait until the adapter owns no memory of ours
 * @adapter: adapter, being reset or not
 *
 * Memory that the adapter may still write is never freed, however long a reset
 * takes.
 *
 * Context: process; sleeps.
 */
void isim_drv_aq_wait_reset(struct isim_drv_adapter *adapter)
{
	u32 status;

	read_poll_timeout(isim_hw_read32, status, !(status & ISIM_STATUS_RESETTING),
			  ISIM_DRV_RESET_POLL_US, 0, false, adapter->bar,
			  ISIM_REG_STATUS);
}

static int isim_drv_aq_abort_locked(struct isim_drv_adapter *adapter)
{
	struct isim_drv_aq *aq = &adapter->aq;
	struct isim_drv_cmd *cmd;
	LIST_HEAD(failed);
	u32 status;
	int err;
	u16 id;

	lockdep_assert_held(&aq->abort_lock);

	/*
	 * In one step: whoever sees a command fail because of this must see
	 * RESETTING, too, or he frees what the adapter still writes to.
	 */
	spin_lock_bh(&aq->lock);
	aq->running = false;
	isim_hw_write32(adapter->bar, ISIM_REG_CTRL, ISIM_CTRL_RESET);
	spin_unlock_bh(&aq->lock);

	err = read_poll_timeout(isim_hw_read32, status,
				!(status & ISIM_STATUS_RESETTING) &&
				(status & ISIM_STATUS_READY),
				ISIM_DRV_RESET_POLL_US, ISIM_DRV_RESET_TIMEOUT_US,
				false, adapter->bar, ISIM_REG_STATUS);
	if (err)
		dev_err(adapter->dev, "reset does not end, status %#x\n", status);

	/*
	 * A work that was running may have armed the vector after the reset.
	 * What that can queue finds the queue stopped, and fails commands, too.
	 */
	cancel_work_sync(&aq->work);

	spin_lock_bh(&aq->lock);
	for (id = 0; id < ISIM_DRV_AQ_ENTRIES; id++) {
		cmd = isim_drv_aq_take(aq, id);
		if (cmd)
			list_add_tail(&cmd->node, &failed);
	}
	list_splice_tail_init(&aq->waiting, &failed);
	spin_unlock_bh(&aq->lock);

	isim_drv_aq_fail_list(adapter, &failed);
	return err;
}

/* Jiffies until the oldest command in flight is late; 0: it is, -1: none */
static long isim_drv_aq_next_timeout(struct isim_drv_aq *aq)
{
	long next = -1;
	u16 id;

	spin_lock_bh(&aq->lock);
	for (id = 0; aq->running && id < ISIM_DRV_AQ_ENTRIES; id++) {
		long left;

		if (!aq->slots[id].cmd)
			continue;
		left = (long)(aq->slots[id].posted + ISIM_DRV_AQ_TIMEOUT - jiffies);
		left = max(left, 0L);
		if (next < 0 || left < next)
			next = left;
	}
	spin_unlock_bh(&aq->lock);
	return next;
}

static void isim_drv_aq_watchdog(struct work_struct *work)
{
	struct isim_drv_adapter *adapter =
		container_of(to_delayed_work(work), struct isim_drv_adapter,
			     aq.watchdog);
	struct isim_drv_aq *aq = &adapter->aq;
	long next = isim_drv_aq_next_timeout(aq);
	bool late;

	if (next < 0)
		return;
	if (next > 0) {
		queue_delayed_work(adapter->wq, &aq->watchdog, next);
		return;
	}

	/* somebody else may have reset the adapter meanwhile */
	mutex_lock(&aq->abort_lock);
	late = !isim_drv_aq_next_timeout(aq);
	if (late) {
		atomic64_inc(&adapter->admin_timeouts);
		dev_err(adapter->dev, "adapter does not answer, resetting it\n");
		isim_drv_aq_abort_locked(adapter);
	}
	mutex_unlock(&aq->abort_lock);
	if (late)
		isim_drv_reset_schedule(adapter);
}

/**
 * isim_drv_aq_abort() - reset the adapter and fail all commands
 * @adapter: adapter
 *
 * Afterwards the adapter owns no host memory and knows no SA, and commands fail
 * until isim_drv_aq_start(). What the commands had already achieved is undone
 * by the reset, so it does not matter that their answers are lost.
 *
 * Context: process, not from a command's done(); sleeps.
 * Return: 0, or -ETIMEDOUT when the reset does not end.
 */
int isim_drv_aq_abort(struct isim_drv_adapter *adapter)
{
	int err;

	mutex_lock(&adapter->aq.abort_lock);
	err = isim_drv_aq_abort_locked(adapter);
	mutex_unlock(&adapter->aq.abort_lock);
	return err;
}

/**
 * isim_drv_aq_start() - start the admin queue after a reset
 * @adapter: adapter, reset by isim_drv_aq_abort()
 *
 * Commands posted while the queue was stopped fail: they may name handles from
 * before the reset.
 *
 * Context: process; sleeps.
 */
void isim_drv_aq_start(struct isim_drv_adapter *adapter)
{
	struct isim_drv_aq *aq = &adapter->aq;
	struct isim_hw_bar *bar = adapter->bar;
	LIST_HEAD(failed);

	mutex_lock(&aq->abort_lock);
	/* so that it does not consume while the rings are prepared */
	cancel_work_sync(&aq->work);
	memset(aq->sq, 0, sizeof(*aq->sq) * ISIM_DRV_AQ_ENTRIES);
	memset(aq->cq, 0, sizeof(*aq->cq) * ISIM_DRV_AQ_ENTRIES);
	aq->head = 0;

	isim_hw_write32(bar, ISIM_REG_AQ_SQ_LO, lower_32_bits(aq->sq_dma));
	isim_hw_write32(bar, ISIM_REG_AQ_SQ_HI, upper_32_bits(aq->sq_dma));
	isim_hw_write32(bar, ISIM_REG_AQ_CQ_LO, lower_32_bits(aq->cq_dma));
	isim_hw_write32(bar, ISIM_REG_AQ_CQ_HI, upper_32_bits(aq->cq_dma));
	isim_hw_write32(bar, ISIM_REG_AQ_ENTRIES, ISIM_DRV_AQ_ENTRIES);
	isim_hw_write32(bar, ISIM_REG_CTRL, ISIM_CTRL_ENABLE);

	spin_lock_bh(&aq->lock);
	list_splice_init(&aq->waiting, &failed);
	aq->tail = 0;
	aq->running = true;
	spin_unlock_bh(&aq->lock);

	isim_drv_aq_arm(adapter);
	mutex_unlock(&aq->abort_lock);

	isim_drv_aq_fail_list(adapter, &failed);
}

static void isim_drv_aq_free_rings(struct isim_drv_adapter *adapter)
{
	struct isim_drv_aq *aq = &adapter->aq;

	dma_free_coherent(adapter->dev, sizeof(*aq->cq) * ISIM_DRV_AQ_ENTRIES,
			  aq->cq, aq->cq_dma);
	dma_free_coherent(adapter->dev, sizeof(*aq->sq) * ISIM_DRV_AQ_ENTRIES,
			  aq->sq, aq->sq_dma);
}

/**
 * isim_drv_aq_alloc() - make the admin queue, stopped
 * @adapter: adapter with dev, bar and wq set
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int isim_drv_aq_alloc(struct isim_drv_adapter *adapter)
{
	struct isim_drv_aq *aq = &adapter->aq;
	int err;

	spin_lock_init(&aq->lock);
	mutex_init(&aq->abort_lock);
	INIT_LIST_HEAD(&aq->waiting);
	INIT_WORK(&aq->work, isim_drv_aq_work);
	INIT_DELAYED_WORK(&aq->watchdog, isim_drv_aq_watchdog);

	aq->sq = dma_alloc_coherent(adapter->dev,
				    sizeof(*aq->sq) * ISIM_DRV_AQ_ENTRIES,
				    &aq->sq_dma, GFP_KERNEL);
	aq->cq = dma_alloc_coherent(adapter->dev,
				    sizeof(*aq->cq) * ISIM_DRV_AQ_ENTRIES,
				    &aq->cq_dma, GFP_KERNEL);
	err = aq->sq && aq->cq ?
	      isim_hw_irq_attach(adapter->bar, 0, isim_drv_aq_irq, adapter) : -ENOMEM;
	if (err)
		isim_drv_aq_free_rings(adapter);
	return err;
}

/**
 * isim_drv_aq_free() - release the admin queue
 * @adapter: adapter, stopped by isim_drv_aq_abort(); nobody posts any more
 *
 * Context: process; sleeps.
 */
void isim_drv_aq_free(struct isim_drv_adapter *adapter)
{
	struct isim_drv_aq *aq = &adapter->aq;

	isim_drv_aq_wait_reset(adapter);
	isim_hw_irq_detach(adapter->bar, 0);
	cancel_delayed_work_sync(&aq->watchdog);
	cancel_work_sync(&aq->work);
	isim_drv_aq_free_rings(adapter);
}
