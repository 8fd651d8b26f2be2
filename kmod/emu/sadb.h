/* SPDX-License-Identifier: GPL-2.0 */
/* SA table (sadb.c). Rules: emu.h. */
#ifndef ISIM_EMU_SADB_H
#define ISIM_EMU_SADB_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include "hw/admin.h"
#include "hw/ring.h"
#include "emu/parse.h"

struct crypto_aead;
struct isim_emu;

/**
 * struct isim_emu_sa_stats - one queue's share of an SA's counters
 * @packets: processed with success
 * @bytes: of ESP payload in them
 * @auth_errors: authentication failures
 * @errors: inbound: other failures
 *
 * Outbound SAs are counted by the TX queue, inbound SAs by the RX queue that
 * processes the packet, under its lock: one writer for each element.
 */
struct isim_emu_sa_stats {
	u64 packets;
	u64 bytes;
	u64 auth_errors;
	u64 errors;
} ____cacheline_aligned_in_smp;

#define ISIM_EMU_SEQ_WORDS	32u

/**
 * struct isim_emu_seq_watch - sequence numbers that an outbound SA used last
 * @top: the highest
 * @word: 32 numbers in each: see alarm.c
 */
struct isim_emu_seq_watch {
	atomic64_t top;
	atomic64_t word[ISIM_EMU_SEQ_WORDS];
};

/**
 * struct isim_emu_sa_limits - where an SA raises a delete request; 0: nowhere
 * @packets: processed with success
 * @bytes: of ESP payload in them
 * @auth_errors: authentication failures
 * @seq: sequence number, of SAs without ESN
 */
struct isim_emu_sa_limits {
	u64 packets;
	u64 bytes;
	u32 auth_errors;
	u32 seq;
};

/* struct isim_emu_sa.armed */
#define ISIM_EMU_ARMED_LIMITS	BIT(0)	/* at a limit */
#define ISIM_EMU_ARMED_COMMAND	BIT(1)	/* at the next packet */

/**
 * struct isim_emu_sa - an installed SA
 * @chain: inbound: in the hash chain of its destination and SPI
 * @handle: as answered by SA_ADD
 * @tag: the host's tag
 * @spi: numerical value
 * @flags: ISIM_SA_*
 * @enc_alg: enum isim_hw_enc_alg
 * @auth_alg: enum isim_hw_auth_alg
 * @icv_len: octets
 * @iv_len: octets of explicit IV in the packet
 * @block_mask: cipher block - 1: what is encrypted is a multiple of the block
 * @random_iv: the IV must be unpredictable; else it is the sequence number
 * @armed: ISIM_EMU_ARMED_*, mostly 0; written under @limit_lock
 * @encap_sport: ESP in UDP: source port, for reports only
 * @encap_dport: ESP in UDP: destination port, else 0
 * @epoch: inbound ESN: esn_hi << 1 | overlap, written as one word
 * @saddr: source, IPv4 in the first 4 octets, rest 0
 * @daddr: destination, likewise
 * @aead: keyed transform
 * @seq_watch: outbound: numbers that were used
 * @emu: owner
 * @limit_lock: see emu.h
 * @limits: under @limit_lock
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
	u8			enc_alg;
	u8			auth_alg;
	u8			icv_len;
	u8			iv_len;
	u8			block_mask;
	bool			random_iv;
	u8			armed;
	u16			encap_sport;
	u16			encap_dport;
	u64			epoch;
	u8			saddr[16];
	u8			daddr[16];
	struct crypto_aead	*aead;
	struct isim_emu_seq_watch *seq_watch;
	struct isim_emu		*emu;
	spinlock_t		limit_lock;	/* see above */
	struct isim_emu_sa_limits limits;
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
 * @used: slots in use, or reserved by an SA_ADD in work
 * @used_in: of those, for inbound SAs
 * @room: how many SAs it takes; written under @lock
 * @changes: SAs ever inserted and removed, starting at 1
 * @slots: the slots
 * @fifo: ring of free slot numbers, the one freed longest ago first
 * @fifo_head: place in @fifo of the next slot to use
 * @fifo_tail: place in @fifo for the next slot freed
 * @limits: of inbound SAs added from now on
 * @hash: chains of inbound SAs by destination and SPI
 * @hash_mask: number of chains - 1
 * @hash_seed: random
 */
struct isim_emu_sadb {
	spinlock_t		lock;	/* see above */
	unsigned int		capacity;
	unsigned int		used;
	unsigned int		used_in;
	struct isim_emu_room	room;
	unsigned int		changes;
	struct isim_emu_slot	*slots;
	u32			*fifo;
	unsigned int		fifo_head;
	unsigned int		fifo_tail;
	struct isim_emu_sa_limits limits;
	struct hlist_head	*hash;
	u32			hash_mask;
	u32			hash_seed;
};

int isim_emu_sadb_init(struct isim_emu_sadb *db, unsigned int capacity);
void isim_emu_sadb_exit(struct isim_emu_sadb *db);
enum isim_hw_status isim_emu_sadb_full_status(const struct isim_emu_sadb *db);
void isim_emu_sadb_set_room(struct isim_emu_sadb *db, const struct isim_emu_room *room);
enum isim_hw_status isim_emu_sadb_add(struct isim_emu *emu,
				      const struct isim_hw_sa_add *cmd,
				      struct isim_hw_sa_limit *given);
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
void isim_emu_sa_sum_stats(const struct isim_emu_sa *sa,
			   struct isim_emu_sa_stats *sum);

/* Delete requests (delreq.c) */
void isim_emu_delreq_arm(struct isim_emu_sa *sa,
			 const struct isim_emu_sa_limits *limits);
void isim_emu_delreq_tell(const struct isim_emu_sa *sa, struct isim_hw_sa_limit *given);
enum isim_hw_status isim_emu_delreq_limit(struct isim_emu *emu,
					  const struct isim_hw_sa_limit *cmd);
enum isim_hw_delete_reason isim_emu_delreq_check(struct isim_emu_sa *sa,
						 enum isim_hw_crypto_status status,
						 u64 seq);

#endif
