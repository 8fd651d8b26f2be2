// SPDX-License-Identifier: GPL-2.0
/*
 * Pairs of SAs: which outbound SA belongs to an inbound one.
 *
 * XFRM does not know. Two SAs of one port are twins when their directions differ,
 * their addresses are the same the other way round, and they have the same
 * reqid. During a rekey several have; so they are paired once, when the adapter
 * gets the second one: with the newest of the other direction that is still
 * alone. That is right for key exchange daemons, which install both before they
 * begin with the next pair, in whatever order. A pair stays a pair: when one has
 * gone the other is alone for good, and is not taken for another's twin.
 */
#include <linux/jhash.h>

#include "drv.h"

/* Before any SA is added. */
void isim_drv_twin_init(struct isim_drv_adapter *adapter)
{
	spin_lock_init(&adapter->twin_lock);
	hash_init(adapter->unpaired);
}

/* The same for both of a pair, but for the direction */
static u32 isim_drv_twin_hash(const struct isim_drv_sa_info *info, bool inbound)
{
	const u8 *local = info->inbound ? info->daddr : info->saddr;
	const u8 *remote = info->inbound ? info->saddr : info->daddr;
	size_t len = info->family == AF_INET ? sizeof(__be32) : sizeof(info->saddr);

	return jhash(remote, len, jhash(local, len, info->reqid) + inbound);
}

static bool isim_drv_twin_match(const struct isim_drv_sa_info *a,
				const struct isim_drv_sa_info *b)
{
	return a->inbound != b->inbound && a->reqid == b->reqid &&
	       a->family == b->family && a->proto == b->proto &&
	       a->netns == b->netns &&
	       !memcmp(a->saddr, b->daddr, sizeof(a->saddr)) &&
	       !memcmp(a->daddr, b->saddr, sizeof(a->saddr));
}

/**
 * isim_drv_twin_pair() - find the twin of an SA that the adapter has got
 * @sa: SA; nothing happens when it was paired before, as after a reset
 *
 * Context: sa->lock held, not dead.
 */
void isim_drv_twin_pair(struct isim_drv_sa *sa)
{
	struct isim_drv_adapter *adapter = sa->adapter;
	struct isim_drv_sa *twin;

	lockdep_assert_held(&sa->lock);

	spin_lock_bh(&adapter->twin_lock);
	if (sa->twin || !hlist_unhashed(&sa->unpaired))
		goto unlock;
	/* the newest is in front */
	hash_for_each_possible(adapter->unpaired, twin, unpaired,
			       isim_drv_twin_hash(&sa->info, !sa->inbound)) {
		if (!isim_drv_twin_match(&sa->info, &twin->info))
			continue;
		hash_del(&twin->unpaired);
		twin->twin = sa->tag;
		sa->twin = twin->tag;
		goto unlock;
	}
	hash_add(adapter->unpaired, &sa->unpaired,
		 isim_drv_twin_hash(&sa->info, sa->inbound));
unlock:
	spin_unlock_bh(&adapter->twin_lock);
}

/**
 * isim_drv_twin_forget() - an SA is not to be found as a twin any more
 * @sa: SA that is dead
 *
 * Context: sa->lock held.
 */
void isim_drv_twin_forget(struct isim_drv_sa *sa)
{
	lockdep_assert_held(&sa->lock);

	spin_lock_bh(&sa->adapter->twin_lock);
	hash_del(&sa->unpaired);
	spin_unlock_bh(&sa->adapter->twin_lock);
}

/**
 * isim_drv_twin_info() - what is known of an SA's twin
 * @sa: SA
 * @info: filled in
 *
 * Context: any but hard interrupt.
 * Return: false when it has none, or none any more.
 */
bool isim_drv_twin_info(struct isim_drv_sa *sa, struct isim_drv_sa_info *info)
{
	struct isim_drv_sa *twin;
	bool alive = false;
	u32 tag;

	spin_lock_bh(&sa->adapter->twin_lock);
	tag = sa->twin;
	spin_unlock_bh(&sa->adapter->twin_lock);
	if (!tag)
		return false;

	rcu_read_lock();
	twin = xa_load(&sa->adapter->sas, tag);
	if (twin) {
		spin_lock_bh(&twin->lock);
		alive = !twin->dead;
		*info = twin->info;
		spin_unlock_bh(&twin->lock);
	}
	rcu_read_unlock();
	return alive;
}
