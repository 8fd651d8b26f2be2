// SPDX-License-Identifier: GPL-2.0
/* Generic netlink: adapters. */
#include <linux/netdevice.h>
#include <linux/platform_device.h>
#include <linux/rtnetlink.h>
#include <linux/stringify.h>
#include <net/sock.h>

#include "compat/genl.h"
#include "ctl/ctl.h"
#include "ctl/netlink.h"
#include "ctl/netlink_gen.h"
#include "emu/api.h"
#include "hw/regs.h"

static_assert(sizeof_field(struct isim_ctl_port, ifname) == IPSECSIM_IFNAME_MAX + 1);
static_assert(IPSECSIM_QUEUES_MAX == (int)ISIM_HW_QUEUES_MAX);
static_assert(IPSECSIM_SA_CAPACITY_MAX == ISIM_EMU_SA_CAPACITY_MAX);

static int isim_ctl_nl_fill_peer(struct sk_buff *msg, const struct net *net,
				 const struct isim_ctl_adapter *peer)
{
	struct isim_ctl_port port;

	if (!peer)
		return 0;
	/*
	 * Devices are of no namespace, and in sysfs for all to see. A port in
	 * another namespace is not the caller's to know.
	 */
	if (nla_put_string(msg, IPSECSIM_A_ADAPTER_PEER_DEVICE,
			   dev_name(&peer->pdev->dev)))
		return -EMSGSIZE;
	if (!isim_ctl_port(peer, net, &port))
		return 0;
	if (nla_put_u32(msg, IPSECSIM_A_ADAPTER_PEER_IFINDEX, port.ifindex) ||
	    nla_put_string(msg, IPSECSIM_A_ADAPTER_PEER_IFNAME, port.ifname))
		return -EMSGSIZE;
	return 0;
}

static int isim_ctl_nl_fill_lower(struct sk_buff *msg, const struct net *net,
				  const struct isim_ctl_lower *lower)
{
	const struct net_device *dev;
	struct isim_ctl_port name = {};
	bool gone = true;

	if (!lower)
		return 0;
	rtnl_lock();
	dev = rtnl_dereference(lower->dev);
	if (dev) {
		gone = false;
		if (net_eq(dev_net(dev), net)) {
			name.ifindex = dev->ifindex;
			strscpy(name.ifname, dev->name, sizeof(name.ifname));
		}
	}
	rtnl_unlock();
	if (gone)
		return 0;
	if (name.ifindex &&
	    (nla_put_u32(msg, IPSECSIM_A_ADAPTER_LOWER_IFINDEX, name.ifindex) ||
	     nla_put_string(msg, IPSECSIM_A_ADAPTER_LOWER_IFNAME, name.ifname)))
		return -EMSGSIZE;
	if (nla_put_u64_64bit(msg, IPSECSIM_A_ADAPTER_LOWER_TX_DROPPED,
			      atomic64_read(&lower->tx_dropped),
			      IPSECSIM_A_ADAPTER_PAD) ||
	    nla_put_u64_64bit(msg, IPSECSIM_A_ADAPTER_LOWER_RX_DROPPED,
			      atomic64_read(&lower->rx_dropped),
			      IPSECSIM_A_ADAPTER_PAD))
		return -EMSGSIZE;
	return 0;
}

static int isim_ctl_nl_fill_adapter(struct sk_buff *msg, const struct net *net,
				    const struct isim_ctl_adapter *ad,
				    const struct isim_ctl_port *port)
{
	if (nla_put_u32(msg, IPSECSIM_A_ADAPTER_IFINDEX, port->ifindex) ||
	    nla_put_string(msg, IPSECSIM_A_ADAPTER_IFNAME, port->ifname) ||
	    nla_put_string(msg, IPSECSIM_A_ADAPTER_DEVICE,
			   dev_name(&ad->pdev->dev)) ||
	    nla_put_u32(msg, IPSECSIM_A_ADAPTER_QUEUES, ad->queues) ||
	    nla_put_u32(msg, IPSECSIM_A_ADAPTER_SA_CAPACITY,
			isim_emu_sa_capacity(ad->emu)) ||
	    nla_put_u32(msg, IPSECSIM_A_ADAPTER_SA_COUNT,
			isim_emu_sa_count(ad->emu)))
		return -EMSGSIZE;
	return isim_ctl_nl_fill_peer(msg, net, ad->peer) ?:
	       isim_ctl_nl_fill_lower(msg, net, ad->lower);
}

static int isim_ctl_nl_adapter_get(struct genl_info *info, struct sk_buff *msg,
				   struct isim_ctl_adapter *ad,
				   const struct isim_ctl_port *port)
{
	return isim_ctl_nl_fill_adapter(msg, genl_info_net(info), ad, port);
}

