// SPDX-License-Identifier: GPL-2.0
/*
 * Receive: completions to skbs to the stack. Everything runs in the queue's NAPI,
 * or while that is disabled.
 *
 * A page belongs to the adapter from the doorbell that posts it until its
 * completion, then to the skb, which returns it to the pool.
 */
#include <linux/dma-mapping.h>
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>

#include "drv.h"

#define ISIM_DRV_RX_HEADROOM	(NET_SKB_PAD + NET_IP_ALIGN)
/* buffer lengths are multiples of this */
#define ISIM_DRV_RX_ALIGN	64u
/* a completion tells the length in 16 bits; pages may be 64 KiB */
#define ISIM_DRV_RX_BUF_MAX	16384u
/*
 * Shorter frames are copied. A page for each would be a lot of socket memory for
 * little data, and TCP would offer a window to match.
 */
#define ISIM_DRV_RX_COPY	256u
/* fill this many slots at a time, or more */
#define ISIM_DRV_RX_BATCH	16u

/**
 * isim_drv_rx_refill() - put empty buffers into the fill ring
 * @q: queue pair
 *
 * Never sleeps for memory, not even when it could: some kernels' page_pool takes
 * a lock that does not allow it.
 *
 * Context: NAPI, or NAPI disabled.
 * Return: false when the adapter may run out of buffers because there is no
 * memory.
 */
bool isim_drv_rx_refill(struct isim_drv_queue *q)
{
	struct isim_drv_rx_ring *rx = &q->rx;

	if (rx->num_free < ISIM_DRV_RX_BATCH)
		return true;

	while (rx->num_free) {
		struct isim_hw_rx_fill *fill = &rx->fill[rx->prod & rx->mask];
		struct page *page = page_pool_dev_alloc_pages(rx->pool);
		u16 id;

		if (!page) {
			isim_drv_rx_count(rx, &rx->stats.alloc_fail);
			break;
		}
		id = rx->free_ids[--rx->num_free];
		rx->pages[id] = page;
		fill->addr = cpu_to_le64(page_pool_get_dma_addr(page) +
					 ISIM_DRV_RX_HEADROOM);
		fill->id = cpu_to_le16(id);
		rx->prod++;
	}

	/* with half of the ring there is time to try again */
	return rx->num_free <= (rx->mask + 1) / 2;
}

/**
 * isim_drv_rx_doorbell() - give the filled slots to the adapter
 * @q: queue pair, created in the adapter
 *
 * Context: NAPI, or NAPI disabled.
 */
void isim_drv_rx_doorbell(struct isim_drv_queue *q)
{
	struct isim_drv_rx_ring *rx = &q->rx;

	if (rx->rung == rx->prod)
		return;
	rx->rung = rx->prod;
	isim_hw_write32(q->adapter->bar, rx->reg_tail, rx->prod & 0xffff);
}

/* Take the page of a completed buffer out of the ring. */
static struct page *isim_drv_rx_take(struct isim_drv_queue *q,
				     const struct isim_hw_rx_cpl *cpl)
{
	struct isim_drv_rx_ring *rx = &q->rx;
	u16 id = le16_to_cpu(cpl->id);
	struct page *page;

	if (unlikely(id > rx->mask || !rx->pages[id] ||
		     le16_to_cpu(cpl->len) > rx->buf_len)) {
		netdev_err_once(q->adapter->netdev,
				"RX completion of a buffer that was not posted\n");
		isim_drv_reset_schedule(q->adapter);
		return NULL;
	}

	page = rx->pages[id];
	rx->pages[id] = NULL;
	rx->free_ids[rx->num_free++] = id;
	page_pool_dma_sync_for_cpu(rx->pool, page, 0, le16_to_cpu(cpl->len));
	return page;
}

/* The skb of a frame that begins with this buffer; the page is the skb's then. */
static struct sk_buff *isim_drv_rx_skb(struct isim_drv_queue *q, struct page *page,
				       u32 len, bool eop)
{
	struct sk_buff *skb;

	if (eop && len <= ISIM_DRV_RX_COPY) {
		skb = napi_alloc_skb(&q->napi, len);
		if (unlikely(!skb))
			return NULL;
		skb_put_data(skb, page_address(page) + ISIM_DRV_RX_HEADROOM, len);
		page_pool_put_full_page(q->rx.pool, page, true);
		return skb;
	}
	skb = napi_build_skb(page_address(page), PAGE_SIZE);
	if (unlikely(!skb))
		return NULL;
	skb_mark_for_recycle(skb);
	skb_reserve(skb, ISIM_DRV_RX_HEADROOM);
	__skb_put(skb, len);
	return skb;
}

/*
 * Add a buffer to the frame it belongs to. A frame may span polls, so the
 * unfinished one is kept in the ring.
 */
