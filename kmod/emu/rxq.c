// SPDX-License-Identifier: GPL-2.0
/*
 * RX queue and RX engine.
 *
 * reserve: a sender takes empty buffers. deliver: the sender has filled them;
 * the frame is parsed, decrypted if an SA matches, and completed to the host.
 */
#include <linux/log2.h>
#include <linux/slab.h>
#include "compat/crypto.h"
#include "emu/emu.h"

/* Take one buffer from the fill ring, unused ones first. */
static void rx_take(struct isim_emu_rxq *rxq, struct isim_emu_frame *frame,
		    u32 len)
{
	const struct isim_hw_rx_fill *fill;
	unsigned int n = frame->nsegs++;

	if (rxq->nspare)
		fill = &rxq->spare[--rxq->nspare];
	else
		fill = &rxq->fill[rxq->head++ & rxq->mask];
	frame->fill[n] = *fill;
	frame->seg[n].va = isim_emu_bus(rxq->emu, le64_to_cpu(fill->addr));
	frame->seg[n].len = len;
}

/**
 * isim_emu_rx_reserve() - take buffers for a frame
 * @emu: receiving adapter
 * @hdr: first piece of the frame, with its headers, for the choice of the queue
 * @len: octets of the frame
 * @frame: filled in
 *
 * Context: RCU read section, bottom halves disabled; takes rxq->lock.
 * Return: false when the frame is lost; that has been counted.
 */
bool isim_emu_rx_reserve(struct isim_emu *emu, const struct isim_emu_seg *hdr,
			 u32 len, struct isim_emu_frame *frame)
{
	u32 queue = isim_emu_rx_queue(emu, hdr, len, frame);
	bool drop = queue == ISIM_STEER_DROP;
	struct isim_emu_rxq *rxq = &emu->rxq[drop ? 0 : queue];
	enum isim_hw_counter lost;
	unsigned int have, need;

	spin_lock(&rxq->lock);
	lost = ISIM_CNT_RX_OFF;
	if (!rxq->running || isim_emu_fault_hung(&emu->faults))
		goto lost;
	lost = ISIM_CNT_RX_STEER_DROP;
	if (unlikely(drop))
		goto lost;
	lost = ISIM_CNT_RX_TOO_LONG;
	if (len > rxq->frame_max)
		goto lost;
	lost = ISIM_CNT_RX_NO_BUF;
	need = DIV_ROUND_UP(len, rxq->buf_len);
	have = (u16)(rxq->tail - rxq->head) + rxq->nspare;
	if (have < need)
		goto lost;

	frame->rxq = rxq;
	frame->len = len;
	frame->nsegs = 0;
	rxq->reserved += need;
	for (; need > 1; need--, len -= rxq->buf_len)
		rx_take(rxq, frame, rxq->buf_len);
	rx_take(rxq, frame, len);
	spin_unlock(&rxq->lock);
	return true;

lost:
	isim_emu_count(&rxq->cnt, lost, 1);
	spin_unlock(&rxq->lock);
	return false;
}

static bool rxq_drained(const struct isim_emu_rxq *rxq)
{
	return !rxq->reserved && isim_emu_pipe_empty(&rxq->pipe);
}

/* Buffers are back from a sender, filled or not. */
static void rx_unreserve(struct isim_emu_rxq *rxq, unsigned int nsegs)
{
	rxq->reserved -= nsegs;
	if (!rxq->running && rxq_drained(rxq))
		wake_up(&rxq->drained);
}

/* Keep the buffers of a frame that is not completed. */
static void rx_spare(struct isim_emu_rxq *rxq, const struct isim_emu_frame *frame)
{
	unsigned int i;

	for (i = 0; i < frame->nsegs; i++)
		rxq->spare[rxq->nspare++] = frame->fill[i];
}

/**
 * isim_emu_rx_abort() - give buffers back that were reserved
 * @frame: from isim_emu_rx_reserve() or isim_emu_wire_reserve()
 *
 * Context: bottom halves disabled; takes rxq->lock.
 */
