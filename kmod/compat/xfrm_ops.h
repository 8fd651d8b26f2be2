/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The driver's XFRM functions and the struct xfrmdev_ops that calls them. Only
 * drv/xfrm.c includes this file: it defines the functions declared here and sets
 * dev->xfrmdev_ops = &isim_compat_xfrmdev_ops.
 */
#ifndef ISIM_COMPAT_XFRM_OPS_H
#define ISIM_COMPAT_XFRM_OPS_H

#include <linux/netdevice.h>
#include <net/bonding.h>
#include <net/xfrm.h>

#include "compat/compat.h"

/*
 * add: @dev is the adapter's net_device also when the SA was made on a bond above it,
 * or NULL where isim_compat_xdo_dev_get() cannot tell. @extack is NULL in kernels that
 * pass none, and for SAs that the core adds by itself; the NL_SET_ERR_MSG macros
 * accept that.
 *
 * delete, free: there is no @dev, because bonding clears xso.real_dev before it
 * calls delete. What they need hangs on xso.offload_handle.
 */
int isim_drv_xfrm_add(struct net_device *dev, struct xfrm_state *x,
		      struct netlink_ext_ack *extack);
void isim_drv_xfrm_delete(struct xfrm_state *x);
void isim_drv_xfrm_free(struct xfrm_state *x);
bool isim_drv_xfrm_offload_ok(struct sk_buff *skb, struct xfrm_state *x);

/*
 * Kernels that give xdo_dev_state_add no extack have a bonding that calls it for
 * its ports under a spinlock; later ones use a mutex.
 */
#if defined(HAVE_XDO_STATE_ADD_DEV) || defined(HAVE_XDO_STATE_ADD_EXTACK)
#define ISIM_COMPAT_BOND_ATOMIC false
#else
#define ISIM_COMPAT_BOND_ATOMIC true
#endif

static const struct xfrmdev_ops isim_compat_xfrmdev_ops;

static inline bool isim_compat_xdo_ours(const struct net_device *dev)
{
	return dev && dev->xfrmdev_ops == &isim_compat_xfrmdev_ops;
}

/*
 * The adapter's device, with a reference, where the kernel does not pass it. Of an SA
 * on a bond, xso.real_dev is the port in some kernels; in others it is still the bond,
 * or NULL on a failover, and is set after the call. Then it is the active port that
 * the bond calls, or, after a failover meanwhile, one that the bond holds nothing of.
 */
static inline struct net_device *isim_compat_xdo_dev_get(struct xfrm_state *x)
{
	struct net_device *dev;

	rcu_read_lock();
	dev = x->xso.real_dev;
	if (!isim_compat_xdo_ours(dev)) {
		dev = x->xso.dev;
		if (dev && netif_is_bond_master(dev))
			dev = bond_option_active_slave_get_rcu(netdev_priv(dev));
		if (!isim_compat_xdo_ours(dev))
			dev = NULL;
	}
	dev_hold(dev);
	rcu_read_unlock();
	return dev;
}

#if defined(HAVE_XDO_STATE_ADD_DEV)
static int isim_compat_xdo_add(struct net_device *dev, struct xfrm_state *x,
			       struct netlink_ext_ack *extack)
{
	return isim_drv_xfrm_add(dev, x, extack);
}
#else
/*
 * A bond puts a new SA on its list after it has given it to the active port. If
 * there is a failover in between, nobody would ever delete it from that port.
 * This does not close the window, only the bond could.
 */
static int isim_compat_xdo_add_active(struct xfrm_state *x,
				      struct netlink_ext_ack *extack)
{
	struct net_device *dev = isim_compat_xdo_dev_get(x), *now;
	int err = isim_drv_xfrm_add(dev, x, extack);

	now = isim_compat_xdo_dev_get(x);
	if (!err && now != dev) {
		NL_SET_ERR_MSG_MOD(extack, "The bond changed its active port, try again");
		isim_drv_xfrm_delete(x);
		err = -EBUSY;
	}
	dev_put(now);
	dev_put(dev);
	return err;
}

#ifdef HAVE_XDO_STATE_ADD_EXTACK
static int isim_compat_xdo_add(struct xfrm_state *x,
			       struct netlink_ext_ack *extack)
{
	return isim_compat_xdo_add_active(x, extack);
}
#else
static int isim_compat_xdo_add(struct xfrm_state *x)
{
	return isim_compat_xdo_add_active(x, NULL);
}
#endif
#endif

#ifdef HAVE_XDO_STATE_DELETE_DEV
static void isim_compat_xdo_delete(struct net_device *dev, struct xfrm_state *x)
{
	isim_drv_xfrm_delete(x);
}

static void isim_compat_xdo_free(struct net_device *dev, struct xfrm_state *x)
{
	isim_drv_xfrm_free(x);
}
#else
static void isim_compat_xdo_delete(struct xfrm_state *x)
{
	isim_drv_xfrm_delete(x);
}

static void isim_compat_xdo_free(struct xfrm_state *x)
{
	isim_drv_xfrm_free(x);
}
#endif

static const struct xfrmdev_ops isim_compat_xfrmdev_ops = {
	.xdo_dev_state_add = isim_compat_xdo_add,
	.xdo_dev_state_delete = isim_compat_xdo_delete,
	.xdo_dev_state_free = isim_compat_xdo_free,
	.xdo_dev_offload_ok = isim_drv_xfrm_offload_ok,
	.xdo_dev_state_advance_esn = isim_drv_xfrm_advance_esn,
};

#endif
