// SPDX-License-Identifier: GPL-2.0
/*
 * SA table. Slots give handles, chains by SPI give the receive lookup. Lifetime
 * and locking of an SA: see emu.h.
 */
#include <linux/err.h>
#include <linux/in.h>
#include <linux/jhash.h>
#include <linux/log2.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "emu/emu.h"

#define SA_FLAGS	(ISIM_SA_INBOUND | ISIM_SA_TUNNEL | ISIM_SA_IPV6 | \
			 ISIM_SA_ESN | ISIM_SA_ESN_OVERLAP)

/**
 * isim_emu_sadb_init() - make an empty table
 * @db: zeroed
 * @capacity: number of slots
 *
 * Return: 0 or -ENOMEM.
 */
int isim_emu_sadb_init(struct isim_emu_sadb *db, unsigned int capacity)
{
	unsigned int i;

	spin_lock_init(&db->lock);
	db->capacity = capacity;
	db->changes = 1;
	/* Chains get one SA on average. */
	db->hash_mask = roundup_pow_of_two(capacity) - 1;
	db->hash_seed = get_random_u32();
	db->slots = kvcalloc(capacity, sizeof(*db->slots), GFP_KERNEL);
	db->fifo = kvcalloc(capacity, sizeof(*db->fifo), GFP_KERNEL);
	db->hash = kvcalloc(db->hash_mask + 1, sizeof(*db->hash), GFP_KERNEL);
	if (!db->slots || !db->fifo || !db->hash) {
		isim_emu_sadb_exit(db);
		return -ENOMEM;
	}
	for (i = 0; i < capacity; i++)
		db->fifo[i] = i;
	return 0;
}

/**
 * isim_emu_sadb_exit() - free an empty table
 * @db: table
 */
void isim_emu_sadb_exit(struct isim_emu_sadb *db)
{
	kvfree(db->hash);
	kvfree(db->fifo);
	kvfree(db->slots);
}

static struct hlist_head *sadb_chain(struct isim_emu_sadb *db, const u8 *daddr,
				     bool ipv6, u32 spi)
{
	u32 hash = jhash(daddr, ipv6 ? 16 : 4, spi ^ db->hash_seed);

	return &db->hash[hash & db->hash_mask];
}

static void sa_free(struct isim_emu_sa *sa)
{
	crypto_free_aead(sa->aead);
	kfree(sa->seq_watch);
	kfree(sa);
}

static void sa_free_work(struct work_struct *work)
{
	sa_free(container_of(work, struct isim_emu_sa, free));
}

/**
 * isim_emu_sa_put() - drop a reference
 * @sa: SA
 *
 * Context: any but hardirq.
 */
void isim_emu_sa_put(struct isim_emu_sa *sa)
{
	if (refcount_dec_and_test(&sa->refs))
		queue_work(sa->emu->wq, &sa->free);
}

static void sa_release_work(struct work_struct *work)
{
	isim_emu_sa_put(container_of(to_rcu_work(work), struct isim_emu_sa,
				     release));
}

/* The two parts of an ESN epoch in one word, see struct isim_emu_sa */
static u64 sa_epoch(__le32 esn_hi, u32 flags)
{
	return (u64)le32_to_cpu(esn_hi) << 1 |
	       (flags & ISIM_SA_ESN_OVERLAP ? 1 : 0);
}

static bool sa_encap_ok(const struct isim_hw_sa_add *cmd, u32 flags)
{
	if (cmd->encap == ISIM_ENCAP_NONE)
		return true;
	return cmd->encap == ISIM_ENCAP_UDP && !(flags & ISIM_SA_IPV6) &&
	       cmd->encap_dport;
}

static enum isim_hw_status sa_create(struct isim_emu *emu,
				     const struct isim_hw_sa_add *cmd,
				     struct isim_emu_sa **res)
{
	u32 flags = le32_to_cpu(cmd->flags);
	enum isim_hw_status st;
	struct isim_emu_sa *sa;
	u32 alen;

