// SPDX-License-Identifier: GPL-2.0
/* Generic netlink: policies of adapters. */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/socket.h>
#include <linux/stringify.h>
#include <net/sock.h>

#include "compat/genl.h"
#include "ctl/ctl.h"
#include "ctl/netlink.h"
#include "ctl/netlink_gen.h"
#include "emu/api.h"

static_assert(IPSECSIM_POLICIES_MAX == ISIM_EMU_POLICIES_MAX);
static_assert(IPSECSIM_POLICY_PROTECT == (int)ISIM_POLICY_PROTECT);
static_assert(IPSECSIM_POLICY_BYPASS == (int)ISIM_POLICY_BYPASS);
static_assert(IPSECSIM_POLICY_DISCARD == (int)ISIM_POLICY_DISCARD);

/* Counts changes of any adapter's policies; written under isim_ctl_lock. */
static unsigned int isim_ctl_nl_policy_changes;

/* --- What there is -------------------------------------------------------- */

static int isim_ctl_nl_fill_selector(struct sk_buff *msg,
				     const struct isim_emu_policy_rule *rule)
{
	bool ipv6 = rule->version == 6;
	int len = ipv6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);

	if (rule->version &&
	    (nla_put_u32(msg, IPSECSIM_A_POLICY_FAMILY, ipv6 ? AF_INET6 : AF_INET) ||
	     nla_put(msg, IPSECSIM_A_POLICY_SRC, len, rule->saddr) ||
	     nla_put_u32(msg, IPSECSIM_A_POLICY_SRC_LEN, rule->src_len) ||
	     nla_put(msg, IPSECSIM_A_POLICY_DST, len, rule->daddr) ||
	     nla_put_u32(msg, IPSECSIM_A_POLICY_DST_LEN, rule->dst_len)))
		return -EMSGSIZE;
	if ((rule->proto && nla_put_u32(msg, IPSECSIM_A_POLICY_PROTO, rule->proto)) ||
	    (rule->sport && nla_put_u16(msg, IPSECSIM_A_POLICY_SPORT, rule->sport)) ||
	    (rule->dport && nla_put_u16(msg, IPSECSIM_A_POLICY_DPORT, rule->dport)))
		return -EMSGSIZE;
	return 0;
}

static int isim_ctl_nl_fill_policy(struct sk_buff *msg,
				   const struct isim_ctl_port *port,
				   const struct isim_emu_policy_info *info)
{
	u32 dir = info->rule.inbound ? IPSECSIM_SA_DIR_IN : IPSECSIM_SA_DIR_OUT;

	if (nla_put_u32(msg, IPSECSIM_A_POLICY_IFINDEX, port->ifindex) ||
	    nla_put_string(msg, IPSECSIM_A_POLICY_IFNAME, port->ifname) ||
	    nla_put_u32(msg, IPSECSIM_A_POLICY_ID, info->id) ||
	    nla_put_u32(msg, IPSECSIM_A_POLICY_DIR, dir) ||
	    nla_put_u32(msg, IPSECSIM_A_POLICY_ACTION, info->rule.action) ||
	    isim_ctl_nl_fill_selector(msg, &info->rule) ||
	    nla_put_u64_64bit(msg, IPSECSIM_A_POLICY_PASSED, info->passed,
			      IPSECSIM_A_POLICY_PAD) ||
	    nla_put_u64_64bit(msg, IPSECSIM_A_POLICY_STOPPED, info->stopped,
			      IPSECSIM_A_POLICY_PAD))
		return -EMSGSIZE;
	return 0;
}

static int isim_ctl_nl_need_id(struct genl_info *info)
{
	if (!GENL_REQ_ATTR_CHECK(info, IPSECSIM_A_POLICY_ID))
		return 0;
	NL_SET_ERR_MSG(info->extack, "The request names no policy: id is missing");
	return -EINVAL;
}

static int isim_ctl_nl_unknown_policy(struct genl_info *info)
{
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[IPSECSIM_A_POLICY_ID],
			    "The adapter has no policy of that id");
	return -ENOENT;
}

static int isim_ctl_nl_policy_get(struct genl_info *info, struct sk_buff *msg,
				  struct isim_ctl_adapter *ad,
				  const struct isim_ctl_port *port)
{
	struct isim_emu_policy_info policy;
	int err;
	u32 id;

	err = isim_ctl_nl_need_id(info);
	if (err)
		return err;
	id = nla_get_u32(info->attrs[IPSECSIM_A_POLICY_ID]);
	if (!isim_emu_policy_next(ad->emu, id, &policy) || policy.id != id)
		return isim_ctl_nl_unknown_policy(info);
	return isim_ctl_nl_fill_policy(msg, port, &policy);
}

int isim_ctl_nl_policy_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return isim_ctl_nl_get(info, isim_ctl_nl_policy_get);
}

