// SPDX-License-Identifier: GPL-2.0
/*
 * Delete requests: the adapter asks for the deletion of an SA (hw/admin.h). The
 * host is told, and nothing is deleted here: both SAs of the pair work until the
 * XFRM stack is told to delete them. Or the inbound SA expires, if that is how the
 * host wants to be told.
 */
#include "drv.h"

static bool isim_drv_delreq_is_limit(u8 reason)
{
	return reason != ISIM_DELETE_NONE && reason != ISIM_DELETE_COMMAND;
}

/* A reference to the state of an SA, NULL when it is being deleted. */
static struct xfrm_state *isim_drv_delreq_state(struct isim_drv_sa *sa)
{
	struct xfrm_state *x;

	rcu_read_lock();
	x = rcu_dereference(sa->x);
	if (x && !refcount_inc_not_zero(&x->refcnt))
		x = NULL;
	rcu_read_unlock();
	return x;
}

/* Whoever adds it calls the driver first, and then puts it into the lists. */
static bool isim_drv_delreq_being_added(const struct xfrm_state *x)
{
	lockdep_assert_held(&x->lock);

	return x->km.state == XFRM_STATE_VOID ||
	       (x->km.state == XFRM_STATE_VALID &&
		hlist_unhashed_lockless(&x->bydst));
}

/*
 * What xfrm_state_check_expire() does at a hard limit: the state's timer deletes
 * it, and then sends the message. Key exchange daemons rely on both: some leave an
 * SA alone that has expired, since the kernel deletes it before it says so.
 */
static void isim_drv_delreq_expire(struct xfrm_state *x)
{
	lockdep_assert_held(&x->lock);

	x->km.state = XFRM_STATE_EXPIRED;
	hrtimer_start(&x->mtimer, 0, HRTIMER_MODE_REL_SOFT);
}

/*
 * With the state's lock held, so that nothing is told of its deletion before this
 * is. @x: the state if it is to expire, else NULL.
 */
static void isim_drv_delreq_events(struct isim_drv_sa *sa, struct xfrm_state *x,
				   struct isim_drv_sa_info *info, u8 reason)
{
	struct isim_drv_event event = {
		.type	= ISIM_DRV_EVENT_LIMIT_REACHED,
		.reason	= reason,
		.sa	= info,
	};
	struct isim_drv_sa_info twin;

	if (isim_drv_delreq_is_limit(reason))
		isim_drv_event(sa->adapter, &event);
	event.type = ISIM_DRV_EVENT_SA_DELETE_REQ;
	event.expired = x && x->km.state == XFRM_STATE_VALID;
	if (isim_drv_twin_info(sa, &twin))
		event.twin = &twin;
	isim_drv_event(sa->adapter, &event);
	if (event.expired)
		isim_drv_delreq_expire(x);
}

/* Returns false when XFRM is still adding the SA: it cannot expire yet. */
static bool isim_drv_delreq_tell(struct isim_drv_sa *sa, u8 reason)
{
	struct isim_drv_adapter *adapter = sa->adapter;
	struct isim_drv_sa_info info;
	struct xfrm_state *x = NULL;
	bool dead, ready = true;

	spin_lock_bh(&sa->lock);
	dead = sa->dead;
	info = sa->info;
	spin_unlock_bh(&sa->lock);
	/* what is asked for has been done meanwhile */
	if (dead)
		return true;

	if (READ_ONCE(adapter->delreq_expire) && isim_drv_event_is_for(adapter, &info))
		x = isim_drv_delreq_state(sa);
	if (!x) {
		isim_drv_delreq_events(sa, NULL, &info, reason);
		return true;
	}
	spin_lock_bh(&x->lock);
	if (isim_drv_delreq_being_added(x))
		ready = false;
	else
		isim_drv_delreq_events(sa, x, &info, reason);
	spin_unlock_bh(&x->lock);
	xfrm_state_put(x);
	return ready;
}

