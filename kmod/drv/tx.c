// SPDX-License-Identifier: GPL-2.0
/*
 * Transmit: one packet to one run of slots, and back from its completion.
 *
 * isim_drv_xmit() is the producer of the ring (TX queue lock), isim_drv_tx_clean()
 * the consumer (NAPI). prod and cons are the only words both use.
 */
#include <linux/dma-mapping.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include "drv.h"

/* Wake a stopped queue when this many slots are free */
#define ISIM_DRV_TX_WAKE	(2 * ISIM_DRV_TX_SLOTS_MAX)

/*
 * Slots that a packet may take. The frames under way are bounded, too, by half of
 * the slots, as many as there can be of frames that are sent alone: a large packet
 * makes more of them than its slots tell, and they must not all reach the far end
 * before it is polled.
 *
 * Called by both sides: each reads words that the other one writes.
 */
static u32 isim_drv_tx_avail(const struct isim_drv_tx_ring *tx)
{
	u32 slots = tx->mask + 1 - (READ_ONCE(tx->prod) - READ_ONCE(tx->cons));
	u32 frames = READ_ONCE(tx->frames) - READ_ONCE(tx->frames_done);
	u32 most = (tx->mask + 1) / 2;

	return min(slots, most - min(frames, most));
}

static void isim_drv_tx_count(struct isim_drv_tx_ring *tx, u64_stats_t *counter)
{
	u64_stats_update_begin(&tx->drops.syncp);
	u64_stats_inc(counter);
	u64_stats_update_end(&tx->drops.syncp);
}

/* Octets that the data sheet wants in the first buffer */
static unsigned int isim_drv_tx_hdr_len(const struct sk_buff *skb)
{
	const struct iphdr *ip;
	unsigned int len;

	switch (isim_drv_tx_network(skb, &len)) {
	case htons(ETH_P_IP):
		ip = (const struct iphdr *)(skb->data + len);
		len += sizeof(*ip);
		if (len <= skb_headlen(skb))
			len += ip->ihl * 4 - sizeof(*ip);
		break;
	case htons(ETH_P_IPV6):
		len += sizeof(struct ipv6hdr);
		if (skb_transport_header_was_set(skb))
			len = max_t(unsigned int, len, skb_transport_offset(skb));
		break;
	}
	return clamp_t(unsigned int, len, ETH_HLEN, skb->len);
}

/*
 * Bring the skb into a shape that a packet's buffers can describe, with at least
 * @hdr_len octets in the first.
 */
static bool isim_drv_tx_linear(struct sk_buff *skb, unsigned int hdr_len)
{
	const struct skb_shared_info *shinfo = skb_shinfo(skb);
	bool simple = shinfo->nr_frags + 1 <= ISIM_HW_TX_BUFS_MAX;
	int i;

	/* a buffer of no octets is not one */
	for (i = 0; i < shinfo->nr_frags; i++)
		simple &= !!skb_frag_size(&shinfo->frags[i]);
	if (!simple && skb_linearize(skb))
		return false;
	return skb->len >= ETH_HLEN &&
	       pskb_may_pull(skb, max(hdr_len, isim_drv_tx_hdr_len(skb)));
}

static void isim_drv_tx_unmap(struct isim_drv_queue *q, u32 first, u32 nbufs)
{
	struct isim_drv_tx_ring *tx = &q->tx;
	u32 i;

	for (i = 0; i < nbufs; i++) {
		struct isim_drv_tx_info *info =
			&tx->info[(first + 1 + i / 2) & tx->mask];

		if (!info->len[i % 2])
			break;
		if (i)
			dma_unmap_page(q->adapter->dev, info->dma[i % 2],
				       info->len[i % 2], DMA_TO_DEVICE);
		else
			dma_unmap_single(q->adapter->dev, info->dma[0],
					 info->len[0], DMA_TO_DEVICE);
	}
}

/*
 * Map all buffers into the slots after @first.
 *
 * Return: their number, or 0 with nothing left mapped.
 */
