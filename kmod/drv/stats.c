// SPDX-License-Identifier: GPL-2.0
/*
 * Statistics of the net_device and of its queues. Those with names are in
 * ethtool.c.
 */
#include "drv.h"

/**
 * isim_drv_counter() - read an adapter counter
 * @adapter: adapter
 * @n: which one
 *
 * Context: any but hard interrupt; never sleeps.
 * Return: its value since the adapter's power-on.
 */
u64 isim_drv_counter(struct isim_drv_adapter *adapter, enum isim_hw_counter n)
{
	u32 lo, hi;

	/* reading LO latches HI for the next reader of HI */
	spin_lock_bh(&adapter->counter_lock);
	lo = isim_hw_read32(adapter->bar, ISIM_REG_COUNTER_LO(n));
	hi = isim_hw_read32(adapter->bar, ISIM_REG_COUNTER_HI(n));
	spin_unlock_bh(&adapter->counter_lock);

	return (u64)hi << 32 | lo;
}

static void isim_drv_queue_stats64(struct isim_drv_queue *q,
				   struct rtnl_link_stats64 *stats)
{
	struct isim_drv_tx_drops *drops = &q->tx.drops;
	struct isim_drv_tx_stats *tx = &q->tx.stats;
	struct isim_drv_rx_stats *rx = &q->rx.stats;
	u64 packets, bytes, dropped, otherhost, errors, no_link;
	unsigned int start;

	do {
		start = u64_stats_fetch_begin(&rx->syncp);
		packets = u64_stats_read(&rx->packets);
		bytes = u64_stats_read(&rx->bytes);
		otherhost = u64_stats_read(&rx->otherhost);
		dropped = u64_stats_read(&rx->stale_sa) + u64_stats_read(&rx->no_mem);
	} while (u64_stats_fetch_retry(&rx->syncp, start));
	stats->rx_packets += packets;
	stats->rx_bytes += bytes;
	stats->rx_dropped += dropped;
	stats->rx_otherhost_dropped += otherhost;

	do {
		start = u64_stats_fetch_begin(&tx->syncp);
		packets = u64_stats_read(&tx->packets);
		bytes = u64_stats_read(&tx->bytes);
		errors = u64_stats_read(&tx->errors);
		no_link = u64_stats_read(&tx->no_link);
	} while (u64_stats_fetch_retry(&tx->syncp, start));
	stats->tx_packets += packets;
	stats->tx_bytes += bytes;
	stats->tx_errors += errors + no_link;
	stats->tx_carrier_errors += no_link;

	do {
		start = u64_stats_fetch_begin(&drops->syncp);
		dropped = u64_stats_read(&drops->stale_sa) +
			  u64_stats_read(&drops->unfinished) +
			  u64_stats_read(&drops->other);
	} while (u64_stats_fetch_retry(&drops->syncp, start));
	stats->tx_dropped += dropped;
}

/**
 * isim_drv_get_stats64() - ndo_get_stats64
 * @netdev: device
 * @stats: receives the sums
 *
 * The adapter's own counters count since its power-on.
 *
 * Context: any but hard interrupt; never sleeps.
 */
void isim_drv_get_stats64(struct net_device *netdev,
			  struct rtnl_link_stats64 *stats)
{
	struct isim_drv_adapter *adapter = netdev_priv(netdev);
	int i;

	for (i = 0; i < adapter->max_queues; i++)
		isim_drv_queue_stats64(&adapter->queues[i], stats);

	stats->rx_missed_errors = isim_drv_counter(adapter, ISIM_CNT_RX_NO_BUF) +
				  isim_drv_counter(adapter, ISIM_CNT_RX_ENGINE_FULL);
	stats->rx_length_errors = isim_drv_counter(adapter, ISIM_CNT_RX_TOO_LONG);
	stats->rx_errors = stats->rx_length_errors;
}

static void isim_drv_queue_stats_rx(struct net_device *netdev, int idx,
				    struct netdev_queue_stats_rx *stats)
{
	struct isim_drv_adapter *adapter = netdev_priv(netdev);
	struct isim_drv_rx_stats *rx = &adapter->queues[idx].rx.stats;
	unsigned int start;

	do {
		start = u64_stats_fetch_begin(&rx->syncp);
		stats->packets = u64_stats_read(&rx->packets);
		stats->bytes = u64_stats_read(&rx->bytes);
		stats->alloc_fail = u64_stats_read(&rx->alloc_fail);
	} while (u64_stats_fetch_retry(&rx->syncp, start));
}

static void isim_drv_queue_stats_tx(struct net_device *netdev, int idx,
				    struct netdev_queue_stats_tx *stats)
{
	struct isim_drv_adapter *adapter = netdev_priv(netdev);
	struct isim_drv_tx_stats *tx = &adapter->queues[idx].tx.stats;
	unsigned int start;

	do {
		start = u64_stats_fetch_begin(&tx->syncp);
		stats->packets = u64_stats_read(&tx->packets);
		stats->bytes = u64_stats_read(&tx->bytes);
	} while (u64_stats_fetch_retry(&tx->syncp, start));
}

/* What the queues counted that are not in use now */
static void isim_drv_base_stats(struct net_device *netdev,
				struct netdev_queue_stats_rx *rx,
				struct netdev_queue_stats_tx *tx)
{
	struct isim_drv_adapter *adapter = netdev_priv(netdev);
	int i;

	rx->packets = 0;
	rx->bytes = 0;
	rx->alloc_fail = 0;
	tx->packets = 0;
	tx->bytes = 0;
	for (i = adapter->num_queues; i < adapter->max_queues; i++) {
		struct netdev_queue_stats_rx rx_queue;
		struct netdev_queue_stats_tx tx_queue;

		isim_drv_queue_stats_rx(netdev, i, &rx_queue);
		isim_drv_queue_stats_tx(netdev, i, &tx_queue);
		rx->packets += rx_queue.packets;
		rx->bytes += rx_queue.bytes;
		rx->alloc_fail += rx_queue.alloc_fail;
		tx->packets += tx_queue.packets;
		tx->bytes += tx_queue.bytes;
	}
}

const struct netdev_stat_ops isim_drv_stat_ops = {
	.get_queue_stats_rx	= isim_drv_queue_stats_rx,
	.get_queue_stats_tx	= isim_drv_queue_stats_tx,
	.get_base_stats		= isim_drv_base_stats,
};