/* Put a request back that cannot be passed on yet. Consumes the reference. */
static void isim_drv_delreq_later(struct isim_drv_sa *sa)
{
	struct isim_drv_adapter *adapter = sa->adapter;

	spin_lock_bh(&adapter->delreq_lock);
	if (list_empty(&sa->delreq)) {
		list_add_tail(&sa->delreq, &adapter->delreqs);
		sa = NULL;
	}
	queue_delayed_work(adapter->wq, &adapter->delreq_work, 1);
	spin_unlock_bh(&adapter->delreq_lock);
	if (sa)
		isim_drv_sa_put(sa);
}

static void isim_drv_delreq_work(struct work_struct *work)
{
	struct isim_drv_adapter *adapter =
		container_of(to_delayed_work(work), struct isim_drv_adapter,
			     delreq_work);
	struct isim_drv_sa *sa;
	u8 reason;

	for (;;) {
		spin_lock_bh(&adapter->delreq_lock);
		sa = list_first_entry_or_null(&adapter->delreqs,
					      struct isim_drv_sa, delreq);
		if (sa) {
			list_del_init(&sa->delreq);
			reason = sa->delreq_reason;
		}
		spin_unlock_bh(&adapter->delreq_lock);
		if (!sa)
			return;

		if (!isim_drv_delreq_tell(sa, reason)) {
			isim_drv_delreq_later(sa);
			return;
		}
		isim_drv_sa_put(sa);
	}
}

/**
 * isim_drv_delreq() - a packet has brought a delete request
 * @adapter: adapter
 * @cpl: its completion
 *
 * Nothing is allocated, so no request is lost; one that comes before the last one
 * of the same SA was passed on is the same request.
 *
 * Context: NAPI, or process when the ring is released.
 */
void isim_drv_delreq(struct isim_drv_adapter *adapter,
		     const struct isim_hw_rx_cpl *cpl)
{
	struct isim_drv_sa *sa;
	u32 handle = 0;

	rcu_read_lock();
	sa = xa_load(&adapter->sas, le32_to_cpu(cpl->sa_tag));
	if (sa)
		handle = READ_ONCE(sa->handle);
	if ((handle && handle != le32_to_cpu(cpl->sa_handle)) ||
	    (sa && !refcount_inc_not_zero(&sa->refs)))
		sa = NULL;
	rcu_read_unlock();
	if (!sa)
		return;

	spin_lock_bh(&adapter->delreq_lock);
	if (list_empty(&sa->delreq)) {
		list_add_tail(&sa->delreq, &adapter->delreqs);
		sa->delreq_reason = cpl->delete_reason;
		queue_delayed_work(adapter->wq, &adapter->delreq_work, 0);
		sa = NULL;
	}
	spin_unlock_bh(&adapter->delreq_lock);
	if (sa)
		isim_drv_sa_put(sa);
}

/**
 * isim_drv_delreq_drain() - take the requests out of a ring that will be freed
 * @q: queue pair; neither adapter nor NAPI uses it any more
 *
 * Packets that NAPI has not read are lost, but not the requests on them.
 *
 * Context: process.
 */
void isim_drv_delreq_drain(struct isim_drv_queue *q)
{
	struct isim_drv_rx_ring *rx = &q->rx;
	const struct isim_hw_rx_cpl *cpl;
	u8 gen;

	for (;; rx->cpl_head++) {
		cpl = &rx->cpl[rx->cpl_head & rx->mask];
		gen = !(rx->cpl_head & (rx->mask + 1));
		if ((READ_ONCE(cpl->gen) & 1) != gen)
			return;
		/* pairs with the adapter's dma_wmb() before it writes gen */
		dma_rmb();
		if (cpl->flags & ISIM_RX_EOP && cpl->flags & ISIM_RX_SA_DELETE_REQ)
			isim_drv_delreq(q->adapter, cpl);
	}
}

/* Before the adapter has any SA. */
void isim_drv_delreq_init(struct isim_drv_adapter *adapter)
{
	spin_lock_init(&adapter->delreq_lock);
	INIT_LIST_HEAD(&adapter->delreqs);
	INIT_DELAYED_WORK(&adapter->delreq_work, isim_drv_delreq_work);
}

/**
 * isim_drv_delreq_flush() - drop the requests that are left
 * @adapter: adapter, all its SAs dead
 *
 * Context: process; sleeps.
 */