	if (flags & ~SA_FLAGS || cmd->proto != IPPROTO_ESP || !cmd->spi ||
	    !sa_encap_ok(cmd, flags))
		return ISIM_ST_BAD_PARAM;
	if (!isim_emu_caps_sa_ok(emu, cmd))
		return ISIM_ST_UNSUPPORTED;

	sa = kzalloc(struct_size(sa, stats, emu->params.queues), GFP_KERNEL);
	if (!sa)
		return ISIM_ST_NO_MEMORY;
	st = ISIM_ST_NO_MEMORY;
	if (!(flags & ISIM_SA_INBOUND)) {
		sa->seq_watch = kzalloc(sizeof(*sa->seq_watch), GFP_KERNEL);
		if (!sa->seq_watch)
			goto free_sa;
	}
	st = isim_emu_sa_crypto(sa, cmd);
	if (st != ISIM_ST_OK)
		goto free_watch;
	sa->emu = emu;
	sa->tag = le32_to_cpu(cmd->tag);
	sa->spi = le32_to_cpu(cmd->spi);
	sa->flags = flags;
	if (cmd->encap == ISIM_ENCAP_UDP) {
		sa->encap_sport = le16_to_cpu(cmd->encap_sport);
		sa->encap_dport = le16_to_cpu(cmd->encap_dport);
	}
	sa->epoch = sa_epoch(cmd->esn_hi, flags);
	alen = flags & ISIM_SA_IPV6 ? 16 : 4;
	memcpy(sa->saddr, cmd->saddr, alen);
	memcpy(sa->daddr, cmd->daddr, alen);
	spin_lock_init(&sa->limit_lock);
	refcount_set(&sa->refs, 1);
	INIT_RCU_WORK(&sa->release, sa_release_work);
	INIT_WORK(&sa->free, sa_free_work);
	*res = sa;
	return ISIM_ST_OK;

free_watch:
	kfree(sa->seq_watch);
free_sa:
	kfree(sa);
	return st;
}

/**
 * isim_emu_sadb_set_room() - bound the number of SAs
 * @db: table
 * @room: how many it takes; those that it has stay
 */
void isim_emu_sadb_set_room(struct isim_emu_sadb *db, const struct isim_emu_room *room)
{
	spin_lock_bh(&db->lock);
	db->room = *room;
	spin_unlock_bh(&db->lock);
}

/**
 * isim_emu_sadb_full_status() - what to answer when there is no room
 * @db: table
 *
 * Return: status to answer SA_ADD with.
 */
enum isim_hw_status isim_emu_sadb_full_status(const struct isim_emu_sadb *db)
{
	return READ_ONCE(db->room.busy) ? ISIM_ST_BUSY : ISIM_ST_FULL;
}

static bool sadb_has_room(const struct isim_emu_sadb *db, bool inbound)
{
	const struct isim_emu_room *room = &db->room;
	unsigned int used = inbound ? db->used_in : db->used - db->used_in;
	u32 most = inbound ? room->in : room->out;

	lockdep_assert_held(&db->lock);
	return db->used < db->capacity && (!room->all || db->used < room->all) &&
	       (!most || used < most);
}

static void sadb_count(struct isim_emu_sadb *db, bool inbound, int n)
{
	lockdep_assert_held(&db->lock);
	WRITE_ONCE(db->used, db->used + n);
	if (inbound)
		db->used_in += n;
}

/* Count a slot as used, if there is room. */
static enum isim_hw_status sadb_reserve(struct isim_emu_sadb *db, bool inbound)
{
	enum isim_hw_status st = ISIM_ST_OK;

	spin_lock_bh(&db->lock);
	if (sadb_has_room(db, inbound))
		sadb_count(db, inbound, 1);
	else
		st = isim_emu_sadb_full_status(db);
	spin_unlock_bh(&db->lock);
	return st;
}

static void sadb_unreserve(struct isim_emu_sadb *db, bool inbound)
{
	spin_lock_bh(&db->lock);
	sadb_count(db, inbound, -1);
	spin_unlock_bh(&db->lock);
}

