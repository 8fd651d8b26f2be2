// SPDX-License-Identifier: GPL-2.0
/* Generic netlink: wires. */
#include <net/net_namespace.h>

#include "ctl/ctl.h"
#include "ctl/netlink.h"
#include "ctl/netlink_gen.h"

/*
 * The namespace of the far end's port, with a reference. Its adapter loses its
 * wire, so that namespace must be the caller's to administer, too.
 */
static struct net *isim_ctl_nl_peer_net(struct sk_buff *skb,
					struct genl_info *info)
{
	struct nlattr *attr = info->attrs[IPSECSIM_A_ADAPTER_PEER_NETNS_FD];
	struct net *net;

	if (!attr)
		return get_net(genl_info_net(info));
	net = get_net_ns_by_fd(nla_get_u32(attr));
	if (IS_ERR(net)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "Not the file descriptor of a network namespace");
		return net;
	}
	if (!netlink_ns_capable(skb, net->user_ns, CAP_NET_ADMIN)) {
		put_net(net);
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "The far end's network namespace is not yours to administer");
		return ERR_PTR(-EPERM);
	}
	return net;
}

static int isim_ctl_nl_connect(struct genl_info *info, const struct net *peer_net)
{
	struct nlattr *attr = info->attrs[IPSECSIM_A_ADAPTER_PEER_IFNAME];
	struct isim_ctl_adapter *ad, *peer;
	struct isim_ctl_port port;
	int err;

	ad = isim_ctl_nl_find(genl_info_net(info), info->attrs, &port, info->extack);
	if (IS_ERR(ad))
		return PTR_ERR(ad);
	peer = isim_ctl_find_name(peer_net, nla_data(attr));
	if (!peer) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "No port of an ipsecsim adapter has this name in its network namespace");
		return -ENODEV;
	}
	err = isim_ctl_connect(ad, peer);
	if (err == -ELOOP)
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "A port cannot be wired to itself");
	return err;
}

static int isim_ctl_nl_connect_lower(struct genl_info *info)
{
	struct nlattr *attr = info->attrs[IPSECSIM_A_ADAPTER_LOWER_IFNAME];
	struct isim_ctl_adapter *ad;
	struct isim_ctl_port port;
	int err;

	if (info->attrs[IPSECSIM_A_ADAPTER_PEER_IFNAME] ||
	    info->attrs[IPSECSIM_A_ADAPTER_PEER_NETNS_FD]) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "A wire has one far end: a peer or a lower device");
		return -EINVAL;
	}
	mutex_lock(&isim_ctl_lock);
	ad = isim_ctl_nl_find(genl_info_net(info), info->attrs, &port, info->extack);
	err = IS_ERR(ad) ? PTR_ERR(ad) :
	      isim_ctl_connect_lower(ad, genl_info_net(info), nla_data(attr),
				     info->extack);
	mutex_unlock(&isim_ctl_lock);
	if (err && !IS_ERR(ad))
		NL_SET_BAD_ATTR(info->extack, attr);
	return err;
}

int isim_ctl_nl_wire_connect_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct net *peer_net;
	int err;

	if (info->attrs[IPSECSIM_A_ADAPTER_LOWER_IFNAME])
		return isim_ctl_nl_connect_lower(info);
	if (GENL_REQ_ATTR_CHECK(info, IPSECSIM_A_ADAPTER_PEER_IFNAME)) {
		NL_SET_ERR_MSG(info->extack,
			       "The request names no far end: peer-ifname is missing");
		return -EINVAL;
	}
	peer_net = isim_ctl_nl_peer_net(skb, info);
	if (IS_ERR(peer_net))
		return PTR_ERR(peer_net);
	mutex_lock(&isim_ctl_lock);
	err = isim_ctl_nl_connect(info, peer_net);
	mutex_unlock(&isim_ctl_lock);
	put_net(peer_net);
	return err;
}

static int isim_ctl_nl_wire_disconnect(struct genl_info *info, struct sk_buff *msg,
				       struct isim_ctl_adapter *ad,
				       const struct isim_ctl_port *port)
{
	isim_ctl_disconnect(ad);
	return 0;
}

int isim_ctl_nl_wire_disconnect_doit(struct sk_buff *skb, struct genl_info *info)
{
	return isim_ctl_nl_do(info, NULL, isim_ctl_nl_wire_disconnect);
}
