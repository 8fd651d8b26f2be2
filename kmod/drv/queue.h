/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ipsecsim driver: the rings of a queue pair and who may touch what. The packet
 * path through them is in drv.h.
 */
#ifndef ISIM_DRV_QUEUE_H
#define ISIM_DRV_QUEUE_H

#include <linux/dim.h>
#include <linux/netdevice.h>
#include <linux/u64_stats_sync.h>

#include "hw/ring.h"

struct isim_drv_adapter;
struct page_pool;

/* Slots of the largest packet: the packet slot, then two buffers in each */
#define ISIM_DRV_TX_SLOTS_MAX	(1 + DIV_ROUND_UP(ISIM_HW_TX_BUFS_MAX, 2))

/**
 * struct isim_drv_tx_info - what the driver remembers of a TX slot
 * @skb: packet slot: its packet, freed on completion
 * @bytes: packet slot: as reported to BQL
 * @slots: packet slot: of the whole packet
 * @segs: packet slot: frames that it makes
 * @dma: buffer slot: bus addresses
 * @len: buffer slot: lengths, 0 for a buffer that is not there
 *
 * The first buffer of a packet is the skb's linear part, the others are pages.
 */
struct isim_drv_tx_info {
	union {
		struct {
			struct sk_buff	*skb;
			u32		bytes;
			u16		slots;
			u16		segs;
		};
		struct {
			dma_addr_t	dma[2];
			u32		len[2];
		};
	};
};

/**
 * struct isim_drv_tx_stats - counters of a TX queue
 * @syncp: for 64-bit reads; the writer is NAPI
 * @packets: sent
 * @bytes: sent; of large packets, without the ESP trailers
 * @lso: large packets sent, each of which is many in @packets
 * @errors: refused by the adapter; a large packet of which one frame fails is one,
 *          whether or not others have left
 * @no_link: dropped by the adapter, nothing is wired to it
 */
struct isim_drv_tx_stats {
	struct u64_stats_sync	syncp;
	u64_stats_t		packets;
	u64_stats_t		bytes;
	u64_stats_t		lso;
	u64_stats_t		errors;
	u64_stats_t		no_link;
};

/**
 * struct isim_drv_tx_drops - drops in isim_drv_xmit()
 * @syncp: for 64-bit reads; the writer holds the TX queue lock
 * @stale_sa: the packet's SA is not in the adapter any more
 * @unfinished: ESP that XFRM has not finished for this device
 * @other: no memory, no DMA mapping, malformed
 * @stops: times the queue was stopped
 */
struct isim_drv_tx_drops {
	struct u64_stats_sync	syncp;
	u64_stats_t		stale_sa;
	u64_stats_t		unfinished;
	u64_stats_t		other;
	u64_stats_t		stops;
};

/**
 * struct isim_drv_tx_ring - TX side of a queue pair
 * @slots: the ring
 * @info: one for each slot
 * @cpl: completion ring
 * @txq: the stack's queue
 * @mask: slots - 1
 * @reg_tail: doorbell
 * @slots_dma: bus address of @slots
 * @cpl_dma: bus address of @cpl
 * @prod: slots ever filled; written under the TX queue lock
 * @frames: frames that @prod stands for; written under the TX queue lock
 * @rung: value of @prod in the last doorbell
 * @drops: counters of the producer
 * @cons: slots ever returned; written by NAPI
 * @frames_done: frames that @cons stands for; written by NAPI
 * @cpl_head: completions consumed
 * @stats: counters of the consumer
 *
 * Three groups of cache lines: what both sides read for each packet and nobody
 * writes; what the producer writes; what the consumer writes, maybe on another CPU.
 */
struct isim_drv_tx_ring {
	union isim_hw_tx_slot	*slots;
	struct isim_drv_tx_info	*info;
	struct isim_hw_tx_cpl	*cpl;
	struct netdev_queue	*txq;
	u32			mask;
	u32			reg_tail;
	dma_addr_t		slots_dma;
	dma_addr_t		cpl_dma;