/* Give the SA the slot freed longest ago; one is reserved for it. */
static void sadb_insert(struct isim_emu_sadb *db, struct isim_emu_sa *sa)
{
	struct isim_emu_slot *slot;
	u32 n;

	lockdep_assert_held(&db->lock);
	n = db->fifo[db->fifo_head];
	db->fifo_head = (db->fifo_head + 1) % db->capacity;

	slot = &db->slots[n];
	slot->gen = slot->gen == ISIM_EMU_GEN_MAX ? 1 : slot->gen + 1;
	sa->handle = (u32)slot->gen << ISIM_EMU_SLOT_BITS | n;
	if (sa->flags & ISIM_SA_INBOUND)
		isim_emu_delreq_arm(sa, &db->limits);
	rcu_assign_pointer(slot->sa, sa);
	WRITE_ONCE(db->changes, db->changes + 1);
	if (sa->flags & ISIM_SA_INBOUND)
		hlist_add_head_rcu(&sa->chain,
				   sadb_chain(db, sa->daddr,
					      sa->flags & ISIM_SA_IPV6, sa->spi));
}

static void sadb_remove(struct isim_emu_sadb *db, struct isim_emu_sa *sa)
{
	u32 n = sa->handle & ISIM_EMU_SLOT_MASK;

	lockdep_assert_held(&db->lock);
	RCU_INIT_POINTER(db->slots[n].sa, NULL);
	WRITE_ONCE(db->changes, db->changes + 1);
	if (sa->flags & ISIM_SA_INBOUND)
		hlist_del_rcu(&sa->chain);
	db->fifo[db->fifo_tail] = n;
	db->fifo_tail = (db->fifo_tail + 1) % db->capacity;
	sadb_count(db, sa->flags & ISIM_SA_INBOUND, -1);
	queue_rcu_work(sa->emu->wq, &sa->release);
}

/**
 * isim_emu_sadb_add() - SA_ADD
 * @emu: adapter
 * @cmd: the command's payload
 * @given: filled in on success: the SA's handle and limits
 *
 * Context: process; sleeps.
 * Return: status to answer with.
 */
enum isim_hw_status isim_emu_sadb_add(struct isim_emu *emu,
				      const struct isim_hw_sa_add *cmd,
				      struct isim_hw_sa_limit *given)
{
	bool inbound = le32_to_cpu(cmd->flags) & ISIM_SA_INBOUND;
	struct isim_emu_sadb *db = &emu->sadb;
	enum isim_hw_status st;
	struct isim_emu_sa *sa;

	st = sadb_reserve(db, inbound);
	if (st != ISIM_ST_OK)
		return st;
	st = sa_create(emu, cmd, &sa);
	if (st != ISIM_ST_OK) {
		sadb_unreserve(db, inbound);
		return st;
	}
	spin_lock_bh(&db->lock);
	sadb_insert(db, sa);
	given->handle = cpu_to_le32(sa->handle);
	isim_emu_delreq_tell(sa, given);
	spin_unlock_bh(&db->lock);
	return ISIM_ST_OK;
}

/**
 * isim_emu_sadb_find() - the SA of a handle
 * @db: table
 * @handle: as the host gave it, any value
 *
 * Context: RCU read section.
 * Return: the SA, or NULL for an unknown or stale handle.
 */
struct isim_emu_sa *isim_emu_sadb_find(struct isim_emu_sadb *db, u32 handle)
{
	u32 n = handle & ISIM_EMU_SLOT_MASK;
	struct isim_emu_sa *sa;

	if (n >= db->capacity)
		return NULL;
	sa = rcu_dereference(db->slots[n].sa);
	return sa && sa->handle == handle ? sa : NULL;
}

/**
 * isim_emu_sadb_find_inbound() - the SA of a received packet
 * @db: table
 * @p: headers of the packet, of kind ISIM_PARSE_ESP or with udp_esp
 *
 * Context: RCU read section.
 * Return: the newest inbound SA for destination, SPI and protocol, and for ESP
 * in UDP the destination port, or NULL.
 */