static u32 isim_drv_tx_map(struct isim_drv_queue *q, struct sk_buff *skb, u32 first)
{
	u32 nbufs = skb_shinfo(skb)->nr_frags + 1;
	struct isim_drv_tx_ring *tx = &q->tx;
	struct device *dev = q->adapter->dev;
	u32 i;

	for (i = 0; i < nbufs; i++) {
		u32 pos = (first + 1 + i / 2) & tx->mask;
		struct isim_drv_tx_info *info = &tx->info[pos];
		struct isim_hw_tx_bufs *bufs = &tx->slots[pos].bufs;
		dma_addr_t dma;
		u32 len;

		if (!i) {
			len = skb_headlen(skb);
			dma = dma_map_single(dev, skb->data, len, DMA_TO_DEVICE);
		} else {
			const skb_frag_t *frag = &skb_shinfo(skb)->frags[i - 1];

			len = skb_frag_size(frag);
			dma = skb_frag_dma_map(dev, frag, 0, len, DMA_TO_DEVICE);
		}
		if (dma_mapping_error(dev, dma))
			goto err_unmap;

		info->dma[i % 2] = dma;
		info->len[i % 2] = len;
		if (i % 2) {
			bufs->addr1 = cpu_to_le64(dma);
			bufs->len1 = cpu_to_le32(len);
		} else {
			info->len[1] = 0;
			*bufs = (struct isim_hw_tx_bufs) {
				.type	= ISIM_TX_BUFS,
				.len0	= cpu_to_le32(len),
				.addr0	= cpu_to_le64(dma),
			};
		}
	}
	return nbufs;

err_unmap:
	isim_drv_tx_unmap(q, first, i);
	return 0;
}

static void isim_drv_tx_describe(struct isim_drv_tx_ring *tx, struct sk_buff *skb,
				 const struct isim_drv_tx_esp *esp,
				 const struct isim_drv_lso *lso, u32 nbufs)
{
	u32 pos = tx->prod & tx->mask;
	struct isim_hw_tx_pkt pkt = {
		.type		= ISIM_TX_PKT,
		.nbufs		= nbufs,
		.id		= cpu_to_le16(pos),
		.sa_handle	= cpu_to_le32(esp->sa_handle),
		.frame_len	= cpu_to_le32(skb->len),
		.seq		= cpu_to_le64(esp->seq),
		.esp_off	= cpu_to_le16(esp->offset),
		.mss		= cpu_to_le16(lso->mss),
		.hdr_len	= cpu_to_le16(lso->hdr_len),
		.next_hdr	= esp->next_hdr,
	};

	if (skb->ip_summed == CHECKSUM_PARTIAL) {
		pkt.flags = ISIM_TX_CSUM | (lso->udp ? ISIM_TX_UDP : 0);
		pkt.csum_start = cpu_to_le16(skb_checksum_start_offset(skb));
		pkt.csum_off = cpu_to_le16(skb->csum_offset);
	}
	tx->slots[pos].pkt = pkt;

	tx->info[pos].skb = skb;
	tx->info[pos].bytes = skb->len + (lso->segs - 1) * lso->hdr_len;
	tx->info[pos].segs = lso->segs;
	tx->info[pos].slots = 1 + DIV_ROUND_UP(nbufs, 2);
}

/* The register write orders the slots before it. */
static void isim_drv_tx_doorbell(struct isim_drv_queue *q)
{
	struct isim_drv_tx_ring *tx = &q->tx;

	if (tx->rung == tx->prod)
		return;
	tx->rung = tx->prod;
	isim_hw_write32(q->adapter->bar, tx->reg_tail, tx->prod & 0xffff);
}

/**
 * isim_drv_xmit() - ndo_start_xmit
 * @skb: packet, consumed
 * @netdev: device
 *
 * The queue is stopped before it can be too full for the largest packet, so
 * there is always room here.
 *
 * Context: TX queue lock held, BH off.
 * Return: NETDEV_TX_OK.
 */
