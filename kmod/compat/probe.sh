#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# probe.sh SRCTREE: read the headers of a kernel source tree and print have.h,
# one "#define HAVE_X 1" for each interface found there. Distributions backport
# freely, so a version number proves nothing: only the declarations do.
# What each HAVE_X means is listed in compat.h.
set -euo pipefail

include=${1:?usage: probe.sh SRCTREE}/include
# A wrong path would quietly find nothing and select the oldest interfaces.
[ -r "$include/linux/netdevice.h" ] || {
	echo "probe.sh: no kernel headers in $include" >&2
	exit 1
}

declare -A flat

# Print one header as a single line: no comments, runs of blanks squeezed, so
# that a pattern can span a declaration that wraps. Nothing for a missing file.
flatten()
{
	[ -r "$include/$1" ] || return 0
	tr -s '\n\t ' ' ' < "$include/$1" | sed 's,/\*\([^*]\|\*[^/]\)*\*\+/,,g; s,( ,(,g'
}

# have NAME HEADER [ERE]: define HAVE_NAME when HEADER exists and matches ERE
have()
{
	local name=$1 header=$2 pattern=${3:-}

	[ -n "${flat[$header]+set}" ] || flat[$header]=$(flatten "$header")
	[[ -n ${flat[$header]} && ${flat[$header]} =~ $pattern ]] || return 0
	echo "#define HAVE_$name 1"
}

echo '/* SPDX-License-Identifier: GPL-2.0 */'
echo '/* Written by compat/probe.sh from the headers of the kernel built against. */'

# generic
have UNALIGNED_H		linux/unaligned.h
have HRTIMER_SETUP		linux/hrtimer.h 'void hrtimer_setup\('
have WQ_PERCPU			linux/workqueue.h 'WQ_PERCPU ='
have PLATFORM_REMOVE_VOID	linux/platform_device.h 'void \(\*remove\)\('

# crypto
have CRYPTO_COMPLETION_VOID	linux/crypto.h 'crypto_completion_t\)\(void \*'

# xfrm
have XDO_STATE_ADD_DEV		linux/netdevice.h 'xdo_dev_state_add\) ?\(struct net_device \*'
have XDO_STATE_ADD_EXTACK	linux/netdevice.h 'xdo_dev_state_add\) ?\([^)]*struct netlink_ext_ack \*'
have XDO_STATE_DELETE_DEV	linux/netdevice.h 'xdo_dev_state_delete\) ?\(struct net_device \*'

# net_device, NAPI, page_pool
have NETIF_QUEUE_SET_NAPI	linux/netdevice.h 'void netif_queue_set_napi\('
have NETDEV_STAT_OPS		linux/netdevice.h 'const struct netdev_stat_ops \*stat_ops;'
have NETDEV_QUEUES_H		net/netdev_queues.h
have NETIF_TXQ_MAYBE_STOP	net/netdev_queues.h 'define netif_txq_maybe_stop\('
have NETIF_TXQ_COMPLETED_WAKE	net/netdev_queues.h 'define netif_txq_completed_wake\('
have PAGE_POOL_DIR		net/page_pool/helpers.h
have PAGE_POOL_PARAMS_NAPI	net/page_pool/types.h 'struct page_pool_params \{.*struct napi_struct \*napi;'
have PAGE_POOL_PARAMS_NETDEV	net/page_pool/types.h 'struct page_pool_params \{.*struct net_device \*netdev;'
have PAGE_POOL_SYNC_FOR_CPU	net/page_pool/helpers.h ' page_pool_dma_sync_for_cpu\('
have NETDEV_LOCK_OPS		net/netdev_lock.h ' netdev_lock_ops\('
have NET_GSO_H			net/gso.h
have NET_DIM_SAMPLE_PTR		linux/dim.h 'void net_dim\(struct dim \*dim, const struct dim_sample \*'

# ethtool
have ETHTOOL_PUTS		linux/ethtool.h 'void ethtool_puts\('
have ETHTOOL_RXFH_PARAM		linux/ethtool.h 'struct ethtool_rxfh_param \{'
have ETHTOOL_RX_RING_COUNT	linux/ethtool.h '\(\*get_rx_ring_count\)'

# devlink
have DEVLINK_INFO_DRIVER_NAME_PUT net/devlink.h 'int devlink_info_driver_name_put\('

# generic netlink
have GENL_INFO_DUMP		net/genetlink.h ' ?\*? ?genl_info_dump\('
