/* SPDX-License-Identifier: GPL-2.0 */
/* TX and RX queues, and the wire between them (txq.c, rxq.c, wire.c). Rules: emu.h. */
#ifndef ISIM_EMU_QUEUE_H
#define ISIM_EMU_QUEUE_H

#include <linux/cache.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include "hw/admin.h"
#include "hw/regs.h"
#include "hw/ring.h"
#include "emu/engine.h"

struct isim_emu;
struct isim_emu_vec;

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
 * @pkt: packet being sent
 * @lso: how far it has been cut, if it is a large one
 * @cutting: frames of it are still to be sent
 * @status: what its completion will tell
 * @drained: woken when the pipe gets empty
 * @cnt: counters
 */
struct isim_emu_txq {
	spinlock_t			lock;	/* see above */
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
	struct isim_emu_lso		lso;
	bool				cutting;
	u8				status;
	wait_queue_head_t		drained;
	struct isim_emu_counters	cnt;
} ____cacheline_aligned_in_smp;

enum isim_hw_status isim_emu_txq_create(struct isim_emu *emu,
					const struct isim_hw_txq_create *cmd);
enum isim_hw_status isim_emu_txq_destroy(struct isim_emu *emu, u32 index);
void isim_emu_txq_doorbell(struct isim_emu_txq *txq, u16 tail);
void isim_emu_txq_wait_drained(struct isim_emu_txq *txq);
void isim_emu_seq_check(struct isim_emu_txq *txq, struct isim_emu_sa *sa, u64 seq);

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
	spinlock_t			lock;	/* see above */
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

/* Wire (wire.c, far.c) */
int isim_emu_wire_reserve(struct isim_emu *emu, const struct isim_emu_seg *hdr,
			  u32 len, struct isim_emu_frame *frame);
void isim_emu_far_abort(struct isim_emu_frame *frame);
void isim_emu_far_deliver(struct isim_emu_frame *frame);
void isim_emu_wire_send(struct isim_emu_txq *txq, struct isim_emu_frame *frame);
void isim_emu_wire_update(struct isim_emu *emu);

#endif
