/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ctl/: makes adapters, plugs them into the host, wires them, and answers
 * generic netlink.
 *
 * Locking
 *
 * isim_ctl_lock guards the list of adapters, their members and their wires. It
 * is taken in process context, outside RTNL: making an adapter registers a
 * network device, and a lookup by ifindex takes RTNL for the moment of the
 * lookup. An adapter that was found is valid while isim_ctl_lock stays held.
 *
 * The netlink core calls handlers under its own locks, and unregistering the
 * family waits for them. So the family comes and goes with isim_ctl_lock not
 * held, last in and first out: no handler meets a half-made list. Events
 * (nl_event.c) go out in any context, under no lock of ours but RCU, and only
 * while the family is registered.
 *
 * A lower device (lower.c) may go at any time, under RTNL, where isim_ctl_lock
 * cannot be taken. So what holds it, struct isim_ctl_lower, is made and freed
 * under isim_ctl_lock, while its hold on the device is under RTNL and may end
 * first. Then the adapter is wired to nothing, and finds that out when it is next
 * wired or taken away.
 *
 * Whoever holds a lower device's RCU pointer may use the device; the hold ends after a
 * grace period (netdev_rx_handler_unregister()) and after the work that sends. The
 * adapter uses the struct from isim_emu_wire_far() until isim_emu_unwire() has
 * returned, and receives from it until the hold ends. Features of foreign
 * devices are read and written under RTNL and, where there is one, the lock of the
 * device (compat/lower.h); never from a notifier, which may be called under it, but
 * for NETDEV_UNREGISTER, which is not.
 *
 * Handlers of the netlink family run side by side (parallel_ops): taking an adapter
 * away can last, and must not hold the mutex of generic netlink meanwhile. Only a
 * family that comes or goes waits. isim_ctl_lock is all that orders them.
 *
 * Order: cb_lock of generic netlink (shared) or a socket's dump lock,
 * isim_ctl_lock, RTNL, a device's own lock. struct isim_ctl_lower.queue's lock is
 * taken inside the locks of an adapter, with nothing inside.
 */
#ifndef ISIM_CTL_H
#define ISIM_CTL_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "emu/api.h"

struct isim_drv_event;
struct platform_device;

#define ISIM_CTL_ADAPTERS_MAX	64	/* numbers from 0 to 63 */

/**
 * struct isim_ctl_adapter - an adapter and the slot it is plugged into
 * @list: in isim_ctl_adapters, ordered by @id
 * @id: number of the platform device, of the port's first name and of its MAC
 * @queues: queue pairs it was built with
 * @emu: the adapter
 * @pdev: device the driver binds to
 * @peer: adapter at the other end of the wire, or NULL
 * @lower: lower device there, or NULL
 */
struct isim_ctl_adapter {
	struct list_head	list;
	unsigned int		id;
	unsigned int		queues;
	struct isim_emu		*emu;
	struct platform_device	*pdev;
	struct isim_ctl_adapter	*peer;
	struct isim_ctl_lower	*lower;
};

/**
 * struct isim_ctl_lower - an adapter's hold on a lower device
 * @far: what the adapter sees of it
 * @emu: the adapter; it outlives this
 * @port: the adapter's port, linked above @dev; there as long as @dev is
 * @dev: the lower device, reference held; NULL once it has been let go. Written
 *	under RTNL and @queue's lock; readers use RCU
 * @tracker: of that reference
 * @list: all that have a device; RTNL
 * @open: frames flow; RTNL, read by anyone
 * @merge: of GRO and LRO, what is to be switched on again; RTNL
 * @queue: frames to be sent; none enters when @dev is NULL
 * @work: sends them
 * @tx_dropped: frames that were lost on the way to the lower device
 * @rx_dropped: on the way from there
 */
struct isim_ctl_lower {
	struct isim_emu_far		far;
	struct isim_emu			*emu;
	struct net_device		*port;
	struct net_device __rcu		*dev;
	netdevice_tracker		tracker;
	struct list_head		list;
	bool				open;
	netdev_features_t		merge;
	struct sk_buff_head		queue;
	struct work_struct		work;
	atomic64_t			tx_dropped;
	atomic64_t			rx_dropped;
};

/**
 * struct isim_ctl_params - what an adapter is made with
 * @queues: queue pairs
 * @sa_capacity: SAs it can hold
 * @net: network namespace of its port; NULL: the initial one
 * @ifname: name of its port; NULL: "isim" and the adapter's number
 */
struct isim_ctl_params {
	unsigned int	queues;
	unsigned int	sa_capacity;
	struct net	*net;
	const char	*ifname;
};

/**
 * struct isim_ctl_port - what names the network device of an adapter
 * @ifindex: its index
 * @ifname: its name
 */
struct isim_ctl_port {
	int	ifindex;
	char	ifname[IFNAMSIZ];
};

extern struct mutex isim_ctl_lock;
extern struct list_head isim_ctl_adapters;

/*
 * Counts changes of what a list of adapters shows: adapters, wires, names and
 * namespaces of ports.
 */
extern atomic_t isim_ctl_changes;

static inline void isim_ctl_changed(void)
{
	atomic_inc(&isim_ctl_changes);
}

/* main.c */
void isim_ctl_default_params(struct isim_ctl_params *params);

/* adapter.c */
struct isim_ctl_adapter *isim_ctl_add(const struct isim_ctl_params *params);
void isim_ctl_del(struct isim_ctl_adapter *ad);
void isim_ctl_del_all(void);
bool isim_ctl_port(const struct isim_ctl_adapter *ad, const struct net *net,
		   struct isim_ctl_port *port);
struct isim_ctl_adapter *isim_ctl_find(const struct net *net, int ifindex,
				       struct isim_ctl_port *port);
struct isim_ctl_adapter *isim_ctl_find_name(const struct net *net,
					    const char *ifname);

/* wire.c */
int isim_ctl_connect(struct isim_ctl_adapter *a, struct isim_ctl_adapter *b);
int isim_ctl_connect_lower(struct isim_ctl_adapter *ad, struct net *net,
			   const char *ifname, struct netlink_ext_ack *extack);
void isim_ctl_disconnect(struct isim_ctl_adapter *ad);

/* lower.c */
extern struct list_head isim_ctl_lowers;
extern struct workqueue_struct *isim_ctl_lower_wq;

int isim_ctl_lower_init(void);
void isim_ctl_lower_exit(void);
struct isim_ctl_lower *isim_ctl_lower_attach(struct isim_emu *emu,
					     struct net_device *port,
					     struct net_device *dev,
					     struct netlink_ext_ack *extack);
void isim_ctl_lower_open(struct isim_ctl_lower *lower);
void isim_ctl_lower_detach(struct isim_ctl_lower *lower);

/* lower_merge.c */
int isim_ctl_lower_merge_check(struct net_device *dev,
			       struct netlink_ext_ack *extack);
int isim_ctl_lower_merge_off(struct isim_ctl_lower *lower, struct net_device *dev,
			     struct netlink_ext_ack *extack);
void isim_ctl_lower_merge_restore(struct isim_ctl_lower *lower,
				  struct net_device *dev);
void isim_ctl_lower_merge_event(unsigned long event);

/* nl_event.c */
void isim_ctl_event_drv(const struct net_device *netdev,
			const struct isim_drv_event *event);
void isim_ctl_event_adapter_added(const struct isim_ctl_adapter *ad);
void isim_ctl_event_adapter_deleted(const struct isim_ctl_adapter *ad);

/* netlink.c */
int isim_ctl_nl_init(void);
void isim_ctl_nl_exit(void);

#endif