netdev_tx_t isim_drv_xmit(struct sk_buff *skb, struct net_device *netdev)
{
	struct isim_drv_adapter *adapter = netdev_priv(netdev);
	struct isim_drv_queue *q = &adapter->queues[skb_get_queue_mapping(skb)];
	struct isim_drv_tx_ring *tx = &q->tx;
	u64_stats_t *counter = &tx->drops.other;
	struct isim_drv_tx_esp esp;
	struct isim_drv_lso lso;
	u32 nbufs, bytes;

	/* a packet socket may choose a queue that is not, or no longer, in use */
	if (unlikely(!tx->slots)) {
		isim_drv_tx_count(tx, counter);
		dev_kfree_skb_any(skb);
		return NETDEV_TX_OK;
	}
	if (unlikely(isim_drv_tx_avail(tx) < ISIM_DRV_TX_SLOTS_MAX)) {
		netif_tx_stop_queue(tx->txq);
		isim_drv_tx_doorbell(q);
		return NETDEV_TX_BUSY;
	}

	if (!isim_drv_tx_secpath(adapter, tx, skb, &esp, &counter))
		goto drop;
	counter = &tx->drops.other;
	if (!isim_drv_tx_lso(skb, &lso) || !isim_drv_tx_linear(skb, lso.hdr_len))
		goto drop;
	nbufs = isim_drv_tx_map(q, skb, tx->prod);
	if (!nbufs)
		goto drop;

	skb_tx_timestamp(skb);
	isim_drv_tx_describe(tx, skb, &esp, &lso, nbufs);
	bytes = tx->info[tx->prod & tx->mask].bytes;
	WRITE_ONCE(tx->frames, tx->frames + lso.segs);
	WRITE_ONCE(tx->prod, tx->prod + 1 + DIV_ROUND_UP(nbufs, 2));

	/* the skb belongs to the consumer from the next doorbell on */
	if (!netif_txq_maybe_stop(tx->txq, isim_drv_tx_avail(tx),
				  ISIM_DRV_TX_SLOTS_MAX, ISIM_DRV_TX_WAKE))
		isim_drv_tx_count(tx, &tx->drops.stops);
	if (__netdev_tx_sent_queue(tx->txq, bytes, netdev_xmit_more()))
		isim_drv_tx_doorbell(q);
	return NETDEV_TX_OK;

drop:
	isim_drv_tx_count(tx, counter);
	dev_kfree_skb_any(skb);
	/* it may have been the last of a burst whose others wait for it */
	if (!netdev_xmit_more())
		isim_drv_tx_doorbell(q);
	return NETDEV_TX_OK;
}

struct isim_drv_tx_done {
	u32	packets;	/* returned, as BQL counts */
	u32	bytes;
	u32	sent;
	u32	sent_bytes;
	u32	lso;
	u32	errors;
	u32	no_link;
};

static void isim_drv_tx_complete(struct isim_drv_queue *q, u8 status, int budget,
				 struct isim_drv_tx_done *done)
{
	struct isim_drv_tx_ring *tx = &q->tx;
	struct isim_drv_tx_info *info = &tx->info[tx->cons & tx->mask];

	isim_drv_tx_unmap(q, tx->cons, 2 * (info->slots - 1u));
	done->packets++;
	done->bytes += info->bytes;
	switch (status) {
	case ISIM_TX_OK:
		done->sent += info->segs;
		done->lso += info->segs > 1;
		done->sent_bytes += info->bytes;
		break;
	case ISIM_TX_NO_LINK:
		done->no_link++;
		break;
	default:
		done->errors++;
		break;
	}
	if (likely(status == ISIM_TX_OK))
		napi_consume_skb(info->skb, budget);
	else
		dev_kfree_skb_any(info->skb);
	info->skb = NULL;
	WRITE_ONCE(tx->frames_done, tx->frames_done + info->segs);
	/* the producer may use the slots when it sees this */
	smp_store_release(&tx->cons, tx->cons + info->slots);
}

/**
 * isim_drv_tx_clean() - return completed packets
 * @q: queue pair
 * @budget: of the poll, 0 from netpoll
 *
 * Bounded by the ring: a slot that is used again meanwhile completes with
 * the next generation.
 *
 * Context: NAPI.
 */
