/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The adapter, inside.
 *
 * One packet's way
 *
 *   regs.c   isim_hw_write32(TX_TAIL)     the doorbell
 *   txq.c    isim_emu_txq_doorbell()      fetch descriptors, one packet at a time
 *            isim_emu_tx_packet()         look the SA up, choose encrypt or copy
 *   rxq.c    isim_emu_rx_reserve()        take empty buffers of the far end
 *   esp.c    isim_emu_esp_encrypt()       sender's buffers -> far end's buffers
 *   wire.c   isim_emu_wire_send()         fault points, then over to the far end
 *   rxq.c    isim_emu_rx_deliver()        parse, look the SA up
 *   esp.c    isim_emu_esp_decrypt()       where the frame lies
 *   rxq.c    isim_emu_rx_complete()       RX completion, interrupt
 *   txq.c    isim_emu_tx_complete()       TX completion, interrupt
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
 * - An RX queue counts the buffers that are out with TX queues (@reserved). It
 *   is not taken down before they are back, so an operation may hold an RX
 *   queue of the far end without a reference to the far end.
 * - An SA belongs to the table. isim_emu_sadb_delete() unlinks it, and its first
 *   reference is dropped an RCU grace period later. Packets use it under RCU;
 *   only one that goes asynchronous takes a reference, still inside the RCU
 *   section in which it found the SA, where the count cannot be zero. The last
 *   put leaves freeing to the workqueue, because freeing an AEAD may sleep.
 *
 * Locks, outermost first; all but @conf are taken with bottom halves disabled
 *
 *   emu->conf (mutex)	queue create and destroy, reset, receive spreading
 *   bar->lock		registers
 *   txq->lock		descriptor fetch, TX pipe, TX completions, counters of the
 *			queue. Held while its packets are encrypted and delivered
 *   rxq->lock		fill ring, RX pipe, RX completions, counters of the queue.
 *			Taken inside the far end's txq->lock, never the other way
 *   aq->lock		submission ring, free jobs;  aq->cq_lock: completions
 *   sadb->lock		slots and hash chains, writers only; readers use RCU
 *   vec->lock		one interrupt vector. Innermost: the host's handler runs
 *			under it
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
#include <linux/prandom.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/scatterlist.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <crypto/aead.h>
#include "hw/admin.h"
#include "hw/bus.h"
#include "hw/regs.h"
#include "hw/ring.h"
#include "emu/api.h"
#include "emu/parse.h"
#include "emu/seg.h"

struct isim_emu_rxq;

/* Counters */

/**
 * struct isim_emu_counters - one queue's share of the adapter counters
 * @v: indexed by enum isim_hw_counter; written under the queue's lock
 */
struct isim_emu_counters {
	u64 v[ISIM_CNT_NUM];
};

static inline void isim_emu_count(struct isim_emu_counters *c,
				  enum isim_hw_counter which, u64 n)
{
	WRITE_ONCE(c->v[which], c->v[which] + n);
}

/* SA table (sadb.c) */

/**
 * struct isim_emu_sa_stats - one queue's share of an SA's counters
 * @packets: processed with success
 * @bytes: of ESP payload in them
 * @auth_errors: authentication failures
 *
 * Outbound SAs are counted by the TX queue, inbound SAs by the RX queue that
 * processes the packet, under its lock: one writer for each element.
 */
struct isim_emu_sa_stats {
	u64 packets;
	u64 bytes;
	u64 auth_errors;
} ____cacheline_aligned_in_smp;

/**
 * struct isim_emu_sa - an installed SA
 * @chain: inbound: in the hash chain of its SPI
 * @handle: as answered by SA_ADD
 * @tag: the host's tag
 * @spi: numerical value
 * @flags: ISIM_SA_*
 * @proto: IPPROTO_ESP
 * @enc_alg: enum isim_hw_enc_alg
 * @auth_alg: enum isim_hw_auth_alg
 * @icv_len: octets
 * @iv_len: octets of explicit IV in the packet
 * @epoch: inbound ESN: esn_hi << 1 | overlap, written as one word
 * @saddr: source, IPv4 in the first 4 octets, rest 0
 * @daddr: destination, likewise
 * @aead: keyed transform
 * @emu: owner
 * @refs: see above
 * @release: drops the first reference after a grace period
 * @free: frees the object
 * @stats: one element per queue pair
 */
