// SPDX-License-Identifier: GPL-2.0
/*
 * The driver's table of SAs: one object for each SA that the XFRM stack has
 * given to the adapter, and the commands about it. Its life is told in drv.h.
 * Which SAs the adapter can do is decided in xfrm.c and algs.c; the receive windows
 * of those with extended sequence numbers are in esn.c.
 */
#include <linux/slab.h>

#include "drv.h"

/* Adapters by id. Ids are not used again soon: see "Life of an SA" in drv.h. */
static DEFINE_XARRAY_ALLOC1(isim_drv_adapters);
static u32 isim_drv_adapter_next;

/**
 * struct isim_drv_sa_install - SA_ADD on its way
 * @cmd: command
 * @add: payload: the only place where the driver has a key
 * @sa: what it adds; reference held
 * @done: to complete, or NULL when nobody waits
 * @err: receives the result when somebody waits
 */
struct isim_drv_sa_install {
	struct isim_drv_cmd	cmd;
	struct isim_hw_sa_add	add;
	struct isim_drv_sa	*sa;
	struct completion	*done;
	int			*err;
};

/**
 * isim_drv_adapter_announce() - make the adapter findable by offload_handle
 * @adapter: adapter
 *
 * Context: process, sleeps.
 * Return: 0 or a negative errno.
 */
int isim_drv_adapter_announce(struct isim_drv_adapter *adapter)
{
	int err;

	err = xa_alloc_cyclic(&isim_drv_adapters, &adapter->id, adapter,
			      xa_limit_32b, &isim_drv_adapter_next, GFP_KERNEL);
	return err < 0 ? err : 0;
}

/**
 * isim_drv_adapter_withdraw() - undo isim_drv_adapter_announce()
 * @adapter: adapter
 *
 * Afterwards no callback of the XFRM stack is in the middle of finding it.
 * Context: process; sleeps.
 */
void isim_drv_adapter_withdraw(struct isim_drv_adapter *adapter)
{
	xa_erase(&isim_drv_adapters, adapter->id);
	synchronize_rcu();
}

/**
 * isim_drv_sa_find() - find an SA by what XFRM knows it by
 * @offload_handle: of an xfrm_state, may be stale
 *
 * Context: any, RCU read lock held; the object stays until it is released.
 * Return: the SA, or NULL.
 */
struct isim_drv_sa *isim_drv_sa_find(unsigned long offload_handle)
{
	struct isim_drv_adapter *adapter;

	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "RCU read lock not held");

	adapter = xa_load(&isim_drv_adapters, upper_32_bits(offload_handle));
	if (!adapter)
		return NULL;
	return xa_load(&adapter->sas, lower_32_bits(offload_handle));
}

/**
 * isim_drv_sa_put() - give back a reference
 * @sa: SA
 *
 * Context: any but hard interrupt.
 */
void isim_drv_sa_put(struct isim_drv_sa *sa)
{
	if (refcount_dec_and_test(&sa->refs))
		kfree_rcu(sa, rcu);
}

/* The adapter does not have it any more: end of the object's time in the table */
static void isim_drv_sa_finish(struct isim_drv_sa *sa)
{
	xa_erase_bh(&sa->adapter->sas, sa->tag);
	atomic_dec(&sa->adapter->sa_count);
	isim_drv_sa_put(sa);
}

/*
 * An inbound SA that stays in the adapter would go on decrypting, and the stack
 * gets none of its packets, not even when it has a new SA with that SPI. What
 * cannot be deleted goes with everything else, in a reset.
 *
 * Return: whether to ask again.
 */
static bool isim_drv_sa_del_again(struct isim_drv_sa *sa, int err)
{
	struct isim_drv_adapter *adapter = sa->adapter;

	/* -ECANCELED: a reset has deleted it */
	if (!err || err == -ECANCELED)
		return false;
	atomic64_inc(&adapter->sa_stats.delete_fail);
	/* the adapter says that it does not have it */
	if (err == -ENOENT)
		return false;
	if (++sa->del_tries < ISIM_DRV_DEL_TRIES)
		return true;
	dev_err_ratelimited(adapter->dev,
			    "adapter does not delete an SA, resetting it: %pe\n",
			    ERR_PTR(err));
	isim_drv_reset_schedule(adapter);
	return false;
}

static void isim_drv_sa_del_done(struct isim_drv_adapter *adapter,
				 struct isim_drv_cmd *cmd, int err,
				 const struct isim_hw_cpl *cpl)
{
	struct isim_drv_sa *sa = container_of(cmd, struct isim_drv_sa, del);

	if (isim_drv_sa_del_again(sa, err)) {
		/* with the reference that it has */
		isim_drv_aq_post(adapter, cmd);
		return;
	}
	isim_drv_sa_finish(sa);
	isim_drv_sa_put(sa);
}

