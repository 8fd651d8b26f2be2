/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ipsecsim driver: structures, rules and the packet path.
 *
 * The driver knows the adapter by its data sheet (hw/) alone.
 *
 * Rings and queue pairs, with the functions that work on them, are in queue.h,
 * the admin queue in aq.h, everything else is here.
 *
 * Transmit path, in the order of execution
 *
 *	isim_drv_features_check()	netdev.c  before ESP is built: what must be
 *						  done in software for this packet
 *	isim_drv_xfrm_offload_ok()	xfrm.c	  may this packet use the SA?
 *	isim_drv_xmit()			tx.c	  one packet to one run of slots
 *	  isim_drv_tx_secpath()		tx_esp.c  SA handle, ESP offset, 64-bit sequence
 *	  isim_drv_tx_lso()		tx_lso.c  how a large packet is to be cut
 *	  isim_drv_tx_linear()			  headers into the first buffer
 *	  isim_drv_tx_map()			  DMA addresses into buffer slots
 *	  isim_drv_tx_describe()		  the packet slot
 *	  isim_drv_tx_doorbell()		  hands whole packets to the adapter
 *	isim_drv_irq_queue()		napi.c	  vector fired: schedule NAPI
 *	isim_drv_poll()			napi.c
 *	  isim_drv_tx_clean()		tx.c	  completions: unmap, free, count, wake
 *
 * Receive path
 *
 *	isim_drv_irq_queue()		napi.c
 *	isim_drv_poll()			napi.c
 *	  isim_drv_rx_poll()		rx.c	  one completion per buffer
 *	    isim_drv_rx_buffer()		  buffers to a (growing) skb
 *	    isim_drv_rx_deliver()		  hash, checksum, VLAN, GRO
 *	      isim_drv_rx_for_host()	rx_dest.c or may a bridge have it?
 *	      isim_drv_rx_secpath()	rx_esp.c  sa_tag to xfrm_state, status
 *	      isim_drv_rx_encap()	rx_encap.c  or, for ESP in UDP, XFRM
 *	  isim_drv_rx_refill()		rx.c	  new pages into the fill ring
 *	  arm					  tells how far we have consumed
 *
 * Life of an SA in the driver (struct isim_drv_sa)
 *
 *	state_add	tag allocated, object in adapter->sas, SA_ADD posted;
 *			the completion sets sa->handle: from here it is used
 *	state_delete,	whichever comes first: sa->x and sa->handle are cleared,
 *	state_free	SA_DELETE posted; its completion takes the object out of
 *			adapter->sas. (One that fails is posted again, and in the
 *			end the adapter is reset.) References held by commands
 *			in flight go with them, the memory after a grace period
 *	reset		handles are cleared, then SA_ADD again for each object
 *			that is not dead, with the key read from the xfrm_state
 *
 * The XFRM stack knows an SA by offload_handle = adapter id << 32 | tag. Adapter
 * ids and tags are not used again before 2^32 others have been, so a stale
 * handle finds nothing, rather than something else. xso.real_dev is not used
 * to find an SA: bonding clears it before it asks for the delete.
 *
 * Delete requests (hw/admin.h) take the completion's reason to a work, so that
 * what follows may sleep: isim_drv_delreq() in NAPI, isim_drv_delreq_work() tells
 * of the SA and of its twin. The driver deletes neither, but can have the SA expire.
 *
 * The driver keeps no key. A key is copied from the xfrm_state into an SA_ADD
 * command and from there into the submission ring; both are wiped when the
 * command has completed.
 *
 * Locks and contexts
 *
 *	RTNL		open, stop, ring and channel changes, isim_drv_reset(),
 *			features and capabilities, steering rules
 *	aq.abort_lock	mutex. Serialises the stopping and starting of the admin
 *			queue (watchdog, reset, probe, remove). Inside RTNL or alone
 *	link_lock	mutex. Carrier changes: open and stop (RTNL) against the
 *			admin work
 *	x->lock		of the XFRM stack, BH off: held by it in state_delete and
 *			advance_esn
 *	sa->lock	spin, BH off. State of one SA. Inside x->lock, or inside
 *			the TX queue lock
 *	sas.xa_lock	spin, BH off. Inside sa->lock
 *	twin_lock	spin, BH off. Pairs of SAs. Inside sa->lock
 *	delreq_lock	spin, BH off. Delete requests, limits of SAs. Innermost
 *	aq.lock		spin, BH off. Submission ring, waiting list. Inside sa->lock.
 *			Held across the doorbell write, so the handler of vector
 *			0 may run under it: it only queues the admin work. Held
 *			across the write that starts a reset, so that commands
 *			do not fail before it has begun
 *	moderate_lock	spin, BH off. A queue pair's moderation, from the choice of its
 *			values to the register. Innermost
 *	counter_lock	spin, BH off. The LO/HI latch of the counters
 *	TX queue lock	of the stack: the producer side of a TX ring
 *	NAPI		the consumer side of a TX ring, all of an RX ring
 *
 * Commands. isim_drv_aq_post() never sleeps and never fails: what does not fit
 * waits in a list. Every posted command ends in exactly one call of its done()
 * from the admin work or from isim_drv_aq_abort(), both process context, no
 * driver lock held. isim_drv_aq_exec() sleeps until then. Nobody waits with a
 * timeout: when a command is not answered in time the watchdog aborts, which
 * resets the adapter and fails all commands, and then schedules the rest
 * of the reset (reset.c), which needs RTNL. So a waiter may hold RTNL.
 *
 * Teardown (isim_drv_remove)
 *
 *	1. removing set, reset and caps works cancelled: none starts any more
 *	2. unregister_netdev(): queues destroyed, all SAs deleted by XFRM
 *	3. adapter id withdrawn, grace period: no callback finds the adapter; gone
 *	   from devlink
 *	4. abort: adapter reset, all commands failed, so no DMA and no SA left
 *	5. vector 0 detached, works cancelled, SA objects left over released
 *	6. memory freed
 */
