// SPDX-License-Identifier: GPL-2.0
/*
 * TX queue and TX engine: fetch a packet, encrypt or copy it into buffers of
 * the far end, send, complete.
 */
#include <linux/log2.h>
#include <linux/string.h>
#include "compat/crypto.h"
#include "emu/emu.h"

static void tx_complete(struct isim_emu_txq *txq, u16 id, u8 status)
{
	struct isim_hw_tx_cpl *cpl = &txq->cpl[txq->produced & txq->mask];
	u8 gen = !(txq->produced & (txq->mask + 1));

	cpl->id = cpu_to_le16(id);
	cpl->status = status;
	dma_wmb(); /* contents before generation; host: dma_rmb() */
	WRITE_ONCE(cpl->gen, gen);
	WRITE_ONCE(txq->produced, txq->produced + 1);
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
		txq->status = op->tx_status;
	} else if (!op->stopped) {
		isim_emu_count(&txq->cnt, ISIM_CNT_TX_FRAMES, 1);
		isim_emu_count(&txq->cnt, ISIM_CNT_TX_BYTES, op->frame.len);
		isim_emu_wire_send(txq, &op->frame);
	}
	if (!op->last)
		return;
	tx_complete(txq, op->id, txq->status);
	txq->status = ISIM_TX_OK;
}

static void tx_count_esp(struct isim_emu_txq *txq, struct isim_emu_sa *sa,
			 u32 esp_len)
{
	struct isim_emu_sa_stats *stats = &sa->stats[txq->index];

	isim_emu_count(&txq->cnt, ISIM_CNT_TX_ESP, 1);
	WRITE_ONCE(stats->packets, stats->packets + 1);
	WRITE_ONCE(stats->bytes, stats->bytes + esp_len);
}

/* The ICV is at the end of the frame. */
static void tx_spoil_icv(struct isim_emu_frame *frame)
{
	u8 octet;

	isim_emu_seg_read(frame->seg, frame->len - 1, &octet, 1);
	octet ^= 1;
	isim_emu_seg_write(frame->seg, frame->len - 1, &octet, 1);
}

static void tx_esp_done(struct isim_emu_txq *txq, struct isim_emu_op *op)
{
	if (op->err) {
		op->tx_status = ISIM_TX_CRYPTO_ERR;
		isim_emu_rx_abort(&op->frame);
		return;
	}
	if (isim_emu_fault_hit(&txq->emu->faults, ISIM_FAULT_TX_BAD_ICV,
			       op->sa->spi))
		tx_spoil_icv(&op->frame);
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
	u32 payload = pkt->esp_off + ISIM_ESP_HLEN + sa->iv_len;
	u32 field = pkt->csum_start + pkt->csum_off;
	__be32 esp[2];
	u32 trailer;
	u8 pad_len;

	if (pkt->esp_off < ISIM_ETH_HLEN || payload > pkt->seg[0].len)
		return false;
	memcpy(esp, pkt->seg[0].va + pkt->esp_off, sizeof(esp));
	if (be32_to_cpu(esp[0]) != sa->spi ||
	    be32_to_cpu(esp[1]) != lower_32_bits(pkt->seq))
		return false;
	if (pkt->mss)
		return true;
	if (payload + 2 + sa->icv_len > pkt->len ||
	    (pkt->len - sa->icv_len - payload) & sa->block_mask)
		return false;
	if (!(pkt->flags & ISIM_TX_CSUM))
		return true;

	/* The checksum field lies before the padding, and not too far on. */
	trailer = pkt->len - sa->icv_len - 2;
	isim_emu_seg_read(pkt->seg, trailer, &pad_len, 1);
	return pkt->csum_start >= payload &&
	       field + 2 - payload <= ISIM_HW_TX_HDR_MAX &&
	       field + 2 + pad_len <= trailer;
}