struct isim_emu_sa {
	struct hlist_node	chain;
	u32			handle;
	u32			tag;
	u32			spi;
	u32			flags;
	u8			proto;
	u8			enc_alg;
	u8			auth_alg;
	u8			icv_len;
	u8			iv_len;
	u64			epoch;
	u8			saddr[16];
	u8			daddr[16];
	struct crypto_aead	*aead;
	struct isim_emu		*emu;
	refcount_t		refs;
	struct rcu_work		release;
	struct work_struct	free;
	struct isim_emu_sa_stats stats[];
};

#define ISIM_EMU_SLOT_BITS	20
#define ISIM_EMU_SLOT_MASK	(BIT(ISIM_EMU_SLOT_BITS) - 1)
#define ISIM_EMU_GEN_MAX	0xfffu

/**
 * struct isim_emu_slot - one place of the SA table
 * @sa: its SA, or NULL; published with RCU
 * @gen: generation of the handle given out last, 1 to ISIM_EMU_GEN_MAX
 */
struct isim_emu_slot {
	struct isim_emu_sa __rcu *sa;
	u16			gen;
};

/**
 * struct isim_emu_sadb - the SA table
 * @lock: writers
 * @capacity: number of slots
 * @used: slots in use
 * @slots: the slots
 * @fifo: ring of free slot numbers, the one freed longest ago first
 * @fifo_head: place in @fifo of the next slot to use
 * @hash: chains of inbound SAs by SPI
 * @hash_bits: log2 of the number of chains
 */
struct isim_emu_sadb {
	spinlock_t		lock;
	unsigned int		capacity;
	unsigned int		used;
	struct isim_emu_slot	*slots;
	u32			*fifo;
	unsigned int		fifo_head;
	struct hlist_head	*hash;
	unsigned int		hash_bits;
};

int isim_emu_sadb_init(struct isim_emu_sadb *db, unsigned int capacity);
void isim_emu_sadb_exit(struct isim_emu_sadb *db);
enum isim_hw_status isim_emu_sadb_add(struct isim_emu *emu,
				      const struct isim_hw_sa_add *cmd,
				      u32 *handle);
enum isim_hw_status isim_emu_sadb_delete(struct isim_emu *emu, u32 handle);
enum isim_hw_status isim_emu_sadb_update(struct isim_emu *emu,
					 const struct isim_hw_sa_update *cmd);
enum isim_hw_status isim_emu_sadb_query(struct isim_emu *emu, u32 handle,
					struct isim_hw_sa_query *info);
void isim_emu_sadb_flush(struct isim_emu *emu);
struct isim_emu_sa *isim_emu_sadb_find(struct isim_emu_sadb *db, u32 handle);
struct isim_emu_sa *isim_emu_sadb_find_inbound(struct isim_emu_sadb *db,
					       const struct isim_emu_parse *p);
void isim_emu_sa_put(struct isim_emu_sa *sa);

/* Crypto engine (crypto.c) */

/* Room for the AEAD's own request state; SA_ADD refuses an AEAD that needs more */
#define ISIM_EMU_REQ_SIZE	1536u
#define ISIM_EMU_IV_MAX		16u
#define ISIM_EMU_AAD_MAX	24u

/**
 * struct isim_emu_frame - a frame in buffers of an RX queue
 * @rxq: queue whose buffers these are
 * @nsegs: number of buffers
 * @len: octets of the frame
 * @hash: flow hash, or 0
 * @hash_l4: hash covers ports or SPI
 * @seg: the buffers, filled in order
 * @id: the host's name of each
 */
struct isim_emu_frame {
	struct isim_emu_rxq	*rxq;
	unsigned int		nsegs;
	u32			len;
	u32			hash;
	bool			hash_l4;
	struct isim_emu_seg	seg[ISIM_HW_RX_BUFS_MAX];
	u16			id[ISIM_HW_RX_BUFS_MAX];
};

