/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The adapter, inside.
 *
 * One packet's way
 *
 *   regs.c   isim_hw_write32(TX_TAIL)     the doorbell
 *   txq.c    isim_emu_txq_doorbell()      fetch descriptors, one packet at a time
 *            tx_packet()                  look the SA up, choose encrypt or copy
 *   lso.c    isim_emu_lso_cut()           of a large packet: its next frame
 *   policy.c isim_emu_policy_sent()       if there are policies: may it leave?
 *   far.c    isim_emu_wire_reserve()      is the far end an adapter?
 *   steer.c  isim_emu_rx_queue()          which RX queue of the far end?
 *   rxq.c    isim_emu_rx_reserve()        take empty buffers of it
 *   esp.c    isim_emu_esp_encrypt()       sender's buffers -> far end's buffers
 *   wire.c   isim_emu_wire_send()         over to the far end
 *   rxq.c    isim_emu_rx_deliver()        parse, ask policies, look the SA up
 *   esp.c    isim_emu_esp_decrypt()       where the frame lies
 *   rxmeta.c isim_emu_rx_tell_inner()     checksum and hash, of what is inside
 *   rxq.c    rx_complete()                RX completion, interrupt
 *   txq.c    tx_complete()                TX completion, interrupt
 *
 * All of it runs in the doorbell's context, with bottom halves disabled, unless
 * the crypto API goes asynchronous (-EINPROGRESS). Then the packet waits in the
 * pipe of its queue (struct isim_emu_pipe) and the way goes on in the crypto
 * callback. A pipe releases packets in the order in which they entered it.
 *
 * Ownership
 *
 * - A TX queue owns its pipe's operations. An operation owns the frame of far-end
 *   buffers that it fills, from reserve until deliver or abort.
 * - A large packet stays in txq->pkt, and txq->lso tells how far it has been cut,
 *   until its last frame has entered an operation: a full pipe stops it anywhere.
 *   Each frame is an operation of its own, whose payload is the sender's buffers
 *   and whose headers and trailer are in the operation. The pipe releases in
 *   order, so the packet's one completion, from the operation of its last
 *   frame, returns the buffers when no operation reads them any more.
 * - An RX queue counts the buffers that are out with TX queues (@reserved). It
 *   is not taken down before they are back, so an operation may hold an RX
 *   queue of the far end without a reference to the far end.
 * - A far end that is no adapter (struct isim_emu_far) is held by an operation in
 *   the same way: isim_emu_unwire() waits until none holds it.
 * - Whether there is a far end is asked as a frame's buffers are taken, and not
 *   again on its way (isim_emu_wire_reserve()): it may be unwired before and after
 *   that. What a fault point sends in its place, or once more (wire_fault.c), takes
 *   buffers of its own: it asks again, and is lost if there is no far end by then.
 * - An SA belongs to the table. isim_emu_sadb_delete() unlinks it, and its first
 *   reference is dropped an RCU grace period later. Packets use it under RCU;
 *   only one that goes asynchronous takes a reference, still inside the RCU
 *   section in which it found the SA, where the count cannot be zero. The last
 *   put leaves freeing to the workqueue, because freeing an AEAD may sleep.
 *
 * Locks, outermost first; all but the mutexes are taken with bottom halves disabled
 *
 *   emu->conf (mutex)	queue create and destroy, reset, receive spreading, steering
 *   bar->lock		registers
 *   txq->lock		descriptor fetch, TX pipe, TX completions, counters of the
 *			queue. Held while its packets are encrypted and delivered
 *   rxq->lock		fill ring, RX pipe, RX completions, counters of the queue.
 *			Taken inside the far end's txq->lock, never the other way
 *   aq->lock		submission ring, free jobs;  aq->cq_lock: completions
 *   sadb->lock		slots and hash chains, writers only; readers use RCU
 *   sa->limit_lock	limits of an SA that raise a delete request. Taken for a
 *			packet only while the SA is armed
 *   vec->lock		one interrupt vector. The host's handler runs under it
 *   faults->lock	fault points, innermost of all: see fault.h
 *   spd->lock (mutex)	policies, writers only, apart from all these: see policy.h
 *
 * A doorbell of the host arrives with the host's own locks held, so none of
 * these is ever held while waiting for the host.
 */
#ifndef ISIM_EMU_H
#define ISIM_EMU_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/dma-direct.h>
#include <linux/hrtimer.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include "hw/admin.h"
#include "hw/bus.h"
#include "hw/regs.h"
#include "hw/ring.h"
#include "emu/api.h"
#include "emu/engine.h"
#include "emu/fault.h"
#include "emu/policy.h"
#include "emu/queue.h"
#include "emu/sadb.h"

/* Interrupts (irq.c) */