static bool tx_plain_ok(const struct isim_emu_pkt *pkt)
{
	return !(pkt->flags & ISIM_TX_CSUM) ||
	       pkt->csum_start + pkt->csum_off + 2u <= pkt->len;
}

static void tx_copy(struct isim_emu_op *op, const struct isim_emu_pkt *pkt)
{
	__wsum sum;
	u16 csum;

	if (!(pkt->flags & ISIM_TX_CSUM)) {
		isim_emu_seg_copy(op->frame.seg, pkt->seg, pkt->nsegs);
		return;
	}
	sum = isim_emu_seg_copy_sum(op->frame.seg, pkt->seg, pkt->nsegs,
				    pkt->csum_start);
	csum = isim_emu_seg_fold(sum);
	isim_emu_seg_write(op->frame.seg, pkt->csum_start + pkt->csum_off,
			   (u8 *)&csum, sizeof(csum));
}

/* Make the frame of an operation and encrypt or copy it into the far end. */
static void tx_frame(struct isim_emu_txq *txq, struct isim_emu_op *op,
		     const struct isim_emu_pkt *pkt, struct isim_emu_sa *sa)
{
	const struct isim_emu_spd_table *spd = rcu_dereference(txq->emu->spd.table);
	int err;

	/* The host hears no more of it than of one that the wire loses. */
	op->tx_status = ISIM_TX_OK;
	op->stopped = unlikely(spd) && !isim_emu_policy_sent(txq, spd, pkt, sa);
	if (op->stopped)
		return;
	op->frame.nsegs = 0;
	op->frame.len = pkt->len;
	op->tx_status = ISIM_TX_NO_LINK;
	err = isim_emu_wire_reserve(txq->emu, &pkt->seg[0], pkt->len, &op->frame);
	if (err == -ENOLINK) {
		/* and nowhere for the rest of a large packet either */
		op->last = true;
		return;
	}

	op->tx_status = ISIM_TX_OK;
	if (sa)
		isim_emu_seq_check(txq, sa, pkt->seq);
	if (err) {
		/* It left as ESP; nobody needs to see the octets. */
		if (sa)
			tx_count_esp(txq, sa, pkt->len - pkt->esp_off);
		return;
	}
	if (!sa) {
		tx_copy(op, pkt);
		return;
	}
	if (isim_emu_fault_hit(&txq->emu->faults, ISIM_FAULT_TX_CRYPTO_ERROR,
			       sa->spi))
		op->err = -EIO;
	else
		op->err = isim_emu_esp_encrypt(op, sa, pkt, tx_crypto_done);
	if (op->err == -EINPROGRESS) {
		op->busy = true;
		refcount_inc(&sa->refs);
		return;
	}
	tx_esp_done(txq, op);
}

/* Is the packet within the rules? Of a large one, begin to cut it. */
static bool tx_begin(struct isim_emu_txq *txq, const struct isim_emu_sa *sa)
{
	const struct isim_emu_pkt *pkt = &txq->pkt;

	if (sa ? !tx_esp_ok(pkt, sa) : !tx_plain_ok(pkt))
		return false;
	return !pkt->mss || isim_emu_lso_start(&txq->lso, pkt, sa);
}

/*
 * Choose what to do with the packet, or the next frame of a large one, and do
 * it. A packet that names an SA either leaves encrypted or does not leave. The
 * SA is looked up for each frame: it may have gone while the pipe was full.
 * Sets op->tx_status, op->last and, if the crypto API keeps the frame, op->busy.
 */
static void tx_packet(struct isim_emu_txq *txq, struct isim_emu_op *op)
{
	const struct isim_emu_pkt *pkt = &txq->pkt, *frame = pkt;
	struct isim_emu_sa *sa = NULL;

	op->last = true;
	op->tx_status = ISIM_TX_STALE_SA;
	if (pkt->sa_handle) {
		sa = isim_emu_sadb_find(&txq->emu->sadb, pkt->sa_handle);
		if (!sa || sa->flags & ISIM_SA_INBOUND)
			return;
	}
	op->tx_status = ISIM_TX_BAD_DESC;
	if (!txq->cutting && !tx_begin(txq, sa))
		return;

	if (pkt->mss) {
		isim_emu_lso_cut(&txq->lso, pkt, sa, op);
		frame = &txq->lso.frame;
		op->last = !txq->lso.left;
	}
	tx_frame(txq, op, frame, sa);
}

