// SPDX-License-Identifier: GPL-2.0
/*
 * XFRM device operations: which SAs the adapter takes, and what the XFRM stack
 * asks of a driver about them. Contexts are those of the stack, see
 * struct xfrmdev_ops; compat/xfrm_ops.h fits them to the kernel.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ipv6.h>

#include "drv.h"
#include "compat/xfrm_ops.h"

#define ISIM_DRV_ESP_FEATURES	(NETIF_F_HW_ESP | NETIF_F_HW_ESP_TX_CSUM | \
				 NETIF_F_GSO_ESP)

/* Some kernels' XFRM refuses every encapsulation before it asks a driver. */
static int isim_drv_xfrm_check_encap(struct isim_drv_adapter *adapter,
				     struct xfrm_state *x,
				     struct netlink_ext_ack *extack)
{
	if (!x->encap)
		return 0;
	/* ESP in TCP; without INET_ESPINTCP the core has only ESP in UDP */
	if (x->encap->encap_type != UDP_ENCAP_ESPINUDP) {
		NL_SET_ERR_MSG_MOD(extack,
				   "Encapsulation cannot be offloaded, only ESP in UDP");
		return -EINVAL;
	}
	if (!(READ_ONCE(adapter->caps_flags) & ISIM_CAP_UDP_ESP)) {
		NL_SET_ERR_MSG_MOD(extack, "UDP encapsulation is switched off in the adapter");
		return -EINVAL;
	}
	/* the core writes ESP where the UDP header is */
	if (x->props.family != AF_INET) {
		NL_SET_ERR_MSG_MOD(extack,
				   "UDP encapsulation cannot be offloaded over IPv6, only over IPv4");
		return -EINVAL;
	}
	if (!x->encap->encap_dport) {
		NL_SET_ERR_MSG_MOD(extack,
				   "UDP encapsulation cannot be offloaded to destination port 0, only to 1 to 65535");
		return -EINVAL;
	}
	return 0;
}

static int isim_drv_xfrm_check_mode(struct isim_drv_adapter *adapter,
				    struct xfrm_state *x,
				    struct netlink_ext_ack *extack)
{
	u32 caps = READ_ONCE(adapter->caps_flags), cap;

	switch (x->props.mode) {
	case XFRM_MODE_TRANSPORT:
		cap = ISIM_CAP_TRANSPORT;
		break;
	case XFRM_MODE_TUNNEL:
		cap = ISIM_CAP_TUNNEL;
		break;
	default:
		NL_SET_ERR_MSG_MOD(extack,
				   "Mode cannot be offloaded, only transport and tunnel");
		return -EINVAL;
	}
	if (!(caps & cap)) {
		if (cap == ISIM_CAP_TUNNEL)
			NL_SET_ERR_MSG_MOD(extack, "Tunnel mode is switched off in the adapter");
		else
			NL_SET_ERR_MSG_MOD(extack, "Transport mode is switched off in the adapter");
		return -EINVAL;
	}

	if (x->sel.proto && x->sel.proto != IPPROTO_TCP &&
	    x->sel.proto != IPPROTO_UDP && !(caps & ISIM_CAP_ANY_PROTO)) {
		NL_SET_ERR_MSG_MOD(extack,
				   "Protocol of the selector is switched off in the adapter, only any, TCP and UDP");
		return -EINVAL;
	}
	if (x->props.family == AF_INET6 && !(caps & ISIM_CAP_IPV6)) {
		NL_SET_ERR_MSG_MOD(extack, "IPv6 is switched off in the adapter");
		return -EINVAL;
	}
	/* The core refuses this first, 6.1 to 7.3. Without it, padding would be missing. */
	if (x->tfcpad) {
		NL_SET_ERR_MSG_MOD(extack,
				   "Traffic flow confidentiality padding cannot be offloaded");
		return -EINVAL;
	}
	return 0;
}

/*
 * The core asks only for ESP over IPv4 or IPv6, without compression, in or out.
 * Only one refusal is -EOPNOTSUPP: the stack takes that for "do it in software", and
 * the extack is no more than a warning. An IKE daemon that asks for offload in both
 * directions, from an adapter that can only send, is better served so. It comes behind
 * what is refused of ESN, which the core itself refuses for a driver without.
 */
static int isim_drv_xfrm_check(struct isim_drv_adapter *adapter,
			       struct xfrm_state *x,
			       struct netlink_ext_ack *extack)
{
	int err;

	if (x->xso.type != XFRM_DEV_OFFLOAD_CRYPTO) {
		NL_SET_ERR_MSG_MOD(extack,
				   "Packet offload is not supported, only crypto offload is supported");
		return -EINVAL;
	}
	if (!(READ_ONCE(adapter->caps_flags) & ISIM_CAP_ESP)) {
		NL_SET_ERR_MSG_MOD(extack, "ESP is switched off in the adapter");
		return -EINVAL;
	}
	if (x->xso.dir == XFRM_DEV_OFFLOAD_OUT &&
	    (x->props.extra_flags & XFRM_SA_XFLAG_OSEQ_MAY_WRAP)) {
		NL_SET_ERR_MSG_MOD(extack,
				   "Sequence numbers that may wrap cannot be offloaded, the IV would repeat");
		return -EINVAL;
	}

