// SPDX-License-Identifier: GPL-2.0
/*
 * TX queue and TX engine: fetch a packet, encrypt or copy it into buffers of
 * the far end, send, complete.
 */
#include <linux/log2.h>
#include <linux/string.h>
#include "compat/crypto.h"
#include "emu/emu.h"

#define ETH_HLEN_	14u
#define ESP_HLEN	8u

static void isim_emu_tx_complete(struct isim_emu_txq *txq, u16 id, u8 status)
{
	struct isim_hw_tx_cpl *cpl = &txq->cpl[txq->produced & txq->mask];
	u8 gen = !(txq->produced & (txq->mask + 1));

	cpl->id = cpu_to_le16(id);
	cpl->status = status;
	dma_wmb(); /* contents before generation; host: dma_rmb() */
	WRITE_ONCE(cpl->gen, gen);
	txq->produced++;
	isim_emu_vec_raise(txq->vec, 1);
}

/*
 * The frame of an operation is ready, or the packet failed. Either way this is
 * the end of the operation.
 */
static void tx_finish(struct isim_emu_txq *txq, struct isim_emu_op *op)
{
	static const enum isim_hw_counter dropped[] = {
		[ISIM_TX_STALE_SA]	= ISIM_CNT_TX_STALE_SA,
		[ISIM_TX_BAD_DESC]	= ISIM_CNT_TX_BAD_DESC,
		[ISIM_TX_NO_LINK]	= ISIM_CNT_TX_NO_LINK,
		[ISIM_TX_CRYPTO_ERR]	= ISIM_CNT_TX_CRYPTO_ERR,
	};

	if (op->tx_status != ISIM_TX_OK) {
		isim_emu_count(&txq->cnt, dropped[op->tx_status], 1);
	} else {
		isim_emu_count(&txq->cnt, ISIM_CNT_TX_FRAMES, 1);
		isim_emu_count(&txq->cnt, ISIM_CNT_TX_BYTES, op->frame.len);
		/* No reserved buffers: the far end lost the frame. */
		if (op->frame.nsegs)
			isim_emu_wire_send(txq, &op->frame);
	}
	isim_emu_tx_complete(txq, op->id, op->tx_status);
}

static void tx_count_esp(struct isim_emu_txq *txq, struct isim_emu_sa *sa,
			 u32 esp_len)
{
	struct isim_emu_sa_stats *stats = &sa->stats[txq->index];

	isim_emu_count(&txq->cnt, ISIM_CNT_TX_ESP, 1);
	WRITE_ONCE(stats->packets, stats->packets + 1);
	WRITE_ONCE(stats->bytes, stats->bytes + esp_len);
}

static void tx_esp_done(struct isim_emu_txq *txq, struct isim_emu_op *op)
{
	if (op->err) {
		op->tx_status = ISIM_TX_CRYPTO_ERR;
		isim_emu_rx_abort(&op->frame);
		return;
	}
	tx_count_esp(txq, op->sa, op->esp_len);
}

static void tx_run(struct isim_emu_txq *txq);

static void tx_encrypted(void *data, int err)
{
	struct isim_emu_op *op = data;
	struct isim_emu_txq *txq = op->queue;

	if (err == -EINPROGRESS)
		return;
	rcu_read_lock();
	spin_lock_bh(&txq->lock);
	op->err = err;
	op->busy = false;
	tx_esp_done(txq, op);
	isim_emu_sa_put(op->sa);
	while ((op = isim_emu_pipe_done(&txq->pipe))) {
		tx_finish(txq, op);
		txq->pipe.head++;
	}
	if (isim_emu_pipe_empty(&txq->pipe))
		wake_up(&txq->drained);
	/* The pipe may have been full. */
	if (txq->running)
		tx_run(txq);
	spin_unlock_bh(&txq->lock);
	rcu_read_unlock();
}

ISIM_CRYPTO_COMPLETION(tx_crypto_done, tx_encrypted)

/* Do the descriptor's numbers make sense for this SA? */
static bool tx_esp_ok(const struct isim_emu_pkt *pkt,
		      const struct isim_emu_sa *sa)
{
	u32 payload = pkt->esp_off + ESP_HLEN + sa->iv_len;
	u32 field = pkt->csum_start + pkt->csum_off;
	__be32 esp[2];

	if (sa->flags & ISIM_SA_INBOUND || pkt->esp_off < ETH_HLEN_ ||
	    payload > pkt->seg[0].len ||
	    payload + 2 + sa->icv_len > pkt->len)
		return false;
	memcpy(esp, pkt->seg[0].va + pkt->esp_off, sizeof(esp));
	if (be32_to_cpu(esp[0]) != sa->spi ||
	    be32_to_cpu(esp[1]) != lower_32_bits(pkt->seq))
		return false;
	return !(pkt->flags & ISIM_TX_CSUM) ||
	       (pkt->csum_start >= payload &&
		field + 2 - payload <= ISIM_HW_TX_HDR_MAX &&
		field + 2 + 2 + sa->icv_len <= pkt->len);
}