static void isim_drv_sa_post_del(struct isim_drv_sa *sa, u32 handle)
{
	lockdep_assert_held(&sa->lock);

	sa->del_payload.handle = cpu_to_le32(handle);
	sa->del = (struct isim_drv_cmd) {
		.done		= isim_drv_sa_del_done,
		.payload	= &sa->del_payload,
		.len		= sizeof(sa->del_payload),
		.opcode		= ISIM_OP_SA_DELETE,
	};
	refcount_inc(&sa->refs);
	isim_drv_aq_post(sa->adapter, &sa->del);
}

static void isim_drv_sa_install_done(struct isim_drv_adapter *adapter,
				     struct isim_drv_cmd *cmd, int err,
				     const struct isim_hw_cpl *cpl)
{
	struct isim_drv_sa_install *inst =
		container_of(cmd, struct isim_drv_sa_install, cmd);
	struct isim_drv_sa *sa = inst->sa;
	bool finish = false;

	spin_lock_bh(&sa->lock);
	sa->adding = false;
	if (!err && sa->dead) {
		isim_drv_sa_post_del(sa, le32_to_cpu(cpl->sa_add.handle));
	} else if (!err) {
		if (!sa->info.handle)
			isim_drv_sa_limits_init(sa, &cpl->sa_add);
		sa->info.handle = le32_to_cpu(cpl->sa_add.handle);
		isim_drv_twin_pair(sa);
		WRITE_ONCE(sa->handle, le32_to_cpu(cpl->sa_add.handle));
		isim_drv_event_sa(sa, ISIM_DRV_EVENT_SA_ADDED);
		isim_drv_esn_catch_up(sa);
	} else {
		finish = sa->dead;
	}
	spin_unlock_bh(&sa->lock);

	atomic64_inc(err ? &adapter->sa_stats.add_fail : &adapter->sa_stats.add_ok);
	if (finish)
		isim_drv_sa_finish(sa);
	isim_drv_sa_put(sa);

	if (inst->done) {
		*inst->err = err;
		complete(inst->done);
	}
	kfree_sensitive(inst);
}

static int isim_drv_sa_fill(struct isim_drv_sa_install *inst, struct xfrm_state *x)
{
	struct isim_drv_sa *sa = inst->sa;
	struct isim_hw_sa_add *add = &inst->add;
	u32 flags = 0;

	if (sa->inbound)
		flags |= ISIM_SA_INBOUND;
	if (x->props.mode == XFRM_MODE_TUNNEL)
		flags |= ISIM_SA_TUNNEL;
	if (x->props.family == AF_INET6)
		flags |= ISIM_SA_IPV6;
	if (sa->esn)
		flags |= ISIM_SA_ESN;
	add->flags = cpu_to_le32(flags);
	add->spi = cpu_to_le32(be32_to_cpu(x->id.spi));
	add->proto = x->id.proto;
	add->encap = ISIM_ENCAP_NONE;
	if (x->encap) {
		/* UPDSA changes them unseen: software takes what the new ones get */
		add->encap = ISIM_ENCAP_UDP;
		add->encap_sport = cpu_to_le16(ntohs(READ_ONCE(x->encap->encap_sport)));
		add->encap_dport = cpu_to_le16(ntohs(READ_ONCE(x->encap->encap_dport)));
	}
	add->tag = cpu_to_le32(sa->tag);
	if (x->props.family == AF_INET6) {
		memcpy(add->saddr, &x->props.saddr.in6, sizeof(struct in6_addr));
		memcpy(add->daddr, &x->id.daddr.in6, sizeof(struct in6_addr));
	} else {
		memcpy(add->saddr, &x->props.saddr.a4, sizeof(__be32));
		memcpy(add->daddr, &x->id.daddr.a4, sizeof(__be32));
	}
	isim_drv_algs_fill(add, x);
	return sa->esn && sa->inbound ? isim_drv_esn_fill(sa, x, add) : 0;
}

static int isim_drv_sa_post_add(struct isim_drv_sa *sa, struct xfrm_state *x,
				gfp_t gfp, struct completion *done, int *result)
{
	struct isim_drv_sa_install *inst;
	int err;

	inst = kzalloc(sizeof(*inst), gfp);
	if (!inst)
		return -ENOMEM;

	inst->sa = sa;
	inst->done = done;
	inst->err = result;
	inst->cmd.done = isim_drv_sa_install_done;
	inst->cmd.payload = &inst->add;
	inst->cmd.len = sizeof(inst->add);
	inst->cmd.opcode = ISIM_OP_SA_ADD;
	err = isim_drv_sa_fill(inst, x);
	if (err) {
		kfree_sensitive(inst);
		return err;
	}
	refcount_inc(&sa->refs);
	isim_drv_aq_post(sa->adapter, &inst->cmd);
	return 0;
}

/* SA_ADD could not even be posted */
static void isim_drv_sa_not_added(struct isim_drv_sa *sa)
{
	bool finish;

	spin_lock_bh(&sa->lock);
	sa->adding = false;
	finish = sa->dead;
	spin_unlock_bh(&sa->lock);
	if (finish)
		isim_drv_sa_finish(sa);
}