/**
 * struct isim_emu_pkt - a packet to send, as fetched from the TX ring
 * @id: the host's name of it
 * @flags: ISIM_TX_*
 * @sa_handle: or 0
 * @len: octets of the frame
 * @seq: 64-bit ESP sequence number
 * @esp_off: offset of the ESP header
 * @csum_start: see ISIM_TX_CSUM
 * @csum_off: see ISIM_TX_CSUM
 * @nsegs: number of buffers
 * @seg: the host's buffers, read only
 */
struct isim_emu_pkt {
	u16			id;
	u16			flags;
	u32			sa_handle;
	u32			len;
	u64			seq;
	u16			esp_off;
	u16			csum_start;
	u16			csum_off;
	unsigned int		nsegs;
	struct isim_emu_seg	seg[ISIM_HW_TX_BUFS_MAX];
};

/**
 * struct isim_emu_op - one packet in an engine
 * @busy: the crypto API still works on it
 * @err: outcome: 0 or a negative errno
 * @sa: SA, with a reference while @busy
 * @queue: TX or RX queue, for the crypto callback
 * @id: TX: the host's name of the packet
 * @tx_status: TX: status to complete it with
 * @frame: buffers of the far end (TX) or of this end (RX)
 * @esp_len: octets from ESP header to ICV
 * @cpl: RX: flags, tag, handle and status to complete it with
 * @src: scatterlist
 * @dst: scatterlist
 * @iv: IV argument of the AEAD
 * @hdr: associated data, and behind it plaintext with the L4 checksum put in
 * @req: AEAD request and the room behind it
 */
struct isim_emu_op {
	bool			busy;
	int			err;
	struct isim_emu_sa	*sa;
	void			*queue;
	u16			id;
	u8			tx_status;
	struct isim_emu_frame	frame;
	u32			esp_len;
	struct isim_hw_rx_cpl	cpl;
	struct scatterlist	src[ISIM_HW_TX_BUFS_MAX + 1];
	struct scatterlist	dst[ISIM_HW_RX_BUFS_MAX + 1];
	u8			iv[ISIM_EMU_IV_MAX];
	u8			hdr[ISIM_EMU_AAD_MAX + ISIM_HW_TX_HDR_MAX];
	u8			req[ISIM_EMU_REQ_SIZE] __aligned(CRYPTO_MINALIGN);
};

#define ISIM_EMU_PIPE_DEPTH	64u

/**
 * struct isim_emu_pipe - operations of a queue, released in order
 * @head: count of operations released
 * @tail: count of operations entered
 * @op: ring of operations; the one at @tail is free for the next packet
 *
 * A packet that is done at once while nothing waits never enters the pipe.
 */
struct isim_emu_pipe {
	unsigned int		head;
	unsigned int		tail;
	struct isim_emu_op	*op[ISIM_EMU_PIPE_DEPTH];
};

int isim_emu_pipe_init(struct isim_emu_pipe *pipe, void *queue);
void isim_emu_pipe_exit(struct isim_emu_pipe *pipe);

static inline bool isim_emu_pipe_empty(const struct isim_emu_pipe *pipe)
{
	return pipe->head == pipe->tail;
}

/* The operation for the next packet, or NULL when all are busy. */
static inline struct isim_emu_op *isim_emu_pipe_next(struct isim_emu_pipe *pipe)
{
	if (pipe->tail - pipe->head == ISIM_EMU_PIPE_DEPTH)
		return NULL;
	return pipe->op[pipe->tail % ISIM_EMU_PIPE_DEPTH];
}

/* The operation to release next, or NULL when it is busy or there is none. */
static inline struct isim_emu_op *isim_emu_pipe_done(struct isim_emu_pipe *pipe)
{
	struct isim_emu_op *op = pipe->op[pipe->head % ISIM_EMU_PIPE_DEPTH];

	return isim_emu_pipe_empty(pipe) || op->busy ? NULL : op;
}

/**
 * struct isim_emu_alg - an algorithm of the engine
 * @aead: crypto API name
 * @key_lens: bit n set: key of n octets, salt included
 * @icv_lens: bit n set: ICV of n octets
 * @iv_len: octets of explicit IV in the packet
 */
struct isim_emu_alg {
	const char	*aead;
	u64		key_lens;
	u32		icv_lens;
	u8		iv_len;
};