static bool tx_plain_ok(const struct isim_emu_pkt *pkt)
{
	return !(pkt->flags & ISIM_TX_CSUM) ||
	       pkt->csum_start + pkt->csum_off + 2u <= pkt->len;
}

static void tx_copy(struct isim_emu_op *op, const struct isim_emu_pkt *pkt)
{
	u16 csum;

	isim_emu_seg_copy(op->frame.seg, pkt->seg, pkt->nsegs);
	if (!(pkt->flags & ISIM_TX_CSUM))
		return;
	csum = isim_emu_seg_csum(op->frame.seg, pkt->csum_start,
				 pkt->len - pkt->csum_start);
	isim_emu_seg_write(op->frame.seg, pkt->csum_start + pkt->csum_off,
			   (u8 *)&csum, sizeof(csum));
}

/*
 * Choose what to do with a packet and do it. A packet that names an SA either
 * leaves encrypted or does not leave. Sets op->tx_status and, if the crypto API
 * keeps the packet, op->busy.
 */
static void isim_emu_tx_packet(struct isim_emu_txq *txq, struct isim_emu_op *op,
			       const struct isim_emu_pkt *pkt)
{
	struct isim_emu *emu = txq->emu;
	struct isim_emu *peer = rcu_dereference(emu->peer);
	struct isim_emu_sa *sa = NULL;

	op->frame.nsegs = 0;
	op->frame.len = pkt->len;
	op->tx_status = ISIM_TX_STALE_SA;
	if (pkt->sa_handle) {
		sa = isim_emu_sadb_find(&emu->sadb, pkt->sa_handle);
		if (!sa)
			return;
	}
	op->tx_status = ISIM_TX_BAD_DESC;
	if (sa ? !tx_esp_ok(pkt, sa) : !tx_plain_ok(pkt))
		return;
	op->tx_status = ISIM_TX_NO_LINK;
	if (!peer)
		return;

	op->tx_status = ISIM_TX_OK;
	if (!isim_emu_rx_reserve(peer, &pkt->seg[0], pkt->len, &op->frame)) {
		/* It left as ESP; nobody needs to see the octets. */
		if (sa)
			tx_count_esp(txq, sa, pkt->len - pkt->esp_off);
		return;
	}
	if (!sa) {
		tx_copy(op, pkt);
		return;
	}
	op->err = isim_emu_esp_encrypt(op, sa, pkt, tx_crypto_done);
	if (op->err == -EINPROGRESS) {
		op->busy = true;
		refcount_inc(&sa->refs);
		return;
	}
	tx_esp_done(txq, op);
}

/* Add the buffers of a slot to the packet; returns their length. */
static u32 tx_fetch_bufs(struct isim_emu_txq *txq,
			 const struct isim_hw_tx_bufs *bufs,
			 struct isim_emu_pkt *pkt, unsigned int n)
{
	struct isim_emu_seg *seg = &pkt->seg[pkt->nsegs];

	seg[0].va = isim_emu_bus(txq->emu, le64_to_cpu(bufs->addr0));
	seg[0].len = le32_to_cpu(bufs->len0);
	pkt->nsegs++;
	if (n == 1)
		return seg[0].len;
	seg[1].va = isim_emu_bus(txq->emu, le64_to_cpu(bufs->addr1));
	seg[1].len = le32_to_cpu(bufs->len1);
	pkt->nsegs++;
	return seg[0].len + seg[1].len;
}

/*
 * Fetch the packet at txq->head and advance. Returns false for slots that do
 * not make a packet; they are skipped, and pkt->id is valid if there was a
 * first slot at all.
 */
static bool tx_fetch(struct isim_emu_txq *txq, struct isim_emu_pkt *pkt,
		     bool *has_id)
{
	const struct isim_hw_tx_pkt *d = &txq->ring[txq->head & txq->mask].pkt;
	unsigned int have = (u16)(txq->tail - txq->head), nbufs = d->nbufs;
	u32 len = 0;

	txq->head++;
	*has_id = d->type == ISIM_TX_PKT;
	if (!*has_id)
		return false;
	pkt->id = le16_to_cpu(d->id);
	pkt->flags = le16_to_cpu(d->flags);
	pkt->sa_handle = le32_to_cpu(d->sa_handle);
	pkt->len = le32_to_cpu(d->frame_len);
	pkt->seq = le64_to_cpu(d->seq);
	pkt->esp_off = le16_to_cpu(d->esp_off);
	pkt->csum_start = le16_to_cpu(d->csum_start);
	pkt->csum_off = le16_to_cpu(d->csum_off);
	pkt->nsegs = 0;
	if (!nbufs || nbufs > ISIM_HW_TX_BUFS_MAX || d->mss ||
	    1 + DIV_ROUND_UP(nbufs, 2) > have)
		return false;

	for (; nbufs; nbufs -= min(nbufs, 2u), txq->head++) {
		const union isim_hw_tx_slot *slot;

		slot = &txq->ring[txq->head & txq->mask];
		if (slot->bufs.type != ISIM_TX_BUFS)
			return false;
		len += tx_fetch_bufs(txq, &slot->bufs, pkt, nbufs);
	}
	return len == pkt->len && len >= ETH_HLEN_ && len <= ISIM_HW_FRAME_MAX;
}