/* Add a buffer to the packet. Returns its length, 0 if that cannot be. */
static u32 tx_fetch_buf(struct isim_emu_txq *txq, struct isim_emu_pkt *pkt,
			__le64 addr, __le32 len)
{
	struct isim_emu_seg *seg = &pkt->seg[pkt->nsegs++];

	seg->va = isim_emu_bus(txq->emu, le64_to_cpu(addr));
	seg->len = le32_to_cpu(len);
	return seg->len <= ISIM_HW_LSO_MAX ? seg->len : 0;
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
	unsigned int have = (u16)(txq->tail - txq->head);
	unsigned int nbufs = d->nbufs;
	u32 len = 0, n;

	txq->head++;
	*has_id = d->type == ISIM_TX_PKT;
	if (!*has_id)
		return false;
	pkt->id = le16_to_cpu(d->id);
	pkt->flags = d->flags;
	pkt->sa_handle = le32_to_cpu(d->sa_handle);
	pkt->len = le32_to_cpu(d->frame_len);
	pkt->seq = le64_to_cpu(d->seq);
	pkt->esp_off = le16_to_cpu(d->esp_off);
	pkt->csum_start = le16_to_cpu(d->csum_start);
	pkt->csum_off = le16_to_cpu(d->csum_off);
	pkt->mss = le16_to_cpu(d->mss);
	pkt->hdr_len = le16_to_cpu(d->hdr_len);
	pkt->next_hdr = d->next_hdr;
	pkt->nsegs = 0;
	if (!nbufs || nbufs > ISIM_HW_TX_BUFS_MAX ||
	    1 + DIV_ROUND_UP(nbufs, 2) > have)
		return false;

	while (pkt->nsegs < nbufs) {
		const struct isim_hw_tx_bufs *bufs;

		bufs = &txq->ring[txq->head & txq->mask].bufs;
		if (bufs->type != ISIM_TX_BUFS)
			return false;
		txq->head++;
		n = tx_fetch_buf(txq, pkt, bufs->addr0, bufs->len0);
		len += n;
		if (n && pkt->nsegs < nbufs) {
			n = tx_fetch_buf(txq, pkt, bufs->addr1, bufs->len1);
			len += n;
		}
		if (!n)
			return false;
	}
	return len == pkt->len && len >= ISIM_ETH_HLEN &&
	       len <= (pkt->mss ? ISIM_HW_LSO_MAX : ISIM_HW_FRAME_MAX);
}

/* Work through the ring until it is empty or the pipe is full. */
static void tx_run(struct isim_emu_txq *txq)
{
	struct isim_emu_pkt *pkt = &txq->pkt;
	struct isim_emu_op *op;
	bool has_id;

	while (txq->cutting || txq->head != txq->tail) {
		op = isim_emu_pipe_next(&txq->pipe);
		if (!op)
			break;
		if (txq->cutting || tx_fetch(txq, pkt, &has_id)) {
			tx_packet(txq, op);
		} else if (has_id) {
			op->tx_status = ISIM_TX_BAD_DESC;
			op->last = true;
		} else {
			isim_emu_count(&txq->cnt, ISIM_CNT_TX_BAD_DESC, 1);
			continue;
		}
		op->id = pkt->id;
		txq->cutting = !op->last;
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
	if (txq->running && (u16)(tail - txq->head) <= txq->mask + 1) {
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
	txq->cutting = false;
	txq->status = ISIM_TX_OK;
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
