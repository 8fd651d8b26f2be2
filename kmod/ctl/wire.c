// SPDX-License-Identifier: GPL-2.0
/* Wires: what an adapter is connected to, changed at any time, under traffic, too. */
#include <linux/platform_device.h>
#include <linux/rtnetlink.h>

#include "ctl/ctl.h"
#include "drv/api.h"

/**
 * isim_ctl_disconnect() - pull the cable of an adapter
 * @ad: adapter; nothing happens if it is not wired
 *
 * On return no frame is on its way. Both ends lose their carrier.
 *
 * Context: isim_ctl_lock held, RTNL not; sleeps.
 */
void isim_ctl_disconnect(struct isim_ctl_adapter *ad)
{
	lockdep_assert_held(&isim_ctl_lock);

	/* Nothing that a dump shows would change. */
	if (!ad->peer && !ad->lower)
		return;
	isim_emu_unwire(ad->emu);
	isim_ctl_changed();
	if (ad->peer) {
		ad->peer->peer = NULL;
		ad->peer = NULL;
	}
	if (ad->lower) {
		isim_ctl_lower_detach(ad->lower);
		ad->lower = NULL;
	}
}

/**
 * isim_ctl_connect() - wire two adapters to each other
 * @a: one end
 * @b: the other end
 *
 * Cables that are plugged in at either end are pulled, unless it is this one.
 *
 * Context: isim_ctl_lock held, RTNL not; sleeps.
 * Return: 0, or -ELOOP for an adapter with itself.
 */
int isim_ctl_connect(struct isim_ctl_adapter *a, struct isim_ctl_adapter *b)
{
	int err;

	lockdep_assert_held(&isim_ctl_lock);

	if (a == b)
		return -ELOOP;
	if (a->peer == b)
		return 0;
	isim_ctl_disconnect(a);
	isim_ctl_disconnect(b);
	err = isim_emu_wire(a->emu, b->emu);
	if (err)
		return err;
	a->peer = b;
	b->peer = a;
	isim_ctl_changed();
	return 0;
}

/* Sets *@lower to NULL when the adapter is wired to that device already. */
static int isim_ctl_attach(struct isim_ctl_adapter *ad, struct net *net,
			   const char *ifname, struct isim_ctl_lower **lower,
			   struct netlink_ext_ack *extack)
{
	struct net_device *port = isim_drv_netdev(&ad->pdev->dev);
	struct net_device *dev = __dev_get_by_name(net, ifname);

	*lower = NULL;
	if (!port) {
		NL_SET_ERR_MSG(extack, "The adapter has no port any more");
		return -ENODEV;
	}
	if (!dev) {
		NL_SET_ERR_MSG(extack, "No such network device in this network namespace");
		return -ENODEV;
	}
	if (ad->lower && rtnl_dereference(ad->lower->dev) == dev)
		return 0;
	*lower = isim_ctl_lower_attach(ad->emu, port, dev, extack);
	return PTR_ERR_OR_ZERO(*lower);
}

/**
 * isim_ctl_connect_lower() - wire an adapter to a lower device
 * @ad: adapter
 * @net: namespace of the lower device
 * @ifname: its name
 * @extack: where to complain
 *
 * A cable that is plugged in is pulled, once the device has been got hold of.
 *
 * Context: isim_ctl_lock held, RTNL not; sleeps.
 * Return: 0 or a negative errno.
 */
int isim_ctl_connect_lower(struct isim_ctl_adapter *ad, struct net *net,
			   const char *ifname, struct netlink_ext_ack *extack)
{
	struct isim_ctl_lower *lower;
	int err;

	lockdep_assert_held(&isim_ctl_lock);

	rtnl_lock();
	err = isim_ctl_attach(ad, net, ifname, &lower, extack);
	rtnl_unlock();
	if (err || !lower)
		return err;
	isim_ctl_disconnect(ad);
	err = isim_emu_wire_far(ad->emu, &lower->far);
	if (err) {
		isim_ctl_lower_detach(lower);
		return err;
	}
	ad->lower = lower;
	isim_ctl_changed();
	rtnl_lock();
	isim_ctl_lower_open(lower);
	rtnl_unlock();
	return 0;
}
