// SPDX-License-Identifier: GPL-2.0
/*
 * Admin queue. A doorbell copies each new command into a job. Commands that
 * cannot sleep run at once, the others on the workqueue, all at a time.
 */
#include <linux/slab.h>
#include <linux/string.h>
#include "emu/emu.h"

static void aq_complete(struct isim_emu *emu, const struct isim_hw_cpl *res)
{
	struct isim_emu_aq *aq = &emu->aq;
	struct isim_hw_cpl *cpl;

	spin_lock_bh(&aq->cq_lock);
	if (aq->cq_open) {
		cpl = &aq->cq[aq->produced & aq->mask];
		cpl->id = res->id;
		cpl->opcode = res->opcode;
		cpl->status = res->status;
		memcpy(cpl->raw, res->raw, sizeof(cpl->raw));
		dma_wmb(); /* contents before generation; host: dma_rmb() */
		WRITE_ONCE(cpl->gen, !(aq->produced & (aq->mask + 1)));
		WRITE_ONCE(aq->produced, aq->produced + 1);
		isim_emu_vec_raise(&emu->vec[0], 1);
	}
	spin_unlock_bh(&aq->cq_lock);
}

static bool cmd_may_sleep(const struct isim_hw_cmd *cmd)
{
	switch (cmd->opcode) {
	case ISIM_OP_TXQ_CREATE:
	case ISIM_OP_TXQ_DESTROY:
	case ISIM_OP_RXQ_CREATE:
	case ISIM_OP_RXQ_DESTROY:
	case ISIM_OP_RSS_SET:
	case ISIM_OP_STEER_ADD:
	case ISIM_OP_STEER_DELETE:
	case ISIM_OP_SA_ADD:
		return true;
	default:
		return false;
	}
}

static enum isim_hw_status cmd_sleeping(struct isim_emu *emu,
					const struct isim_hw_cmd *cmd,
					struct isim_hw_cpl *res)
{
	enum isim_hw_status st;

	/* Many SA_ADD at a time, one of the others. */
	if (cmd->opcode == ISIM_OP_SA_ADD)
		return isim_emu_sadb_add(emu, &cmd->sa_add, &res->sa_add);

	mutex_lock(&emu->conf);
	switch (cmd->opcode) {
	case ISIM_OP_TXQ_CREATE:
		st = isim_emu_txq_create(emu, &cmd->txq_create);
		break;
	case ISIM_OP_TXQ_DESTROY:
		st = isim_emu_txq_destroy(emu,
					  le32_to_cpu(cmd->queue_destroy.queue));
		break;
	case ISIM_OP_RXQ_CREATE:
		st = isim_emu_rxq_create(emu, &cmd->rxq_create);
		break;
	case ISIM_OP_RXQ_DESTROY:
		st = isim_emu_rxq_destroy(emu,
					  le32_to_cpu(cmd->queue_destroy.queue));
		break;
	case ISIM_OP_STEER_ADD:
		st = isim_emu_steer_add(emu, &cmd->steer_add);
		break;
	case ISIM_OP_STEER_DELETE:
		st = isim_emu_steer_delete(emu, &cmd->steer_delete);
		break;
	default:
		st = isim_emu_rss_set(emu, &cmd->rss_set);
	}
	mutex_unlock(&emu->conf);
	return st;
}

static enum isim_hw_status cmd_atomic(struct isim_emu *emu,
				      const struct isim_hw_cmd *cmd,
				      struct isim_hw_cpl *res)
{
	switch (cmd->opcode) {
	case ISIM_OP_CAPS_GET:
		isim_emu_caps(emu, &res->caps);
		return ISIM_ST_OK;
	case ISIM_OP_SA_DELETE:
		return isim_emu_sadb_delete(emu,
					    le32_to_cpu(cmd->sa_delete.handle));
	case ISIM_OP_SA_UPDATE:
		return isim_emu_sadb_update(emu, &cmd->sa_update);
	case ISIM_OP_SA_LIMIT:
		return isim_emu_delreq_limit(emu, &cmd->sa_limit);
	case ISIM_OP_SA_QUERY:
		return isim_emu_sadb_query(emu,
					   le32_to_cpu(cmd->sa_query.handle),
					   &res->sa_query);
	default:
		return ISIM_ST_BAD_OPCODE;
	}
}