/* Work through the ring until it is empty or the pipe is full. */
static void tx_run(struct isim_emu_txq *txq)
{
	struct isim_emu_pkt *pkt = &txq->pkt;
	struct isim_emu_op *op;
	bool has_id;

	while (txq->head != txq->tail) {
		op = isim_emu_pipe_next(&txq->pipe);
		if (!op)
			break;
		if (tx_fetch(txq, pkt, &has_id)) {
			isim_emu_tx_packet(txq, op, pkt);
		} else if (has_id) {
			op->tx_status = ISIM_TX_BAD_DESC;
		} else {
			isim_emu_count(&txq->cnt, ISIM_CNT_TX_BAD_DESC, 1);
			continue;
		}
		op->id = pkt->id;
		if (!op->busy && isim_emu_pipe_empty(&txq->pipe))
			tx_finish(txq, op);
		else
			txq->pipe.tail++;
	}
}

/**
 * isim_emu_txq_doorbell() - ISIM_REG_TX_TAIL
 * @txq: TX queue
 * @tail: slots ever filled, modulo 2^16
 *
 * Context: any but hardirq; takes txq->lock.
 */
void isim_emu_txq_doorbell(struct isim_emu_txq *txq, u16 tail)
{
	rcu_read_lock();
	spin_lock_bh(&txq->lock);
	if (txq->running) {
		txq->tail = tail;
		tx_run(txq);
	}
	spin_unlock_bh(&txq->lock);
	rcu_read_unlock();
}

static bool txq_params_ok(const struct isim_emu *emu,
			  const struct isim_hw_txq_create *cmd)
{
	u32 slots = le32_to_cpu(cmd->slots);

	return le32_to_cpu(cmd->queue) < emu->params.queues &&
	       is_power_of_2(slots) && slots >= ISIM_HW_RING_MIN &&
	       slots <= ISIM_HW_RING_MAX;
}

/**
 * isim_emu_txq_create() - TXQ_CREATE
 * @emu: adapter; emu->conf held
 * @cmd: the command's payload
 *
 * Context: process; sleeps.
 * Return: status to answer with.
 */
enum isim_hw_status isim_emu_txq_create(struct isim_emu *emu,
					const struct isim_hw_txq_create *cmd)
{
	struct isim_emu_txq *txq;

	if (!txq_params_ok(emu, cmd))
		return ISIM_ST_BAD_PARAM;
	txq = &emu->txq[le32_to_cpu(cmd->queue)];
	if (txq->running)
		return ISIM_ST_BUSY;
	if (isim_emu_pipe_init(&txq->pipe, txq))
		return ISIM_ST_NO_MEMORY;

	spin_lock_bh(&txq->lock);
	txq->mask = le32_to_cpu(cmd->slots) - 1;
	txq->head = 0;
	txq->tail = 0;
	txq->produced = 0;
	txq->ring = isim_emu_bus(emu, le64_to_cpu(cmd->ring));
	txq->cpl = isim_emu_bus(emu, le64_to_cpu(cmd->cpl));
	txq->running = true;
	spin_unlock_bh(&txq->lock);
	return ISIM_ST_OK;
}

static bool txq_drained(struct isim_emu_txq *txq)
{
	bool drained;

	spin_lock_bh(&txq->lock);
	drained = isim_emu_pipe_empty(&txq->pipe);
	spin_unlock_bh(&txq->lock);
	return drained;
}

/**
 * isim_emu_txq_wait_drained() - wait until no packet is in the engine
 * @txq: TX queue
 *
 * Context: process; sleeps.
 */
void isim_emu_txq_wait_drained(struct isim_emu_txq *txq)
{
	wait_event(txq->drained, txq_drained(txq));
}

/**
 * isim_emu_txq_destroy() - TXQ_DESTROY
 * @emu: adapter; emu->conf held
 * @index: queue, any value
 *
 * Context: process; sleeps until the engine is done with the host's buffers.
 * Return: status to answer with.
 */
enum isim_hw_status isim_emu_txq_destroy(struct isim_emu *emu, u32 index)
{
	struct isim_emu_txq *txq;

	if (index >= emu->params.queues)
		return ISIM_ST_BAD_PARAM;
	txq = &emu->txq[index];
	if (!txq->running)
		return ISIM_ST_BUSY;
	spin_lock_bh(&txq->lock);
	txq->running = false;
	spin_unlock_bh(&txq->lock);
	isim_emu_txq_wait_drained(txq);
	isim_emu_pipe_exit(&txq->pipe);
	return ISIM_ST_OK;
}
