/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One source for 6.1, 6.12 and 7.x. probe.sh reads the headers of the kernel
 * built against and writes have.h; the files of this folder turn the answers
 * into interfaces that the rest of the module uses without a single #if.
 *
 * Two kinds of things are offered:
 *  - an interface that newer kernels have and older ones lack is supplied under
 *    its upstream name, so the callers read like current kernel code;
 *  - where a signature or a type changed, an ISIM_ macro or isim_compat_ function
 *    hides the difference.
 *
 * File		Included by	Offers
 * compat.h	all		linux/unaligned.h under either name;
 *				hrtimer_setup(); WQ_PERCPU; isim_platform_remove,
 *				the member of struct platform_driver
 * crypto.h	emu/		ISIM_CRYPTO_COMPLETION(name, handler)
 * net.h	drv/		net/page_pool under either name;
 *				page_pool_dma_sync_for_cpu();
 *				isim_compat_page_pool_owner();
 *				netif_txq_maybe_stop(), netif_txq_completed_wake();
 *				netif_queue_set_napi();
 *				ISIM_COMPAT_DIM, isim_compat_net_dim(),
 *				NET_DIM_PARAMS_NUM_PROFILES;
 *				struct netdev_queue_stats_rx/_tx, struct
 *				netdev_stat_ops, isim_compat_set_stat_ops();
 *				ethtool_puts()
 * ethtool.h	drv/		ISIM_GET_RXNFC(), ISIM_GET_RXNFC_OPS();
 *				ISIM_GET_RXFH(), ISIM_SET_RXFH();
 *				struct ethtool_rxfh_param
 * devlink.h	drv/		isim_compat_devlink_driver_name()
 * xfrm_ops.h	drv/xfrm.c	isim_compat_xfrmdev_ops, built from the
 *				isim_drv_xfrm_*() functions it declares;
 *				ISIM_COMPAT_BOND_ATOMIC
 * genl.h	ctl/		isim_compat_dump_attrs()
 * lower.h	ctl/lower.c	net/gso.h where there is one; netdev_lock_ops(),
 *				netdev_unlock_ops()
 *
 * Only crypto.h and this file may be seen by emu/: neither pulls in a header of
 * the network stack.
 *
 * HAVE_X			what the kernel has
 * UNALIGNED_H			linux/unaligned.h, else asm/unaligned.h
 * HRTIMER_SETUP		hrtimer_setup(), else hrtimer_init() and ->function
 * WQ_PERCPU			WQ_PERCPU, else it is what a workqueue is without WQ_UNBOUND
 * PLATFORM_REMOVE_VOID		platform_driver::remove returns void, else remove_new does
 * CRYPTO_COMPLETION_VOID	completion gets the caller's pointer, else the request
 * XDO_STATE_ADD_DEV		xdo_dev_state_add(dev, x, extack)
 * XDO_STATE_ADD_EXTACK		xdo_dev_state_add(x, extack), else (x)
 * XDO_STATE_DELETE_DEV		xdo_dev_state_delete(dev, x), _free(dev, x), else (x)
 * NETIF_QUEUE_SET_NAPI		netif_queue_set_napi()
 * NETDEV_STAT_OPS		net_device::stat_ops, per-queue statistics
 * NETDEV_QUEUES_H		net/netdev_queues.h
 * NETIF_TXQ_MAYBE_STOP		netif_txq_maybe_stop()
 * NETIF_TXQ_COMPLETED_WAKE	netif_txq_completed_wake()
 * PAGE_POOL_DIR		net/page_pool/helpers.h, else net/page_pool.h
 * PAGE_POOL_PARAMS_NAPI	page_pool_params::napi
 * PAGE_POOL_PARAMS_NETDEV	page_pool_params::netdev
 * PAGE_POOL_SYNC_FOR_CPU	page_pool_dma_sync_for_cpu()
 * NETDEV_LOCK_OPS		netdev_lock_ops(), else there is RTNL only
 * NET_DIM_SAMPLE_PTR		net_dim() takes the sample by reference
 * NET_GSO_H			net/gso.h, else it is part of linux/netdevice.h
 * ETHTOOL_PUTS			ethtool_puts()
 * ETHTOOL_RXFH_PARAM		get_rxfh and set_rxfh take struct ethtool_rxfh_param
 * ETHTOOL_RX_RING_COUNT	get_rx_ring_count, else get_rxnfc answers it
 * DEVLINK_INFO_DRIVER_NAME_PUT	devlink_info_driver_name_put(), else devlink tells it
 * GENL_INFO_DUMP		genl_info_dump(), else genl_dumpit_info()->attrs
 *
 * The same in every supported kernel, so neither probed nor wrapped:
 * netif_napi_add() without a weight, napi_build_skb(),
 * skb_mark_for_recycle(), page_pool_put_full_page(), u64_stats_fetch_begin(),
 * x->xso.type and x->xso.dir, three-argument strscpy(), and
 * .get_ts_info = ethtool_op_get_ts_info whatever the type it takes.
 */
#ifndef ISIM_COMPAT_COMPAT_H
#define ISIM_COMPAT_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/workqueue.h>

#include "compat/have.h"

#ifdef HAVE_UNALIGNED_H
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

#ifndef HAVE_WQ_PERCPU
#define WQ_PERCPU		0
#endif

#ifndef HAVE_HRTIMER_SETUP
static inline void
hrtimer_setup(struct hrtimer *timer,
	      enum hrtimer_restart (*function)(struct hrtimer *timer),
	      clockid_t clock_id, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock_id, mode);
	timer->function = function;
}
#endif

/*
 * The member of struct platform_driver for a remove function that returns void.
 * Kernels with both have them in a union, so the newer name is the one to prefer.
 */
#ifdef HAVE_PLATFORM_REMOVE_VOID
#define isim_platform_remove remove
#else
#define isim_platform_remove remove_new
#endif

#endif
