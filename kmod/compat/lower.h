/* SPDX-License-Identifier: GPL-2.0 */
/* What ctl/ needs to deal with a foreign network device. */
#ifndef ISIM_COMPAT_LOWER_H
#define ISIM_COMPAT_LOWER_H

#include <linux/netdevice.h>

#include "compat/compat.h"

#ifdef HAVE_NET_GSO_H
#include <net/gso.h>
#endif

/* Features of some devices are under a lock of their own, beside RTNL. */
#ifdef HAVE_NETDEV_LOCK_OPS
#include <net/netdev_lock.h>
#else
static inline void netdev_lock_ops(struct net_device *dev)
{
}

static inline void netdev_unlock_ops(struct net_device *dev)
{
}
#endif

#endif