#ifndef ISIM_DRV_DRV_H
#define ISIM_DRV_DRV_H

#include <linux/bitmap.h>
#include <linux/completion.h>
#include <linux/ethtool.h>
#include <linux/hashtable.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/u64_stats_sync.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/xfrm.h>

#include "hw/admin.h"
#include "hw/bus.h"
#include "hw/regs.h"
#include "hw/ring.h"
#include "compat/net.h"
#include "drv/api.h"
#include "drv/aq.h"
#include "drv/caps.h"
#include "drv/queue.h"

#if !IS_ENABLED(CONFIG_XFRM_OFFLOAD)
#error "ipsecsim needs a kernel with CONFIG_XFRM_OFFLOAD (INET_ESP_OFFLOAD or INET6_ESP_OFFLOAD)"
#endif

#define ISIM_DRV_DEL_TRIES	3u		/* then the adapter is reset */
#define ISIM_DRV_RESET_TRIES	3u		/* in a row, before giving up */

#define ISIM_DRV_TWIN_BITS	10

#define ISIM_DRV_RING_DEFAULT	512u
#define ISIM_DRV_MTU_MAX	9000u

/**
 * struct isim_drv_sa - a security association given to the adapter
 * @tag: key in isim_drv_adapter.sas; the adapter returns it in RX completions
 * @handle: of the adapter, 0 while it does not have the SA. Written under
 *	@lock, read by anyone
 * @x: its xfrm_state, NULL when dead. No reference: the XFRM stack calls
 *	state_delete or state_free before it frees it, after a grace period.
 *	(Some kernels' bonding can forget to, see compat/xfrm_ops.h)
 * @adapter: where it belongs
 * @info: what events tell of it; info.handle is the last one it had
 * @twin: tag of the SA of the other direction that belongs to it, or 0; adapter's
 *	twin_lock
 * @unpaired: in isim_drv_adapter.unpaired while there is none
 * @limits: at which the adapter raises a delete request; written under delreq_lock
 * @delreq: in isim_drv_adapter.delreqs; delreq_lock
 * @delreq_reason: enum isim_hw_delete_reason; delreq_lock
 * @spi: as in the ESP header
 * @inbound: direction
 * @esn: has extended sequence numbers
 * @iv_len: octets of IV in each packet
 * @dead: deleted or freed by the XFRM stack
 * @adding: SA_ADD is in flight
 * @updating: @update is in flight
 * @epoch: wanted, see esn.c; written under @lock
 * @epoch_posted: of the last SA_ADD or SA_UPDATE
 * @update_failed: the last SA_UPDATE has failed; written under @lock
 * @update_again: jiffies from when on it may be repeated
 * @last_seq: outbound: highest number sent in the last epoch, see tx_esp.c
 * @lock: protects the state
 * @refs: one for being in the table, one for each command in flight
 * @del: SA_DELETE
 * @del_payload: of @del
 * @del_tries: how often it has failed; its done()
 * @update: SA_UPDATE
 * @update_payload: of @update
 * @rcu: frees the object
 */