static void job_free(struct isim_emu_job *job)
{
	struct isim_emu_aq *aq = &job->emu->aq;

	memzero_explicit(&job->cmd, sizeof(job->cmd));
	spin_lock_bh(&aq->lock);
	list_add_tail(&job->free, &aq->free_jobs);
	spin_unlock_bh(&aq->lock);
}

/* A command that was fetched is through. */
static void job_gone(struct isim_emu *emu)
{
	if (atomic_dec_and_test(&emu->aq.busy))
		wake_up(&emu->aq.idle);
}

/*
 * The command is done. The job is free before the host hears of it: the host
 * may answer a completion with a command at once, and there are no more jobs
 * than commands in flight.
 */
static void job_finish(struct isim_emu_job *job, enum isim_hw_status st,
		       struct isim_hw_cpl *res)
{
	struct isim_emu *emu = job->emu;

	res->id = job->cmd.id;
	res->opcode = job->cmd.opcode;
	res->status = cpu_to_le16(st);
	job_free(job);
	aq_complete(emu, res);
	job_gone(emu);
}

static void job_work(struct work_struct *work)
{
	struct isim_emu_job *job = container_of(to_delayed_work(work),
						struct isim_emu_job, work);
	struct isim_hw_cpl res = {};

	if (cmd_may_sleep(&job->cmd))
		job_finish(job, cmd_sleeping(job->emu, &job->cmd, &res), &res);
	else
		job_finish(job, cmd_atomic(job->emu, &job->cmd, &res), &res);
}

/* Fault points that see a command: see enum isim_emu_fault_id */
static unsigned long job_fault_points(const struct isim_hw_cmd *cmd)
{
	unsigned long points = ISIM_FAULTS_ADMIN;

	switch (cmd->opcode) {
	case ISIM_OP_TXQ_DESTROY:
	case ISIM_OP_RXQ_DESTROY:
		points &= ~(BIT(ISIM_FAULT_ADMIN_FAIL) |
			    BIT(ISIM_FAULT_ADMIN_IGNORE));
		break;
	case ISIM_OP_CAPS_GET:
	case ISIM_OP_SA_ADD:
	case ISIM_OP_SA_QUERY:
		points &= ~BIT(ISIM_FAULT_ADMIN_IGNORE);
		break;
	}
	if (cmd->opcode != ISIM_OP_SA_ADD)
		points &= ~BIT(ISIM_FAULT_SA_FULL);
	return points;
}

/* Under the lock, so that isim_emu_aq_stop() sees it or it sees that. */
static void job_delay(struct isim_emu_job *job, u32 ms)
{
	struct isim_emu_aq *aq = &job->emu->aq;

	spin_lock_bh(&aq->lock);
	queue_delayed_work(job->emu->wq, &job->work,
			   aq->running ? msecs_to_jiffies(ms) : 0);
	spin_unlock_bh(&aq->lock);
}

/*
 * Show a command to the fault points; the first in this order that chooses it
 * strikes. Returns true when there is nothing more to do with it now.
 */
static bool job_fault(struct isim_emu_job *job)
{
	struct isim_emu_faults *f = &job->emu->faults;
	struct isim_hw_cpl res = {};
	unsigned long chosen;

	chosen = isim_emu_fault_draw(f, job_fault_points(&job->cmd),
				     job->cmd.opcode);
	if (chosen & BIT(ISIM_FAULT_ADMIN_LOSE)) {
		isim_emu_fault_hits(f, ISIM_FAULT_ADMIN_LOSE);
		job_free(job);
		job_gone(job->emu);
	} else if (chosen & BIT(ISIM_FAULT_ADMIN_LATE)) {
		isim_emu_fault_hits(f, ISIM_FAULT_ADMIN_LATE);
		job_delay(job, isim_emu_fault_arg(f, ISIM_FAULT_ADMIN_LATE));
	} else if (chosen & BIT(ISIM_FAULT_ADMIN_FAIL)) {
		isim_emu_fault_hits(f, ISIM_FAULT_ADMIN_FAIL);
		job_finish(job, isim_emu_fault_arg(f, ISIM_FAULT_ADMIN_FAIL), &res);
	} else if (chosen & BIT(ISIM_FAULT_ADMIN_IGNORE)) {
		isim_emu_fault_hits(f, ISIM_FAULT_ADMIN_IGNORE);
		job_finish(job, ISIM_ST_OK, &res);
	} else if (chosen & BIT(ISIM_FAULT_SA_FULL)) {
		isim_emu_fault_hits(f, ISIM_FAULT_SA_FULL);
		job_finish(job, isim_emu_sadb_full_status(&job->emu->sadb), &res);
	}
	return chosen;
}

