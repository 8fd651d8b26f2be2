// SPDX-License-Identifier: GPL-2.0
/*
 * Adapters: making them, wiring them, taking them apart, and finding them by
 * the network device that the driver made of them.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/platform_device.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "ctl/ctl.h"
#include "drv/api.h"
#include "emu/api.h"

/* Guards the list and all that hangs on it; see ctl.h */
DEFINE_MUTEX(isim_ctl_lock);
LIST_HEAD(isim_ctl_adapters);

/*
 * The same address for the same adapter on every load: scripts, captures and
 * udev rules can count on it, and it reads "isim" after the octet that says
 * locally administered. It is unique in one host only; "ip link set address"
 * serves where ports of several hosts meet.
 */
static void isim_ctl_mac(u8 mac[ETH_ALEN], unsigned int id)
{
	static const u8 base[ETH_ALEN] = { 0x02, 'i', 's', 'i', 'm', 0 };

	ether_addr_copy(mac, base);
	mac[5] = id;
}

/* The driver binds while the device is added; false when it refused. */
static bool isim_ctl_is_bound(const struct isim_ctl_adapter *ad)
{
	bool bound;

	rtnl_lock();
	bound = isim_drv_netdev(&ad->pdev->dev);
	rtnl_unlock();
	return bound;
}

/* The device is what DMA mappings hang on, so it is named before it is used. */
static int isim_ctl_plug(struct isim_ctl_adapter *ad)
{
	struct isim_drv_platform data = {};
	int err;

	ad->pdev = platform_device_alloc(ISIM_DRV_NAME, ad->id);
	if (!ad->pdev)
		return -ENOMEM;

	data.bar = isim_emu_plug(ad->emu, &ad->pdev->dev);
	snprintf(data.ifname, sizeof(data.ifname), "isim%u", ad->id);
	err = platform_device_add_data(ad->pdev, &data, sizeof(data));
	if (err)
		goto err_put;
	err = platform_device_add(ad->pdev);
	if (err)
		goto err_put;
	if (!isim_ctl_is_bound(ad)) {
		pr_err("the driver did not bind to %s; is the name %s taken?\n",
		       dev_name(&ad->pdev->dev), data.ifname);
		err = -ENODEV;
		goto err_del;
	}
	return 0;

err_del:
	platform_device_del(ad->pdev);
err_put:
	platform_device_put(ad->pdev);
	return err;
}

/**
 * isim_ctl_add() - make an adapter and its port
 * @id: number that is not in use
 * @queues: queue pairs
 * @sa_capacity: SAs
 *
 * The driver is registered. Context: isim_ctl_lock held, RTNL not.
 * Return: 0 or an error.
 */
int isim_ctl_add(unsigned int id, unsigned int queues, unsigned int sa_capacity)
{
	struct isim_emu_params params = {
		.queues		= queues,
		.sa_capacity	= sa_capacity,
	};
	struct isim_ctl_adapter *ad;
	int err;

	lockdep_assert_held(&isim_ctl_lock);

	ad = kzalloc(sizeof(*ad), GFP_KERNEL);
	if (!ad)
		return -ENOMEM;
	ad->id = id;
	ad->queues = queues;
	ad->sa_capacity = sa_capacity;

	isim_ctl_mac(params.mac, id);
	ad->emu = isim_emu_create(&params);
	if (IS_ERR(ad->emu)) {
		err = PTR_ERR(ad->emu);
		goto err_free;
	}
	err = isim_ctl_plug(ad);
	if (err)
		goto err_destroy;
	list_add_tail(&ad->list, &isim_ctl_adapters);
	isim_ctl_event_adapter_added(ad);
	return 0;

err_destroy:
	isim_emu_destroy(ad->emu);
err_free:
	kfree(ad);
	return err;
}

/**
 * isim_ctl_wire() - connect two adapters
 * @a: one end
 * @b: the other end
 *
 * Context: isim_ctl_lock held.
 * Return: as isim_emu_wire().
 */
int isim_ctl_wire(struct isim_ctl_adapter *a, struct isim_ctl_adapter *b)
{
	int err;

	lockdep_assert_held(&isim_ctl_lock);

	err = isim_emu_wire(a->emu, b->emu);
	if (err)
		return err;
	a->peer = b;
	b->peer = a;
	return 0;
}

static void isim_ctl_unwire(struct isim_ctl_adapter *ad)
{
	if (!ad->peer)
		return;
	isim_emu_unwire(ad->emu);
	ad->peer->peer = NULL;
	ad->peer = NULL;
}

/*
 * Without its driver an adapter is in reset, and drops what the far end still
 * sends. The device goes last: its mappings name the adapter's host memory.
 */
static void isim_ctl_del(struct isim_ctl_adapter *ad)
{
	list_del(&ad->list);
	isim_ctl_event_adapter_deleted(ad);
	platform_device_del(ad->pdev);
	isim_ctl_unwire(ad);
	isim_emu_destroy(ad->emu);
	platform_device_put(ad->pdev);
	kfree(ad);
}

/**
 * isim_ctl_del_all() - take every adapter and its port away
 *
 * Context: isim_ctl_lock held, RTNL not.
 */
void isim_ctl_del_all(void)
{
	struct isim_ctl_adapter *ad, *next;

	lockdep_assert_held(&isim_ctl_lock);

	list_for_each_entry_safe_reverse(ad, next, &isim_ctl_adapters, list)
		isim_ctl_del(ad);
}

static bool isim_ctl_port_rtnl(const struct isim_ctl_adapter *ad,
			       const struct net *net, struct isim_ctl_port *port)
{
	const struct net_device *netdev = isim_drv_netdev(&ad->pdev->dev);

	/* Around its registration it has no index that could be shown. */
	if (!netdev || netdev->reg_state != NETREG_REGISTERED ||
	    !net_eq(dev_net(netdev), net))
		return false;
	port->ifindex = netdev->ifindex;
	strscpy(port->ifname, netdev->name, sizeof(port->ifname));
	return true;
}

/**
 * isim_ctl_port() - the network device of an adapter, as seen from a namespace
 * @ad: adapter
 * @net: namespace
 * @port: filled in when the answer is true
 *
 * Context: isim_ctl_lock held, RTNL not.
 * Return: true when the adapter has a network device in @net.
 */
bool isim_ctl_port(const struct isim_ctl_adapter *ad, const struct net *net,
		   struct isim_ctl_port *port)
{
	bool here;

	lockdep_assert_held(&isim_ctl_lock);

	rtnl_lock();
	here = isim_ctl_port_rtnl(ad, net, port);
	rtnl_unlock();
	return here;
}

/**
 * isim_ctl_find() - the adapter behind a network device
 * @net: namespace that @ifindex is from
 * @ifindex: index of the network device
 * @port: filled in
 *
 * Context: isim_ctl_lock held, RTNL not.
 * Return: the adapter, or NULL when there is no such device or it is not ours.
 */
struct isim_ctl_adapter *isim_ctl_find(const struct net *net, int ifindex,
				       struct isim_ctl_port *port)
{
	struct isim_ctl_adapter *ad, *found = NULL;

	lockdep_assert_held(&isim_ctl_lock);

	rtnl_lock();
	list_for_each_entry(ad, &isim_ctl_adapters, list) {
		if (isim_ctl_port_rtnl(ad, net, port) &&
		    port->ifindex == ifindex) {
			found = ad;
			break;
		}
	}
	rtnl_unlock();
	return found;
}
