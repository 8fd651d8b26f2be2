// SPDX-License-Identifier: GPL-2.0
/*
 * Events: what happens to adapter and SAs, told to whoever makes messages of it.
 */
#include "drv.h"

static isim_drv_event_fn isim_drv_event_out;

/**
 * isim_drv_event_init() - say where events go
 * @fn: function, valid as long as the driver is registered
 *
 * Context: before the driver is registered.
 */
void isim_drv_event_init(isim_drv_event_fn fn)
{
	isim_drv_event_out = fn;
}

/**
 * isim_drv_event_sa_fill() - note what events will tell of an SA
 * @sa: new SA, its tag set
 * @x: its state
 *
 * Noted here, because the state may be gone when there is something to tell.
 */
void isim_drv_event_sa_fill(struct isim_drv_sa *sa, struct xfrm_state *x)
{
	struct isim_drv_sa_info *info = &sa->info;
	size_t alen = x->props.family == AF_INET6 ? sizeof(struct in6_addr) :
						    sizeof(struct in_addr);

	info->netns = xs_net(x)->net_cookie;
	info->tag = sa->tag;
	info->spi = be32_to_cpu(x->id.spi);
	info->reqid = x->props.reqid;
	info->mark = x->mark.v;
	info->mark_mask = x->mark.m;
	info->if_id = x->if_id;
	info->family = x->props.family;
	info->proto = x->id.proto;
	info->inbound = sa->inbound;
	memcpy(info->saddr, &x->props.saddr, alen);
	memcpy(info->daddr, &x->id.daddr, alen);
}

/**
 * isim_drv_event_is_for() - is an SA the business of the namespace of its port?
 * @adapter: adapter
 * @info: SA
 *
 * A port that has moved to another namespace has left its SAs behind. One that is
 * unregistered has no namespace.
 *
 * Context: any but hard interrupt.
 * Return: is it?
 */
bool isim_drv_event_is_for(struct isim_drv_adapter *adapter,
			   const struct isim_drv_sa_info *info)
{
	bool is_for;

	rcu_read_lock();
	is_for = !READ_ONCE(adapter->silent) &&
		 info->netns == dev_net_rcu(adapter->netdev)->net_cookie;
	rcu_read_unlock();
	return is_for;
}

/**
 * isim_drv_event() - tell of an event
 * @adapter: where it happened
 * @event: what happened
 *
 * Context: any but hard interrupt; never sleeps.
 */
void isim_drv_event(struct isim_drv_adapter *adapter,
		    const struct isim_drv_event *event)
{
	rcu_read_lock();
	if (!READ_ONCE(adapter->silent) &&
	    (!event->sa || isim_drv_event_is_for(adapter, event->sa)))
		isim_drv_event_out(adapter->netdev, event);
	rcu_read_unlock();
}

/**
 * isim_drv_event_sa() - tell of an event that is about one SA
 * @sa: SA
 * @type: what happened
 *
 * Context: any but hard interrupt; never sleeps.
 */
void isim_drv_event_sa(struct isim_drv_sa *sa, enum isim_drv_event_type type)
{
	isim_drv_event(sa->adapter, &(struct isim_drv_event){
		.type = type, .sa = &sa->info,
	});
}
