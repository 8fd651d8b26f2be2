// SPDX-License-Identifier: GPL-2.0
/*
 * A lower device: an ordinary network device at the far end of an adapter's
 * wire. What the adapter sends leaves through it, and what it receives arrives
 * at the adapter, so that it becomes a NIC with IPsec offload towards whatever
 * is connected to it. The device keeps no traffic of its own, as with a bridge.
 *
 * Transmit: the adapter writes, or encrypts, straight into an skb. It has locks
 * held then, and a stack of devices may lead anywhere; so the skb is only queued
 * there, and sent by a work. When the queue is full the frame is lost, as on a wire
 * that is slower than its sender.
 *
 * Receive: an rx_handler makes frames as they were on the wire out of what the
 * stack has made of them: VLAN tags put back, large packets cut, checksums filled
 * in. What cannot be undone must not happen: lower_merge.c. A packet whose ESP the
 * lower device has done is none of the wire, and lost.
 *
 * Life, and locks: struct isim_ctl_lower in ctl.h.
 */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/xfrm.h>

#include "compat/lower.h"
#include "ctl/ctl.h"
#include "drv/api.h"

#define ISIM_CTL_LOWER_QUEUE	1024u	/* frames */
#define ISIM_CTL_LOWER_BURST	64u	/* frames sent with bottom halves disabled */
#define ISIM_CTL_LOWER_HEADERS	128u	/* octets in one piece, for receive spreading */

/* All that are attached; RTNL */
LIST_HEAD(isim_ctl_lowers);
struct workqueue_struct *isim_ctl_lower_wq;

static struct isim_ctl_lower *isim_ctl_far_lower(struct isim_emu_far *far)
{
	return container_of(far, struct isim_ctl_lower, far);
}

/* --- Transmit: see struct isim_emu_far for the context ---------------------- */