void isim_emu_rx_abort(struct isim_emu_frame *frame)
{
	struct isim_emu_rxq *rxq = frame->rxq;

	if (!rxq) {
		isim_emu_far_abort(frame);
		return;
	}
	spin_lock(&rxq->lock);
	if (rxq->running)
		rx_spare(rxq, frame);
	rx_unreserve(rxq, frame->nsegs);
	spin_unlock(&rxq->lock);
}

static void rx_complete(struct isim_emu_rxq *rxq,
			const struct isim_emu_frame *frame,
			const struct isim_hw_rx_cpl *meta)
{
	unsigned int i;

	for (i = 0; i < frame->nsegs; i++) {
		struct isim_hw_rx_cpl *cpl = &rxq->cpl[rxq->produced & rxq->mask];
		bool eop = i + 1 == frame->nsegs;
		u8 gen = !(rxq->produced & (rxq->mask + 1));

		cpl->id = frame->fill[i].id;
		cpl->len = cpu_to_le16(frame->seg[i].len);
		cpl->flags = eop ? meta->flags | ISIM_RX_EOP : 0;
		if (eop) {
			cpl->frame_len = meta->frame_len;
			cpl->hash = cpu_to_le32(frame->hash);
			cpl->sa_tag = meta->sa_tag;
			cpl->sa_handle = meta->sa_handle;
			cpl->status = meta->status;
			cpl->delete_reason = meta->delete_reason;
			cpl->seq = meta->seq;
			if (frame->hash_l4)
				cpl->flags |= ISIM_RX_L4_HASH;
		}
		dma_wmb(); /* contents before generation; host: dma_rmb() */
		WRITE_ONCE(cpl->gen, gen);
		WRITE_ONCE(rxq->produced, rxq->produced + 1);
	}
	isim_emu_count(&rxq->cnt, ISIM_CNT_RX_FRAMES, 1);
	isim_emu_count(&rxq->cnt, ISIM_CNT_RX_BYTES, frame->len);
	isim_emu_vec_raise(rxq->vec, frame->nsegs);
}

/* The frame of an armed SA may be the one that carries a delete request. */
static void rx_delete_req(struct isim_emu_rxq *rxq, struct isim_emu_op *op)
{
	enum isim_hw_delete_reason reason;

	reason = isim_emu_delreq_check(op->sa, op->cpl.status,
				       le64_to_cpu(op->cpl.seq));
	if (reason == ISIM_DELETE_NONE)
		return;
	op->cpl.flags |= ISIM_RX_SA_DELETE_REQ;
	op->cpl.delete_reason = reason;
	isim_emu_count(&rxq->cnt, ISIM_CNT_RX_SA_DELETE_REQ, 1);
}

/*
 * Count what became of a frame that an SA was applied to, or what a fault point
 * says became of it.
 */
static void rx_esp_count(struct isim_emu_rxq *rxq, struct isim_emu_op *op)
{
	struct isim_emu_sa_stats *stats = &op->sa->stats[rxq->index];
	struct isim_emu_faults *f = &rxq->emu->faults;
	enum isim_hw_counter cnt;

	if (isim_emu_fault_hit(f, ISIM_FAULT_RX_STATUS, op->sa->spi))
		op->cpl.status = isim_emu_fault_arg(f, ISIM_FAULT_RX_STATUS);
	switch (op->cpl.status) {
	case ISIM_CRYPTO_SUCCESS:
		cnt = ISIM_CNT_RX_ESP;
		WRITE_ONCE(stats->packets, stats->packets + 1);
		WRITE_ONCE(stats->bytes, stats->bytes + op->esp_len);
		break;
	case ISIM_CRYPTO_TUNNEL_ESP_AUTH_FAILED:
		isim_emu_count(&rxq->cnt, ISIM_CNT_RX_ESP_TUNNEL_AUTH_ERR, 1);
		fallthrough;
	case ISIM_CRYPTO_TRANSPORT_ESP_AUTH_FAILED:
		cnt = ISIM_CNT_RX_ESP_AUTH_ERR;
		WRITE_ONCE(stats->auth_errors, stats->auth_errors + 1);
		break;
	case ISIM_CRYPTO_INVALID_PACKET_SYNTAX:
		cnt = ISIM_CNT_RX_ESP_SYNTAX_ERR;
		WRITE_ONCE(stats->errors, stats->errors + 1);
		break;
	case ISIM_CRYPTO_INVALID_PROTOCOL:
		cnt = ISIM_CNT_RX_ESP_PROTO_ERR;
		WRITE_ONCE(stats->errors, stats->errors + 1);
		break;
	default:
		cnt = ISIM_CNT_RX_ESP_GENERIC_ERR;
		WRITE_ONCE(stats->errors, stats->errors + 1);
	}
	isim_emu_count(&rxq->cnt, cnt, 1);
	if (unlikely(READ_ONCE(op->sa->armed)))
		rx_delete_req(rxq, op);
}

