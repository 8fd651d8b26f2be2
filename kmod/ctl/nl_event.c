// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink: events, to the multicast group of the namespace that the port
 * is in. Keys are never part of them.
 *
 * A listener that an event does not reach, because its socket is full or there
 * is no memory for the message, reads ENOBUFS.
 */
#include <linux/netdevice.h>
#include <linux/platform_device.h>
#include <linux/rcupdate.h>
#include <linux/rtnetlink.h>
#include <linux/socket.h>

#include "ctl/ctl.h"
#include "ctl/netlink.h"
#include "ctl/netlink_gen.h"
#include "drv/api.h"
#include "hw/ring.h"

/* Reasons are reported as the data sheet numbers them. */
static_assert(IPSECSIM_DELETE_REASON_COMMAND == (int)ISIM_DELETE_COMMAND);
static_assert(IPSECSIM_DELETE_REASON_BYTES == (int)ISIM_DELETE_BYTES);

/* Longest event: two SAs of two addresses each */
#define ISIM_CTL_EVENT_SIZE	512

/* The family is registered; changes with nobody in between, see close */
static bool isim_ctl_event_on;

void isim_ctl_event_open(void)
{
	WRITE_ONCE(isim_ctl_event_on, true);
}

/* On return no event is on its way. Context: process; sleeps. */
void isim_ctl_event_close(void)
{
	WRITE_ONCE(isim_ctl_event_on, false);
	synchronize_rcu();
}

static int isim_ctl_event_fill_mark(struct sk_buff *msg,
				    const struct isim_drv_sa_info *sa)
{
	if (sa->mark_mask &&
	    (nla_put_u32(msg, IPSECSIM_A_EVENT_SA_MARK, sa->mark) ||
	     nla_put_u32(msg, IPSECSIM_A_EVENT_SA_MARK_MASK, sa->mark_mask)))
		return -EMSGSIZE;
	if (!sa->if_id)
		return 0;
	return nla_put_u32(msg, IPSECSIM_A_EVENT_SA_IF_ID, sa->if_id);
}

static int isim_ctl_event_fill_sa(struct sk_buff *msg, int attr,
				  const struct isim_drv_sa_info *sa)
{
	int alen = sa->family == AF_INET6 ? 16 : 4;
	struct nlattr *nest;

	nest = nla_nest_start(msg, attr);
	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u32(msg, IPSECSIM_A_EVENT_SA_HANDLE, sa->handle) ||
	    nla_put_u32(msg, IPSECSIM_A_EVENT_SA_TAG, sa->tag) ||
	    nla_put_u32(msg, IPSECSIM_A_EVENT_SA_SPI, sa->spi) ||
	    nla_put_u32(msg, IPSECSIM_A_EVENT_SA_PROTO, sa->proto) ||
	    nla_put_u32(msg, IPSECSIM_A_EVENT_SA_DIR,
			sa->inbound ? IPSECSIM_SA_DIR_IN : IPSECSIM_SA_DIR_OUT) ||
	    nla_put_u32(msg, IPSECSIM_A_EVENT_SA_FAMILY, sa->family) ||
	    nla_put(msg, IPSECSIM_A_EVENT_SA_SRC, alen, sa->saddr) ||
	    nla_put(msg, IPSECSIM_A_EVENT_SA_DST, alen, sa->daddr) ||
	    nla_put_u32(msg, IPSECSIM_A_EVENT_SA_REQID, sa->reqid) ||
	    isim_ctl_event_fill_mark(msg, sa))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int isim_ctl_event_fill_drv(struct sk_buff *msg,
				   const struct isim_drv_event *event)
{
	if (event->sa &&
	    isim_ctl_event_fill_sa(msg, IPSECSIM_A_EVENT_SA, event->sa))
		return -EMSGSIZE;
	if (event->twin &&
	    isim_ctl_event_fill_sa(msg, IPSECSIM_A_EVENT_TWIN, event->twin))
		return -EMSGSIZE;
	if (event->reason &&
	    nla_put_u32(msg, IPSECSIM_A_EVENT_REASON, event->reason))
		return -EMSGSIZE;
	return event->expired ? nla_put_flag(msg, IPSECSIM_A_EVENT_EXPIRED) : 0;
}