/* Policies of one adapter, from dump->next on; -EMSGSIZE when the buffer is full */
static int isim_ctl_nl_dump_policies(struct sk_buff *skb, struct netlink_callback *cb,
				     struct isim_emu *emu,
				     const struct isim_ctl_port *port)
{
	struct isim_ctl_nl_dump *dump = isim_ctl_nl_dump(cb);
	struct isim_emu_policy_info policy;
	void *hdr;

	while (isim_emu_policy_next(emu, dump->next, &policy)) {
		hdr = isim_ctl_nl_dump_put(skb, cb, IPSECSIM_CMD_POLICY_GET);
		if (!hdr)
			return -EMSGSIZE;
		genl_dump_check_consistent(cb, hdr);
		if (isim_ctl_nl_fill_policy(skb, port, &policy)) {
			genlmsg_cancel(skb, hdr);
			return -EMSGSIZE;
		}
		genlmsg_end(skb, hdr);
		dump->next = policy.id + 1;
	}
	return 0;
}

static int isim_ctl_nl_dump_one(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct isim_ctl_adapter *ad;
	struct isim_ctl_port port;

	ad = isim_ctl_nl_dump_find(skb, cb, &port);
	if (IS_ERR(ad))
		return PTR_ERR(ad);
	return isim_ctl_nl_dump_policies(skb, cb, ad->emu, &port);
}

static int isim_ctl_nl_dump_all(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct isim_ctl_nl_dump *dump = isim_ctl_nl_dump(cb);
	struct isim_ctl_adapter *ad;
	struct isim_ctl_port port;
	int err = 0;

	/* The list is ordered by id. */
	list_for_each_entry(ad, &isim_ctl_adapters, list) {
		if (ad->id + 1 < dump->adapter ||
		    !isim_ctl_port(ad, sock_net(skb->sk), &port))
			continue;
		if (ad->id + 1 > dump->adapter) {
			dump->adapter = ad->id + 1;
			dump->next = 0;
		}
		err = isim_ctl_nl_dump_policies(skb, cb, ad->emu, &port);
		if (err)
			break;
	}
	return err;
}

int isim_ctl_nl_policy_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nlattr **attrs = isim_compat_dump_attrs(cb);
	int err;

	if (attrs[IPSECSIM_A_POLICY_ID]) {
		NL_SET_ERR_MSG_ATTR(cb->extack, attrs[IPSECSIM_A_POLICY_ID],
				    "A dump of all policies takes no id");
		return -EINVAL;
	}
	mutex_lock(&isim_ctl_lock);
	/* Neither goes back, so a change of one is not hidden by the other. */
	cb->seq = atomic_read(&isim_ctl_changes) + isim_ctl_nl_policy_changes;
	if (attrs[IPSECSIM_A_POLICY_IFINDEX])
		err = isim_ctl_nl_dump_one(skb, cb);
	else
		err = isim_ctl_nl_dump_all(skb, cb);
	mutex_unlock(&isim_ctl_lock);
	return skb->len ?: err;
}

/* --- What is asked for ---------------------------------------------------- */

static int isim_ctl_nl_parse_action(struct genl_info *info,
				    struct isim_emu_policy_rule *rule)
{
	if (GENL_REQ_ATTR_CHECK(info, IPSECSIM_A_POLICY_DIR)) {
		NL_SET_ERR_MSG(info->extack, "The request names no direction: dir is missing");
		return -EINVAL;
	}
	if (GENL_REQ_ATTR_CHECK(info, IPSECSIM_A_POLICY_ACTION)) {
		NL_SET_ERR_MSG(info->extack, "The request names no action: action is missing");
		return -EINVAL;
	}
	rule->inbound = nla_get_u32(info->attrs[IPSECSIM_A_POLICY_DIR]) ==
			IPSECSIM_SA_DIR_IN;
	rule->action = nla_get_u32(info->attrs[IPSECSIM_A_POLICY_ACTION]);
	return 0;
}

/* Are all bits of @addr behind the first @bits of them 0? */
static bool isim_ctl_nl_prefix_ok(const u8 *addr, int len, u32 bits)
{
	int i = bits / 8;

	if (bits % 8 && (u8)(addr[i++] << (bits % 8)))
		return false;
	for (; i < len; i++)
		if (addr[i])
			return false;
	return true;
}

/* A prefix: the attributes of its address and of its length, or neither */
static int isim_ctl_nl_parse_prefix(struct genl_info *info, int addr_type,
				    int len_type, u8 version, u8 *addr, u8 *bits)
{
	int len = version == 6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);
	struct nlattr *attr = info->attrs[addr_type];
	struct nlattr *len_attr = info->attrs[len_type];

	if (!attr && !len_attr)
		return 0;
	if (!attr || !len_attr) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr ?: len_attr,
				    "A prefix has an address and a length, and one of them is missing");
		return -EINVAL;
	}
	if (!version) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "A prefix needs the family: AF_INET or AF_INET6");
		return -EINVAL;
	}
	if (nla_len(attr) != len) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "Not an address of the family: 4 octets for IPv4, 16 for IPv6");
		return -EINVAL;
	}
	if (nla_get_u32(len_attr) > len * 8) {
		NL_SET_ERR_MSG_ATTR(info->extack, len_attr,
				    "Longer than the address: up to 32 for IPv4, up to 128 for IPv6");
		return -EINVAL;
	}
	*bits = nla_get_u32(len_attr);
	if (!isim_ctl_nl_prefix_ok(nla_data(attr), len, *bits)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "Bits of the address behind the prefix are set; they must be 0");
		return -EINVAL;
	}
	memcpy(addr, nla_data(attr), len);
	return 0;
}

