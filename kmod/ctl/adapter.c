// SPDX-License-Identifier: GPL-2.0
/*
 * Adapters: making them, taking them apart, and finding them by the network
 * device that the driver made of them.
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
atomic_t isim_ctl_changes = ATOMIC_INIT(1);

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
static int isim_ctl_plug(struct isim_ctl_adapter *ad,
			 const struct isim_ctl_params *params)
{
	struct isim_drv_platform data = { .net = params->net }, *copy;
	int err;

	ad->pdev = platform_device_alloc(ISIM_DRV_NAME, ad->id);
	if (!ad->pdev)
		return -ENOMEM;

	data.bar = isim_emu_plug(ad->emu, &ad->pdev->dev);
	if (params->ifname)
		strscpy(data.ifname, params->ifname, sizeof(data.ifname));
	else
		snprintf(data.ifname, sizeof(data.ifname), "isim%u", ad->id);
	err = platform_device_add_data(ad->pdev, &data, sizeof(data));
	if (err)
		goto err_put;
	copy = dev_get_platdata(&ad->pdev->dev);
	err = platform_device_add(ad->pdev);
	/*
	 * The driver may bind again later, when the namespace is long gone and the
	 * name taken. An adapter without a port could not be taken away. Through
	 * sysfs it may be binding now: the lock waits for that.
	 */
	device_lock(&ad->pdev->dev);
	copy->net = NULL;
	copy->any_name = true;
	device_unlock(&ad->pdev->dev);
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

/* Lowest number that is not in use, and the place in the list that goes with it */
static unsigned int isim_ctl_free_id(struct list_head **place)
{
	struct list_head *pos;
	unsigned int id = 0;

	list_for_each(pos, &isim_ctl_adapters) {
		if (list_entry(pos, struct isim_ctl_adapter, list)->id != id)
			break;
		id++;
	}
	*place = pos;
	return id;
}

/**
 * isim_ctl_add() - make an adapter and its port, not wired
 * @params: what to make; checked by the caller
 *
 * The driver is registered. Context: isim_ctl_lock held, RTNL not.
 * Return: the adapter, or an ERR_PTR: -ENOSPC when there are
 * ISIM_CTL_ADAPTERS_MAX, -ENOMEM, or -ENODEV when the port could not be made.
 */
struct isim_ctl_adapter *isim_ctl_add(const struct isim_ctl_params *params)
{
	struct isim_emu_params emu_params = {
		.queues		= params->queues,
		.sa_capacity	= params->sa_capacity,
	};
	struct isim_ctl_adapter *ad;
	struct list_head *place;
	unsigned int id;
	int err;

	lockdep_assert_held(&isim_ctl_lock);

	id = isim_ctl_free_id(&place);
	if (id >= ISIM_CTL_ADAPTERS_MAX)
		return ERR_PTR(-ENOSPC);
	ad = kzalloc(sizeof(*ad), GFP_KERNEL);
	if (!ad)
		return ERR_PTR(-ENOMEM);
	ad->id = id;
	ad->queues = params->queues;

	isim_ctl_mac(emu_params.mac, id);
	ad->emu = isim_emu_create(&emu_params);
	if (IS_ERR(ad->emu)) {
		err = PTR_ERR(ad->emu);
		goto err_free;
	}
	err = isim_ctl_plug(ad, params);
	if (err)
		goto err_destroy;
	list_add_tail(&ad->list, place);
	isim_ctl_changed();
	isim_ctl_event_adapter_added(ad);
	return ad;

err_destroy:
	isim_emu_destroy(ad->emu);
err_free:
	kfree(ad);
	return ERR_PTR(err);
}

/**
 * isim_ctl_del() - take an adapter and its port away
 * @ad: adapter; gone on return
 *
 * The device goes last: its mappings name the adapter's host memory.
 *
 * Context: isim_ctl_lock held, RTNL not.
 */
void isim_ctl_del(struct isim_ctl_adapter *ad)
{
	lockdep_assert_held(&isim_ctl_lock);

	list_del(&ad->list);
	isim_ctl_changed();
	isim_ctl_event_adapter_deleted(ad);
	isim_ctl_disconnect(ad);
	platform_device_del(ad->pdev);
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

/**
 * isim_ctl_find_name() - the adapter behind a network device, by its name
 * @net: namespace of the network device
 * @ifname: its name
 *
 * Context: isim_ctl_lock held, RTNL not.
 * Return: the adapter, or NULL when there is no such device or it is not ours.
 */
struct isim_ctl_adapter *isim_ctl_find_name(const struct net *net,
					    const char *ifname)
{
	struct isim_ctl_adapter *ad;
	struct isim_ctl_port port;

	lockdep_assert_held(&isim_ctl_lock);

	list_for_each_entry(ad, &isim_ctl_adapters, list)
		if (isim_ctl_port(ad, net, &port) && !strcmp(port.ifname, ifname))
			return ad;
	return NULL;
}