/* The SA's part of a frame is done: name the outcome. */
static void rx_esp_done(struct isim_emu_rxq *rxq, struct isim_emu_op *op,
			struct isim_emu_frame *frame,
			const struct isim_emu_parse *p)
{
	u8 status = isim_emu_esp_status(op->sa, op->err);

	if (status == ISIM_CRYPTO_SUCCESS)
		status = isim_emu_esp_trailer(op, frame);
	op->cpl.status = status;
	/* A fault point may make a failure of it. */
	rx_esp_count(rxq, op);
	if (status == ISIM_CRYPTO_SUCCESS && op->cpl.status == status)
		isim_emu_rx_tell_inner(op, frame, p);
}

/* Release what is done at the head of the pipe. */
static void rx_release(struct isim_emu_rxq *rxq)
{
	struct isim_emu_op *op;

	while ((op = isim_emu_pipe_done(&rxq->pipe))) {
		rx_complete(rxq, &op->frame, &op->cpl);
		rxq->pipe.head++;
	}
	if (!rxq->running && rxq_drained(rxq))
		wake_up(&rxq->drained);
}

static void rx_decrypted(void *data, int err)
{
	struct isim_emu_op *op = data;
	struct isim_emu_rxq *rxq = op->queue;
	struct isim_emu_frame *frame = &op->frame;
	struct isim_emu_parse p;

	if (err == -EINPROGRESS)
		return;
	rcu_read_lock();
	spin_lock_bh(&rxq->lock);
	op->err = err;
	op->busy = false;
	isim_emu_parse(frame->seg[0].va, frame->seg[0].len, frame->len, &p);
	rx_esp_done(rxq, op, frame, &p);
	isim_emu_sa_put(op->sa);
	rx_release(rxq);
	spin_unlock_bh(&rxq->lock);
	rcu_read_unlock();
}

ISIM_CRYPTO_COMPLETION(rx_crypto_done, rx_decrypted)

/*
 * Apply an SA to a frame if one matches. Sets op->cpl and, if the crypto API keeps
 * the frame, op->busy.
 */
static void rx_process(struct isim_emu_rxq *rxq, struct isim_emu_op *op,
		       struct isim_emu_frame *frame, const struct isim_emu_parse *p)
{
	u32 off = READ_ONCE(rxq->emu->caps_off.flags);
	struct isim_emu_sa *sa;

	op->cpl = (struct isim_hw_rx_cpl){
		.frame_len = cpu_to_le16(frame->len),
	};
	if (p->kind == ISIM_PARSE_BAD)
		isim_emu_count(&rxq->cnt, ISIM_CNT_RX_UNPARSED, 1);
	if (p->kind == ISIM_PARSE_IP)
		isim_emu_rx_tell_csum(op, frame, p);
	if (p->kind != ISIM_PARSE_ESP && !p->udp_esp)
		return;
	sa = isim_emu_sadb_find_inbound(&rxq->emu->sadb, p);
	if (!sa) {
		/* Most UDP that may carry ESP does not. */
		if (!p->udp_esp)
			isim_emu_count(&rxq->cnt, ISIM_CNT_RX_ESP_NO_SA, 1);
		return;
	}

