// SPDX-License-Identifier: GPL-2.0
/*
 * Receive: is a frame that the adapter has decrypted for this host?
 *
 * The adapter decrypts whatever matches an SA, to any MAC address. Until XFRM has it
 * the frame has plaintext in it under headers that still say ESP. Without GRO a
 * bridge would send it on like that: who repeats a frame of ESP to another address
 * could read it at another port. With GRO it would leave without those headers.
 */
#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/rcupdate.h>

#include "drv.h"

/* Do frames to a group that arrive at a device go to others than the host's IP, too? */
static bool isim_drv_rx_spreads(const struct net_device *dev)
{
	return netif_is_any_bridge_port(dev) || netif_is_macvlan_port(dev);
}

static int isim_drv_rx_upper_spreads(struct net_device *upper,
				     struct netdev_nested_priv *priv)
{
	return isim_drv_rx_spreads(upper);
}

struct isim_drv_rx_dest {
	const struct net	*net;
	const u8		*addr;
};

/* A device in another namespace belongs to what is another host to XFRM. */
static int isim_drv_rx_upper_has(struct net_device *upper,
				 struct netdev_nested_priv *priv)
{
	const struct isim_drv_rx_dest *dest = priv->data;

	return net_eq(dev_net(upper), dest->net) &&
	       ether_addr_equal(upper->dev_addr, dest->addr);
}

/**
 * isim_drv_rx_for_host() - may the stack have a decrypted frame?
 * @netdev: port
 * @addr: destination MAC address; 2-byte aligned
 *
 * The host has the address of the port and of each device that is stacked on it: a
 * bridge, a VLAN device, a macvlan.
 *
 * Context: NAPI.
 * Return: false for a frame that may go to somebody else.
 */
bool isim_drv_rx_for_host(struct net_device *netdev, const u8 *addr)
{
	struct isim_drv_rx_dest dest = { .net = dev_net(netdev), .addr = addr };
	struct netdev_nested_priv priv = { .data = &dest };
	bool ok;

	if (likely(ether_addr_equal(netdev->dev_addr, addr)))
		return true;

	rcu_read_lock();
	if (is_multicast_ether_addr(addr))
		ok = !isim_drv_rx_spreads(netdev) &&
		     !netdev_walk_all_upper_dev_rcu(netdev, isim_drv_rx_upper_spreads,
						    &priv);
	else
		ok = netdev_walk_all_upper_dev_rcu(netdev, isim_drv_rx_upper_has,
						   &priv);
	rcu_read_unlock();
	return ok;
}