static u8 *isim_ctl_lower_reserve(struct isim_emu_far *far, u32 len, void **cookie)
{
	struct isim_ctl_lower *lower = isim_ctl_far_lower(far);
	const struct net_device *dev = rcu_dereference(lower->dev);
	struct sk_buff *skb = NULL;
	unsigned int headroom;

	if (!dev || len > READ_ONCE(dev->mtu) + dev->hard_header_len + VLAN_HLEN ||
	    skb_queue_len_lockless(&lower->queue) >= ISIM_CTL_LOWER_QUEUE)
		goto drop;
	/* Once: it may grow at any time, when something is stacked below. */
	headroom = LL_RESERVED_SPACE(dev);
	skb = alloc_skb(headroom + len + READ_ONCE(dev->needed_tailroom),
			GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		goto drop;
	skb_reserve(skb, headroom);
	*cookie = skb;
	return skb_put(skb, len);

drop:
	atomic64_inc(&lower->tx_dropped);
	return NULL;
}

static void isim_ctl_lower_deliver(struct isim_emu_far *far, void *cookie)
{
	struct isim_ctl_lower *lower = isim_ctl_far_lower(far);
	struct sk_buff *skb = cookie;
	bool gone;

	skb_reset_mac_header(skb);
	skb_set_network_header(skb, ETH_HLEN);
	skb->protocol = eth_hdr(skb)->h_proto;

	spin_lock(&lower->queue.lock);
	gone = !rcu_access_pointer(lower->dev);
	if (!gone)
		__skb_queue_tail(&lower->queue, skb);
	spin_unlock(&lower->queue.lock);
	if (gone) {
		atomic64_inc(&lower->tx_dropped);
		kfree_skb(skb);
		return;
	}
	queue_work(isim_ctl_lower_wq, &lower->work);
}

static void isim_ctl_lower_abort(struct isim_emu_far *far, void *cookie)
{
	kfree_skb(cookie);
}

/* Send the first frames; when the device has been let go, they are lost. */
static void isim_ctl_lower_send(struct isim_ctl_lower *lower,
				struct sk_buff_head *frames)
{
	unsigned int left = ISIM_CTL_LOWER_BURST;
	struct net_device *dev;
	struct sk_buff *skb;

	rcu_read_lock_bh();
	dev = rcu_dereference_bh(lower->dev);
	for (; left && (skb = __skb_dequeue(frames)); left--) {
		if (dev) {
			skb->dev = dev;
			/* Also those in whose place a queue drops another. */
			if (dev_queue_xmit(skb) == NET_XMIT_SUCCESS)
				continue;
		} else {
			kfree_skb(skb);
		}
		atomic64_inc(&lower->tx_dropped);
	}
	rcu_read_unlock_bh();
}

static void isim_ctl_lower_work(struct work_struct *work)
{
	struct isim_ctl_lower *lower = container_of(work, struct isim_ctl_lower, work);
	struct sk_buff_head frames;

	__skb_queue_head_init(&frames);
	while (!skb_queue_empty_lockless(&lower->queue)) {
		spin_lock_bh(&lower->queue.lock);
		skb_queue_splice_init(&lower->queue, &frames);
		spin_unlock_bh(&lower->queue.lock);
		while (!skb_queue_empty(&frames)) {
			isim_ctl_lower_send(lower, &frames);
			cond_resched();
		}
	}
}

/* --- Receive ------------------------------------------------------------------ */

/* The pieces of a frame; 0 when there are some that cannot be read. */
static unsigned int isim_ctl_lower_pieces(const struct sk_buff *skb,
					  struct isim_emu_seg *seg)
{
	unsigned int i, n = 0;

	seg[n].va = skb->data;
	seg[n++].len = skb_headlen(skb);
	for (i = 0; i < skb_shinfo(skb)->nr_frags; i++) {
		const skb_frag_t *frag = &skb_shinfo(skb)->frags[i];

		if (!skb_frag_page(frag))
			return 0;
		seg[n].va = skb_frag_address(frag);
		seg[n++].len = skb_frag_size(frag);
	}
	return n;
}

/* A single frame, with its Ethernet header. Consumes it. */
static void isim_ctl_lower_rx_frame(struct isim_ctl_lower *lower,
				    struct sk_buff *skb)
{
	struct isim_emu_seg seg[MAX_SKB_FRAGS + 1];
	unsigned int n;

	if ((skb->ip_summed == CHECKSUM_PARTIAL && skb_csum_hwoffload_help(skb, 0)) ||
	    (skb_has_frag_list(skb) && skb_linearize(skb)) ||
	    !pskb_may_pull(skb, min(skb->len, ISIM_CTL_LOWER_HEADERS)))
		goto drop;
	n = isim_ctl_lower_pieces(skb, seg);
	if (!n || !isim_emu_far_receive(lower->emu, seg, n, skb->len))
		goto drop;
	consume_skb(skb);
	return;

drop:
	atomic64_inc(&lower->rx_dropped);
	kfree_skb(skb);
}

/* The lower device has an SA for it, and what is left is no ESP packet any more. */
static bool isim_ctl_lower_decrypted(struct sk_buff *skb)
{
	const struct xfrm_offload *xo = xfrm_offload(skb);

	return xo && xo->flags & CRYPTO_DONE;
}

static void isim_ctl_lower_rx(struct isim_ctl_lower *lower, struct sk_buff *skb)
{
	struct sk_buff *segs, *next;

	skb_push(skb, skb->data - skb_mac_header(skb));
	if (skb->len < ETH_HLEN || isim_ctl_lower_decrypted(skb)) {
		atomic64_inc(&lower->rx_dropped);
		kfree_skb(skb);
		return;
	}
	if (skb_vlan_tag_present(skb)) {
		skb = __vlan_hwaccel_push_inside(skb);
		if (!skb) {
			atomic64_inc(&lower->rx_dropped);
			return;
		}
	}
	if (!skb_is_gso(skb)) {
		isim_ctl_lower_rx_frame(lower, skb);
		return;
	}
	segs = __skb_gso_segment(skb, NETIF_F_SG, false);
	if (IS_ERR_OR_NULL(segs)) {
		atomic64_inc(&lower->rx_dropped);
		kfree_skb(skb);
		return;
	}
	consume_skb(skb);
	skb_list_walk_safe(segs, skb, next) {
		skb_mark_not_on_list(skb);
		isim_ctl_lower_rx_frame(lower, skb);
	}
}

/* Context: softirq, or bottom halves disabled; RCU read section. */
static rx_handler_result_t isim_ctl_lower_handle(struct sk_buff **pskb)
{
	struct sk_buff *skb = *pskb;
	struct isim_ctl_lower *lower = rcu_dereference(skb->dev->rx_handler_data);

	/* A copy of what we have just sent */
	if (skb->pkt_type == PACKET_LOOPBACK)
		return RX_HANDLER_PASS;
	skb = skb_share_check(skb, GFP_ATOMIC);
	if (skb && READ_ONCE(lower->open))
		isim_ctl_lower_rx(lower, skb);
	else
		kfree_skb(skb);
	return RX_HANDLER_CONSUMED;
}

/* --- Come and go ---------------------------------------------------------------- */

static int isim_ctl_lower_is_port(struct net_device *dev,
				  struct netdev_nested_priv *priv)
{
	return isim_drv_is_port(dev);
}

static int isim_ctl_lower_check(struct net_device *dev,
				struct netlink_ext_ack *extack)
{
	struct netdev_nested_priv priv = {};

	if (isim_drv_is_port(dev)) {
		NL_SET_ERR_MSG(extack, "A port is no lower device: name it as the peer");
		return -EINVAL;
	}
	/* Those that are not for bridges may not send with any source address. */
	if (dev->type != ARPHRD_ETHER || dev->addr_len != ETH_ALEN ||
	    dev->flags & IFF_LOOPBACK ||
	    dev->priv_flags & (IFF_NO_RX_HANDLER | IFF_DONT_BRIDGE)) {
		NL_SET_ERR_MSG(extack,
			       "Not an Ethernet device that any frame can be sent through and taken from");
		return -EINVAL;
	}
	if (netdev_walk_all_lower_dev(dev, isim_ctl_lower_is_port, &priv)) {
		NL_SET_ERR_MSG(extack,
			       "The lower device is stacked on a port of an adapter");
		return -ELOOP;
	}
	if (netdev_is_rx_handler_busy(dev)) {
		NL_SET_ERR_MSG(extack,
			       "The lower device belongs to a bridge, a bond, an adapter or the like");
		return -EBUSY;
	}
	return isim_ctl_lower_merge_check(dev, extack);
}

static void isim_ctl_lower_link(struct isim_ctl_lower *lower)
{
	const struct net_device *dev = rtnl_dereference(lower->dev);

	isim_emu_far_link(lower->emu, &lower->far,
			  dev && lower->open && netif_running(dev) &&
			  netif_carrier_ok(dev));
}

/**
 * isim_ctl_lower_attach() - take hold of a lower device
 * @emu: adapter that it is for
 * @port: the adapter's port
 * @dev: the lower device
 * @extack: where to complain
 *
 * Frames do not flow before isim_ctl_lower_open().
 *
 * Context: RTNL held.
 * Return: what holds it, or an ERR_PTR with extack set.
 */
struct isim_ctl_lower *isim_ctl_lower_attach(struct isim_emu *emu,
					     struct net_device *port,
					     struct net_device *dev,
					     struct netlink_ext_ack *extack)
{
	struct isim_ctl_lower *lower;
	int err;

	ASSERT_RTNL();

	err = isim_ctl_lower_check(dev, extack);
	if (err)
		return ERR_PTR(err);
	lower = kzalloc(sizeof(*lower), GFP_KERNEL);
	if (!lower)
		return ERR_PTR(-ENOMEM);
	lower->far.reserve = isim_ctl_lower_reserve;
	lower->far.deliver = isim_ctl_lower_deliver;
	lower->far.abort = isim_ctl_lower_abort;
	lower->emu = emu;
	lower->port = port;
	skb_queue_head_init(&lower->queue);
	INIT_WORK(&lower->work, isim_ctl_lower_work);

	/* Also finds loops through devices that are stacked on the port. */
	err = netdev_upper_dev_link(dev, port, extack);
	if (err)
		goto err_free;
	err = netdev_rx_handler_register(dev, isim_ctl_lower_handle, lower);
	if (err)
		goto err_unlink;
	/* The port's address is not the lower device's. */
	err = dev_set_promiscuity(dev, 1);
	if (err)
		goto err_unregister;
	err = isim_ctl_lower_merge_off(lower, dev, extack);
	if (err)
		goto err_promiscuity;
	netdev_hold(dev, &lower->tracker, GFP_KERNEL);
	rcu_assign_pointer(lower->dev, dev);
	list_add(&lower->list, &isim_ctl_lowers);
	return lower;

err_promiscuity:
	dev_set_promiscuity(dev, -1);
err_unregister:
	netdev_rx_handler_unregister(dev);
err_unlink:
	netdev_upper_dev_unlink(dev, port);
	isim_ctl_lower_merge_restore(lower, dev);
err_free:
	if (err != -ENOMEM && extack && !extack->_msg)
		NL_SET_ERR_MSG(extack, "The lower device cannot be put below this port");
	kfree(lower);
	return ERR_PTR(err);
}

/**
 * isim_ctl_lower_open() - let frames flow
 * @lower: attached and wired
 *
 * Context: RTNL held.
 */
void isim_ctl_lower_open(struct isim_ctl_lower *lower)
{
	ASSERT_RTNL();

	WRITE_ONCE(lower->open, true);
	isim_ctl_lower_link(lower);
}

/* Let go of the device, for good. What remains of @lower takes no frame. */
static void isim_ctl_lower_release(struct isim_ctl_lower *lower)
{
	struct net_device *dev = rtnl_dereference(lower->dev);

	if (!dev)
		return;
	spin_lock_bh(&lower->queue.lock);
	RCU_INIT_POINTER(lower->dev, NULL);
	spin_unlock_bh(&lower->queue.lock);
	isim_ctl_lower_link(lower);
	list_del(&lower->list);
	isim_ctl_changed();
	/* Waits for everyone who may still see the device. */
	netdev_rx_handler_unregister(dev);
	cancel_work_sync(&lower->work);
	skb_queue_purge(&lower->queue);
	dev_set_promiscuity(dev, -1);
	netdev_upper_dev_unlink(dev, lower->port);
	/* The port has no LRO, which keeps a device below it from having it. */
	isim_ctl_lower_merge_restore(lower, dev);
	netdev_put(dev, &lower->tracker);
}

/**
 * isim_ctl_lower_detach() - let go of a lower device
 * @lower: not wired any more; freed
 *
 * Context: process, RTNL not held; sleeps.
 */
void isim_ctl_lower_detach(struct isim_ctl_lower *lower)
{
	rtnl_lock();
	isim_ctl_lower_release(lower);
	rtnl_unlock();
	kfree(lower);
}

static bool isim_ctl_lower_is(const struct net_device *dev)
{
	const struct isim_ctl_lower *lower;

	list_for_each_entry(lower, &isim_ctl_lowers, list)
		if (rtnl_dereference(lower->dev) == dev)
			return true;
	return false;
}

/* Names and namespaces are part of what a list of adapters shows. */
static void isim_ctl_lower_event_names(const struct net_device *dev,
				       unsigned long event)
{
	if (event == NETDEV_REGISTER || event == NETDEV_UNREGISTER) {
		if (isim_drv_is_port(dev))
			isim_ctl_changed();
	} else if (event == NETDEV_CHANGENAME) {
		if (isim_drv_is_port(dev) || isim_ctl_lower_is(dev))
			isim_ctl_changed();
	}
}

/*
 * A lower device that goes, or leaves the namespace, is let go of; the adapter
 * stays wired to what remains, without carrier, until it is wired anew. A port
 * goes behind our back only when its driver is unbound.
 */
static int isim_ctl_lower_event(struct notifier_block *nb, unsigned long event,
				void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct isim_ctl_lower *lower, *next;

	isim_ctl_lower_event_names(dev, event);
	isim_ctl_lower_merge_event(event);
	/* It would cease to be an Ethernet device. */
	if (event == NETDEV_PRE_TYPE_CHANGE && isim_ctl_lower_is(dev))
		return notifier_from_errno(-EBUSY);
	list_for_each_entry_safe(lower, next, &isim_ctl_lowers, list) {
		bool is_lower = rtnl_dereference(lower->dev) == dev;

		if (is_lower && (event == NETDEV_UP || event == NETDEV_DOWN ||
				 event == NETDEV_CHANGE))
			isim_ctl_lower_link(lower);
		else if (event == NETDEV_UNREGISTER &&
			 (is_lower || (lower->port == dev &&
				       dev->reg_state == NETREG_UNREGISTERING)))
			isim_ctl_lower_release(lower);
	}
	return NOTIFY_DONE;
}

static struct notifier_block isim_ctl_lower_notifier = {
	.notifier_call	= isim_ctl_lower_event,
};

/* Context: process, before the first adapter and after the last. */
int isim_ctl_lower_init(void)
{
	int err;

	isim_ctl_lower_wq = alloc_workqueue("ipsecsim_lower", WQ_UNBOUND, 0);
	if (!isim_ctl_lower_wq)
		return -ENOMEM;
	err = register_netdevice_notifier(&isim_ctl_lower_notifier);
	if (err)
		destroy_workqueue(isim_ctl_lower_wq);
	return err;
}

void isim_ctl_lower_exit(void)
{
	unregister_netdevice_notifier(&isim_ctl_lower_notifier);
	destroy_workqueue(isim_ctl_lower_wq);
}