int isim_ctl_nl_adapter_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return isim_ctl_nl_get(info, isim_ctl_nl_adapter_get);
}

/*
 * One message of a dump; -EMSGSIZE when the buffer is full. That is an error of
 * the dump only if the buffer holds nothing yet.
 */
static int isim_ctl_nl_dump_adapter(struct sk_buff *skb,
				    struct netlink_callback *cb,
				    const struct isim_ctl_adapter *ad)
{
	const struct net *net = sock_net(skb->sk);
	struct isim_ctl_port port;
	void *hdr;
	int err;

	if (!isim_ctl_port(ad, net, &port))
		return 0;
	hdr = isim_ctl_nl_dump_put(skb, cb, IPSECSIM_CMD_ADAPTER_GET);
	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);
	err = isim_ctl_nl_fill_adapter(skb, net, ad, &port);
	if (err) {
		genlmsg_cancel(skb, hdr);
		return err;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

int isim_ctl_nl_adapter_get_dumpit(struct sk_buff *skb,
				   struct netlink_callback *cb)
{
	struct isim_ctl_nl_dump *dump = isim_ctl_nl_dump(cb);
	struct nlattr **attrs = isim_compat_dump_attrs(cb);
	struct isim_ctl_adapter *ad;
	int err = 0;

	if (attrs[IPSECSIM_A_ADAPTER_IFINDEX]) {
		NL_SET_ERR_MSG_ATTR(cb->extack, attrs[IPSECSIM_A_ADAPTER_IFINDEX],
				    "A dump of all adapters takes no ifindex");
		return -EINVAL;
	}

	/* The list is ordered by id. */
	mutex_lock(&isim_ctl_lock);
	cb->seq = atomic_read(&isim_ctl_changes);
	list_for_each_entry(ad, &isim_ctl_adapters, list) {
		if (ad->id < dump->next)
			continue;
		err = isim_ctl_nl_dump_adapter(skb, cb, ad);
		if (err)
			break;
		dump->next = ad->id + 1;
	}
	mutex_unlock(&isim_ctl_lock);
	return skb->len ?: err;
}

static int isim_ctl_nl_check_name(struct net *net, const struct nlattr *attr,
				  struct netlink_ext_ack *extack)
{
	const char *name = nla_data(attr);
	bool taken;

	/* A pattern would be filled in by the core. */
	if (!dev_valid_name(name) || strchr(name, '%')) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "Not a name for a network device: up to 15 characters, no blank, none of / : %");
		return -EINVAL;
	}
	rtnl_lock();
	taken = netdev_name_in_use(net, name);
	rtnl_unlock();
	if (taken) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "A network device of this name exists in this network namespace");
		return -EEXIST;
	}
	return 0;
}

static int isim_ctl_nl_add_failed(int err, struct netlink_ext_ack *extack)
{
	if (err == -ENOSPC)
		NL_SET_ERR_MSG(extack,
			       "There are " __stringify(ISIM_CTL_ADAPTERS_MAX)
			       " adapters, and no more can be made");
	else if (err != -ENOMEM)
		NL_SET_ERR_MSG(extack, "The driver did not make a port, see the kernel's log");
	return err;
}

int isim_ctl_nl_adapter_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *name = info->attrs[IPSECSIM_A_ADAPTER_IFNAME];
	struct nlattr *queues = info->attrs[IPSECSIM_A_ADAPTER_QUEUES];
	struct nlattr *capacity = info->attrs[IPSECSIM_A_ADAPTER_SA_CAPACITY];
	struct isim_ctl_adapter *ad;
	struct isim_ctl_params params;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, IPSECSIM_A_ADAPTER_IFNAME)) {
		NL_SET_ERR_MSG(info->extack, "The request names no port: ifname is missing");
		return -EINVAL;
	}
	isim_ctl_default_params(&params);
	params.net = genl_info_net(info);
	params.ifname = nla_data(name);
	if (queues)
		params.queues = nla_get_u32(queues);
	if (capacity)
		params.sa_capacity = nla_get_u32(capacity);

	mutex_lock(&isim_ctl_lock);
	err = isim_ctl_nl_check_name(params.net, name, info->extack);
	if (!err) {
		ad = isim_ctl_add(&params);
		if (IS_ERR(ad))
			err = isim_ctl_nl_add_failed(PTR_ERR(ad), info->extack);
	}
	mutex_unlock(&isim_ctl_lock);
	return err;
}

static int isim_ctl_nl_adapter_del(struct genl_info *info, struct sk_buff *msg,
				   struct isim_ctl_adapter *ad,
				   const struct isim_ctl_port *port)
{
	isim_ctl_del(ad);
	return 0;
}

int isim_ctl_nl_adapter_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	return isim_ctl_nl_do(info, NULL, isim_ctl_nl_adapter_del);
}