void isim_drv_delreq_flush(struct isim_drv_adapter *adapter)
{
	flush_delayed_work(&adapter->delreq_work);
}

static int isim_drv_limits_post(struct isim_drv_adapter *adapter, u32 handle,
				const struct isim_drv_limits *limits)
{
	struct isim_hw_sa_limit cmd = {
		.handle		= cpu_to_le32(handle),
		.auth_errors	= cpu_to_le32(limits->auth_errors),
		.seq		= cpu_to_le32(limits->seq),
		.packets	= cpu_to_le64(limits->packets),
		.bytes		= cpu_to_le64(limits->bytes),
	};

	return isim_drv_aq_exec(adapter, ISIM_OP_SA_LIMIT, &cmd, sizeof(cmd), NULL);
}

/* What the adapter gives to an SA that is added now */
static struct isim_drv_limits isim_drv_limits_for(const struct isim_drv_sa *sa)
{
	struct isim_drv_limits limits = sa->adapter->limits;

	ASSERT_RTNL();

	if (sa->esn)
		limits.seq = 0;
	return limits;
}

static void isim_drv_sa_limits_note(struct isim_drv_sa *sa,
				    const struct isim_drv_limits *limits)
{
	spin_lock_bh(&sa->adapter->delreq_lock);
	sa->limits = *limits;
	spin_unlock_bh(&sa->adapter->delreq_lock);
}

/**
 * isim_drv_sa_limits_init() - note the limits that an SA has got from the adapter
 * @sa: SA that the adapter has now, for the first time
 * @given: what the adapter says
 *
 * Before @sa->handle is set: then they are known.
 *
 * Context: any but hard interrupt.
 */
void isim_drv_sa_limits_init(struct isim_drv_sa *sa,
			     const struct isim_hw_sa_limit *given)
{
	struct isim_drv_limits limits = {
		.auth_errors	= le32_to_cpu(given->auth_errors),
		.seq		= le32_to_cpu(given->seq),
		.packets	= le64_to_cpu(given->packets),
		.bytes		= le64_to_cpu(given->bytes),
	};

	isim_drv_sa_limits_note(sa, &limits);
}

static struct isim_drv_limits isim_drv_sa_limits(struct isim_drv_sa *sa)
{
	struct isim_drv_limits limits;

	spin_lock_bh(&sa->adapter->delreq_lock);
	limits = sa->limits;
	spin_unlock_bh(&sa->adapter->delreq_lock);
	return limits;
}

/**
 * isim_drv_limits_restore() - tell the adapter its limits again, after a reset
 * @adapter: adapter, before it gets its SAs
 *
 * An adapter that refuses has none from then on.
 *
 * Context: process, RTNL held; sleeps.
 * Return: 0, or -ECANCELED when the adapter was reset meanwhile.
 */
int isim_drv_limits_restore(struct isim_drv_adapter *adapter)
{
	static const struct isim_drv_limits none;
	int err;

	ASSERT_RTNL();

	if (!memcmp(&adapter->limits, &none, sizeof(none)))
		return 0;
	err = isim_drv_limits_post(adapter, 0, &adapter->limits);
	if (!err || err == -ECANCELED)
		return err;
	netdev_warn(adapter->netdev, "limits are lost in a reset: %pe\n", ERR_PTR(err));
	adapter->limits = none;
	return 0;
}

/**
 * isim_drv_sa_limits_restore() - tell the adapter an SA's own limits again
 * @sa: SA that the adapter has got after a reset; reference held
 *
 * They can differ from those that the adapter gives to SAs now, also when none
 * were set for this SA. If the adapter refuses, it has the latter.
 *
 * Context: process, RTNL held; sleeps.
 * Return: 0, also when the SA has gone, or -ECANCELED when the adapter was reset
 * meanwhile.
 */
int isim_drv_sa_limits_restore(struct isim_drv_sa *sa)
{
	struct isim_drv_limits own = isim_drv_sa_limits(sa), given = isim_drv_limits_for(sa);
	u32 handle = READ_ONCE(sa->handle);
	int err;

	if (!handle || !sa->inbound || !memcmp(&own, &given, sizeof(given)))
		return 0;
	err = isim_drv_limits_post(sa->adapter, handle, &own);
	if (!err || err == -ECANCELED)
		return err;
	isim_drv_sa_limits_note(sa, &given);
	return 0;
}

