// SPDX-License-Identifier: GPL-2.0
/* Generic netlink: when and how an adapter asks for the deletion of an SA. */
#include <linux/platform_device.h>
#include <linux/rtnetlink.h>

#include "ctl/ctl.h"
#include "ctl/netlink.h"
#include "ctl/netlink_gen.h"
#include "drv/api.h"
#include "emu/api.h"
#include "hw/admin.h"

/* The driver's tag of the SA that a request names, 0 if it names none */
static int isim_ctl_nl_delreq_tag(struct genl_info *info, struct isim_emu *emu,
				  u32 *tag)
{
	struct nlattr *attr = info->attrs[IPSECSIM_A_DELETE_REQ_HANDLE];
	struct isim_emu_sa_info sa;
	unsigned int slot;

	*tag = 0;
	if (!attr)
		return 0;
	slot = nla_get_u32(attr) % ISIM_EMU_SA_CAPACITY_MAX;
	if (!isim_emu_sa_next(emu, &slot, &sa) || sa.handle != nla_get_u32(attr)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "The adapter has no SA of that handle");
		return -ENOENT;
	}
	if (!(sa.flags & ISIM_SA_INBOUND)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "The SA is outbound, only inbound SAs raise delete requests");
		return -EINVAL;
	}
	*tag = sa.tag;
	return 0;
}

static int isim_ctl_nl_fill_delreq(struct sk_buff *msg, u32 ifindex,
				   const struct nlattr *handle,
				   const struct isim_drv_limits *limits,
				   bool expire)
{
	u32 action = expire ? IPSECSIM_DELETE_ACTION_EXPIRE :
			      IPSECSIM_DELETE_ACTION_EVENT;

	if (nla_put_u32(msg, IPSECSIM_A_DELETE_REQ_IFINDEX, ifindex) ||
	    (handle && nla_put_u32(msg, IPSECSIM_A_DELETE_REQ_HANDLE,
				   nla_get_u32(handle))) ||
	    nla_put_u32(msg, IPSECSIM_A_DELETE_REQ_AUTH_ERRORS,
			limits->auth_errors) ||
	    nla_put_u32(msg, IPSECSIM_A_DELETE_REQ_SEQ, limits->seq) ||
	    nla_put_u64_64bit(msg, IPSECSIM_A_DELETE_REQ_PACKETS,
			      limits->packets, IPSECSIM_A_DELETE_REQ_PAD) ||
	    nla_put_u64_64bit(msg, IPSECSIM_A_DELETE_REQ_BYTES,
			      limits->bytes, IPSECSIM_A_DELETE_REQ_PAD) ||
	    nla_put_u32(msg, IPSECSIM_A_DELETE_REQ_ACTION, action))
		return -EMSGSIZE;
	return 0;
}

/* The adapter's network device; RTNL held. It may have gone meanwhile. */
static struct net_device *isim_ctl_nl_delreq_netdev(struct genl_info *info,
						    const struct isim_ctl_adapter *ad)
{
	struct net_device *netdev = isim_drv_netdev(&ad->pdev->dev);

	if (!netdev)
		NL_SET_ERR_MSG(info->extack, "The adapter has no port any more");
	return netdev;
}

static int isim_ctl_nl_delete_req_get(struct genl_info *info, struct sk_buff *msg,
				      struct isim_ctl_adapter *ad,
				      const struct isim_ctl_port *port)
{
	struct isim_drv_limits limits = {};
	struct net_device *netdev;
	bool expire = false;
	u32 tag;
	int err;

	err = isim_ctl_nl_delreq_tag(info, ad->emu, &tag);
	if (err)
		return err;
	rtnl_lock();
	err = -ENODEV;
	netdev = isim_ctl_nl_delreq_netdev(info, ad);
	if (netdev) {
		err = isim_drv_get_limits(netdev, tag, &limits, info->extack);
		expire = isim_drv_get_expire(netdev);
	}
	rtnl_unlock();
	if (err)
		return err;
	return isim_ctl_nl_fill_delreq(msg, port->ifindex,
				       info->attrs[IPSECSIM_A_DELETE_REQ_HANDLE],
				       &limits, expire);
}