static void isim_drv_rx_buffer(struct isim_drv_queue *q, struct page *page, u32 len,
			       bool eop)
{
	struct isim_drv_rx_ring *rx = &q->rx;
	struct sk_buff *skb = rx->skb;

	if (rx->discard)
		goto put_page;

	if (skb) {
		if (unlikely(skb_shinfo(skb)->nr_frags == MAX_SKB_FRAGS))
			goto discard;
		skb_add_rx_frag(skb, skb_shinfo(skb)->nr_frags, page,
				ISIM_DRV_RX_HEADROOM, len, PAGE_SIZE);
		return;
	}

	rx->skb = isim_drv_rx_skb(q, page, len, eop);
	if (likely(rx->skb))
		return;

discard:
	isim_drv_rx_count(rx, &rx->stats.no_mem);
	rx->discard = true;
put_page:
	page_pool_put_full_page(rx->pool, page, true);
}

/* The last buffer of a frame is in: give it to the stack. */
static void isim_drv_rx_deliver(struct isim_drv_queue *q, struct sk_buff *skb,
				const struct isim_hw_rx_cpl *cpl)
{
	struct net_device *netdev = q->adapter->netdev;
	struct isim_drv_rx_ring *rx = &q->rx;
	bool crypto = cpl->flags & ISIM_RX_CRYPTO_DONE;

	if (unlikely(cpl->flags & ISIM_RX_SA_DELETE_REQ))
		isim_drv_delreq(q->adapter, cpl);
	if (crypto && !isim_drv_rx_for_host(netdev, skb->data)) {
		isim_drv_rx_count(rx, &rx->stats.otherhost);
		kfree_skb(skb);
		return;
	}
	if (crypto && !isim_drv_rx_secpath(q, skb, cpl)) {
		kfree_skb(skb);
		return;
	}
	/* GRO gives ESP to XFRM, which looks for the trailer at the skb's end */
	if (unlikely(pskb_trim(skb, le16_to_cpu(cpl->frame_len)))) {
		isim_drv_rx_count(rx, &rx->stats.no_mem);
		kfree_skb(skb);
		return;
	}

	u64_stats_update_begin(&rx->stats.syncp);
	u64_stats_inc(&rx->stats.packets);
	u64_stats_add(&rx->stats.bytes, skb->len);
	u64_stats_add(&rx->stats.esp, crypto);
	u64_stats_add(&rx->stats.csum_ok, !!(cpl->flags & ISIM_RX_CSUM_OK));
	u64_stats_update_end(&rx->stats.syncp);

	skb_record_rx_queue(skb, q->index);
	/* of what is inside ESP, if decrypted: XFRM leaves it as it is */
	if ((cpl->flags & ISIM_RX_CSUM_OK) && (netdev->features & NETIF_F_RXCSUM))
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	if (cpl->hash && (netdev->features & NETIF_F_RXHASH))
		skb_set_hash(skb, le32_to_cpu(cpl->hash),
			     cpl->flags & ISIM_RX_L4_HASH ? PKT_HASH_TYPE_L4 :
							    PKT_HASH_TYPE_L3);

	skb->protocol = eth_type_trans(skb, netdev);
	/*
	 * XFRM takes ESP out of GRO, decrypted or not, and pulls all headers in
	 * tunnel mode. Only a tag that is not in them survives to tell which
	 * VLAN device the inner packet belongs to. There is room for one.
	 */
	if (eth_type_vlan(skb->protocol)) {
		skb = skb_vlan_untag(skb);
		if (unlikely(!skb))
			return;
	}
	if (crypto && xfrm_input_state(skb)->encap)
		isim_drv_rx_encap(skb);
	else if (unlikely(eth_type_vlan(skb->protocol)))
		netif_receive_skb(skb);
	else
		napi_gro_receive(&q->napi, skb);
}

/**
 * isim_drv_rx_poll() - consume RX completions
 * @q: queue pair
 * @budget: most frames to deliver
 *
 * Context: NAPI.
 * Return: frames delivered or dropped.
 */
int isim_drv_rx_poll(struct isim_drv_queue *q, int budget)
{
	struct isim_drv_rx_ring *rx = &q->rx;
	int done = 0;

	while (done < budget) {
		const struct isim_hw_rx_cpl *cpl = &rx->cpl[rx->cpl_head & rx->mask];
		u8 gen = !(rx->cpl_head & (rx->mask + 1));
		struct sk_buff *skb;
		struct page *page;

		if ((READ_ONCE(cpl->gen) & 1) != gen)
			break;
		/* pairs with the adapter's dma_wmb() before it writes gen */
		dma_rmb();

		page = isim_drv_rx_take(q, cpl);
		if (unlikely(!page))
			break;
		/*
		 * The adapter writes this slot again only after it has got a
		 * buffer for it, from the refill that follows.
		 */
		rx->cpl_head++;
		isim_drv_rx_buffer(q, page, le16_to_cpu(cpl->len),
				   cpl->flags & ISIM_RX_EOP);
		if (!(cpl->flags & ISIM_RX_EOP))
			continue;

		skb = rx->skb;
		rx->skb = NULL;
		done++;
		if (unlikely(rx->discard)) {
			if (cpl->flags & ISIM_RX_SA_DELETE_REQ)
				isim_drv_delreq(q->adapter, cpl);
			rx->discard = false;
			kfree_skb(skb);
			continue;
		}
		isim_drv_rx_deliver(q, skb, cpl);
	}
	return done;
}