const struct isim_emu_alg *isim_emu_alg_find(u8 enc_alg, u8 auth_alg);
u32 isim_emu_enc_algs(void);
enum isim_hw_status isim_emu_aead_alloc(const struct isim_emu_alg *alg,
					const struct isim_hw_sa_add *cmd,
					struct crypto_aead **aead);

/* ESP transform (esp.c), queue locks held, inside an RCU read section */
int isim_emu_esp_encrypt(struct isim_emu_op *op, struct isim_emu_sa *sa,
			 const struct isim_emu_pkt *pkt,
			 crypto_completion_t done);
int isim_emu_esp_decrypt(struct isim_emu_op *op, struct isim_emu_sa *sa,
			 struct isim_emu_frame *frame,
			 const struct isim_emu_parse *p,
			 crypto_completion_t done);
enum isim_hw_crypto_status isim_emu_esp_status(const struct isim_emu_sa *sa,
					       int err);

/* Interrupts (irq.c) */

/**
 * struct isim_emu_vec - an interrupt vector
 * @lock: everything below; held while the handler runs
 * @armed: fires at the next completion; read without the lock as a hint
 * @pending: completions since it was armed, for moderation
 * @frames: ISIM_IRQ_COAL_FRAMES
 * @usecs: ISIM_IRQ_COAL_USECS
 * @timer: runs @usecs after the first completion; softirq context
 * @handler: the host's handler, or NULL
 * @arg: its argument
 */
struct isim_emu_vec {
	spinlock_t		lock;
	bool			armed;
	unsigned int		pending;
	u16			frames;
	u16			usecs;
	struct hrtimer		timer;
	isim_hw_irq_handler	handler;
	void			*arg;
};

void isim_emu_vec_init(struct isim_emu_vec *vec);
void isim_emu_vec_reset(struct isim_emu_vec *vec);
void isim_emu_vec_arm(struct isim_emu_vec *vec);
void isim_emu_vec_moderate(struct isim_emu_vec *vec, u32 val);
void isim_emu_vec_raise(struct isim_emu_vec *vec, unsigned int completions);

/* Queues (txq.c, rxq.c) */

/**
 * struct isim_emu_txq - TX queue
 * @lock: everything below
 * @running: between TXQ_CREATE and TXQ_DESTROY
 * @emu: owner
 * @index: queue pair
 * @mask: slots - 1
 * @head: slots consumed, modulo 2^16
 * @tail: as the doorbell said
 * @produced: completions written, modulo 2^16
 * @ring: host memory
 * @cpl: host memory
 * @vec: interrupt vector of the queue pair
 * @pipe: operations
 * @pkt: packet being fetched
 * @drained: woken when the pipe gets empty
 * @faults: generator of the wire's fault points
 * @faults_seed: seed that @faults was started with
 * @cnt: counters
 */
struct isim_emu_txq {
	spinlock_t			lock;
	bool				running;
	struct isim_emu			*emu;
	unsigned int			index;
	u16				mask;
	u16				head;
	u16				tail;
	u16				produced;
	const union isim_hw_tx_slot	*ring;
	struct isim_hw_tx_cpl		*cpl;
	struct isim_emu_vec		*vec;
	struct isim_emu_pipe		pipe;
	struct isim_emu_pkt		pkt;
	wait_queue_head_t		drained;
	struct rnd_state		faults;
	u32				faults_seed;
	struct isim_emu_counters	cnt;
} ____cacheline_aligned_in_smp;

enum isim_hw_status isim_emu_txq_create(struct isim_emu *emu,
					const struct isim_hw_txq_create *cmd);
enum isim_hw_status isim_emu_txq_destroy(struct isim_emu *emu, u32 index);
void isim_emu_txq_doorbell(struct isim_emu_txq *txq, u16 tail);
void isim_emu_txq_wait_drained(struct isim_emu_txq *txq);

/**
 * struct isim_emu_rxq - RX queue
 * @lock: everything below
 * @running: between RXQ_CREATE and RXQ_DESTROY
 * @emu: owner
 * @index: queue pair
 * @mask: slots - 1
 * @head: fill slots consumed, modulo 2^16
 * @tail: as the doorbell said
 * @produced: completions written, modulo 2^16
 * @buf_len: octets of every buffer
 * @frame_max: longest frame to accept
 * @fill: host memory
 * @cpl: host memory
 * @spare: buffers taken from the fill ring and given back unused
 * @nspare: number of them
 * @reserved: buffers out with TX queues
 * @vec: interrupt vector of the queue pair
 * @pipe: operations
 * @drained: woken when the pipe gets empty and nothing is reserved
 * @cnt: counters
 */