struct isim_drv_sa {
	u32			tag;
	u32			handle;
	struct xfrm_state __rcu	*x;
	struct isim_drv_adapter	*adapter;
	struct isim_drv_sa_info	info;
	u32			twin;
	struct hlist_node	unpaired;
	struct isim_drv_limits	limits;
	struct list_head	delreq;
	u8			delreq_reason;
	__be32			spi;
	bool			inbound;
	bool			esn;
	u8			iv_len;

	bool			dead;
	bool			adding;
	bool			updating;
	u64			epoch;
	u64			epoch_posted;
	bool			update_failed;
	unsigned long		update_again;
	u64			last_seq;
	spinlock_t		lock;	/* see above */
	refcount_t		refs;

	struct isim_drv_cmd	del;
	struct isim_hw_sa_handle del_payload;
	u8			del_tries;
	struct isim_drv_cmd	update;
	struct isim_hw_sa_update update_payload;
	struct rcu_head		rcu;
};

/**
 * struct isim_drv_adapter - private data of the net_device
 * @netdev: the net_device
 * @dev: device for DMA and messages
 * @bar: register window
 * @devlink: shows the adapter to devlink
 * @id: in the upper half of offload handles; 0 when not announced
 * @caps_flags: ISIM_CAP_*; may change at any time
 * @caps_enc: BIT(enum isim_hw_enc_alg); likewise
 * @caps_auth: BIT(enum isim_hw_auth_alg); likewise
 * @caps_sizes: ISIM_SIZE_*; likewise
 * @caps_room: SAs that the adapter takes, up to @sa_capacity; to see it change
 * @enc_features: hw_enc_features when every capability is on
 * @vlan_features: vlan_features likewise
 * @caps_work: reads the capabilities and obeys them, under RTNL
 * @queues: max_queues of them
 * @max_queues: of the adapter
 * @num_queues: in use
 * @sa_capacity: SAs that the adapter holds
 * @xps_set: XPS was told of the queues in use; RTNL
 * @ring_max: most slots the adapter allows
 * @tx_slots: of a TX ring
 * @rx_slots: of an RX ring
 * @frame_max: longest frame to accept
 * @coal_usecs: interrupt moderation that is not adaptive; written under RTNL
 * @coal_frames: likewise
 * @coal_adaptive: it is adaptive; written under RTNL
 * @rss_seed: of the flow hash
 * @rss_table: RX queue for each value of the hash
 * @steer: steering rules, by location; RTNL
 * @steer_used: locations with a rule; RTNL
 * @made: queue pairs exist; RTNL. They outlive @up when a reset does not end
 * @up: queues are running; written under RTNL
 * @removing: no reset from now on
 * @sas: SAs by tag
 * @sa_next: where to look for the next tag
 * @sa_count: objects in @sas
 * @sa_stats: counters of commands about SAs, named in ethtool.c
 * @twin_lock: protects the pairs
 * @unpaired: SAs without a twin, by isim_drv_twin_hash()
 * @limits: of SAs without limits of their own; RTNL
 * @delreq_lock: protects @delreqs, and the limits of the SAs
 * @delreqs: SAs whose delete request is to be passed on, each with a reference
 * @delreq_work: passes them on
 * @delreq_expire: as a hard expire, too
 * @silent: the port is unregistered, there are no more events
 * @aq: admin queue
 * @wq: for the works of @aq
 * @reset_work: the part of a reset that needs RTNL
 * @reset_tries: failures of @reset_work in a row; RTNL
 * @watch: looks for interrupts that got lost; runs while the queues do
 * @irqs_lost: counter
 * @resets: counter
 * @admin_timeouts: counter
 * @link_lock: serialises carrier changes
 * @counter_lock: serialises counter reads
 */
struct isim_drv_adapter {
	struct net_device	*netdev;
	struct device		*dev;
	struct isim_hw_bar	*bar;
	struct devlink		*devlink;
	u32			id;