/**
 * struct isim_emu_vec - an interrupt vector
 * @lock: everything below; held while the handler runs
 * @armed: fires at the next completion; read without the lock as a hint
 * @pending: completions since it was armed, for moderation
 * @frames: ISIM_IRQ_COAL_FRAMES
 * @usecs: ISIM_IRQ_COAL_USECS
 * @emu: owner
 * @timer: runs @usecs after the first completion; softirq context
 * @handler: the host's handler, or NULL
 * @arg: its argument
 *
 * Looked at for each frame and written for each poll: one to a cache line, or queue
 * pairs would share.
 */
struct isim_emu_vec {
	spinlock_t		lock;	/* see above */
	bool			armed;
	unsigned int		pending;
	u16			frames;
	u16			usecs;
	struct isim_emu		*emu;
	struct hrtimer		timer;
	isim_hw_irq_handler	handler;
	void			*arg;
} ____cacheline_aligned_in_smp;

void isim_emu_vec_init(struct isim_emu *emu, struct isim_emu_vec *vec);
void isim_emu_vec_reset(struct isim_emu_vec *vec);
void isim_emu_vec_arm(struct isim_emu_vec *vec);
void isim_emu_vec_moderate(struct isim_emu_vec *vec, u32 val);
void isim_emu_vec_raise(struct isim_emu_vec *vec, unsigned int completions);

/* Admin queue (adminq.c) */

/**
 * struct isim_emu_job - a command in work
 * @work: runs it, for commands that may sleep or are late
 * @free: in the list of free jobs
 * @emu: owner
 * @cmd: the command; wiped when it is done
 */
struct isim_emu_job {
	struct delayed_work	work;
	struct list_head	free;
	struct isim_emu		*emu;
	struct isim_hw_cmd	cmd;
};

/**
 * struct isim_emu_aq - admin queue
 * @lock: submission side: @running to @jobs
 * @running: between ENABLE and reset
 * @mask: slots - 1
 * @head: commands fetched, modulo 2^16
 * @sq: host memory
 * @free_jobs: jobs without a command
 * @jobs: ISIM_HW_AQ_MAX jobs
 * @busy: jobs with a command
 * @idle: woken when @busy gets 0
 * @cq_lock: completion side: the rest
 * @cq_open: completions may be written
 * @produced: completions written, modulo 2^16
 * @cq: host memory
 */
struct isim_emu_aq {
	spinlock_t		lock;	/* see above */
	bool			running;
	u16			mask;
	u16			head;
	const struct isim_hw_cmd *sq;
	struct list_head	free_jobs;
	struct isim_emu_job	*jobs;
	atomic_t		busy;
	wait_queue_head_t	idle;

	spinlock_t		cq_lock;	/* see above */
	bool			cq_open;
	u16			produced;
	struct isim_hw_cpl	*cq;
};

int isim_emu_aq_init(struct isim_emu *emu);
void isim_emu_aq_exit(struct isim_emu *emu);
void isim_emu_aq_start(struct isim_emu *emu);
void isim_emu_aq_stop(struct isim_emu *emu);
void isim_emu_aq_doorbell(struct isim_emu *emu, u16 tail);

/* The adapter (adapter.c, regs.c) */

/**
 * struct isim_hw_bar - the register file
 * @lock: everything below
 * @ctrl: ISIM_CTRL_ENABLE
 * @resetting: a reset is under way
 * @cause: ISIM_CAUSE_*
 * @aq_sq: ISIM_REG_AQ_SQ_LO and HI
 * @aq_cq: ISIM_REG_AQ_CQ_LO and HI
 * @aq_entries: ISIM_REG_AQ_ENTRIES
 * @latch: high word of the counter that was read last
 */
struct isim_hw_bar {
	spinlock_t	lock;	/* see above */
	u32		ctrl;
	bool		resetting;
	u32		cause;
	u64		aq_sq;
	u64		aq_cq;
	u32		aq_entries;
	u32		latch;
};

/**
 * struct isim_emu_rss - receive spreading, replaced as a whole
 * @rcu: frees it
 * @seed: of the flow hash
 * @table: RX queue by hash
 */
struct isim_emu_rss {
	struct rcu_head	rcu;
	u32		seed;
	u8		table[ISIM_HW_RSS_TABLE];
};

/**
 * struct isim_emu_steer_rule - see struct isim_hw_steer_add
 * @location: where it is
 * @flags: ISIM_STEER_*
 * @queue: RX queue, or ISIM_STEER_DROP
 * @spi: numerical value
 * @daddr: destination, IPv4 in the first 4 octets
 */
struct isim_emu_steer_rule {
	u32	location;
	u32	flags;
	u32	queue;
	u32	spi;
	u8	daddr[16];
};

