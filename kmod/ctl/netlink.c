// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink family "ipsecsim", described in uapi/ipsecsim.yaml.
 *
 * An adapter is named by the ifindex of its port in the caller's network
 * namespace; whoever may administer that namespace may administer the adapter.
 */
#include <net/genetlink.h>
#include <net/sock.h>

#include "compat/genl.h"
#include "ctl/ctl.h"
#include "ctl/netlink.h"
#include "ctl/netlink_gen.h"

/* Every request names its adapter in the same place. */
#define ISIM_CTL_NL_IFINDEX	IPSECSIM_A_ADAPTER_IFINDEX
static_assert(IPSECSIM_A_SA_IFINDEX == (int)ISIM_CTL_NL_IFINDEX);
static_assert(IPSECSIM_A_FAULT_IFINDEX == (int)ISIM_CTL_NL_IFINDEX);
static_assert(IPSECSIM_A_CAPS_IFINDEX == (int)ISIM_CTL_NL_IFINDEX);
static_assert(IPSECSIM_A_DELETE_REQ_IFINDEX == (int)ISIM_CTL_NL_IFINDEX);
static_assert(IPSECSIM_A_POLICY_IFINDEX == (int)ISIM_CTL_NL_IFINDEX);

/* SAs are for the eyes of those who may ask for a dump of them. */
static const struct genl_multicast_group isim_ctl_nl_mcgrps[] = {
	[ISIM_CTL_NLGRP_EVENTS] = {
		.name	= IPSECSIM_MCGRP_EVENTS,
		.flags	= GENL_MCAST_CAP_NET_ADMIN,
	},
};

struct genl_family isim_ctl_nl_family __ro_after_init = {
	.name		= IPSECSIM_GENL_NAME,
	.version	= IPSECSIM_GENL_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,		/* see ctl.h */
	.module		= THIS_MODULE,
	.ops		= isim_ctl_nl_ops,
	.n_ops		= ARRAY_SIZE(isim_ctl_nl_ops),
	.mcgrps		= isim_ctl_nl_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(isim_ctl_nl_mcgrps),
};

/**
 * isim_ctl_nl_find() - the adapter that a request is about
 * @net: the caller's network namespace
 * @attrs: of the request
 * @port: filled in
 * @extack: where to complain
 *
 * Context: process; isim_ctl_lock held.
 * Return: the adapter, or an ERR_PTR with extack set.
 */
struct isim_ctl_adapter *
isim_ctl_nl_find(const struct net *net, struct nlattr **attrs,
		 struct isim_ctl_port *port, struct netlink_ext_ack *extack)
{
	struct isim_ctl_adapter *ad;

	if (NL_REQ_ATTR_CHECK(extack, NULL, attrs, ISIM_CTL_NL_IFINDEX)) {
		NL_SET_ERR_MSG(extack, "The request names no adapter: ifindex is missing");
		return ERR_PTR(-EINVAL);
	}
	ad = isim_ctl_find(net, nla_get_u32(attrs[ISIM_CTL_NL_IFINDEX]), port);
	if (!ad) {
		NL_SET_ERR_MSG_ATTR(extack, attrs[ISIM_CTL_NL_IFINDEX],
				    "No port of an ipsecsim adapter in this network namespace");
		return ERR_PTR(-ENODEV);
	}
	return ad;
}

/**
 * isim_ctl_nl_dump_find() - the only adapter that a dump is about
 * @skb: message of the dump
 * @cb: the dump; its isim_ctl_nl_dump.adapter remembers the adapter
 * @port: filled in
 *
 * Context: process; isim_ctl_lock held.
 * Return: the adapter, the same in each message, or an ERR_PTR with extack set.
 */
struct isim_ctl_adapter *isim_ctl_nl_dump_find(const struct sk_buff *skb,
					       struct netlink_callback *cb,
					       struct isim_ctl_port *port)
{
	struct isim_ctl_nl_dump *dump = isim_ctl_nl_dump(cb);
	struct nlattr **attrs = isim_compat_dump_attrs(cb);
	struct isim_ctl_adapter *ad;

	ad = isim_ctl_nl_find(sock_net(skb->sk), attrs, port, cb->extack);
	if (IS_ERR(ad))
		return ad;
	/* The ifindex may have gone to another adapter between two messages. */
	if (dump->adapter && dump->adapter != ad->id + 1) {
		NL_SET_ERR_MSG_ATTR(cb->extack, attrs[ISIM_CTL_NL_IFINDEX],
				    "The port changed its adapter during the dump");
		return ERR_PTR(-ENODEV);
	}
	dump->adapter = ad->id + 1;
	return ad;
}

/**
 * isim_ctl_nl_dump_put() - begin an entry of a dump
 * @skb: message of the dump
 * @cb: the dump
 * @cmd: what the entry answers, IPSECSIM_CMD_*
 *
 * Return: the entry's header, for genlmsg_end() or genlmsg_cancel(), or NULL when
 * the message is full.
 */
void *isim_ctl_nl_dump_put(struct sk_buff *skb, const struct netlink_callback *cb,
			   u8 cmd)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &isim_ctl_nl_family, NLM_F_MULTI, cmd);
}

/**
 * isim_ctl_nl_do() - run a do request
 * @info: request
 * @msg: handed to @op
 * @op: called with isim_ctl_lock held
 *
 * Return: what @op returned, or a negative errno with extack set.
 */
int isim_ctl_nl_do(struct genl_info *info, struct sk_buff *msg,
		   isim_ctl_nl_op op)
{
	struct isim_ctl_adapter *ad;
	struct isim_ctl_port port;
	int err;

	mutex_lock(&isim_ctl_lock);
	ad = isim_ctl_nl_find(genl_info_net(info), info->attrs, &port,
			      info->extack);
	err = IS_ERR(ad) ? PTR_ERR(ad) : op(info, msg, ad, &port);
	mutex_unlock(&isim_ctl_lock);
	return err;
}

/**
 * isim_ctl_nl_get() - run a do request that is answered
 * @info: request
 * @op: fills the reply
 *
 * Return: 0 or a negative errno.
 */
int isim_ctl_nl_get(struct genl_info *info, isim_ctl_nl_op op)
{
	struct sk_buff *msg;
	int err = -ENOMEM;
	void *hdr;

	msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg)
		return err;
	hdr = genlmsg_put_reply(msg, info, &isim_ctl_nl_family, 0,
				info->genlhdr->cmd);
	if (!hdr)
		goto err_free;
	err = isim_ctl_nl_do(info, msg, op);
	if (err)
		goto err_free;
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);

err_free:
	nlmsg_free(msg);
	return err;
}

int __init isim_ctl_nl_init(void)
{
	int err;

	err = genl_register_family(&isim_ctl_nl_family);
	if (err)
		return err;
	isim_ctl_event_open();
	return 0;
}

void isim_ctl_nl_exit(void)
{
	isim_ctl_event_close();
	genl_unregister_family(&isim_ctl_nl_family);
}
