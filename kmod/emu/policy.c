// SPDX-License-Identifier: GPL-2.0
/* Policies: what they match, what becomes of it, and changes. Rules: policy.h. */
#include <linux/slab.h>
#include <linux/string.h>
#include "emu/emu.h"

static bool prefix_covers(const u8 *prefix, unsigned int len, const u8 *addr)
{
	unsigned int whole = len / 8, rest = len % 8;

	return !memcmp(prefix, addr, whole) &&
	       (!rest || !((prefix[whole] ^ addr[whole]) >> (8 - rest)));
}

static bool addrs_match(const struct isim_emu_policy_rule *rule,
			const struct isim_emu_parse *p)
{
	return rule->version == (p->ipv6 ? 6 : 4) &&
	       prefix_covers(rule->saddr, rule->src_len, p->saddr) &&
	       prefix_covers(rule->daddr, rule->dst_len, p->daddr);
}

static bool rule_matches(const struct isim_emu_policy_rule *rule,
			 const struct isim_emu_parse *p,
			 const struct isim_emu_upper *up)
{
	bool doubt = rule->action != ISIM_POLICY_BYPASS;

	if (rule->version && !(p->saddr ? addrs_match(rule, p) : doubt))
		return false;
	if (!rule->proto)
		return true;
	if (!up->known)
		return doubt;
	if (rule->proto != up->proto)
		return false;
	if (!rule->sport && !rule->dport)
		return true;
	if (!up->ports)
		return doubt;
	return (!rule->sport || rule->sport == up->sport) &&
	       (!rule->dport || rule->dport == up->dport);
}

static bool rule_passes(const struct isim_emu_policy_rule *rule,
			const struct isim_emu_upper *up)
{
	return rule->action == ISIM_POLICY_BYPASS ||
	       (rule->action == ISIM_POLICY_PROTECT && up->esp);
}

/* The first policy that matches a frame counts it. NULL: it passes. */
static const struct isim_emu_policy *spd_stops(const struct isim_emu_spd_table *spd,
					       bool inbound,
					       const struct isim_emu_parse *p,
					       const struct isim_emu_upper *up)
{
	struct isim_emu_policy *policy;
	unsigned int i;

	for (i = 0; i < spd->n; i++) {
		policy = spd->policy[i];
		if (policy->rule.inbound != inbound ||
		    !rule_matches(&policy->rule, p, up))
			continue;
		if (rule_passes(&policy->rule, up)) {
			atomic64_inc(&policy->passed);
			return NULL;
		}
		atomic64_inc(&policy->stopped);
		return policy;
	}
	return NULL;
}

/**
 * isim_emu_policy_sent() - show the policies a frame that is about to leave
 * @txq: queue that sends it, its lock held
 * @spd: policies
 * @pkt: the frame
 * @esp: an SA is applied to it, so it is ESP, whatever its ports are
 *
 * Context: RCU read section.
 * Return: false when it is stopped; that has been counted.
 */
bool isim_emu_policy_sent(struct isim_emu_txq *txq,
			  const struct isim_emu_spd_table *spd,
			  const struct isim_emu_pkt *pkt, bool esp)
{
	const struct isim_emu_seg *hdr = &pkt->seg[0];
	const struct isim_emu_policy *policy;
	struct isim_emu_upper up;
	struct isim_emu_parse p;

	isim_emu_parse(hdr->va, hdr->len, pkt->len, &p);
	if (p.kind == ISIM_PARSE_OTHER)
		return true;
	isim_emu_parse_upper(hdr->va, hdr->len, &p, &up);
	up.esp |= esp;
	policy = spd_stops(spd, false, &p, &up);
	if (!policy)
		return true;
	isim_emu_count(&txq->cnt, policy->rule.action == ISIM_POLICY_PROTECT ?
		       ISIM_CNT_TX_CLEARTEXT : ISIM_CNT_TX_DISCARD, 1);
	return false;
}

/**
 * isim_emu_policy_received() - show the policies a frame that has arrived
 * @rxq: queue that receives it, its lock held
 * @spd: policies
 * @frame: the frame
 * @p: its headers
 *
 * Context: RCU read section.
 * Return: false when it is stopped; that has been counted.
 */
bool isim_emu_policy_received(struct isim_emu_rxq *rxq,
			      const struct isim_emu_spd_table *spd,
			      const struct isim_emu_frame *frame,
			      const struct isim_emu_parse *p)
{
	const struct isim_emu_policy *policy;
	struct isim_emu_upper up;

	if (p->kind == ISIM_PARSE_OTHER)
		return true;
	isim_emu_parse_upper(frame->seg[0].va, frame->seg[0].len, p, &up);
	policy = spd_stops(spd, true, p, &up);
	if (!policy)
		return true;
	isim_emu_count(&rxq->cnt, policy->rule.action == ISIM_POLICY_PROTECT ?
		       ISIM_CNT_RX_CLEARTEXT : ISIM_CNT_RX_DISCARD, 1);
	return false;
}