static struct page_pool *isim_drv_rx_pool(struct isim_drv_queue *q, u32 slots)
{
	struct page_pool_params params = {
		.flags		= PP_FLAG_DMA_MAP | PP_FLAG_DMA_SYNC_DEV,
		/* pages come back in bursts of what a socket has let lie */
		.pool_size	= 4 * slots,
		.nid		= NUMA_NO_NODE,
		.dev		= q->adapter->dev,
		.dma_dir	= DMA_FROM_DEVICE,
		.offset		= ISIM_DRV_RX_HEADROOM,
		.max_len	= q->rx.buf_len,
	};

	isim_compat_page_pool_owner(&params, &q->napi, q->adapter->netdev);
	return page_pool_create(&params);
}

/**
 * isim_drv_rx_alloc() - make the RX side of a queue pair, its ring full
 * @q: queue pair
 *
 * Context: process, RTNL held.
 * Return: 0 or a negative errno.
 */
int isim_drv_rx_alloc(struct isim_drv_queue *q)
{
	struct isim_drv_adapter *adapter = q->adapter;
	struct isim_drv_rx_ring *rx = &q->rx;
	u32 n = adapter->rx_slots;
	int err = -ENOMEM;
	u32 i;

	rx->buf_len = min(ALIGN_DOWN(SKB_WITH_OVERHEAD(PAGE_SIZE - ISIM_DRV_RX_HEADROOM),
				     ISIM_DRV_RX_ALIGN), ISIM_DRV_RX_BUF_MAX);
	rx->mask = n - 1;
	rx->prod = 0;
	rx->rung = 0;
	rx->cpl_head = 0;
	rx->num_free = 0;
	rx->skb = NULL;
	rx->discard = false;
	rx->reg_tail = ISIM_REG_RX_TAIL(q->index);

	rx->pages = kvcalloc(n, sizeof(*rx->pages), GFP_KERNEL);
	if (!rx->pages)
		return -ENOMEM;
	rx->free_ids = kvcalloc(n, sizeof(*rx->free_ids), GFP_KERNEL);
	if (!rx->free_ids)
		goto err_free_pages;
	rx->fill = dma_alloc_coherent(adapter->dev, n * sizeof(*rx->fill),
				      &rx->fill_dma, GFP_KERNEL);
	if (!rx->fill)
		goto err_free_ids;
	rx->cpl = dma_alloc_coherent(adapter->dev, n * sizeof(*rx->cpl),
				     &rx->cpl_dma, GFP_KERNEL);
	if (!rx->cpl)
		goto err_free_fill;

	rx->pool = isim_drv_rx_pool(q, n);
	if (IS_ERR(rx->pool)) {
		err = PTR_ERR(rx->pool);
		goto err_free_cpl;
	}

	for (i = 0; i < n; i++)
		rx->free_ids[rx->num_free++] = i;
	isim_drv_rx_refill(q);
	if (rx->num_free) {
		isim_drv_rx_free(q);
		return -ENOMEM;
	}
	return 0;

err_free_cpl:
	dma_free_coherent(adapter->dev, n * sizeof(*rx->cpl), rx->cpl, rx->cpl_dma);
err_free_fill:
	dma_free_coherent(adapter->dev, n * sizeof(*rx->fill), rx->fill, rx->fill_dma);
err_free_ids:
	kvfree(rx->free_ids);
err_free_pages:
	kvfree(rx->pages);
	return err;
}

/**
 * isim_drv_rx_free() - release the RX side of a queue pair
 * @q: queue pair; neither adapter nor NAPI uses it any more
 *
 * Pages that are still in the stack return to the pool later; the pool lives
 * until then.
 *
 * Context: process, RTNL held; sleeps.
 */
void isim_drv_rx_free(struct isim_drv_queue *q)
{
	struct isim_drv_adapter *adapter = q->adapter;
	struct isim_drv_rx_ring *rx = &q->rx;
	u32 n = rx->mask + 1;
	u32 id;

	isim_drv_delreq_drain(q);
	kfree_skb(rx->skb);
	rx->skb = NULL;
	for (id = 0; id < n; id++)
		if (rx->pages[id])
			page_pool_put_full_page(rx->pool, rx->pages[id], false);
	page_pool_destroy(rx->pool);

	dma_free_coherent(adapter->dev, n * sizeof(*rx->cpl), rx->cpl, rx->cpl_dma);
	dma_free_coherent(adapter->dev, n * sizeof(*rx->fill), rx->fill, rx->fill_dma);
	kvfree(rx->free_ids);
	kvfree(rx->pages);
}