	if (unlikely(off) && isim_emu_caps_rx_off(off, p, sa)) {
		isim_emu_count(&rxq->cnt, ISIM_CNT_RX_ESP_CAPS_OFF, 1);
		return;
	}

	op->cpl.flags = ISIM_RX_CRYPTO_DONE;
	op->cpl.frame_len = cpu_to_le16(p->l3_end);
	op->cpl.sa_tag = cpu_to_le32(sa->tag);
	op->cpl.sa_handle = cpu_to_le32(sa->handle);
	op->sa = sa;
	if (!isim_emu_esp_fits(sa, p)) {
		/* Nothing to authenticate. */
		op->cpl.seq = cpu_to_le64(p->seq);
		op->cpl.status = ISIM_CRYPTO_INVALID_PACKET_SYNTAX;
		rx_esp_count(rxq, op);
		return;
	}
	op->err = isim_emu_esp_decrypt(op, sa, frame, p, rx_crypto_done);
	if (op->err == -EINPROGRESS) {
		op->busy = true;
		refcount_inc(&sa->refs);
		return;
	}
	rx_esp_done(rxq, op, frame, p);
}

/**
 * isim_emu_rx_deliver() - a frame arrives
 * @frame: as for isim_emu_rx_abort(), filled; the caller gets it back
 *
 * Context: RCU read section, bottom halves disabled; takes rxq->lock.
 */
void isim_emu_rx_deliver(struct isim_emu_frame *frame)
{
	const struct isim_emu_spd_table *spd;
	struct isim_emu_rxq *rxq = frame->rxq;
	struct isim_emu_parse p;
	struct isim_emu_op *op;

	if (!rxq) {
		isim_emu_far_deliver(frame);
		return;
	}
	spin_lock(&rxq->lock);
	if (!rxq->running) {
		isim_emu_count(&rxq->cnt, ISIM_CNT_RX_OFF, 1);
		goto out;
	}
	isim_emu_parse(frame->seg[0].va, frame->seg[0].len, frame->len, &p);
	spd = rcu_dereference(rxq->emu->spd.table);
	if (unlikely(spd) && !isim_emu_policy_received(rxq, spd, frame, &p)) {
		rx_spare(rxq, frame);
		goto out;
	}
	op = isim_emu_pipe_next(&rxq->pipe);
	if (!op) {
		isim_emu_count(&rxq->cnt, ISIM_CNT_RX_ENGINE_FULL, 1);
		rx_spare(rxq, frame);
		goto out;
	}
	rx_process(rxq, op, frame, &p);
	if (!op->busy && isim_emu_pipe_empty(&rxq->pipe)) {
		rx_complete(rxq, frame, &op->cpl);
	} else {
		op->frame = *frame;
		rxq->pipe.tail++;
	}
out:
	rx_unreserve(rxq, frame->nsegs);
	spin_unlock(&rxq->lock);
}

/**
 * isim_emu_rxq_doorbell() - ISIM_REG_RX_TAIL
 * @rxq: RX queue
 * @tail: fill slots ever filled, modulo 2^16
 *
 * Context: any but hardirq.
 */
void isim_emu_rxq_doorbell(struct isim_emu_rxq *rxq, u16 tail)
{
	spin_lock_bh(&rxq->lock);
	/* No more than the ring has slots are with the adapter at a time. */
	if (rxq->running && (u16)(tail - rxq->produced) <= rxq->mask + 1)
		rxq->tail = tail;
	spin_unlock_bh(&rxq->lock);
}