/* An SA by its tag, with a reference, or NULL */
static struct isim_drv_sa *isim_drv_sa_get(struct isim_drv_adapter *adapter, u32 tag)
{
	struct isim_drv_sa *sa;

	rcu_read_lock();
	sa = xa_load(&adapter->sas, tag);
	if (sa && !refcount_inc_not_zero(&sa->refs))
		sa = NULL;
	rcu_read_unlock();
	return sa;
}

static int isim_drv_limits_no_sa(struct netlink_ext_ack *extack)
{
	NL_SET_ERR_MSG(extack, "The driver does not have the SA, not yet or not any more");
	return -ENOENT;
}

int isim_drv_get_limits(struct net_device *netdev, u32 tag,
			struct isim_drv_limits *limits, struct netlink_ext_ack *extack)
{
	struct isim_drv_adapter *adapter = netdev_priv(netdev);
	struct isim_drv_sa *sa;
	bool known;

	ASSERT_RTNL();

	*limits = adapter->limits;
	if (!tag)
		return 0;
	sa = isim_drv_sa_get(adapter, tag);
	if (!sa)
		return isim_drv_limits_no_sa(extack);
	/* before that its limits are not known */
	known = READ_ONCE(sa->handle);
	*limits = isim_drv_sa_limits(sa);
	isim_drv_sa_put(sa);
	return known ? 0 : isim_drv_limits_no_sa(extack);
}

static int isim_drv_limits_failed(int err, struct netlink_ext_ack *extack)
{
	switch (err) {
	case 0:
		return 0;
	case -ECANCELED:
		NL_SET_ERR_MSG(extack, "The adapter is being reset, try again");
		return -EBUSY;
	default:
		NL_SET_ERR_MSG(extack, "The adapter refused the limits");
		return err;
	}
}

static int isim_drv_sa_set_limits(struct isim_drv_sa *sa,
				  const struct isim_drv_limits *limits,
				  struct netlink_ext_ack *extack)
{
	u32 handle = READ_ONCE(sa->handle);
	int err;

	/* ctl/ refuses this first */
	if (!sa->inbound) {
		NL_SET_ERR_MSG(extack,
			       "Only inbound SAs have limits, received packets carry the request");
		return -EINVAL;
	}
	if (sa->esn && limits->seq) {
		NL_SET_ERR_MSG(extack, "SAs with extended sequence numbers have no limit of them");
		return -EINVAL;
	}
	if (!handle) {
		NL_SET_ERR_MSG(extack, "The adapter does not have the SA now");
		return -ENOENT;
	}
	err = isim_drv_limits_post(sa->adapter, handle, limits);
	if (err)
		return isim_drv_limits_failed(err, extack);
	isim_drv_sa_limits_note(sa, limits);
	return 0;
}

int isim_drv_set_limits(struct net_device *netdev, u32 tag,
			const struct isim_drv_limits *limits,
			struct netlink_ext_ack *extack)
{
	struct isim_drv_adapter *adapter = netdev_priv(netdev);
	struct isim_drv_sa *sa;
	int err;

	ASSERT_RTNL();

	if (tag) {
		sa = isim_drv_sa_get(adapter, tag);
		if (!sa)
			return isim_drv_limits_no_sa(extack);
		err = isim_drv_sa_set_limits(sa, limits, extack);
		isim_drv_sa_put(sa);
		return err;
	}
	err = isim_drv_limits_post(adapter, 0, limits);
	if (err)
		return isim_drv_limits_failed(err, extack);
	adapter->limits = *limits;
	return 0;
}

bool isim_drv_get_expire(struct net_device *netdev)
{
	struct isim_drv_adapter *adapter = netdev_priv(netdev);

	ASSERT_RTNL();

	return adapter->delreq_expire;
}

void isim_drv_set_expire(struct net_device *netdev, bool expire)
{
	struct isim_drv_adapter *adapter = netdev_priv(netdev);

	ASSERT_RTNL();

	WRITE_ONCE(adapter->delreq_expire, expire);
}
