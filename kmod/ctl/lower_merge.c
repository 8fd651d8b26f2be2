// SPDX-License-Identifier: GPL-2.0
/*
 * GRO and LRO of lower devices: off. They merge packets before an rx_handler sees
 * them, in the lower device or in one that it is stacked on. GRO also looks for SAs
 * of the stack, which takes ESP packets away from the adapter; what LRO makes of
 * packets cannot be undone.
 *
 * On a lower device they are switched off as long as it is attached; then the
 * administrator's wish counts again. Devices below it may serve others, too, so
 * there they have to be off before. Whoever switches them on later, on either,
 * finds them switched off again: in this network namespace, since who may wire a
 * port may be nobody in another. A device stacked on one of another is refused.
 *
 * That takes a work: a notifier is called with the device in the midst of a
 * change of its features, on some kernels with its lock held.
 */
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>

#include "compat/lower.h"
#include "ctl/ctl.h"

#define ISIM_CTL_LOWER_MERGE	(NETIF_F_GRO | NETIF_F_LRO)

static int isim_ctl_lower_is_foreign(struct net_device *dev,
				     struct netdev_nested_priv *priv)
{
	return !net_eq(dev_net(dev), priv->data);
}

static int isim_ctl_lower_merges(struct net_device *dev,
				 struct netdev_nested_priv *priv)
{
	return !!(dev->features & ISIM_CTL_LOWER_MERGE);
}

/**
 * isim_ctl_lower_merge_check() - can a device be used, as to GRO and LRO?
 * @dev: device to become a lower device
 * @extack: where to complain
 *
 * Context: RTNL held.
 * Return: 0, -EBUSY, or -EOPNOTSUPP for a device below it in another network
 * namespace; with extack set.
 */
int isim_ctl_lower_merge_check(struct net_device *dev,
			       struct netlink_ext_ack *extack)
{
	struct netdev_nested_priv priv = { .data = dev_net(dev) };

	if (netdev_walk_all_lower_dev(dev, isim_ctl_lower_is_foreign, &priv)) {
		NL_SET_ERR_MSG(extack,
			       "The lower device is stacked on a device of another network namespace");
		return -EOPNOTSUPP;
	}
	if (!netdev_walk_all_lower_dev(dev, isim_ctl_lower_merges, &priv))
		return 0;
	NL_SET_ERR_MSG(extack,
		       "A device that the lower device is stacked on merges packets: switch its GRO and LRO off first");
	return -EBUSY;
}

/* Returns what of it was wanted; *@off: it is off. */
static netdev_features_t isim_ctl_lower_unmerge(struct net_device *dev, bool *off)
{
	netdev_features_t wanted;

	netdev_lock_ops(dev);
	wanted = dev->wanted_features & ISIM_CTL_LOWER_MERGE;
	dev->wanted_features &= ~ISIM_CTL_LOWER_MERGE;
	netdev_update_features(dev);
	*off = !(dev->features & ISIM_CTL_LOWER_MERGE);
	netdev_unlock_ops(dev);
	return wanted;
}

/**
 * isim_ctl_lower_merge_off() - switch GRO and LRO of a lower device off
 * @lower: remembers what was on
 * @dev: the device
 * @extack: where to complain
 *
 * Context: RTNL held.
 * Return: 0, or -EBUSY with extack set. Then, too, to be restored.
 */
int isim_ctl_lower_merge_off(struct isim_ctl_lower *lower, struct net_device *dev,
			     struct netlink_ext_ack *extack)
{
	bool off;

	lower->merge |= isim_ctl_lower_unmerge(dev, &off);
	if (off)
		return 0;
	NL_SET_ERR_MSG(extack, "GRO or LRO of the lower device cannot be switched off");
	return -EBUSY;
}

/**
 * isim_ctl_lower_merge_restore() - GRO and LRO as they were wanted
 * @lower: remembers what was on
 * @dev: the device, not below the port any more
 *
 * Context: RTNL held.
 */
void isim_ctl_lower_merge_restore(struct isim_ctl_lower *lower,
				  struct net_device *dev)
{
	if (!lower->merge)
		return;
	netdev_lock_ops(dev);
	dev->wanted_features |= lower->merge;
	netdev_update_features(dev);
	netdev_unlock_ops(dev);
}

static int isim_ctl_lower_unmerge_below(struct net_device *dev,
					struct netdev_nested_priv *priv)
{
	bool off;

	if (isim_ctl_lower_is_foreign(dev, priv) ||
	    !(dev->features & ISIM_CTL_LOWER_MERGE))
		return 0;
	if (net_ratelimit())
		netdev_notice(dev, "GRO and LRO switched off, for an ipsecsim port above\n");
	isim_ctl_lower_unmerge(dev, &off);
	return 0;
}

static void isim_ctl_lower_merge_work(struct work_struct *work)
{
	struct netdev_nested_priv priv;
	struct isim_ctl_lower *lower;
	struct net_device *dev;

	rtnl_lock();
	list_for_each_entry(lower, &isim_ctl_lowers, list) {
		dev = rtnl_dereference(lower->dev);
		if (dev->features & ISIM_CTL_LOWER_MERGE)
			isim_ctl_lower_merge_off(lower, dev, NULL);
		priv.data = dev_net(dev);
		netdev_walk_all_lower_dev(dev, isim_ctl_lower_unmerge_below, &priv);
	}
	rtnl_unlock();
}

static DECLARE_WORK(isim_ctl_lower_merge_again, isim_ctl_lower_merge_work);

/**
 * isim_ctl_lower_merge_event() - something may have begun to merge packets
 * @event: NETDEV_* of any device
 *
 * Context: RTNL held.
 */
void isim_ctl_lower_merge_event(unsigned long event)
{
	if ((event == NETDEV_FEAT_CHANGE || event == NETDEV_CHANGEUPPER) &&
	    !list_empty(&isim_ctl_lowers))
		queue_work(isim_ctl_lower_wq, &isim_ctl_lower_merge_again);
}