static bool rxq_params_ok(const struct isim_emu *emu,
			  const struct isim_hw_rxq_create *cmd)
{
	u32 slots = le32_to_cpu(cmd->slots), len = le32_to_cpu(cmd->buf_len);
	u32 max = le32_to_cpu(cmd->frame_max);

	return le32_to_cpu(cmd->queue) < emu->params.queues &&
	       is_power_of_2(slots) && slots >= ISIM_HW_RING_MIN &&
	       slots <= ISIM_HW_RING_MAX && len >= ISIM_HW_RX_BUF_MIN &&
	       len <= U16_MAX && max <= ISIM_HW_FRAME_MAX &&
	       DIV_ROUND_UP(max, len) <= ISIM_HW_RX_BUFS_MAX;
}

/* The link comes with the first RX queue and goes with the last. */
static void rx_running(struct isim_emu *emu, int change)
{
	unsigned int before = emu->rx_running;

	lockdep_assert_held(&emu->conf);
	WRITE_ONCE(emu->rx_running, before + change);
	if (!before || !emu->rx_running)
		isim_emu_wire_update(emu);
}

/**
 * isim_emu_rxq_create() - RXQ_CREATE
 * @emu: adapter; emu->conf held
 * @cmd: the command's payload
 *
 * Context: process; sleeps.
 * Return: status to answer with.
 */
enum isim_hw_status isim_emu_rxq_create(struct isim_emu *emu,
					const struct isim_hw_rxq_create *cmd)
{
	u32 slots = le32_to_cpu(cmd->slots);
	struct isim_emu_rxq *rxq;

	if (!rxq_params_ok(emu, cmd))
		return ISIM_ST_BAD_PARAM;
	rxq = &emu->rxq[le32_to_cpu(cmd->queue)];
	if (rxq->running)
		return ISIM_ST_BUSY;
	rxq->spare = kvcalloc(slots, sizeof(*rxq->spare), GFP_KERNEL);
	if (!rxq->spare)
		return ISIM_ST_NO_MEMORY;
	if (isim_emu_pipe_init(&rxq->pipe, rxq)) {
		kvfree(rxq->spare);
		rxq->spare = NULL;
		return ISIM_ST_NO_MEMORY;
	}

	spin_lock_bh(&rxq->lock);
	rxq->mask = slots - 1;
	rxq->head = 0;
	rxq->tail = 0;
	rxq->produced = 0;
	rxq->nspare = 0;
	rxq->buf_len = le32_to_cpu(cmd->buf_len);
	rxq->frame_max = le32_to_cpu(cmd->frame_max);
	rxq->fill = isim_emu_bus(emu, le64_to_cpu(cmd->fill));
	rxq->cpl = isim_emu_bus(emu, le64_to_cpu(cmd->cpl));
	rxq->running = true;
	spin_unlock_bh(&rxq->lock);
	rx_running(emu, 1);
	return ISIM_ST_OK;
}

static bool rxq_drained_locked(struct isim_emu_rxq *rxq)
{
	bool drained;

	spin_lock_bh(&rxq->lock);
	drained = rxq_drained(rxq);
	spin_unlock_bh(&rxq->lock);
	return drained;
}

/**
 * isim_emu_rxq_destroy() - RXQ_DESTROY
 * @emu: adapter; emu->conf held
 * @index: queue, any value
 *
 * Context: process; sleeps until the engines are done with the queue's buffers.
 * Return: status to answer with.
 */
enum isim_hw_status isim_emu_rxq_destroy(struct isim_emu *emu, u32 index)
{
	struct isim_emu_rxq *rxq;

	if (index >= emu->params.queues)
		return ISIM_ST_BAD_PARAM;
	rxq = &emu->rxq[index];
	if (!rxq->running)
		return ISIM_ST_BUSY;
	spin_lock_bh(&rxq->lock);
	rxq->running = false;
	spin_unlock_bh(&rxq->lock);
	rx_running(emu, -1);
	wait_event(rxq->drained, rxq_drained_locked(rxq));
	isim_emu_pipe_exit(&rxq->pipe);
	kvfree(rxq->spare);
	rxq->spare = NULL;
	return ISIM_ST_OK;
}
