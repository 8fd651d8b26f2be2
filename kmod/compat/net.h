/* SPDX-License-Identifier: GPL-2.0 */
/* Differences in net_device, NAPI, page_pool and ethtool strings, for drv/. */
#ifndef ISIM_COMPAT_NET_H
#define ISIM_COMPAT_NET_H

#include <linux/dim.h>
#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>

#include "compat/compat.h"

#ifdef HAVE_NETDEV_QUEUES_H
#include <net/netdev_queues.h>
#endif

#ifdef HAVE_PAGE_POOL_DIR
#include <net/page_pool/helpers.h>
#include <net/page_pool/types.h>
#else
#include <net/page_pool.h>
#endif

/**
 * isim_compat_page_pool_owner() - say which NAPI and device a pool serves
 * @params: parameters for page_pool_create()
 * @napi: the only NAPI that allocates from the pool, so that pages freed in its
 *	context go back without a lock
 * @dev: device to show in the pool's netlink entry
 *
 * Without effect where the kernel has no such member.
 */
static inline void
isim_compat_page_pool_owner(struct page_pool_params *params,
			    struct napi_struct *napi, struct net_device *dev)
{
#ifdef HAVE_PAGE_POOL_PARAMS_NAPI
	params->napi = napi;
#endif
#ifdef HAVE_PAGE_POOL_PARAMS_NETDEV
	params->netdev = dev;
#endif
}

/* A kernel may be built without lib/dim. Then there is no adaptive moderation. */
#define ISIM_COMPAT_DIM		IS_REACHABLE(CONFIG_DIMLIB)

/* Older headers keep to themselves that there are so many levels. */
#ifndef NET_DIM_PARAMS_NUM_PROFILES
#define NET_DIM_PARAMS_NUM_PROFILES	5
#endif

/* net_dim(), with the sample by reference */
static inline void
isim_compat_net_dim(struct dim *dim, const struct dim_sample *sample)
{
#if ISIM_COMPAT_DIM && defined(HAVE_NET_DIM_SAMPLE_PTR)
	net_dim(dim, sample);
#elif ISIM_COMPAT_DIM
	net_dim(dim, *sample);
#endif
}

#ifndef HAVE_PAGE_POOL_SYNC_FOR_CPU
static inline void
page_pool_dma_sync_for_cpu(const struct page_pool *pool, struct page *page,
			   u32 offset, u32 dma_sync_size)
{
	dma_sync_single_range_for_cpu(pool->p.dev, page_pool_get_dma_addr(page),
				      offset + pool->p.offset, dma_sync_size,
				      pool->p.dma_dir);
}
#endif

/*
 * Lockless stop and wake of a TX queue, with the meaning and the return values
 * documented in net/netdev_queues.h. The producer stops the queue, then looks at
 * the ring again; the consumer frees the ring, then looks at the queue. The two
 * full barriers pair, so one of the two sees the other.
 */
#ifndef HAVE_NETIF_TXQ_MAYBE_STOP
#define netif_txq_maybe_stop(txq, get_desc, stop_thrs, start_thrs)	\
({									\
	struct netdev_queue *_txq = (txq);				\
	int _res = 1;							\
									\
	if (unlikely((get_desc) < (stop_thrs))) {			\
		netif_tx_stop_queue(_txq);				\
		smp_mb(); /* pairs with netif_txq_completed_wake() */	\
		_res = 0;						\
		if (unlikely((get_desc) >= (start_thrs))) {		\
			netif_tx_start_queue(_txq);			\
			_res = -1;					\
		}							\
	}								\
	_res;								\
})
#endif

#ifndef HAVE_NETIF_TXQ_COMPLETED_WAKE
#define netif_txq_completed_wake(txq, pkts, bytes, get_desc, start_thrs) \
({									\
	struct netdev_queue *_txq = (txq);				\
	unsigned int _pkts = (pkts);					\
	int _res = -1;							\
									\
	netdev_tx_completed_queue(_txq, _pkts, (bytes));		\
	smp_mb(); /* pairs with netif_txq_maybe_stop() */		\
	if (_pkts && likely((get_desc) >= (start_thrs))) {		\
		_res = 1;						\
		if (unlikely(netif_tx_queue_stopped(_txq))) {		\
			netif_tx_wake_queue(_txq);			\
			_res = 0;					\
		}							\
	}								\
	_res;								\
})
#endif

/* Only reported to user space through netlink: nothing to do without that. */
#ifndef HAVE_NETIF_QUEUE_SET_NAPI
enum netdev_queue_type {
	NETDEV_QUEUE_TYPE_RX,
	NETDEV_QUEUE_TYPE_TX,
};

static inline void
netif_queue_set_napi(struct net_device *dev, unsigned int queue_index,
		     enum netdev_queue_type type, struct napi_struct *napi)
{
}
#endif

/* Kernels without per-queue statistics never call these functions. */
#ifndef HAVE_NETDEV_STAT_OPS
struct netdev_queue_stats_rx {
	u64 bytes;
	u64 packets;
	u64 alloc_fail;
};

struct netdev_queue_stats_tx {
	u64 bytes;
	u64 packets;
	u64 stop;
	u64 wake;
};

struct netdev_stat_ops {
	void (*get_queue_stats_rx)(struct net_device *dev, int idx,
				   struct netdev_queue_stats_rx *stats);
	void (*get_queue_stats_tx)(struct net_device *dev, int idx,
				   struct netdev_queue_stats_tx *stats);
	void (*get_base_stats)(struct net_device *dev,
			       struct netdev_queue_stats_rx *rx,
			       struct netdev_queue_stats_tx *tx);
};
#endif

/**
 * isim_compat_set_stat_ops() - install the per-queue statistics of a device
 * @dev: a device not yet registered
 * @ops: functions that live as long as the device
 */
static inline void
isim_compat_set_stat_ops(struct net_device *dev,
			 const struct netdev_stat_ops *ops)
{
#ifdef HAVE_NETDEV_STAT_OPS
	dev->stat_ops = ops;
#endif
}

#ifndef HAVE_ETHTOOL_PUTS
static inline void ethtool_puts(u8 **data, const char *str)
{
	ethtool_sprintf(data, "%s", str);
}
#endif

#endif