	u32			prod ____cacheline_aligned_in_smp;
	u32			frames;
	u32			rung;
	struct isim_drv_tx_drops drops;

	u32			cons ____cacheline_aligned_in_smp;
	u32			frames_done;
	u32			cpl_head;
	struct isim_drv_tx_stats stats;
};

/**
 * struct isim_drv_rx_stats - counters of an RX queue, written by NAPI
 * @syncp: for 64-bit reads
 * @packets: given to the stack
 * @bytes: in them
 * @esp: with a crypto status
 * @csum_ok: with an L4 checksum that the adapter has verified
 * @stale_sa: dropped: decrypted for an SA that is gone
 * @otherhost: dropped: decrypted, and not for this host
 * @esn_mismatch: authenticated with another high word than XFRM will assume
 * @no_mem: dropped: no memory for an skb or a secpath
 * @alloc_fail: times the fill ring could not be filled
 */
struct isim_drv_rx_stats {
	struct u64_stats_sync	syncp;
	u64_stats_t		packets;
	u64_stats_t		bytes;
	u64_stats_t		esp;
	u64_stats_t		csum_ok;
	u64_stats_t		stale_sa;
	u64_stats_t		otherhost;
	u64_stats_t		esn_mismatch;
	u64_stats_t		no_mem;
	u64_stats_t		alloc_fail;
};

/**
 * struct isim_drv_rx_ring - RX side of a queue pair, NAPI only
 * @fill: fill ring
 * @cpl: completion ring
 * @pages: by buffer id; NULL when the id is free
 * @free_ids: stack of buffer ids not posted
 * @num_free: depth of @free_ids
 * @mask: slots - 1
 * @prod: buffers ever posted
 * @rung: value of @prod in the last doorbell
 * @cpl_head: completions consumed
 * @buf_len: octets of a buffer
 * @reg_tail: doorbell
 * @skb: frame of which not all buffers have been seen
 * @discard: skip buffers up to the end of the frame
 * @pool: where the pages come from, already mapped
 * @stats: counters
 * @fill_dma: bus address of @fill
 * @cpl_dma: bus address of @cpl
 */
struct isim_drv_rx_ring {
	struct isim_hw_rx_fill	*fill;
	struct isim_hw_rx_cpl	*cpl;
	struct page		**pages;
	u16			*free_ids;
	u32			num_free;
	u32			mask;
	u32			prod;
	u32			rung;
	u32			cpl_head;
	u32			buf_len;
	u32			reg_tail;
	struct sk_buff		*skb;
	bool			discard;
	struct page_pool	*pool;
	struct isim_drv_rx_stats stats;

	dma_addr_t		fill_dma;
	dma_addr_t		cpl_dma;
};

/* One of @rx->stats; NAPI, or NAPI disabled */
static inline void isim_drv_rx_count(struct isim_drv_rx_ring *rx,
				     u64_stats_t *counter)
{
	u64_stats_update_begin(&rx->stats.syncp);
	u64_stats_inc(counter);
	u64_stats_update_end(&rx->stats.syncp);
}

/**
 * struct isim_drv_tx_esp - what the adapter must know of an ESP packet
 * @sa_handle: 0 for a packet to send as it is
 * @offset: of the ESP header in the frame
 * @seq: 64-bit sequence number, of a large packet that of its first frame
 * @next_hdr: for the ESP trailers of a large packet
 */
struct isim_drv_tx_esp {
	u32	sa_handle;
	u32	offset;
	u64	seq;
	u8	next_hdr;
};

/**
 * struct isim_drv_lso - how the adapter is to cut a packet
 * @mss: payload of a frame, or 0 for a packet that is a frame
 * @hdr_len: octets of headers, with the L4 header
 * @segs: frames that it makes
 * @udp: UDP, else TCP
 */
struct isim_drv_lso {
	u16	mss;
	u16	hdr_len;
	u16	segs;
	bool	udp;
};