int isim_ctl_nl_delete_req_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return isim_ctl_nl_get(info, isim_ctl_nl_delete_req_get);
}

/* What the request does not name keeps its value. */
static bool isim_ctl_nl_parse_limits(struct nlattr **attrs,
				     struct isim_drv_limits *limits)
{
	bool any = false;

	if (attrs[IPSECSIM_A_DELETE_REQ_AUTH_ERRORS]) {
		limits->auth_errors =
			nla_get_u32(attrs[IPSECSIM_A_DELETE_REQ_AUTH_ERRORS]);
		any = true;
	}
	if (attrs[IPSECSIM_A_DELETE_REQ_SEQ]) {
		limits->seq = nla_get_u32(attrs[IPSECSIM_A_DELETE_REQ_SEQ]);
		any = true;
	}
	if (attrs[IPSECSIM_A_DELETE_REQ_PACKETS]) {
		limits->packets = nla_get_u64(attrs[IPSECSIM_A_DELETE_REQ_PACKETS]);
		any = true;
	}
	if (attrs[IPSECSIM_A_DELETE_REQ_BYTES]) {
		limits->bytes = nla_get_u64(attrs[IPSECSIM_A_DELETE_REQ_BYTES]);
		any = true;
	}
	return any;
}

static int isim_ctl_nl_set_limits(struct genl_info *info,
				  struct net_device *netdev, u32 tag)
{
	struct nlattr *action = info->attrs[IPSECSIM_A_DELETE_REQ_ACTION];
	struct isim_drv_limits limits;
	int err;

	err = isim_drv_get_limits(netdev, tag, &limits, info->extack);
	if (err)
		return err;
	if (isim_ctl_nl_parse_limits(info->attrs, &limits)) {
		err = isim_drv_set_limits(netdev, tag, &limits, info->extack);
		if (err)
			return err;
	} else if (!action) {
		NL_SET_ERR_MSG(info->extack, "The request names no limit and no action");
		return -EINVAL;
	}
	if (action)
		isim_drv_set_expire(netdev, nla_get_u32(action) ==
					    IPSECSIM_DELETE_ACTION_EXPIRE);
	return 0;
}

static int isim_ctl_nl_delete_req_set(struct genl_info *info, struct sk_buff *msg,
				      struct isim_ctl_adapter *ad,
				      const struct isim_ctl_port *port)
{
	struct nlattr *action = info->attrs[IPSECSIM_A_DELETE_REQ_ACTION];
	struct net_device *netdev;
	u32 tag;
	int err;

	err = isim_ctl_nl_delreq_tag(info, ad->emu, &tag);
	if (err)
		return err;
	if (tag && action) {
		NL_SET_ERR_MSG_ATTR(info->extack, action,
				    "The action is of the adapter: give no handle with it");
		return -EINVAL;
	}
	rtnl_lock();
	err = -ENODEV;
	netdev = isim_ctl_nl_delreq_netdev(info, ad);
	if (netdev)
		err = isim_ctl_nl_set_limits(info, netdev, tag);
	rtnl_unlock();
	return err;
}

int isim_ctl_nl_delete_req_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return isim_ctl_nl_do(info, NULL, isim_ctl_nl_delete_req_set);
}

static int isim_ctl_nl_delete_req_raise(struct genl_info *info,
					struct sk_buff *msg,
					struct isim_ctl_adapter *ad,
					const struct isim_ctl_port *port)
{
	struct nlattr *attr = info->attrs[IPSECSIM_A_DELETE_REQ_HANDLE];
	u32 tag;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, IPSECSIM_A_DELETE_REQ_HANDLE)) {
		NL_SET_ERR_MSG(info->extack, "The request names no SA: handle is missing");
		return -EINVAL;
	}
	err = isim_ctl_nl_delreq_tag(info, ad->emu, &tag);
	if (err)
		return err;
	if (isim_emu_sa_delete_req(ad->emu, nla_get_u32(attr)))
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, attr, "The adapter does not have the SA any more");
	return -ENOENT;
}

int isim_ctl_nl_delete_req_raise_doit(struct sk_buff *skb, struct genl_info *info)
{
	return isim_ctl_nl_do(info, NULL, isim_ctl_nl_delete_req_raise);
}
