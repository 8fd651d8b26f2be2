// SPDX-License-Identifier: GPL-2.0
/*
 * Extended sequence numbers: keeps the adapter's idea of the receive window of an
 * inbound SA (its epoch, see hw/admin.h) up with XFRM's.
 *
 * An update that fails is repeated by packets that come later, good or bad: for as
 * long as the adapter does not know the epoch, more and more of them are bad. An
 * adapter that refuses all the time is asked ten times a second, for each SA.
 */
#include <linux/jiffies.h>

#include "drv.h"
#include "drv/esn.h"

#define ISIM_DRV_UPDATE_AGAIN	(HZ / 10)

static void isim_drv_esn_update_done(struct isim_drv_adapter *adapter,
				     struct isim_drv_cmd *cmd, int err,
				     const struct isim_hw_cpl *cpl);

static void isim_drv_esn_post_update(struct isim_drv_sa *sa)
{
	lockdep_assert_held(&sa->lock);

	sa->epoch_posted = sa->epoch;
	WRITE_ONCE(sa->update_failed, false);
	sa->update_payload = (struct isim_hw_sa_update) {
		.handle	= cpu_to_le32(sa->handle),
		.spi	= cpu_to_le32(be32_to_cpu(sa->spi)),
		.flags	= cpu_to_le32(sa->epoch & 1 ? ISIM_SA_ESN_OVERLAP : 0),
		.esn_hi	= cpu_to_le32(sa->epoch >> 1),
	};
	sa->update = (struct isim_drv_cmd) {
		.done		= isim_drv_esn_update_done,
		.payload	= &sa->update_payload,
		.len		= sizeof(sa->update_payload),
		.opcode		= ISIM_OP_SA_UPDATE,
	};
	sa->updating = true;
	refcount_inc(&sa->refs);
	isim_drv_aq_post(sa->adapter, &sa->update);
}

/**
 * isim_drv_esn_catch_up() - tell the adapter if the window has moved meanwhile
 * @sa: SA that the adapter has; no update is in flight
 *
 * Context: sa->lock held, BH off.
 */
void isim_drv_esn_catch_up(struct isim_drv_sa *sa)
{
	if (sa->epoch != sa->epoch_posted)
		isim_drv_esn_post_update(sa);
}

static void isim_drv_esn_update_done(struct isim_drv_adapter *adapter,
				     struct isim_drv_cmd *cmd, int err,
				     const struct isim_hw_cpl *cpl)
{
	struct isim_drv_sa *sa = container_of(cmd, struct isim_drv_sa, update);

	spin_lock_bh(&sa->lock);
	sa->updating = false;
	if (!err) {
		atomic64_inc(&adapter->sa_stats.update);
		if (!sa->dead)
			isim_drv_event_sa(sa, ISIM_DRV_EVENT_SA_UPDATED);
		if (sa->handle)
			isim_drv_esn_catch_up(sa);
	} else if (err != -ECANCELED && !sa->dead) {
		/* otherwise a reset or a delete has made it pointless */
		atomic64_inc(&adapter->sa_stats.update_fail);
		sa->update_again = jiffies + ISIM_DRV_UPDATE_AGAIN;
		WRITE_ONCE(sa->update_failed, true);
	}
	spin_unlock_bh(&sa->lock);
	isim_drv_sa_put(sa);
}

/*
 * Half range that the bottom of a window is in: high word of the bottom, then one
 * bit: whether its low word is in the upper half of its range.
 */
static u64 isim_drv_esn_epoch(const struct xfrm_state *x)
{
	const struct xfrm_replay_state_esn *replay = x->replay_esn;

	lockdep_assert_held(&x->lock);

	return isim_drv_esn_bottom(replay->seq_hi, replay->seq,
				   replay->replay_window);
}

/**
 * isim_drv_esn_advance() - tell the adapter where the receive window is
 * @sa: inbound SA
 * @x: its state, with replay_esn
 *
 * Called for every packet, hence the look without the lock: an update that fails
 * just now is repeated by the next one.
 * Context: x->lock held, BH off.
 */
void isim_drv_esn_advance(struct isim_drv_sa *sa, const struct xfrm_state *x)
{
	u64 epoch = isim_drv_esn_epoch(x);
	bool post;

	if (likely(READ_ONCE(sa->epoch) == epoch && !READ_ONCE(sa->update_failed)))
		return;

	spin_lock_bh(&sa->lock);
	post = sa->epoch != epoch ||
	       (sa->update_failed && time_after_eq(jiffies, sa->update_again));
	WRITE_ONCE(sa->epoch, epoch);
	if (post && sa->handle && !sa->updating)
		isim_drv_esn_post_update(sa);
	spin_unlock_bh(&sa->lock);
}

/**
 * isim_drv_esn_fill() - put the receive window into SA_ADD
 * @sa: inbound SA with ESN
 * @x: its state
 * @add: payload
 *
 * An SA that is moved here may have a window already. Bonding of some kernels adds
 * with its own SA lock held, and takes that lock inside x->lock to delete: a state
 * that is being deleted, which the stack marks first, is not to be waited for.
 *
 * Context: any but hard interrupt; never sleeps.
 * Return: 0, or -ESRCH when the state is being deleted.
 */
int isim_drv_esn_fill(struct isim_drv_sa *sa, struct xfrm_state *x,
		      struct isim_hw_sa_add *add)
{
	u64 epoch;

	local_bh_disable();
	while (!spin_trylock(&x->lock)) {
		if (READ_ONCE(x->km.state) == XFRM_STATE_DEAD) {
			local_bh_enable();
			return -ESRCH;
		}
		cpu_relax();
	}
	spin_lock(&sa->lock);
	epoch = isim_drv_esn_epoch(x);
	WRITE_ONCE(sa->epoch, epoch);
	sa->epoch_posted = epoch;
	WRITE_ONCE(sa->update_failed, false);
	spin_unlock(&sa->lock);
	spin_unlock(&x->lock);
	local_bh_enable();

	add->esn_hi = cpu_to_le32(epoch >> 1);
	if (epoch & 1)
		add->flags |= cpu_to_le32(ISIM_SA_ESN_OVERLAP);
	return 0;
}