/* A message, or NULL; @event: NULL when there is no more to it than its type */
static struct sk_buff *isim_ctl_event_msg(const struct net_device *netdev,
					  enum ipsecsim_event_type type,
					  const struct isim_drv_event *event)
{
	struct sk_buff *msg;
	void *hdr;

	msg = genlmsg_new(ISIM_CTL_EVENT_SIZE, GFP_ATOMIC);
	if (!msg)
		return NULL;
	hdr = genlmsg_put(msg, 0, 0, &isim_ctl_nl_family, 0, IPSECSIM_CMD_EVENT);
	if (!hdr ||
	    nla_put_u32(msg, IPSECSIM_A_EVENT_IFINDEX, netdev->ifindex) ||
	    nla_put_string(msg, IPSECSIM_A_EVENT_IFNAME, netdev->name) ||
	    nla_put_u32(msg, IPSECSIM_A_EVENT_TYPE, type) ||
	    (event && isim_ctl_event_fill_drv(msg, event))) {
		nlmsg_free(msg);
		return NULL;
	}
	genlmsg_end(msg, hdr);
	return msg;
}

/* Context: any but hard interrupt, RCU read lock held; never sleeps. */
static void isim_ctl_event_send(const struct net_device *netdev,
				enum ipsecsim_event_type type,
				const struct isim_drv_event *event)
{
	struct net *net = dev_net_rcu(netdev);
	struct sk_buff *msg;

	if (!READ_ONCE(isim_ctl_event_on) ||
	    !genl_has_listeners(&isim_ctl_nl_family, net, ISIM_CTL_NLGRP_EVENTS))
		return;
	msg = isim_ctl_event_msg(netdev, type, event);
	if (msg)
		genlmsg_multicast_netns(&isim_ctl_nl_family, net, msg, 0,
					ISIM_CTL_NLGRP_EVENTS, GFP_ATOMIC);
	else
		genl_set_err(&isim_ctl_nl_family, net, 0,
			     ISIM_CTL_NLGRP_EVENTS, -ENOBUFS);
}

/**
 * isim_ctl_event_drv() - an event of the driver
 * @netdev: port
 * @event: what happened
 *
 * Context: any but hard interrupt, RCU read lock held; never sleeps.
 */
void isim_ctl_event_drv(const struct net_device *netdev,
			const struct isim_drv_event *event)
{
	static const enum ipsecsim_event_type types[] = {
		[ISIM_DRV_EVENT_SA_ADDED]	= IPSECSIM_EVENT_SA_ADDED,
		[ISIM_DRV_EVENT_SA_UPDATED]	= IPSECSIM_EVENT_SA_UPDATED,
		[ISIM_DRV_EVENT_SA_DELETED]	= IPSECSIM_EVENT_SA_DELETED,
		[ISIM_DRV_EVENT_SA_DELETE_REQ]	= IPSECSIM_EVENT_SA_DELETE_REQ,
		[ISIM_DRV_EVENT_LIMIT_REACHED]	= IPSECSIM_EVENT_LIMIT_REACHED,
		[ISIM_DRV_EVENT_RESET]		= IPSECSIM_EVENT_RESET,
		[ISIM_DRV_EVENT_CAPS_CHANGED]	= IPSECSIM_EVENT_CAPS_CHANGED,
	};

	isim_ctl_event_send(netdev, types[event->type], event);
}

/* An event about the adapter as a whole, to where its port is */
static void isim_ctl_event_adapter(const struct isim_ctl_adapter *ad,
				   enum ipsecsim_event_type type)
{
	const struct net_device *netdev;

	lockdep_assert_held(&isim_ctl_lock);

	rtnl_lock();
	netdev = isim_drv_netdev(&ad->pdev->dev);
	if (netdev) {
		rcu_read_lock();
		isim_ctl_event_send(netdev, type, NULL);
		rcu_read_unlock();
	}
	rtnl_unlock();
}

/**
 * isim_ctl_event_adapter_added() - tell of a new adapter
 * @ad: adapter, its port registered
 *
 * Context: process, isim_ctl_lock held, RTNL not.
 */
void isim_ctl_event_adapter_added(const struct isim_ctl_adapter *ad)
{
	isim_ctl_event_adapter(ad, IPSECSIM_EVENT_ADAPTER_ADDED);
}

/**
 * isim_ctl_event_adapter_deleted() - tell that an adapter goes
 * @ad: adapter, its port still registered
 *
 * Context: process, isim_ctl_lock held, RTNL not.
 */
void isim_ctl_event_adapter_deleted(const struct isim_ctl_adapter *ad)
{
	isim_ctl_event_adapter(ad, IPSECSIM_EVENT_ADAPTER_DELETED);
}