struct isim_emu_rxq {
	spinlock_t			lock;
	bool				running;
	struct isim_emu			*emu;
	unsigned int			index;
	u16				mask;
	u16				head;
	u16				tail;
	u16				produced;
	u32				buf_len;
	u32				frame_max;
	const struct isim_hw_rx_fill	*fill;
	struct isim_hw_rx_cpl		*cpl;
	struct isim_hw_rx_fill		*spare;
	unsigned int			nspare;
	unsigned int			reserved;
	struct isim_emu_vec		*vec;
	struct isim_emu_pipe		pipe;
	wait_queue_head_t		drained;
	struct isim_emu_counters	cnt;
} ____cacheline_aligned_in_smp;

enum isim_hw_status isim_emu_rxq_create(struct isim_emu *emu,
					const struct isim_hw_rxq_create *cmd);
enum isim_hw_status isim_emu_rxq_destroy(struct isim_emu *emu, u32 index);
void isim_emu_rxq_doorbell(struct isim_emu_rxq *rxq, u16 tail);
bool isim_emu_rx_reserve(struct isim_emu *emu, const struct isim_emu_seg *hdr,
			 u32 len, struct isim_emu_frame *frame);
void isim_emu_rx_abort(struct isim_emu_frame *frame);
void isim_emu_rx_deliver(struct isim_emu_frame *frame);

/* Wire (wire.c) */
void isim_emu_wire_send(struct isim_emu_txq *txq, struct isim_emu_frame *frame);
void isim_emu_wire_update(struct isim_emu *emu);

/* Admin queue (adminq.c) */

/**
 * struct isim_emu_job - a command in work
 * @work: runs it, for commands that may sleep
 * @free: in the list of free jobs
 * @emu: owner
 * @cmd: the command; wiped when it is done
 */
struct isim_emu_job {
	struct work_struct	work;
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
	spinlock_t		lock;
	bool			running;
	u16			mask;
	u16			head;
	const struct isim_hw_cmd *sq;
	struct list_head	free_jobs;
	struct isim_emu_job	*jobs;
	atomic_t		busy;
	wait_queue_head_t	idle;

	spinlock_t		cq_lock;
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
	spinlock_t	lock;
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
 * @vec: 1 + queues interrupt vectors
 * @txq: TX queues
 * @rxq: RX queues
 * @rx_running: RX queues that run, see ISIM_STATUS_LINK
 * @peer: far end of the wire, RCU
 * @wire_faults: fault points
 * @wire_faults_on: any of them set
 */
struct isim_emu {
	struct isim_hw_bar		bar;
	struct isim_emu_params		params;
	struct device			*dev;
	struct mutex			conf;
	struct workqueue_struct		*wq;
	struct work_struct		reset;
	struct isim_emu_aq		aq;
	struct isim_emu_sadb		sadb;
	struct isim_emu_rss __rcu	*rss;
	struct isim_emu_vec		*vec;
	struct isim_emu_txq		*txq;
	struct isim_emu_rxq		*rxq;
	unsigned int			rx_running;
	struct isim_emu __rcu		*peer;
	struct isim_emu_wire_faults	wire_faults;
	bool				wire_faults_on;
};

enum isim_hw_status isim_emu_rss_set(struct isim_emu *emu,
				     const struct isim_hw_rss_set *cmd);
void isim_emu_caps(struct isim_emu *emu, struct isim_hw_caps *caps);
u64 isim_emu_counter(struct isim_emu *emu, enum isim_hw_counter which);
bool isim_emu_link(struct isim_emu *emu);
void isim_emu_cause(struct isim_emu *emu, u32 cause);

/*
 * Host memory behind a bus address. The mapping belongs to the host, which the
 * ownership rules of hw/ring.h oblige to keep it until the completion.
 */
static inline void *isim_emu_bus(struct isim_emu *emu, u64 addr)
{
	return phys_to_virt(dma_to_phys(emu->dev, addr));
}

#endif