struct isim_emu_sa *isim_emu_sadb_find_inbound(struct isim_emu_sadb *db,
					       const struct isim_emu_parse *p)
{
	struct hlist_head *chain = sadb_chain(db, p->daddr, p->ipv6, p->spi);
	u16 dport = p->udp_esp ? p->port_word : 0;
	u32 alen = p->ipv6 ? 16 : 4;
	struct isim_emu_sa *sa;

	hlist_for_each_entry_rcu(sa, chain, chain) {
		if (sa->spi == p->spi && sa->encap_dport == dport &&
		    !(sa->flags & ISIM_SA_IPV6) == !p->ipv6 &&
		    !memcmp(sa->daddr, p->daddr, alen))
			return sa;
	}
	return NULL;
}

/**
 * isim_emu_sadb_delete() - SA_DELETE
 * @emu: adapter
 * @handle: as the host gave it
 *
 * Return: status to answer with.
 */
enum isim_hw_status isim_emu_sadb_delete(struct isim_emu *emu, u32 handle)
{
	struct isim_emu_sadb *db = &emu->sadb;
	enum isim_hw_status st = ISIM_ST_BAD_HANDLE;
	struct isim_emu_sa *sa;

	rcu_read_lock();
	spin_lock_bh(&db->lock);
	sa = isim_emu_sadb_find(db, handle);
	if (sa) {
		sadb_remove(db, sa);
		st = ISIM_ST_OK;
	}
	spin_unlock_bh(&db->lock);
	rcu_read_unlock();
	return st;
}

/**
 * isim_emu_sadb_update() - SA_UPDATE: move the ESN epoch of an inbound SA
 * @emu: adapter
 * @cmd: the command's payload
 *
 * Return: status to answer with.
 */
enum isim_hw_status isim_emu_sadb_update(struct isim_emu *emu,
					 const struct isim_hw_sa_update *cmd)
{
	u32 flags = le32_to_cpu(cmd->flags);
	enum isim_hw_status st = ISIM_ST_OK;
	struct isim_emu_sa *sa;

	rcu_read_lock();
	sa = isim_emu_sadb_find(&emu->sadb, le32_to_cpu(cmd->handle));
	if (!sa)
		st = ISIM_ST_BAD_HANDLE;
	else if (!(sa->flags & ISIM_SA_ESN))
		st = ISIM_ST_NO_ESN;
	else if (sa->spi != le32_to_cpu(cmd->spi) ||
		 flags & ~ISIM_SA_ESN_OVERLAP)
		st = ISIM_ST_BAD_PARAM;
	else
		WRITE_ONCE(sa->epoch, sa_epoch(cmd->esn_hi, flags));
	rcu_read_unlock();
	return st;
}

int isim_emu_sa_epoch_set(struct isim_emu *emu, u32 handle, u32 esn_hi,
			  bool overlap)
{
	u32 flags = ISIM_SA_ESN | ISIM_SA_INBOUND;
	struct isim_emu_sa *sa;
	int err = 0;

	rcu_read_lock();
	sa = isim_emu_sadb_find(&emu->sadb, handle);
	if (!sa)
		err = -ENOENT;
	else if ((sa->flags & flags) != flags)
		err = -EINVAL;
	else
		WRITE_ONCE(sa->epoch, (u64)esn_hi << 1 | overlap);
	rcu_read_unlock();
	return err;
}

/**
 * isim_emu_sa_sum_stats() - add up the queues' shares of an SA's counters
 * @sa: SA
 * @sum: filled in
 */
void isim_emu_sa_sum_stats(const struct isim_emu_sa *sa,
			   struct isim_emu_sa_stats *sum)
{
	unsigned int i;

	*sum = (struct isim_emu_sa_stats){};
	for (i = 0; i < sa->emu->params.queues; i++) {
		sum->packets += READ_ONCE(sa->stats[i].packets);
		sum->bytes += READ_ONCE(sa->stats[i].bytes);
		sum->auth_errors += READ_ONCE(sa->stats[i].auth_errors);
		sum->errors += READ_ONCE(sa->stats[i].errors);
	}
}