/**
 * struct isim_emu_steer - steering rules, replaced as a whole
 * @rcu: frees it
 * @n: number of rules, 1 or more
 * @rule: rules by location, lowest first
 */
struct isim_emu_steer {
	struct rcu_head			rcu;
	unsigned int			n;
	struct isim_emu_steer_rule	rule[];
};

/**
 * struct isim_emu - an adapter
 * @bar: registers
 * @params: what it was built with
 * @dev: whose DMA mappings the bus addresses come from
 * @conf: see above
 * @wq: admin commands that may sleep, reset, freeing of SAs
 * @reset: the reset
 * @aq: admin queue
 * @sadb: SA table
 * @rss: receive spreading, NULL: all to queue 0
 * @steer: steering rules, NULL: none
 * @vec: 1 + queues interrupt vectors
 * @txq: TX queues
 * @rxq: RX queues
 * @rx_running: RX queues that run, see ISIM_STATUS_LINK
 * @peer: adapter at the far end of the wire, RCU
 * @far: or what else is there, RCU
 * @spd: policies
 * @caps_off: capabilities that are switched off
 * @faults: fault points
 */
struct isim_emu {
	struct isim_hw_bar		bar;
	struct isim_emu_params		params;
	struct device			*dev;
	struct mutex			conf;	/* see above */
	struct workqueue_struct		*wq;
	struct work_struct		reset;
	struct isim_emu_aq		aq;
	struct isim_emu_sadb		sadb;
	struct isim_emu_rss __rcu	*rss;
	struct isim_emu_steer __rcu	*steer;
	struct isim_emu_vec		*vec;
	struct isim_emu_txq		*txq;
	struct isim_emu_rxq		*rxq;
	unsigned int			rx_running;
	struct isim_emu __rcu		*peer;
	struct isim_emu_far __rcu	*far;
	struct isim_emu_spd		spd;
	struct isim_emu_caps		caps_off;
	struct isim_emu_faults		faults;
};

/* Facts about received packets (rxmeta.c) */
u32 isim_emu_rx_hash(const struct isim_emu_rss *rss, const struct isim_emu_parse *p);
void isim_emu_rx_tell_csum(struct isim_emu_op *op, const struct isim_emu_frame *frame,
			   const struct isim_emu_parse *p);
void isim_emu_rx_tell_inner(struct isim_emu_op *op, struct isim_emu_frame *frame,
			    const struct isim_emu_parse *p);

/* Choice of the RX queue (steer.c) */
u32 isim_emu_rx_queue(struct isim_emu *emu, const struct isim_emu_seg *hdr, u32 len,
		      struct isim_emu_frame *frame);
enum isim_hw_status isim_emu_rss_set(struct isim_emu *emu,
				     const struct isim_hw_rss_set *cmd);
enum isim_hw_status isim_emu_steer_add(struct isim_emu *emu,
				       const struct isim_hw_steer_add *cmd);
enum isim_hw_status isim_emu_steer_delete(struct isim_emu *emu,
					  const struct isim_hw_steer_delete *cmd);
void isim_emu_steer_reset(struct isim_emu *emu);

void isim_emu_faults_init(struct isim_emu *emu);
void isim_emu_caps_all(struct isim_emu *emu, struct isim_hw_caps *caps);
u64 isim_emu_counter(struct isim_emu *emu, enum isim_hw_counter which);
bool isim_emu_link(struct isim_emu *emu);
void isim_emu_cause(struct isim_emu *emu, u32 cause);

/* Capabilities (caps.c) */
void isim_emu_caps(struct isim_emu *emu, struct isim_hw_caps *caps);
bool isim_emu_caps_sa_ok(const struct isim_emu *emu,
			 const struct isim_hw_sa_add *cmd);
bool isim_emu_caps_rx_off(u32 off, const struct isim_emu_parse *p,
			  const struct isim_emu_sa *sa);

static inline bool isim_emu_wired(const struct isim_emu *emu)
{
	return rcu_access_pointer(emu->peer) || rcu_access_pointer(emu->far);
}

/*
 * The adapter reads and writes host memory through the linear mapping, as a
 * coherent bus master does. That is wrong where DMA is not coherent.
 */
#if defined(CONFIG_ARCH_HAS_SYNC_DMA_FOR_DEVICE) || !defined(CONFIG_64BIT)
#error "ipsecsim needs a 64-bit architecture with coherent DMA"
#endif

/*
 * Host memory behind a bus address. The mapping belongs to the host, which the
 * ownership rules of hw/ring.h oblige to keep it until the completion.
 */
static inline void *isim_emu_bus(struct isim_emu *emu, u64 addr)
{
	return phys_to_virt(dma_to_phys(emu->dev, addr));
}

#endif
