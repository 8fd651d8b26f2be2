// SPDX-License-Identifier: GPL-2.0
/*
 * Which RX queue a frame goes to: steering rules, then receive spreading. Both are
 * replaced as a whole, so a sender reads them under RCU, and pays for rules only
 * when there are some.
 */
#include <linux/slab.h>
#include <linux/string.h>
#include "emu/emu.h"

static bool steer_matches(const struct isim_emu_steer_rule *rule,
			  const struct isim_emu_parse *p)
{
	if (p->ipv6 != !!(rule->flags & ISIM_STEER_IPV6))
		return false;
	if (rule->flags & ISIM_STEER_SPI && rule->spi != p->spi)
		return false;
	return !(rule->flags & ISIM_STEER_DADDR) ||
	       !memcmp(rule->daddr, p->daddr, p->ipv6 ? 16 : 4);
}

/* What the first rule that matches says, or else @queue */
static u32 steer(const struct isim_emu_steer *rules, const struct isim_emu_parse *p,
		 u32 queue)
{
	unsigned int i;

	if (p->kind != ISIM_PARSE_ESP)
		return queue;
	for (i = 0; i < rules->n; i++)
		if (steer_matches(&rules->rule[i], p))
			return rules->rule[i].queue;
	return queue;
}

/**
 * isim_emu_rx_queue() - choose the RX queue of a frame
 * @emu: receiving adapter
 * @hdr: first piece of the frame, with its headers
 * @len: octets of the frame
 * @frame: gets its hash
 *
 * Context: RCU read section.
 * Return: a queue that there is, or ISIM_STEER_DROP.
 */
u32 isim_emu_rx_queue(struct isim_emu *emu, const struct isim_emu_seg *hdr, u32 len,
		      struct isim_emu_frame *frame)
{
	const struct isim_emu_steer *rules = rcu_dereference(emu->steer);
	const struct isim_emu_rss *rss = rcu_dereference(emu->rss);
	struct isim_emu_parse p;
	u32 queue = 0;

	frame->hash = 0;
	frame->hash_l4 = false;
	if (!rss && !rules)
		return 0;
	isim_emu_parse(hdr->va, hdr->len, len, &p);
	if (p.kind != ISIM_PARSE_IP && p.kind != ISIM_PARSE_ESP)
		return 0;
	if (rss) {
		frame->hash = isim_emu_rx_hash(rss, &p);
		frame->hash_l4 = p.ports;
		queue = rss->table[frame->hash % ISIM_HW_RSS_TABLE];
	}
	return unlikely(rules) ? steer(rules, &p, queue) : queue;
}

static void rss_replace(struct isim_emu *emu, struct isim_emu_rss *rss)
{
	struct isim_emu_rss *old;

	old = rcu_replace_pointer(emu->rss, rss, lockdep_is_held(&emu->conf));
	if (old)
		kfree_rcu(old, rcu);
}

/**
 * isim_emu_rss_set() - RSS_SET
 * @emu: adapter; emu->conf held
 * @cmd: the command's payload
 *
 * Context: process; sleeps.
 * Return: status to answer with.
 */
enum isim_hw_status isim_emu_rss_set(struct isim_emu *emu,
				     const struct isim_hw_rss_set *cmd)
{
	struct isim_emu_rss *rss;
	unsigned int i;

	for (i = 0; i < ISIM_HW_RSS_TABLE; i++)
		if (cmd->table[i] >= emu->params.queues)
			return ISIM_ST_BAD_PARAM;
	rss = kzalloc(sizeof(*rss), GFP_KERNEL);
	if (!rss)
		return ISIM_ST_NO_MEMORY;
	rss->seed = le32_to_cpu(cmd->seed);
	memcpy(rss->table, cmd->table, sizeof(rss->table));
	rss_replace(emu, rss);
	return ISIM_ST_OK;
}

static void steer_replace(struct isim_emu *emu, struct isim_emu_steer *rules)
{
	struct isim_emu_steer *old;

	old = rcu_replace_pointer(emu->steer, rules, lockdep_is_held(&emu->conf));
	if (old)
		kfree_rcu(old, rcu);
}

/* Rules with room for one more, without the one at @location. NULL: no memory. */
static struct isim_emu_steer *steer_copy(struct isim_emu *emu, u32 location)
{
	const struct isim_emu_steer *old;
	struct isim_emu_steer *rules;
	unsigned int i, n;

	old = rcu_dereference_protected(emu->steer, lockdep_is_held(&emu->conf));
	n = old ? old->n : 0;
	rules = kzalloc(struct_size(rules, rule, n + 1), GFP_KERNEL);
	if (!rules)
		return NULL;
	for (i = 0; i < n; i++)
		if (old->rule[i].location != location)
			rules->rule[rules->n++] = old->rule[i];
	return rules;
}

/**
 * isim_emu_steer_add() - STEER_ADD
 * @emu: adapter; emu->conf held
 * @cmd: the command's payload
 *
 * Context: process; sleeps.
 * Return: status to answer with.
 */
enum isim_hw_status isim_emu_steer_add(struct isim_emu *emu,
				       const struct isim_hw_steer_add *cmd)
{
	struct isim_emu_steer_rule rule = {
		.location	= le32_to_cpu(cmd->location),
		.flags		= le32_to_cpu(cmd->flags),
		.queue		= le32_to_cpu(cmd->queue),
		.spi		= le32_to_cpu(cmd->spi),
	};
	struct isim_emu_steer *rules;
	unsigned int i;

	if (rule.location >= ISIM_HW_STEER_RULES ||
	    (rule.queue >= emu->params.queues && rule.queue != ISIM_STEER_DROP))
		return ISIM_ST_BAD_PARAM;
	memcpy(rule.daddr, cmd->daddr, sizeof(rule.daddr));
	rules = steer_copy(emu, rule.location);
	if (!rules)
		return ISIM_ST_NO_MEMORY;

	for (i = rules->n; i && rules->rule[i - 1].location > rule.location; i--)
		rules->rule[i] = rules->rule[i - 1];
	rules->rule[i] = rule;
	rules->n++;
	steer_replace(emu, rules);
	return ISIM_ST_OK;
}

static bool steer_has(struct isim_emu *emu, u32 location)
{
	const struct isim_emu_steer *rules;
	unsigned int i;

	rules = rcu_dereference_protected(emu->steer, lockdep_is_held(&emu->conf));
	for (i = 0; rules && i < rules->n; i++)
		if (rules->rule[i].location == location)
			return true;
	return false;
}

/**
 * isim_emu_steer_delete() - STEER_DELETE
 * @emu: adapter; emu->conf held
 * @cmd: the command's payload
 *
 * Context: process; sleeps.
 * Return: status to answer with.
 */
enum isim_hw_status isim_emu_steer_delete(struct isim_emu *emu,
					  const struct isim_hw_steer_delete *cmd)
{
	u32 location = le32_to_cpu(cmd->location);
	struct isim_emu_steer *rules;

	if (!steer_has(emu, location))
		return ISIM_ST_BAD_PARAM;
	rules = steer_copy(emu, location);
	if (!rules)
		return ISIM_ST_NO_MEMORY;
	if (!rules->n) {
		kfree(rules);
		rules = NULL;
	}
	steer_replace(emu, rules);
	return ISIM_ST_OK;
}

/**
 * isim_emu_steer_reset() - reset state: no rule, all frames to queue 0
 * @emu: adapter; emu->conf held
 */
void isim_emu_steer_reset(struct isim_emu *emu)
{
	steer_replace(emu, NULL);
	rss_replace(emu, NULL);
}
