// SPDX-License-Identifier: GPL-2.0
/*
 * Reset of the adapter, with everything put back as it was: queues, SAs, steering
 * rules, moderation. Asked for by ethtool --reset (directly, RTNL held), and by the TX
 * watchdog, the admin watchdog, completions that make no sense and SAs that cannot
 * be deleted (through reset_work).
 *
 * Deletes and updates that the XFRM stack asks for while the adapter is being
 * reset fail in the admin queue and need nothing more: the SA table is empty,
 * and what comes back is read from the xfrm_state.
 */
#include <linux/rtnetlink.h>

#include "drv.h"

/* The adapter has no SA any more; its admin queue is stopped. */
static void isim_drv_sa_forget_all(struct isim_drv_adapter *adapter)
{
	struct isim_drv_sa *sa;
	unsigned long tag;

	for (tag = 0; (sa = isim_drv_sa_next(adapter, &tag)); tag++) {
		spin_lock_bh(&sa->lock);
		WRITE_ONCE(sa->handle, 0);
		spin_unlock_bh(&sa->lock);
		isim_drv_sa_put(sa);
	}
}

/* The state of an SA, with a reference, when the SA is to be restored */
static struct xfrm_state *isim_drv_sa_claim(struct isim_drv_sa *sa)
{
	struct xfrm_state *x;

	rcu_read_lock();
	spin_lock_bh(&sa->lock);
	x = rcu_dereference(sa->x);
	if (sa->dead || sa->adding || sa->handle ||
	    (x && !refcount_inc_not_zero(&x->refcnt)))
		x = NULL;
	if (x)
		sa->adding = true;
	spin_unlock_bh(&sa->lock);
	rcu_read_unlock();
	return x;
}

/*
 * Give all SAs to the adapter again. An SA that it refuses stays without a
 * handle: the stack does the work in software.
 *
 * Return: 0, or -ECANCELED when the adapter was reset meanwhile.
 */
static int isim_drv_sa_restore_all(struct isim_drv_adapter *adapter)
{
	struct isim_drv_sa *sa;
	struct xfrm_state *x;
	unsigned long tag;
	int err = 0;

	for (tag = 0; err != -ECANCELED; tag++) {
		sa = isim_drv_sa_next(adapter, &tag);
		if (!sa)
			break;
		x = isim_drv_sa_claim(sa);
		if (x) {
			err = isim_drv_sa_install(sa, x);
			if (!err)
				err = isim_drv_sa_limits_restore(sa);
			xfrm_state_put(x);
			atomic64_inc(err ? &adapter->sa_stats.restore_fail :
					   &adapter->sa_stats.restored);
		}
		isim_drv_sa_put(sa);
	}
	return err == -ECANCELED ? err : 0;
}

/**
 * isim_drv_sa_release_all() - drop the objects that nobody has deleted
 * @adapter: adapter, withdrawn, its admin queue stopped
 *
 * Bonding moves an SA to another port without a free, and may leave one behind.
 *
 * Context: process.
 */
void isim_drv_sa_release_all(struct isim_drv_adapter *adapter)
{
	struct isim_drv_sa *sa;
	unsigned long tag;

	isim_drv_sa_forget_all(adapter);
	for (tag = 0; (sa = isim_drv_sa_next(adapter, &tag)); tag++) {
		isim_drv_sa_retire(sa);
		isim_drv_sa_put(sa);
	}
}

/**
 * isim_drv_restart() - reset the adapter and restore its SAs and steering rules
 * @adapter: adapter
 *
 * The queues are stopped afterwards. When the reset does not end in time they are
 * halted, because the adapter still owns their memory. Handles are cleared before
 * the admin queue starts, so that no command can name one from before the reset.
 *
 * Context: process, RTNL held; sleeps.
 * Return: 0 or a negative errno, with the admin queue stopped.
 */
int isim_drv_restart(struct isim_drv_adapter *adapter)
{
	int err;

	ASSERT_RTNL();

	/* first: the adapter may hang, and a destroy must not wait for it */
	err = isim_drv_aq_abort(adapter);
	if (err) {
		isim_drv_queues_halt(adapter);
		return err;
	}
	isim_drv_queues_stop(adapter);
	isim_drv_sa_forget_all(adapter);
	isim_drv_event(adapter, &(struct isim_drv_event){
		.type = ISIM_DRV_EVENT_RESET,
	});

	isim_drv_aq_start(adapter);
	/* the reset has cleared a cause that we may not have seen */
	isim_drv_caps_schedule(adapter);
	err = isim_drv_limits_restore(adapter);
	if (!err)
		err = isim_drv_steer_restore(adapter);
	if (!err)
		err = isim_drv_sa_restore_all(adapter);
	if (err)
		isim_drv_aq_abort(adapter);
	return err;
}

/**
 * isim_drv_reset() - reset the adapter and restore everything
 * @adapter: adapter
 *
 * When it fails the device has no carrier and its queues are stopped, or at least
 * halted, until another reset or an open succeeds.
 *
 * Context: process, RTNL held; sleeps.
 * Return: 0 or a negative errno.
 */
int isim_drv_reset(struct isim_drv_adapter *adapter)
{
	int err;

	atomic64_inc(&adapter->resets);
	err = isim_drv_restart(adapter);
	if (!err && netif_running(adapter->netdev))
		err = isim_drv_queues_start(adapter);
	if (err) {
		netdev_err(adapter->netdev, "reset failed: %pe\n", ERR_PTR(err));
		return err;
	}
	adapter->reset_tries = 0;
	netdev_info(adapter->netdev, "reset done, %d SAs\n",
		    atomic_read(&adapter->sa_count));
	return 0;
}

/**
 * isim_drv_reset_schedule() - have the adapter reset soon
 * @adapter: adapter
 *
 * Context: any; never sleeps.
 */
void isim_drv_reset_schedule(struct isim_drv_adapter *adapter)
{
	if (!READ_ONCE(adapter->removing))
		queue_delayed_work(system_long_wq, &adapter->reset_work, 0);
}

/* The work behind isim_drv_reset_schedule(). */
void isim_drv_reset_work(struct work_struct *work)
{
	struct isim_drv_adapter *adapter =
		container_of(to_delayed_work(work), struct isim_drv_adapter,
			     reset_work);

	rtnl_lock();
	if (adapter->removing)
		goto unlock;

	if (!isim_drv_reset(adapter))
		goto unlock;
	if (++adapter->reset_tries < ISIM_DRV_RESET_TRIES) {
		queue_delayed_work(system_long_wq, &adapter->reset_work, HZ);
	} else {
		netdev_err(adapter->netdev, "giving up\n");
		/* who asks for a reset later gets as many tries */
		adapter->reset_tries = 0;
	}
unlock:
	rtnl_unlock();
}