static int isim_ctl_nl_parse_addrs(struct genl_info *info,
				   struct isim_emu_policy_rule *rule)
{
	struct nlattr *family = info->attrs[IPSECSIM_A_POLICY_FAMILY];

	if (family && nla_get_u32(family) != AF_INET && nla_get_u32(family) != AF_INET6) {
		NL_SET_ERR_MSG_ATTR(info->extack, family,
				    "Not a family that a policy can have: AF_INET or AF_INET6");
		return -EAFNOSUPPORT;
	}
	if (family)
		rule->version = nla_get_u32(family) == AF_INET6 ? 6 : 4;
	return isim_ctl_nl_parse_prefix(info, IPSECSIM_A_POLICY_SRC,
					IPSECSIM_A_POLICY_SRC_LEN, rule->version,
					rule->saddr, &rule->src_len) ?:
	       isim_ctl_nl_parse_prefix(info, IPSECSIM_A_POLICY_DST,
					IPSECSIM_A_POLICY_DST_LEN, rule->version,
					rule->daddr, &rule->dst_len);
}

static int isim_ctl_nl_parse_proto(struct genl_info *info,
				   struct isim_emu_policy_rule *rule)
{
	struct nlattr *proto = info->attrs[IPSECSIM_A_POLICY_PROTO];
	struct nlattr *sport = info->attrs[IPSECSIM_A_POLICY_SPORT];
	struct nlattr *dport = info->attrs[IPSECSIM_A_POLICY_DPORT];

	if (proto)
		rule->proto = nla_get_u32(proto);
	switch (rule->proto) {
	case IPPROTO_ROUTING:
	case IPPROTO_FRAGMENT:
	case IPPROTO_DSTOPTS:
		NL_SET_ERR_MSG_ATTR(info->extack, proto,
				    "An extension header of IPv6; give the protocol behind them");
		return -EINVAL;
	case IPPROTO_TCP:
	case IPPROTO_UDP:
		break;
	default:
		if (!sport && !dport)
			return 0;
		NL_SET_ERR_MSG_ATTR(info->extack, sport ?: dport,
				    "Only TCP and UDP have ports: proto must be 6 or 17");
		return -EINVAL;
	}
	if (sport)
		rule->sport = nla_get_u16(sport);
	if (dport)
		rule->dport = nla_get_u16(dport);
	return 0;
}

static int isim_ctl_nl_policy_add(struct genl_info *info, struct sk_buff *msg,
				  struct isim_ctl_adapter *ad,
				  const struct isim_ctl_port *port)
{
	struct isim_emu_policy_rule rule = {};
	struct isim_emu_policy_info policy;
	int err;

	err = isim_ctl_nl_parse_action(info, &rule) ?:
	      isim_ctl_nl_parse_addrs(info, &rule) ?:
	      isim_ctl_nl_parse_proto(info, &rule);
	if (err)
		return err;
	err = isim_emu_policy_add(ad->emu, &rule, &policy);
	if (err == -ENOSPC)
		NL_SET_ERR_MSG(info->extack,
			       "The adapter holds " __stringify(IPSECSIM_POLICIES_MAX)
			       " policies, and no more fit");
	else if (err == -EOVERFLOW)
		NL_SET_ERR_MSG(info->extack, "The adapter has given all ids that there are");
	if (err)
		return err;
	isim_ctl_nl_policy_changes++;
	return isim_ctl_nl_fill_policy(msg, port, &policy);
}

int isim_ctl_nl_policy_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	return isim_ctl_nl_get(info, isim_ctl_nl_policy_add);
}

static int isim_ctl_nl_policy_del(struct genl_info *info, struct sk_buff *msg,
				  struct isim_ctl_adapter *ad,
				  const struct isim_ctl_port *port)
{
	int err;

	err = isim_ctl_nl_need_id(info);
	if (err)
		return err;
	err = isim_emu_policy_del(ad->emu,
				  nla_get_u32(info->attrs[IPSECSIM_A_POLICY_ID]));
	if (err == -ENOENT)
		return isim_ctl_nl_unknown_policy(info);
	if (!err)
		isim_ctl_nl_policy_changes++;
	return err;
}

int isim_ctl_nl_policy_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	return isim_ctl_nl_do(info, NULL, isim_ctl_nl_policy_del);
}

static int isim_ctl_nl_policy_flush(struct genl_info *info, struct sk_buff *msg,
				    struct isim_ctl_adapter *ad,
				    const struct isim_ctl_port *port)
{
	isim_emu_policy_flush(ad->emu);
	isim_ctl_nl_policy_changes++;
	return 0;
}

int isim_ctl_nl_policy_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	return isim_ctl_nl_do(info, NULL, isim_ctl_nl_policy_flush);
}