/**
 * isim_emu_sadb_query() - SA_QUERY
 * @emu: adapter
 * @handle: as the host gave it
 * @info: filled in
 *
 * Return: status to answer with.
 */
enum isim_hw_status isim_emu_sadb_query(struct isim_emu *emu, u32 handle,
					struct isim_hw_sa_query *info)
{
	enum isim_hw_status st = ISIM_ST_BAD_HANDLE;
	struct isim_emu_sa_stats sum;
	struct isim_emu_sa *sa;

	rcu_read_lock();
	sa = isim_emu_sadb_find(&emu->sadb, handle);
	if (sa) {
		isim_emu_sa_sum_stats(sa, &sum);
		info->packets = cpu_to_le64(sum.packets);
		info->bytes = cpu_to_le64(sum.bytes);
		info->auth_errors = cpu_to_le32(sum.auth_errors);
		info->esn_hi = cpu_to_le32(READ_ONCE(sa->epoch) >> 1);
		st = ISIM_ST_OK;
	}
	rcu_read_unlock();
	return st;
}

/**
 * isim_emu_sadb_flush() - remove every SA, and the limits of those to come
 * @emu: adapter
 */
void isim_emu_sadb_flush(struct isim_emu *emu)
{
	struct isim_emu_sadb *db = &emu->sadb;
	struct isim_emu_sa *sa;
	u32 n;

	spin_lock_bh(&db->lock);
	db->limits = (struct isim_emu_sa_limits){};
	spin_unlock_bh(&db->lock);
	for (n = 0; n < db->capacity; n++) {
		spin_lock_bh(&db->lock);
		sa = rcu_dereference_protected(db->slots[n].sa,
					       lockdep_is_held(&db->lock));
		if (sa)
			sadb_remove(db, sa);
		spin_unlock_bh(&db->lock);
		cond_resched();
	}
}

unsigned int isim_emu_sa_capacity(struct isim_emu *emu)
{
	struct isim_emu_sadb *db = &emu->sadb;
	struct isim_emu_room room;
	u32 most = db->capacity;

	spin_lock_bh(&db->lock);
	room = db->room;
	spin_unlock_bh(&db->lock);
	if (room.all)
		most = min(most, room.all);
	if (room.in && room.out)
		most = min(most, room.in + room.out);
	return most;
}

unsigned int isim_emu_sa_count(struct isim_emu *emu)
{
	return READ_ONCE(emu->sadb.used);
}

unsigned int isim_emu_sa_changes(struct isim_emu *emu)
{
	return READ_ONCE(emu->sadb.changes);
}

bool isim_emu_sa_next(struct isim_emu *emu, unsigned int *slot,
		      struct isim_emu_sa_info *info)
{
	struct isim_emu_sadb *db = &emu->sadb;
	struct isim_emu_sa_stats sum;
	struct isim_emu_sa *sa = NULL;

	rcu_read_lock();
	while (!sa && *slot < db->capacity)
		sa = rcu_dereference(db->slots[(*slot)++].sa);
	if (sa) {
		isim_emu_sa_sum_stats(sa, &sum);
		*info = (struct isim_emu_sa_info){
			.handle		= sa->handle,
			.tag		= sa->tag,
			.spi		= sa->spi,
			.flags		= sa->flags,
			.enc_alg	= sa->enc_alg,
			.auth_alg	= sa->auth_alg,
			.icv_len	= sa->icv_len,
			.encap_sport	= sa->encap_sport,
			.encap_dport	= sa->encap_dport,
			.esn_hi		= READ_ONCE(sa->epoch) >> 1,
			.packets	= sum.packets,
			.bytes		= sum.bytes,
			.auth_errors	= sum.auth_errors,
			.errors		= sum.errors,
		};
		memcpy(info->saddr, sa->saddr, sizeof(info->saddr));
		memcpy(info->daddr, sa->daddr, sizeof(info->daddr));
	}
	rcu_read_unlock();
	return sa;
}