/**
 * isim_drv_sa_install() - give an SA to the adapter and wait until it has it
 * @sa: SA, its @adding set by the caller
 * @x: its state, kept alive by the caller
 *
 * Context: process; sleeps.
 * Return: 0 or a negative errno: -ECANCELED when the adapter has been reset
 * meanwhile, -ESRCH when the state is being deleted.
 */
int isim_drv_sa_install(struct isim_drv_sa *sa, struct xfrm_state *x)
{
	DECLARE_COMPLETION_ONSTACK(done);
	int result = 0, err;

	err = isim_drv_sa_post_add(sa, x, GFP_KERNEL, &done, &result);
	if (err) {
		isim_drv_sa_not_added(sa);
		return err;
	}
	wait_for_completion(&done);
	return result;
}

/**
 * isim_drv_sa_install_async() - give an SA to the adapter
 * @sa: SA, its @adding set by the caller
 * @x: its state, used during the call only
 *
 * Until the adapter has it, and if it refuses it, the stack does the work.
 *
 * Context: any but hard interrupt; never sleeps.
 * Return: 0, -ENOMEM, or -ESRCH when the state is being deleted.
 */
int isim_drv_sa_install_async(struct isim_drv_sa *sa, struct xfrm_state *x)
{
	int err;

	err = isim_drv_sa_post_add(sa, x, GFP_ATOMIC, NULL, NULL);
	if (err)
		isim_drv_sa_not_added(sa);
	return err;
}

/**
 * isim_drv_sa_new() - make an object for an SA, ready to be installed
 * @adapter: adapter
 * @x: its state
 * @gfp: how to allocate
 *
 * Context: as @gfp allows.
 * Return: the object with @adding set, owned by the table, or an ERR_PTR.
 */
struct isim_drv_sa *isim_drv_sa_new(struct isim_drv_adapter *adapter,
				    struct xfrm_state *x, gfp_t gfp)
{
	struct isim_drv_sa *sa;
	int err;

	sa = kzalloc(sizeof(*sa), gfp);
	if (!sa)
		return ERR_PTR(-ENOMEM);

	sa->adapter = adapter;
	sa->spi = x->id.spi;
	sa->inbound = x->xso.dir == XFRM_DEV_OFFLOAD_IN;
	sa->esn = x->props.flags & XFRM_STATE_ESN;
	sa->iv_len = isim_drv_algs_iv_len(x);
	sa->adding = true;
	INIT_HLIST_NODE(&sa->unpaired);
	INIT_LIST_HEAD(&sa->delreq);
	spin_lock_init(&sa->lock);
	refcount_set(&sa->refs, 1);
	RCU_INIT_POINTER(sa->x, x);

	err = xa_alloc_cyclic_bh(&adapter->sas, &sa->tag, sa, xa_limit_32b,
				 &adapter->sa_next, gfp);
	if (err < 0) {
		kfree(sa);
		return ERR_PTR(err);
	}
	isim_drv_event_sa_fill(sa, x);
	atomic_inc(&adapter->sa_count);
	return sa;
}

/**
 * isim_drv_sa_retire() - stop using an SA and have the adapter delete it
 * @sa: SA; RCU read lock or reference held
 *
 * Context: any but hard interrupt; never sleeps.
 */
void isim_drv_sa_retire(struct isim_drv_sa *sa)
{
	bool finish = false;
	u32 handle;

	spin_lock_bh(&sa->lock);
	if (sa->dead) {
		spin_unlock_bh(&sa->lock);
		return;
	}
	sa->dead = true;
	RCU_INIT_POINTER(sa->x, NULL);
	isim_drv_twin_forget(sa);
	/* told now: when the answer comes the port may be elsewhere */
	if (sa->info.handle)
		isim_drv_event_sa(sa, ISIM_DRV_EVENT_SA_DELETED);
	handle = sa->handle;
	WRITE_ONCE(sa->handle, 0);
	if (handle)
		isim_drv_sa_post_del(sa, handle);
	else
		finish = !sa->adding;
	spin_unlock_bh(&sa->lock);

	if (finish)
		isim_drv_sa_finish(sa);
}

/**
 * isim_drv_sa_next() - walk over all SAs
 * @adapter: adapter
 * @tag: where to start; receives the tag of the SA that was found
 *
 * Context: any but hard interrupt.
 * Return: the first SA with that tag or a higher one, with a reference, or NULL.
 */
struct isim_drv_sa *isim_drv_sa_next(struct isim_drv_adapter *adapter,
				     unsigned long *tag)
{
	struct isim_drv_sa *sa;

	rcu_read_lock();
	xa_for_each_start(&adapter->sas, *tag, sa, *tag) {
		if (refcount_inc_not_zero(&sa->refs))
			break;
	}
	rcu_read_unlock();
	return sa;
}