/* Fetch one command. NULL: none, or the host exceeds the ring. */
static struct isim_emu_job *aq_fetch(struct isim_emu_aq *aq, u16 tail)
{
	struct isim_emu_job *job = NULL;

	spin_lock_bh(&aq->lock);
	if (aq->running && aq->head != tail &&
	    (u16)(tail - aq->head) <= aq->mask + 1) {
		job = list_first_entry_or_null(&aq->free_jobs,
					       struct isim_emu_job, free);
		if (job) {
			list_del(&job->free);
			job->cmd = aq->sq[aq->head & aq->mask];
			aq->head++;
			atomic_inc(&aq->busy);
		}
	}
	spin_unlock_bh(&aq->lock);
	return job;
}

/**
 * isim_emu_aq_doorbell() - ISIM_REG_AQ_SQ_TAIL
 * @emu: adapter
 * @tail: commands ever submitted, modulo 2^16
 *
 * Context: any but hardirq.
 */
void isim_emu_aq_doorbell(struct isim_emu *emu, u16 tail)
{
	struct isim_emu_job *job;

	while ((job = aq_fetch(&emu->aq, tail))) {
		struct isim_hw_cpl res = {};

		if (isim_emu_fault_on(&emu->faults, ISIM_FAULTS_ADMIN) &&
		    job_fault(job))
			continue;
		if (cmd_may_sleep(&job->cmd))
			queue_delayed_work(emu->wq, &job->work, 0);
		else
			job_finish(job, cmd_atomic(emu, &job->cmd, &res), &res);
	}
}

/**
 * isim_emu_aq_start() - run the queue that the registers describe
 * @emu: adapter, not running; its number of slots has been checked
 */
void isim_emu_aq_start(struct isim_emu *emu)
{
	struct isim_emu_aq *aq = &emu->aq;

	spin_lock_bh(&aq->cq_lock);
	aq->mask = emu->bar.aq_entries - 1;
	aq->cq = isim_emu_bus(emu, emu->bar.aq_cq);
	WRITE_ONCE(aq->produced, 0);
	aq->cq_open = true;
	spin_unlock_bh(&aq->cq_lock);

	spin_lock_bh(&aq->lock);
	aq->sq = isim_emu_bus(emu, emu->bar.aq_sq);
	aq->head = 0;
	aq->running = true;
	spin_unlock_bh(&aq->lock);
}

/**
 * isim_emu_aq_stop() - finish all commands without completing them
 * @emu: adapter
 *
 * Context: process; sleeps.
 */
void isim_emu_aq_stop(struct isim_emu *emu)
{
	struct isim_emu_aq *aq = &emu->aq;
	unsigned int i;

	spin_lock_bh(&aq->lock);
	aq->running = false;
	spin_unlock_bh(&aq->lock);
	spin_lock_bh(&aq->cq_lock);
	aq->cq_open = false;
	spin_unlock_bh(&aq->cq_lock);
	/* Those that a fault point holds up are taken up now. */
	for (i = 0; i < ISIM_HW_AQ_MAX; i++)
		flush_delayed_work(&aq->jobs[i].work);
	wait_event(aq->idle, !atomic_read(&aq->busy));
}

/**
 * isim_emu_aq_init() - make an admin queue that does not run
 * @emu: adapter
 *
 * Return: 0 or -ENOMEM.
 */
int isim_emu_aq_init(struct isim_emu *emu)
{
	struct isim_emu_aq *aq = &emu->aq;
	unsigned int i;

	aq->jobs = kvcalloc(ISIM_HW_AQ_MAX, sizeof(*aq->jobs), GFP_KERNEL);
	if (!aq->jobs)
		return -ENOMEM;
	spin_lock_init(&aq->lock);
	spin_lock_init(&aq->cq_lock);
	init_waitqueue_head(&aq->idle);
	INIT_LIST_HEAD(&aq->free_jobs);
	for (i = 0; i < ISIM_HW_AQ_MAX; i++) {
		aq->jobs[i].emu = emu;
		INIT_DELAYED_WORK(&aq->jobs[i].work, job_work);
		list_add_tail(&aq->jobs[i].free, &aq->free_jobs);
	}
	return 0;
}

/**
 * isim_emu_aq_exit() - free an admin queue
 * @emu: adapter, stopped
 */
void isim_emu_aq_exit(struct isim_emu *emu)
{
	kvfree(emu->aq.jobs);
}