/* --- Changes -------------------------------------------------------------- */

static struct isim_emu_spd_table *spd_table(struct isim_emu_spd *spd)
{
	return rcu_dereference_protected(spd->table, lockdep_is_held(&spd->lock));
}

/* Publish a table. Policies that are not in it any more are the caller's to free. */
static void spd_replace(struct isim_emu_spd *spd, struct isim_emu_spd_table *table)
{
	struct isim_emu_spd_table *old = spd_table(spd);

	rcu_assign_pointer(spd->table, table);
	if (old)
		kfree_rcu(old, rcu);
}

static void policy_look(const struct isim_emu_policy *policy,
			struct isim_emu_policy_info *info)
{
	info->id = policy->id;
	info->rule = policy->rule;
	info->passed = atomic64_read(&policy->passed);
	info->stopped = atomic64_read(&policy->stopped);
}

/* Put a policy, which gets its id, behind the others. */
static int spd_append(struct isim_emu_spd *spd, struct isim_emu_policy *policy)
{
	const struct isim_emu_spd_table *old = spd_table(spd);
	unsigned int n = old ? old->n : 0;
	struct isim_emu_spd_table *table;

	if (n == ISIM_EMU_POLICIES_MAX)
		return -ENOSPC;
	/* A walk goes on at the number behind. */
	if (spd->last_id == U32_MAX - 1)
		return -EOVERFLOW;
	table = kzalloc(struct_size(table, policy, n + 1), GFP_KERNEL);
	if (!table)
		return -ENOMEM;
	if (old)
		memcpy(table->policy, old->policy, n * sizeof(old->policy[0]));
	policy->id = ++spd->last_id;
	table->policy[n] = policy;
	table->n = n + 1;
	spd_replace(spd, table);
	return 0;
}

int isim_emu_policy_add(struct isim_emu *emu, const struct isim_emu_policy_rule *rule,
			struct isim_emu_policy_info *info)
{
	struct isim_emu_spd *spd = &emu->spd;
	struct isim_emu_policy *policy;
	int err;

	policy = kzalloc(sizeof(*policy), GFP_KERNEL);
	if (!policy)
		return -ENOMEM;
	policy->rule = *rule;

	mutex_lock(&spd->lock);
	err = spd_append(spd, policy);
	/* Once the lock is gone, so may be the policy. */
	if (!err)
		policy_look(policy, info);
	mutex_unlock(&spd->lock);
	if (err)
		kfree(policy);
	return err;
}

/* The table without its entry @gone. Returns an ERR_PTR, or NULL for an empty one. */
static struct isim_emu_spd_table *spd_without(const struct isim_emu_spd_table *old,
					      unsigned int gone)
{
	struct isim_emu_spd_table *table;
	unsigned int i;

	if (old->n == 1)
		return NULL;
	table = kzalloc(struct_size(table, policy, old->n - 1), GFP_KERNEL);
	if (!table)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < old->n; i++)
		if (i != gone)
			table->policy[table->n++] = old->policy[i];
	return table;
}

static int spd_remove(struct isim_emu_spd *spd, u32 id)
{
	const struct isim_emu_spd_table *old = spd_table(spd);
	struct isim_emu_spd_table *table;
	struct isim_emu_policy *policy;
	unsigned int i;

	for (i = 0; old && i < old->n; i++)
		if (old->policy[i]->id == id)
			break;
	if (!old || i == old->n)
		return -ENOENT;
	table = spd_without(old, i);
	if (IS_ERR(table))
		return PTR_ERR(table);
	policy = old->policy[i];
	spd_replace(spd, table);
	kfree_rcu(policy, rcu);
	return 0;
}

int isim_emu_policy_del(struct isim_emu *emu, u32 id)
{
	int err;

	mutex_lock(&emu->spd.lock);
	err = spd_remove(&emu->spd, id);
	mutex_unlock(&emu->spd.lock);
	return err;
}

void isim_emu_policy_flush(struct isim_emu *emu)
{
	struct isim_emu_spd *spd = &emu->spd;
	struct isim_emu_spd_table *old;
	unsigned int i;

	mutex_lock(&spd->lock);
	old = spd_table(spd);
	rcu_assign_pointer(spd->table, NULL);
	mutex_unlock(&spd->lock);
	if (!old)
		return;
	for (i = 0; i < old->n; i++)
		kfree_rcu(old->policy[i], rcu);
	kfree_rcu(old, rcu);
}

bool isim_emu_policy_next(struct isim_emu *emu, u32 id,
			  struct isim_emu_policy_info *info)
{
	struct isim_emu_spd *spd = &emu->spd;
	const struct isim_emu_spd_table *table;
	bool found = false;
	unsigned int i;

	mutex_lock(&spd->lock);
	table = spd_table(spd);
	for (i = 0; table && !found && i < table->n; i++) {
		found = table->policy[i]->id >= id;
		if (found)
			policy_look(table->policy[i], info);
	}
	mutex_unlock(&spd->lock);
	return found;
}
