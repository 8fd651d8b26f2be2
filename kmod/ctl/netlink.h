/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside of the generic netlink family. netlink.c has what all requests share;
 * the requests themselves are in a file for each object: nl_adapter.c, nl_wire.c,
 * nl_caps.c, nl_sa.c, nl_fault.c, nl_policy.c, nl_delreq.c, nl_event.c.
 */
#ifndef ISIM_CTL_NETLINK_H
#define ISIM_CTL_NETLINK_H

#include <linux/build_bug.h>
#include <linux/netlink.h>
#include <net/genetlink.h>

struct isim_ctl_adapter;
struct isim_ctl_port;
struct isim_emu_caps;
struct isim_emu_room;

void isim_ctl_event_open(void);
void isim_ctl_event_close(void);

extern struct genl_family isim_ctl_nl_family;

/**
 * struct isim_ctl_nl_dump - where a dump stands between two messages
 * @next: id of the adapter or policy, or slot of the SA table, to go on with
 * @adapter: SA dump: id + 1 of the adapter it began with; policy dump: of the one
 *	@next is about; 0 before it began
 */
struct isim_ctl_nl_dump {
	unsigned int	next;
	unsigned int	adapter;
};

static inline struct isim_ctl_nl_dump *isim_ctl_nl_dump(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct isim_ctl_nl_dump) > sizeof(cb->ctx));
	return (struct isim_ctl_nl_dump *)cb->ctx;
}

/* What a do request does to its adapter. @msg: the reply to fill, if any. */
typedef int (*isim_ctl_nl_op)(struct genl_info *info, struct sk_buff *msg,
			      struct isim_ctl_adapter *ad,
			      const struct isim_ctl_port *port);

struct isim_ctl_adapter *
isim_ctl_nl_find(const struct net *net, struct nlattr **attrs,
		 struct isim_ctl_port *port, struct netlink_ext_ack *extack);
int isim_ctl_nl_do(struct genl_info *info, struct sk_buff *msg,
		   isim_ctl_nl_op op);
int isim_ctl_nl_get(struct genl_info *info, isim_ctl_nl_op op);
struct isim_ctl_adapter *isim_ctl_nl_dump_find(const struct sk_buff *skb,
					       struct netlink_callback *cb,
					       struct isim_ctl_port *port);
void isim_ctl_profile_apply(u32 profile, const struct isim_emu_caps *all,
			    struct isim_emu_caps *off, struct isim_emu_room *room);
bool isim_ctl_room_equal(const struct isim_emu_room *a, const struct isim_emu_room *b);
int isim_ctl_profile_find(const struct isim_emu_caps *all,
			  const struct isim_emu_caps *off,
			  const struct isim_emu_room *room);
void *isim_ctl_nl_dump_put(struct sk_buff *skb, const struct netlink_callback *cb,
			   u8 cmd);

#endif
