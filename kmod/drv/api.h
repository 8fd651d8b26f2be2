/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What ctl/ may ask of the driver. It binds by itself to platform devices named
 * ISIM_DRV_NAME whose platform data is a struct isim_drv_platform.
 */
#ifndef ISIM_DRV_API_H
#define ISIM_DRV_API_H

#include <linux/types.h>

struct device;
struct isim_hw_bar;
struct net;
struct net_device;
struct netlink_ext_ack;

#define ISIM_DRV_NAME	"ipsecsim"

/**
 * struct isim_drv_platform - platform data of an adapter's device
 * @bar: register window of the adapter
 * @net: network namespace that the network device is born in; NULL: the initial
 *	one. Looked at by the probe only, and valid only for that long: whoever
 *	adds the device clears it afterwards, with the device locked
 * @ifname: name of the network device
 * @any_name: another one will do when that is taken
 */
struct isim_drv_platform {
	struct isim_hw_bar	*bar;
	struct net		*net;
	char			ifname[16];
	bool			any_name;
};

/**
 * struct isim_drv_sa_info - what an event tells of an SA; no key
 * @netns: cookie of the network namespace in which the SA was made
 * @handle: the adapter's
 * @tag: the driver's
 * @spi: numerical value
 * @reqid: as given to XFRM
 * @mark: value of the lookup mark
 * @mark_mask: 0 when there is no mark
 * @if_id: XFRM interface, or 0
 * @family: AF_INET or AF_INET6, of the outer header
 * @proto: IPPROTO_ESP
 * @inbound: direction
 * @saddr: source, IPv4 in the first 4 octets, rest 0
 * @daddr: destination, likewise
 */
struct isim_drv_sa_info {
	u64	netns;
	u32	handle;
	u32	tag;
	u32	spi;
	u32	reqid;
	u32	mark;
	u32	mark_mask;
	u32	if_id;
	u16	family;
	u8	proto;
	bool	inbound;
	u8	saddr[16];
	u8	daddr[16];
};

enum isim_drv_event_type {
	ISIM_DRV_EVENT_SA_ADDED,	/* the adapter has it, also after a reset */
	ISIM_DRV_EVENT_SA_UPDATED,	/* new ESN epoch */
	ISIM_DRV_EVENT_SA_DELETED,	/* not used any more, the adapter drops it */
	ISIM_DRV_EVENT_SA_DELETE_REQ,	/* see hw/admin.h */
	ISIM_DRV_EVENT_LIMIT_REACHED,	/* followed by SA_DELETE_REQ */
	ISIM_DRV_EVENT_RESET,		/* begins; handles are void */
	ISIM_DRV_EVENT_CAPS_CHANGED,	/* the driver has read and obeys them */
};

/**
 * struct isim_drv_event - something that happened
 * @type: what
 * @reason: SA_DELETE_REQ, LIMIT_REACHED: enum isim_hw_delete_reason
 * @expired: SA_DELETE_REQ: the SA expires, XFRM deletes it and tells of that
 * @sa: which SA, or NULL
 * @twin: SA_DELETE_REQ: the outbound SA that belongs to @sa, or NULL
 */
struct isim_drv_event {
	enum isim_drv_event_type	type;
	u8				reason;
	bool				expired;
	const struct isim_drv_sa_info	*sa;
	const struct isim_drv_sa_info	*twin;
};

/*
 * Told of each event. Called in any context but hard interrupt, also with locks of
 * the driver and of the XFRM stack held: does not sleep. RCU read lock held.
 */
typedef void (*isim_drv_event_fn)(const struct net_device *netdev,
				  const struct isim_drv_event *event);

/* Register and unregister the driver. Process context. */
int isim_drv_register(isim_drv_event_fn fn);
void isim_drv_unregister(void);

/**
 * struct isim_drv_limits - where an adapter raises a delete request; 0: nowhere
 * @packets: processed with success
 * @bytes: of ESP payload in them
 * @auth_errors: authentication failures
 * @seq: sequence number, of SAs without ESN
 */
struct isim_drv_limits {
	u64	packets;
	u64	bytes;
	u32	auth_errors;
	u32	seq;
};

/**
 * isim_drv_get_limits() - limits of an adapter's SAs
 * @netdev: its network device
 * @tag: of an inbound SA; 0: of the SAs to come
 * @limits: filled in
 * @extack: says why it fails
 *
 * Context: process, RTNL held.
 * Return: 0 or -ENOENT.
 */
int isim_drv_get_limits(struct net_device *netdev, u32 tag,
			struct isim_drv_limits *limits, struct netlink_ext_ack *extack);

/**
 * isim_drv_set_limits() - set limits of an adapter's SAs, and arm them
 * @netdev: its network device
 * @tag: of an inbound SA; 0: of the SAs to come
 * @limits: the new ones
 * @extack: where to complain
 *
 * Context: process, RTNL held; sleeps.
 * Return: 0, or a negative errno with extack set.
 */
int isim_drv_set_limits(struct net_device *netdev, u32 tag,
			const struct isim_drv_limits *limits,
			struct netlink_ext_ack *extack);

/* Whether a delete request goes to XFRM, too, as a hard expire. RTNL held. */
bool isim_drv_get_expire(struct net_device *netdev);
void isim_drv_set_expire(struct net_device *netdev, bool expire);

/**
 * isim_drv_netdev() - network device of an adapter's device
 * @dev: platform device
 *
 * Context: RTNL held, so that the answer stays.
 * Return: its network device, or NULL when no driver is bound.
 */
struct net_device *isim_drv_netdev(struct device *dev);

/**
 * isim_drv_is_port() - is a network device one of this driver's?
 * @netdev: any network device
 *
 * Return: true for a port.
 */
bool isim_drv_is_port(const struct net_device *netdev);

#endif