	u32			caps_flags;
	u32			caps_enc;
	u32			caps_auth;
	u32			caps_sizes;
	u32			caps_room;
	netdev_features_t	enc_features;
	netdev_features_t	vlan_features;
	struct work_struct	caps_work;

	struct isim_drv_queue	*queues;
	u16			max_queues;
	u16			num_queues;
	u32			sa_capacity;
	bool			xps_set;
	u32			ring_max;
	u32			tx_slots;
	u32			rx_slots;
	u32			frame_max;
	u16			coal_usecs;
	u16			coal_frames;
	bool			coal_adaptive;
	u32			rss_seed;
	u8			rss_table[ISIM_HW_RSS_TABLE];
	struct isim_hw_steer_add steer[ISIM_HW_STEER_RULES];
	DECLARE_BITMAP(steer_used, ISIM_HW_STEER_RULES);
	bool			made;
	bool			up;
	bool			removing;

	struct xarray		sas;
	u32			sa_next;
	atomic_t		sa_count;
	struct {
		atomic64_t	add_ok;
		atomic64_t	add_fail;
		atomic64_t	update;
		atomic64_t	update_fail;
		atomic64_t	delete_fail;
		atomic64_t	restored;
		atomic64_t	restore_fail;
	} sa_stats;

	spinlock_t		twin_lock;	/* see above */
	DECLARE_HASHTABLE(unpaired, ISIM_DRV_TWIN_BITS);

	struct isim_drv_limits	limits;
	spinlock_t		delreq_lock;	/* see above */
	struct list_head	delreqs;
	struct delayed_work	delreq_work;
	bool			delreq_expire;
	bool			silent;

	struct isim_drv_aq	aq;
	struct workqueue_struct	*wq;
	struct delayed_work	reset_work;
	unsigned int		reset_tries;
	struct delayed_work	watch;
	atomic64_t		irqs_lost;
	atomic64_t		resets;
	atomic64_t		admin_timeouts;

	struct mutex		link_lock;	/* see above */
	spinlock_t		counter_lock;	/* see above */
};

/* admin.c */
int isim_drv_aq_alloc(struct isim_drv_adapter *adapter);
void isim_drv_aq_free(struct isim_drv_adapter *adapter);
void isim_drv_aq_start(struct isim_drv_adapter *adapter);
void isim_drv_aq_wait_reset(struct isim_drv_adapter *adapter);
int isim_drv_aq_abort(struct isim_drv_adapter *adapter);
void isim_drv_aq_post(struct isim_drv_adapter *adapter, struct isim_drv_cmd *cmd);
int isim_drv_aq_exec(struct isim_drv_adapter *adapter, u8 opcode,
		     const void *payload, size_t len, struct isim_hw_cpl *cpl);

/* netdev.c */
void isim_drv_netdev_init(struct isim_drv_adapter *adapter);
int isim_drv_queues_start(struct isim_drv_adapter *adapter);
void isim_drv_queues_halt(struct isim_drv_adapter *adapter);
void isim_drv_queues_stop(struct isim_drv_adapter *adapter);
void isim_drv_rss_default(struct isim_drv_adapter *adapter);
int isim_drv_rss_set(struct isim_drv_adapter *adapter, const u8 *table);
void isim_drv_link_update(struct isim_drv_adapter *adapter);

/* napi.c */
void isim_drv_xps_set(struct isim_drv_adapter *adapter);

/* watch.c */
void isim_drv_watch_init(struct isim_drv_adapter *adapter);
void isim_drv_watch_start(struct isim_drv_adapter *adapter);
void isim_drv_watch_stop(struct isim_drv_adapter *adapter);

/* algs.c */
int isim_drv_algs_check(struct isim_drv_adapter *adapter, struct xfrm_state *x,
			struct netlink_ext_ack *extack);
u8 isim_drv_algs_iv_len(const struct xfrm_state *x);
void isim_drv_algs_fill(struct isim_hw_sa_add *add, const struct xfrm_state *x);

/* xfrm.c */
void isim_drv_xfrm_advance_esn(struct xfrm_state *x);
void isim_drv_xfrm_init(struct isim_drv_adapter *adapter);