	err = isim_drv_xfrm_check_mode(adapter, x, extack) ?:
	      isim_drv_xfrm_check_encap(adapter, x, extack);
	if (err)
		return err;

	/* The core refuses this first, 6.1 to 7.3; others here look at replay_esn. */
	if ((x->props.flags & XFRM_STATE_ESN) && !x->replay_esn) {
		NL_SET_ERR_MSG_MOD(extack,
				   "Extended sequence numbers cannot be offloaded");
		return -EINVAL;
	}
	if ((x->props.flags & XFRM_STATE_ESN) &&
	    !(READ_ONCE(adapter->caps_flags) & ISIM_CAP_ESN)) {
		NL_SET_ERR_MSG_MOD(extack,
				   "Extended sequence numbers are switched off in the adapter");
		return -EINVAL;
	}
	if (x->xso.dir == XFRM_DEV_OFFLOAD_IN &&
	    !(READ_ONCE(adapter->caps_flags) & ISIM_CAP_INBOUND)) {
		NL_SET_ERR_MSG_MOD(extack,
				   "Inbound SAs are switched off in the adapter, only outbound ones can be offloaded");
		return -EOPNOTSUPP;
	}
	return isim_drv_algs_check(adapter, x, extack);
}

static int isim_drv_xfrm_add_failed(int err, struct netlink_ext_ack *extack)
{
	switch (err) {
	case -ENOSPC:
		NL_SET_ERR_MSG_MOD(extack, "The adapter's SA table is full");
		return err;
	case -EBUSY:
		NL_SET_ERR_MSG_MOD(extack, "The adapter has no room for the SA");
		return err;
	case -ENOMEM:
		NL_SET_ERR_MSG_MOD(extack, "Out of memory");
		return err;
	case -ECANCELED:
		NL_SET_ERR_MSG_MOD(extack, "The adapter is being reset, try again");
		return -EBUSY;
	case -ESRCH:
		NL_SET_ERR_MSG_MOD(extack, "The SA is being deleted");
		return err;
	default:
		NL_SET_ERR_MSG_MOD(extack, "The adapter refused the SA");
		return err;
	}
}

/**
 * isim_drv_xfrm_add() - xdo_dev_state_add
 * @dev: the adapter's net_device, or NULL if the kernel does not tell
 * @x: new state, or one that bonding moves here
 * @extack: may be NULL
 *
 * Returns after the adapter has committed the SA. Only where bonding must not
 * sleep is that left to the background, and the stack does the work until then.
 *
 * Context: process; sleeps, with that exception.
 * Return: 0, -EINVAL for what cannot be offloaded (-EOPNOTSUPP: left to software),
 * -ENOSPC, -ENOMEM, -EBUSY, or -ESRCH for a state that is being deleted.
 */
int isim_drv_xfrm_add(struct net_device *dev, struct xfrm_state *x,
		      struct netlink_ext_ack *extack)
{
	bool atomic = ISIM_COMPAT_BOND_ATOMIC && x->xso.dev != dev;
	struct isim_drv_adapter *adapter;
	struct isim_drv_sa *sa;
	int err;

	if (!dev) {
		NL_SET_ERR_MSG_MOD(extack,
				   "Device cannot be told from the state, only a port or a bond of ports can offload");
		return -EINVAL;
	}
	adapter = netdev_priv(dev);
	err = isim_drv_xfrm_check(adapter, x, extack);
	if (err)
		return err;

	sa = isim_drv_sa_new(adapter, x, atomic ? GFP_ATOMIC : GFP_KERNEL);
	if (IS_ERR(sa))
		return isim_drv_xfrm_add_failed(PTR_ERR(sa), extack);

	WRITE_ONCE(x->xso.offload_handle,
		   (unsigned long)adapter->id << 32 | sa->tag);
	if (atomic)
		err = isim_drv_sa_install_async(sa, x);
	else
		err = isim_drv_sa_install(sa, x);
	if (err) {
		WRITE_ONCE(x->xso.offload_handle, 0);
		isim_drv_sa_retire(sa);
		return isim_drv_xfrm_add_failed(err, extack);
	}
	return 0;
}

/**
 * isim_drv_xfrm_delete() - xdo_dev_state_delete
 * @x: state; its offload_handle may be stale or another adapter's
 *
 * Context: mostly x->lock held, BH off; never sleeps.
 */
void isim_drv_xfrm_delete(struct xfrm_state *x)
{
	struct isim_drv_sa *sa;

	rcu_read_lock();
	sa = isim_drv_sa_find(READ_ONCE(x->xso.offload_handle));
	if (sa && rcu_access_pointer(sa->x) == x)
		isim_drv_sa_retire(sa);
	rcu_read_unlock();
}