void isim_drv_tx_clean(struct isim_drv_queue *q, int budget)
{
	struct isim_drv_tx_ring *tx = &q->tx;
	struct isim_drv_tx_done done = {};
	u32 limit = tx->mask + 1;

	while (limit--) {
		const struct isim_hw_tx_cpl *cpl = &tx->cpl[tx->cpl_head & tx->mask];
		u8 gen = !(tx->cpl_head & (tx->mask + 1));

		if ((READ_ONCE(cpl->gen) & 1) != gen)
			break;
		/* pairs with the adapter's dma_wmb() before it writes gen */
		dma_rmb();
		if (unlikely(le16_to_cpu(cpl->id) != (tx->cons & tx->mask))) {
			netdev_err_once(q->adapter->netdev,
					"TX completion out of order\n");
			isim_drv_reset_schedule(q->adapter);
			break;
		}
		isim_drv_tx_complete(q, cpl->status, budget, &done);
		tx->cpl_head++;
	}

	if (!done.packets)
		return;

	u64_stats_update_begin(&tx->stats.syncp);
	u64_stats_add(&tx->stats.packets, done.sent);
	u64_stats_add(&tx->stats.bytes, done.sent_bytes);
	u64_stats_add(&tx->stats.lso, done.lso);
	u64_stats_add(&tx->stats.errors, done.errors);
	u64_stats_add(&tx->stats.no_link, done.no_link);
	u64_stats_update_end(&tx->stats.syncp);

	netif_txq_completed_wake(tx->txq, done.packets, done.bytes,
				 isim_drv_tx_avail(tx), ISIM_DRV_TX_WAKE);
}

/**
 * isim_drv_tx_alloc() - make the TX side of a queue pair
 * @q: queue pair
 *
 * Context: process, RTNL held.
 * Return: 0 or -ENOMEM.
 */
int isim_drv_tx_alloc(struct isim_drv_queue *q)
{
	struct isim_drv_adapter *adapter = q->adapter;
	struct isim_drv_tx_ring *tx = &q->tx;
	u32 n = adapter->tx_slots;

	tx->info = kvcalloc(n, sizeof(*tx->info), GFP_KERNEL);
	if (!tx->info)
		return -ENOMEM;

	tx->slots = dma_alloc_coherent(adapter->dev, n * sizeof(*tx->slots),
				       &tx->slots_dma, GFP_KERNEL);
	if (!tx->slots)
		goto err_free_info;

	tx->cpl = dma_alloc_coherent(adapter->dev, n * sizeof(*tx->cpl),
				     &tx->cpl_dma, GFP_KERNEL);
	if (!tx->cpl)
		goto err_free_slots;

	tx->mask = n - 1;
	tx->prod = 0;
	tx->frames = 0;
	tx->rung = 0;
	tx->cons = 0;
	tx->frames_done = 0;
	tx->cpl_head = 0;
	tx->reg_tail = ISIM_REG_TX_TAIL(q->index);
	tx->txq = netdev_get_tx_queue(adapter->netdev, q->index);
	return 0;

err_free_slots:
	dma_free_coherent(adapter->dev, n * sizeof(*tx->slots), tx->slots,
			  tx->slots_dma);
	tx->slots = NULL;
err_free_info:
	kvfree(tx->info);
	return -ENOMEM;
}

/**
 * isim_drv_tx_free() - release the TX side of a queue pair
 * @q: queue pair; neither adapter nor stack nor NAPI uses it any more
 *
 * Context: process, RTNL held.
 */
void isim_drv_tx_free(struct isim_drv_queue *q)
{
	struct isim_drv_adapter *adapter = q->adapter;
	struct isim_drv_tx_ring *tx = &q->tx;
	u32 n = tx->mask + 1;

	while (tx->cons != tx->prod) {
		struct isim_drv_tx_info *info = &tx->info[tx->cons & tx->mask];

		isim_drv_tx_unmap(q, tx->cons, 2 * (info->slots - 1u));
		dev_kfree_skb_any(info->skb);
		tx->cons += info->slots;
	}
	netdev_tx_reset_queue(tx->txq);

	dma_free_coherent(adapter->dev, n * sizeof(*tx->cpl), tx->cpl, tx->cpl_dma);
	dma_free_coherent(adapter->dev, n * sizeof(*tx->slots), tx->slots,
			  tx->slots_dma);
	tx->slots = NULL;
	kvfree(tx->info);
}
