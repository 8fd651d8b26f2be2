// SPDX-License-Identifier: GPL-2.0
/*
 * Delete requests: the limits of an inbound SA, and the packet that reaches one.
 * The rules are in hw/admin.h.
 */
#include "emu/emu.h"

/**
 * isim_emu_delreq_arm() - give an SA its limits
 * @sa: inbound SA
 * @limits: they replace the ones it had
 *
 * A request by command that is pending stays.
 *
 * Context: any but hardirq.
 */
void isim_emu_delreq_arm(struct isim_emu_sa *sa,
			 const struct isim_emu_sa_limits *limits)
{
	u8 armed = 0;

	spin_lock_bh(&sa->limit_lock);
	sa->limits = *limits;
	if (sa->flags & ISIM_SA_ESN)
		sa->limits.seq = 0;
	if (sa->limits.packets || sa->limits.bytes || sa->limits.auth_errors ||
	    sa->limits.seq)
		armed = ISIM_EMU_ARMED_LIMITS;
	WRITE_ONCE(sa->armed, (sa->armed & ISIM_EMU_ARMED_COMMAND) | armed);
	spin_unlock_bh(&sa->limit_lock);
}

/**
 * isim_emu_delreq_tell() - tell the host the limits of an SA
 * @sa: SA, whose handle the host does not know yet
 * @given: filled in, but for the handle
 */
void isim_emu_delreq_tell(const struct isim_emu_sa *sa, struct isim_hw_sa_limit *given)
{
	given->auth_errors = cpu_to_le32(sa->limits.auth_errors);
	given->seq = cpu_to_le32(sa->limits.seq);
	given->packets = cpu_to_le64(sa->limits.packets);
	given->bytes = cpu_to_le64(sa->limits.bytes);
}

/* The limit that an SA has reached with this packet. */
static enum isim_hw_delete_reason
delreq_limit_reached(const struct isim_emu_sa *sa,
		     enum isim_hw_crypto_status status, u64 seq)
{
	const struct isim_emu_sa_limits *limits = &sa->limits;
	struct isim_emu_sa_stats sum;

	lockdep_assert_held(&sa->limit_lock);

	isim_emu_sa_sum_stats(sa, &sum);
	switch (status) {
	case ISIM_CRYPTO_SUCCESS:
		if (limits->seq && seq >= limits->seq)
			return ISIM_DELETE_SEQ;
		if (limits->packets && sum.packets >= limits->packets)
			return ISIM_DELETE_PACKETS;
		if (limits->bytes && sum.bytes >= limits->bytes)
			return ISIM_DELETE_BYTES;
		return ISIM_DELETE_NONE;
	case ISIM_CRYPTO_TRANSPORT_ESP_AUTH_FAILED:
	case ISIM_CRYPTO_TUNNEL_ESP_AUTH_FAILED:
		if (limits->auth_errors && sum.auth_errors >= limits->auth_errors)
			return ISIM_DELETE_AUTH_ERRORS;
		return ISIM_DELETE_NONE;
	default:
		return ISIM_DELETE_NONE;
	}
}

/**
 * isim_emu_delreq_check() - does this packet carry a delete request?
 * @sa: its SA, armed a moment ago
 * @status: what became of the packet, counted already
 * @seq: its sequence number
 *
 * Each queue counts its packets by itself. The lock orders that: of two packets
 * in two queues, the later one here sees both counted.
 *
 * Context: bottom halves disabled.
 * Return: the reason, once for each arming, or ISIM_DELETE_NONE.
 */
enum isim_hw_delete_reason
isim_emu_delreq_check(struct isim_emu_sa *sa, enum isim_hw_crypto_status status,
		      u64 seq)
{
	enum isim_hw_delete_reason reason = ISIM_DELETE_NONE;

	spin_lock(&sa->limit_lock);
	if (sa->armed & ISIM_EMU_ARMED_COMMAND)
		reason = ISIM_DELETE_COMMAND;
	else if (sa->armed)
		reason = delreq_limit_reached(sa, status, seq);
	if (reason != ISIM_DELETE_NONE)
		WRITE_ONCE(sa->armed, 0);
	spin_unlock(&sa->limit_lock);
	return reason;
}

/**
 * isim_emu_delreq_limit() - SA_LIMIT
 * @emu: adapter
 * @cmd: the command's payload
 *
 * Return: status to answer with.
 */
enum isim_hw_status isim_emu_delreq_limit(struct isim_emu *emu,
					  const struct isim_hw_sa_limit *cmd)
{
	const struct isim_emu_sa_limits limits = {
		.packets	= le64_to_cpu(cmd->packets),
		.bytes		= le64_to_cpu(cmd->bytes),
		.auth_errors	= le32_to_cpu(cmd->auth_errors),
		.seq		= le32_to_cpu(cmd->seq),
	};
	struct isim_emu_sadb *db = &emu->sadb;
	enum isim_hw_status st = ISIM_ST_OK;
	struct isim_emu_sa *sa;

	if (!cmd->handle) {
		spin_lock_bh(&db->lock);
		db->limits = limits;
		spin_unlock_bh(&db->lock);
		return ISIM_ST_OK;
	}

	rcu_read_lock();
	sa = isim_emu_sadb_find(db, le32_to_cpu(cmd->handle));
	if (!sa)
		st = ISIM_ST_BAD_HANDLE;
	else if (!(sa->flags & ISIM_SA_INBOUND) ||
		 (sa->flags & ISIM_SA_ESN && limits.seq))
		st = ISIM_ST_BAD_PARAM;
	else
		isim_emu_delreq_arm(sa, &limits);
	rcu_read_unlock();
	return st;
}

bool isim_emu_sa_delete_req(struct isim_emu *emu, u32 handle)
{
	struct isim_emu_sa *sa;

	rcu_read_lock();
	sa = isim_emu_sadb_find(&emu->sadb, handle);
	if (sa && !(sa->flags & ISIM_SA_INBOUND))
		sa = NULL;
	if (sa) {
		spin_lock_bh(&sa->limit_lock);
		WRITE_ONCE(sa->armed, sa->armed | ISIM_EMU_ARMED_COMMAND);
		spin_unlock_bh(&sa->limit_lock);
	}
	rcu_read_unlock();
	return sa;
}