/* sa.c */
int isim_drv_adapter_announce(struct isim_drv_adapter *adapter);
void isim_drv_adapter_withdraw(struct isim_drv_adapter *adapter);
struct isim_drv_sa *isim_drv_sa_find(unsigned long offload_handle);
struct isim_drv_sa *isim_drv_sa_next(struct isim_drv_adapter *adapter,
				     unsigned long *tag);
void isim_drv_sa_put(struct isim_drv_sa *sa);
struct isim_drv_sa *isim_drv_sa_new(struct isim_drv_adapter *adapter,
				    struct xfrm_state *x, gfp_t gfp);
int isim_drv_sa_install(struct isim_drv_sa *sa, struct xfrm_state *x);
int isim_drv_sa_install_async(struct isim_drv_sa *sa, struct xfrm_state *x);
void isim_drv_sa_retire(struct isim_drv_sa *sa);

/* esn.c */
int isim_drv_esn_fill(struct isim_drv_sa *sa, struct xfrm_state *x,
		      struct isim_hw_sa_add *add);
void isim_drv_esn_advance(struct isim_drv_sa *sa, const struct xfrm_state *x);
void isim_drv_esn_catch_up(struct isim_drv_sa *sa);

/* twin.c */
void isim_drv_twin_init(struct isim_drv_adapter *adapter);
void isim_drv_twin_pair(struct isim_drv_sa *sa);
void isim_drv_twin_forget(struct isim_drv_sa *sa);
bool isim_drv_twin_info(struct isim_drv_sa *sa, struct isim_drv_sa_info *info);

/* delreq.c */
void isim_drv_delreq_init(struct isim_drv_adapter *adapter);
void isim_drv_delreq_drain(struct isim_drv_queue *q);
void isim_drv_delreq_flush(struct isim_drv_adapter *adapter);
void isim_drv_delreq(struct isim_drv_adapter *adapter,
		     const struct isim_hw_rx_cpl *cpl);
void isim_drv_sa_limits_init(struct isim_drv_sa *sa,
			     const struct isim_hw_sa_limit *given);
int isim_drv_limits_restore(struct isim_drv_adapter *adapter);
int isim_drv_sa_limits_restore(struct isim_drv_sa *sa);

/* event.c */
void isim_drv_event_init(isim_drv_event_fn fn);
void isim_drv_event_sa_fill(struct isim_drv_sa *sa, struct xfrm_state *x);
bool isim_drv_event_is_for(struct isim_drv_adapter *adapter,
			   const struct isim_drv_sa_info *info);
void isim_drv_event(struct isim_drv_adapter *adapter,
		    const struct isim_drv_event *event);
void isim_drv_event_sa(struct isim_drv_sa *sa, enum isim_drv_event_type type);

/* stats.c */
extern const struct netdev_stat_ops isim_drv_stat_ops;
u64 isim_drv_counter(struct isim_drv_adapter *adapter, enum isim_hw_counter n);
void isim_drv_get_stats64(struct net_device *netdev, struct rtnl_link_stats64 *stats);

/* steer.c */
int isim_drv_set_rxnfc(struct net_device *netdev, struct ethtool_rxnfc *info);
int isim_drv_get_rxnfc(struct net_device *netdev, struct ethtool_rxnfc *info,
		       u32 *locations);
bool isim_drv_steer_fits(const struct isim_drv_adapter *adapter, u32 num_queues);
int isim_drv_steer_restore(struct isim_drv_adapter *adapter);
int isim_drv_steer_flush(struct isim_drv_adapter *adapter);

/* ethtool.c */
extern const struct ethtool_ops isim_drv_ethtool_ops;

/* devlink.c; kernels without devlink show nothing */
#ifdef CONFIG_NET_DEVLINK
int isim_drv_devlink_add(struct isim_drv_adapter *adapter);
void isim_drv_devlink_del(struct isim_drv_adapter *adapter);
#else
static inline int isim_drv_devlink_add(struct isim_drv_adapter *adapter)
{
	return 0;
}

static inline void isim_drv_devlink_del(struct isim_drv_adapter *adapter)
{
}
#endif

/* reset.c */
int isim_drv_restart(struct isim_drv_adapter *adapter);
int isim_drv_reset(struct isim_drv_adapter *adapter);
void isim_drv_reset_schedule(struct isim_drv_adapter *adapter);
void isim_drv_reset_work(struct work_struct *work);
void isim_drv_sa_release_all(struct isim_drv_adapter *adapter);

#endif