/**
 * struct isim_drv_queue - a queue pair with its vector
 * @napi: polls both sides
 * @adapter: where it belongs
 * @index: of the pair; its vector is @index + 1
 * @tx: TX side
 * @rx: RX side
 * @dim: adaptive moderation. NAPI, or NAPI disabled; its work, queued when the level
 *	has changed, reads that and sets the state in which measuring begins
 * @events: polls that ended with an armed vector, for @dim; NAPI
 * @sampled: when the last poll was; NAPI
 * @hold: no level is tried before that; NAPI
 * @trial: level on trial; events, packets received and packets completed when that
 *	began; NAPI
 * @moderate_lock: serialises the programming of the moderation
 * @watch_rx: RX completions consumed when the watch looked last
 * @watch_tx: TX completions likewise
 * @watch_pending: there were more, and it had seen them before
 *
 * Lives as long as the adapter, because counters outlive a down and up. Rings
 * exist between isim_drv_queues_start() and isim_drv_queues_stop().
 */
struct isim_drv_queue {
	struct napi_struct	napi;
	struct isim_drv_adapter	*adapter;
	u16			index;
	struct isim_drv_tx_ring	tx;
	struct isim_drv_rx_ring	rx ____cacheline_aligned_in_smp;
	struct dim		dim;
	u16			events;
	ktime_t			sampled;
	ktime_t			hold;
	struct {
		u64		rx;
		u32		tx;
		u16		events;
		u8		level;
	} trial;
	spinlock_t		moderate_lock;	/* see drv.h */
	u32			watch_rx;
	u32			watch_tx;
	bool			watch_pending;
} ____cacheline_aligned_in_smp;

/* napi.c */
int isim_drv_vector_open(struct isim_drv_queue *q);
void isim_drv_vector_close(struct isim_drv_queue *q);
void isim_drv_vector_start(struct isim_drv_queue *q);

/**
 * struct isim_drv_moderation - interrupt moderation of a queue pair
 * @usecs: time from a completion to the interrupt, 0 for none
 * @frames: completions that do not wait for it, 0 for any number that does
 */
struct isim_drv_moderation {
	u16	usecs;
	u16	frames;
};

/* moderate.c */
void isim_drv_moderate(struct isim_drv_queue *q);
void isim_drv_moderation(const struct isim_drv_queue *q, struct isim_drv_moderation *m);
void isim_drv_moderate_init(struct isim_drv_queue *q);
void isim_drv_moderate_begin(struct isim_drv_queue *q);
void isim_drv_moderate_close(struct isim_drv_queue *q);
void isim_drv_moderate_sample(struct isim_drv_queue *q, bool ended);

/* tx_esp.c */
__be16 isim_drv_tx_network(const struct sk_buff *skb, unsigned int *offset);
bool isim_drv_tx_secpath(struct isim_drv_adapter *adapter,
			 struct isim_drv_tx_ring *tx, struct sk_buff *skb,
			 struct isim_drv_tx_esp *esp, u64_stats_t **counter);

/* tx_lso.c */
bool isim_drv_tx_lso(struct sk_buff *skb, struct isim_drv_lso *lso);

/* tx.c */
netdev_tx_t isim_drv_xmit(struct sk_buff *skb, struct net_device *netdev);
void isim_drv_tx_clean(struct isim_drv_queue *q, int budget);
int isim_drv_tx_alloc(struct isim_drv_queue *q);
void isim_drv_tx_free(struct isim_drv_queue *q);

/* rx_esp.c */
bool isim_drv_rx_secpath(struct isim_drv_queue *q, struct sk_buff *skb,
			 const struct isim_hw_rx_cpl *cpl);

/* rx.c */
int isim_drv_rx_poll(struct isim_drv_queue *q, int budget);
bool isim_drv_rx_refill(struct isim_drv_queue *q);
void isim_drv_rx_doorbell(struct isim_drv_queue *q);
int isim_drv_rx_alloc(struct isim_drv_queue *q);
void isim_drv_rx_free(struct isim_drv_queue *q);

/* rx_dest.c */
bool isim_drv_rx_for_host(struct net_device *netdev, const u8 *addr);

/* rx_encap.c */
void isim_drv_rx_encap(struct sk_buff *skb);

#endif