/**
 * isim_drv_xfrm_free() - xdo_dev_state_free
 * @x: state that will be freed on return
 *
 * Mostly the delete has come first, and this does nothing. If not, RX may have
 * found @x just now. No lock is held then: only states that were never used are
 * freed without a delete, from the garbage collection.
 *
 * Context: any after a delete, else process; sleeps.
 */
void isim_drv_xfrm_free(struct xfrm_state *x)
{
	struct isim_drv_sa *sa;
	bool found;

	rcu_read_lock();
	sa = isim_drv_sa_find(READ_ONCE(x->xso.offload_handle));
	found = sa && rcu_access_pointer(sa->x) == x;
	if (found)
		isim_drv_sa_retire(sa);
	rcu_read_unlock();

	if (found)
		synchronize_rcu();
}

/* The core of newer kernels does this itself. */
static bool isim_drv_xfrm_headers_ok(const struct sk_buff *skb,
				     const struct xfrm_state *x)
{
	/* what a tunnel carries does not matter, its own header has no options */
	if (x->props.mode != XFRM_MODE_TRANSPORT)
		return true;
	if (x->props.family == AF_INET)
		return ip_hdr(skb)->ihl == sizeof(struct iphdr) / 4;
	return !ipv6_ext_hdr(ipv6_hdr(skb)->nexthdr);
}

/*
 * XFRM counts sequence numbers by gso_segs, before anybody cuts the packet. Fewer
 * than there will be frames, and two frames get the same number, and so the same
 * IV. What comes from a guest is not to be trusted, and what is in a tunnel already
 * does not tell its length as simply. XFRM cuts those before it counts.
 */
static bool isim_drv_xfrm_gso_counted(const struct sk_buff *skb)
{
	const struct skb_shared_info *shinfo = skb_shinfo(skb);
	u32 hdr_len = skb_transport_offset(skb);

	if (shinfo->gso_type & SKB_GSO_DODGY || skb->encapsulation)
		return false;
	if (shinfo->gso_type & SKB_GSO_UDP_L4)
		hdr_len += sizeof(struct udphdr);
	else if (shinfo->gso_type & (SKB_GSO_TCPV4 | SKB_GSO_TCPV6))
		hdr_len += tcp_hdrlen(skb);
	else
		return false;
	return shinfo->gso_segs >= DIV_ROUND_UP(skb->len - hdr_len, shinfo->gso_size);
}

/**
 * isim_drv_xfrm_offload_ok() - xdo_dev_offload_ok
 * @skb: packet before its transformation
 * @x: state
 *
 * Context: any; never sleeps.
 * Return: whether the adapter may finish this packet.
 */
bool isim_drv_xfrm_offload_ok(struct sk_buff *skb, struct xfrm_state *x)
{
	struct isim_drv_sa *sa;
	bool ok;

	/* esp4_gso_segment() does not know of the UDP header in front of ESP */
	if (skb_is_gso(skb) && (x->encap || !isim_drv_xfrm_gso_counted(skb)))
		return false;

	rcu_read_lock();
	sa = isim_drv_sa_find(READ_ONCE(x->xso.offload_handle));
	ok = sa && READ_ONCE(sa->handle) && isim_drv_caps_send_ok(sa->adapter, x);
	rcu_read_unlock();

	if (!ok || !isim_drv_xfrm_headers_ok(skb, x))
		return false;

	/*
	 * Next, xfrm_output() says that the packet has inner headers, and in tunnel
	 * mode measures the frames of a large one from there, before it has set
	 * them: with a small MSS that comes out negative, so too long for any MTU.
	 */
	if (skb_is_gso(skb))
		skb_set_inner_transport_header(skb, skb_transport_offset(skb));
	return true;
}

/**
 * isim_drv_xfrm_advance_esn() - xdo_dev_state_advance_esn
 * @x: state of an ESN SA whose window may have moved
 *
 * The adapter needs the window of inbound SAs only: each packet it sends
 * carries its own 64-bit number.
 *
 * Context: x->lock held, BH off; never sleeps.
 */
void isim_drv_xfrm_advance_esn(struct xfrm_state *x)
{
	struct isim_drv_sa *sa;

	rcu_read_lock();
	sa = isim_drv_sa_find(READ_ONCE(x->xso.offload_handle));
	if (sa && sa->inbound && x->replay_esn)
		isim_drv_esn_advance(sa, x);
	rcu_read_unlock();
}

/**
 * isim_drv_xfrm_init() - announce ESP offload
 * @adapter: adapter
 *
 * Capabilities that are off may be on later.
 *
 * Context: process, before register_netdev().
 */
void isim_drv_xfrm_init(struct isim_drv_adapter *adapter)
{
	struct net_device *netdev = adapter->netdev;

	netdev->xfrmdev_ops = &isim_compat_xfrmdev_ops;
	netdev->hw_features |= ISIM_DRV_ESP_FEATURES;
	netdev->hw_enc_features |= ISIM_DRV_ESP_FEATURES;
	netdev->vlan_features |= ISIM_DRV_ESP_FEATURES;
}
