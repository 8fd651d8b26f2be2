// SPDX-License-Identifier: GPL-2.0
/* Generic netlink: fault points. */
#include <net/sock.h>

#include "compat/genl.h"
#include "ctl/ctl.h"
#include "ctl/netlink.h"
#include "ctl/netlink_gen.h"
#include "emu/api.h"
#include "hw/admin.h"
#include "hw/ring.h"

/* Points, commands and statuses have the adapter's numbers. */
static_assert(IPSECSIM_FAULT_DROP == (int)ISIM_FAULT_DROP);
static_assert(IPSECSIM_FAULT_REPLAY == (int)ISIM_FAULT_REPLAY);
static_assert(IPSECSIM_FAULT_RX_STATUS == (int)ISIM_FAULT_RX_STATUS);
static_assert(IPSECSIM_FAULT_ADMIN_LOSE == (int)ISIM_FAULT_ADMIN_LOSE);
static_assert(IPSECSIM_FAULT_HANG == (int)ISIM_FAULT_HANG);
static_assert(IPSECSIM_FAULT_HANG + 1 == (int)ISIM_FAULT_NUM);
static_assert(IPSECSIM_OP_CAPS_GET == (int)ISIM_OP_CAPS_GET);
static_assert(IPSECSIM_OP_RSS_SET == (int)ISIM_OP_RSS_SET);
static_assert(IPSECSIM_OP_STEER_DELETE == (int)ISIM_OP_STEER_DELETE);
static_assert(IPSECSIM_OP_SA_LIMIT == (int)ISIM_OP_SA_LIMIT);
static_assert(IPSECSIM_ST_BAD_KEY == (int)ISIM_ST_BAD_KEY);
static_assert(IPSECSIM_CRYPTO_INVALID_PROTOCOL == (int)ISIM_CRYPTO_INVALID_PROTOCOL);

#define ISIM_CTL_PPM_ALL	1000000u

/**
 * struct isim_ctl_nl_point - what can be said of a fault point
 * @match: attribute of isim_emu_fault.match, 0 if it matches nothing
 * @arg: attribute of isim_emu_fault.arg, 0 if it takes none
 * @arg_default: its value when it is not given
 */
struct isim_ctl_nl_point {
	u16	match;
	u16	arg;
	u32	arg_default;
};

#define ISIM_CTL_POINT(_match, _arg, _default) {		\
	.match		= IPSECSIM_A_FAULT_ ## _match,		\
	.arg		= IPSECSIM_A_FAULT_ ## _arg,		\
	.arg_default	= _default,				\
}

#define IPSECSIM_A_FAULT_NONE	0

static const struct isim_ctl_nl_point isim_ctl_nl_points[ISIM_FAULT_NUM] = {
	[ISIM_FAULT_DROP]	     = ISIM_CTL_POINT(SPI, NONE, 0),
	[ISIM_FAULT_CORRUPT]	     = ISIM_CTL_POINT(SPI, NONE, 0),
	[ISIM_FAULT_TRUNCATE]	     = ISIM_CTL_POINT(SPI, NONE, 0),
	[ISIM_FAULT_DUPLICATE]	     = ISIM_CTL_POINT(SPI, NONE, 0),
	[ISIM_FAULT_REORDER]	     = ISIM_CTL_POINT(SPI, MS, 10),
	[ISIM_FAULT_DELAY]	     = ISIM_CTL_POINT(SPI, MS, 10),
	[ISIM_FAULT_REPLAY]	     = ISIM_CTL_POINT(SPI, MS, 100),
	[ISIM_FAULT_TX_CRYPTO_ERROR] = ISIM_CTL_POINT(SPI, NONE, 0),
	[ISIM_FAULT_TX_BAD_ICV]	     = ISIM_CTL_POINT(SPI, NONE, 0),
	[ISIM_FAULT_RX_STATUS]	     = ISIM_CTL_POINT(SPI, CRYPTO_STATUS,
						      ISIM_CRYPTO_GENERIC_ERROR),
	[ISIM_FAULT_ADMIN_FAIL]	     = ISIM_CTL_POINT(OPCODE, ADMIN_STATUS,
						      ISIM_ST_NO_MEMORY),
	[ISIM_FAULT_ADMIN_IGNORE]    = ISIM_CTL_POINT(OPCODE, NONE, 0),
	[ISIM_FAULT_ADMIN_LATE]	     = ISIM_CTL_POINT(OPCODE, MS, 1000),
	[ISIM_FAULT_ADMIN_LOSE]	     = ISIM_CTL_POINT(OPCODE, NONE, 0),
};

static int isim_ctl_nl_fill_fault(struct sk_buff *msg, u32 ifindex,
				  struct isim_emu *emu, enum isim_emu_fault_id id)
{
	const struct isim_ctl_nl_point *point = &isim_ctl_nl_points[id];
	struct isim_emu_fault_stats stats;
	struct isim_emu_fault set;
	bool on;

	isim_emu_fault_get(emu, id, &set, &stats);
	on = set.ppm || set.nth;
	if (nla_put_u32(msg, IPSECSIM_A_FAULT_IFINDEX, ifindex) ||
	    nla_put_u32(msg, IPSECSIM_A_FAULT_POINT, id) ||
	    nla_put_u32(msg, IPSECSIM_A_FAULT_PPM, set.ppm) ||
	    nla_put_u32(msg, IPSECSIM_A_FAULT_NTH, set.nth) ||
	    nla_put_u32(msg, IPSECSIM_A_FAULT_SEED, set.seed) ||
	    (set.match && nla_put_u32(msg, point->match, set.match)) ||
	    (point->arg && on && nla_put_u32(msg, point->arg, set.arg)) ||
	    nla_put_u64_64bit(msg, IPSECSIM_A_FAULT_SEEN, stats.seen,
			      IPSECSIM_A_FAULT_PAD) ||
	    nla_put_u64_64bit(msg, IPSECSIM_A_FAULT_HITS, stats.hits,
			      IPSECSIM_A_FAULT_PAD) ||
	    nla_put_u64_64bit(msg, IPSECSIM_A_FAULT_MISSED, stats.missed,
			      IPSECSIM_A_FAULT_PAD))
		return -EMSGSIZE;
	return 0;
}

static int isim_ctl_nl_no_point(struct genl_info *info)
{
	if (!GENL_REQ_ATTR_CHECK(info, IPSECSIM_A_FAULT_POINT))
		return 0;
	NL_SET_ERR_MSG(info->extack, "The request names no fault point");
	return -EINVAL;
}

static int isim_ctl_nl_fault_get(struct genl_info *info, struct sk_buff *msg,
				 struct isim_ctl_adapter *ad,
				 const struct isim_ctl_port *port)
{
	return isim_ctl_nl_no_point(info) ?:
	       isim_ctl_nl_fill_fault(msg, port->ifindex, ad->emu,
				      nla_get_u32(info->attrs[IPSECSIM_A_FAULT_POINT]));
}

int isim_ctl_nl_fault_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return isim_ctl_nl_get(info, isim_ctl_nl_fault_get);
}

static int isim_ctl_nl_dump_faults(struct sk_buff *skb, struct netlink_callback *cb,
				   struct isim_emu *emu, u32 ifindex)
{
	struct isim_ctl_nl_dump *dump = isim_ctl_nl_dump(cb);
	void *hdr;

	for (; dump->next < ISIM_FAULT_NUM; dump->next++) {
		hdr = isim_ctl_nl_dump_put(skb, cb, IPSECSIM_CMD_FAULT_GET);
		if (!hdr)
			return -EMSGSIZE;
		if (isim_ctl_nl_fill_fault(skb, ifindex, emu, dump->next)) {
			genlmsg_cancel(skb, hdr);
			return -EMSGSIZE;
		}
		genlmsg_end(skb, hdr);
	}
	return 0;
}

int isim_ctl_nl_fault_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nlattr **attrs = isim_compat_dump_attrs(cb);
	struct isim_ctl_adapter *ad;
	struct isim_ctl_port port;
	int err;

	if (attrs[IPSECSIM_A_FAULT_POINT]) {
		NL_SET_ERR_MSG_ATTR(cb->extack, attrs[IPSECSIM_A_FAULT_POINT],
				    "A dump of all fault points takes no point");
		return -EINVAL;
	}
	mutex_lock(&isim_ctl_lock);
	ad = isim_ctl_nl_find(sock_net(skb->sk), attrs, &port, cb->extack);
	if (IS_ERR(ad))
		err = PTR_ERR(ad);
	else
		err = isim_ctl_nl_dump_faults(skb, cb, ad->emu, port.ifindex);
	mutex_unlock(&isim_ctl_lock);
	return skb->len ?: err;
}

/* What a request says that means nothing to this point must not be dropped silently. */
static int isim_ctl_nl_check_attrs(struct genl_info *info,
				   const struct isim_ctl_nl_point *point)
{
	static const u16 special[] = {
		IPSECSIM_A_FAULT_SPI, IPSECSIM_A_FAULT_OPCODE,
		IPSECSIM_A_FAULT_ADMIN_STATUS, IPSECSIM_A_FAULT_CRYPTO_STATUS,
		IPSECSIM_A_FAULT_MS,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(special); i++) {
		if (!info->attrs[special[i]] || special[i] == point->match ||
		    special[i] == point->arg)
			continue;
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[special[i]],
				    "It means nothing to this fault point");
		return -EINVAL;
	}
	return 0;
}

static bool isim_ctl_nl_opcode_ok(enum isim_emu_fault_id id, u32 opcode)
{
	switch (opcode) {
	case ISIM_OP_TXQ_CREATE:
	case ISIM_OP_RXQ_CREATE:
	case ISIM_OP_RSS_SET:
	case ISIM_OP_STEER_ADD:
	case ISIM_OP_STEER_DELETE:
	case ISIM_OP_SA_DELETE:
	case ISIM_OP_SA_UPDATE:
	case ISIM_OP_SA_LIMIT:
		return true;
	case ISIM_OP_CAPS_GET:
	case ISIM_OP_SA_ADD:
	case ISIM_OP_SA_QUERY:
		return id != ISIM_FAULT_ADMIN_IGNORE;
	case ISIM_OP_TXQ_DESTROY:
	case ISIM_OP_RXQ_DESTROY:
		return id == ISIM_FAULT_ADMIN_LATE || id == ISIM_FAULT_ADMIN_LOSE;
	default:
		return false;
	}
}

static int isim_ctl_nl_parse_match(struct genl_info *info,
				   const struct isim_ctl_nl_point *point,
				   enum isim_emu_fault_id id, u32 *match)
{
	struct nlattr *attr = point->match ? info->attrs[point->match] : NULL;

	if (!attr)
		return 0;
	*match = nla_get_u32(attr);
	if (point->match == IPSECSIM_A_FAULT_SPI && !*match) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "No packet has SPI 0; leave it out for all packets");
		return -EINVAL;
	}
	if (point->match == IPSECSIM_A_FAULT_OPCODE &&
	    !isim_ctl_nl_opcode_ok(id, *match)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "Not a command that can be treated so; failing and ignoring spare txq-destroy and rxq-destroy, ignoring also what is answered with data");
		return -EINVAL;
	}
	return 0;
}

static int isim_ctl_nl_parse_arg(struct genl_info *info,
				 const struct isim_ctl_nl_point *point, u32 *arg)
{
	struct nlattr *attr = point->arg ? info->attrs[point->arg] : NULL;

	*arg = attr ? nla_get_u32(attr) : point->arg_default;
	/* Success, of either kind: 0 */
	if (attr && !*arg && point->arg != IPSECSIM_A_FAULT_MS) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "Success is no fault, give any other status");
		return -EINVAL;
	}
	return 0;
}

static int isim_ctl_nl_fault_set(struct genl_info *info, struct sk_buff *msg,
				 struct isim_ctl_adapter *ad,
				 const struct isim_ctl_port *port)
{
	const struct isim_ctl_nl_point *point;
	struct nlattr **attrs = info->attrs;
	struct isim_emu_fault set = {};
	enum isim_emu_fault_id id;
	int err;

	err = isim_ctl_nl_no_point(info);
	if (err)
		return err;
	id = nla_get_u32(attrs[IPSECSIM_A_FAULT_POINT]);
	point = &isim_ctl_nl_points[id];
	err = isim_ctl_nl_check_attrs(info, point) ?:
	      isim_ctl_nl_parse_match(info, point, id, &set.match) ?:
	      isim_ctl_nl_parse_arg(info, point, &set.arg);
	if (err)
		return err;
	if (attrs[IPSECSIM_A_FAULT_PPM])
		set.ppm = nla_get_u32(attrs[IPSECSIM_A_FAULT_PPM]);
	if (attrs[IPSECSIM_A_FAULT_NTH])
		set.nth = nla_get_u32(attrs[IPSECSIM_A_FAULT_NTH]);
	if (attrs[IPSECSIM_A_FAULT_SEED])
		set.seed = nla_get_u32(attrs[IPSECSIM_A_FAULT_SEED]);
	if (!attrs[IPSECSIM_A_FAULT_PPM] && !attrs[IPSECSIM_A_FAULT_NTH]) {
		/* An adapter that hangs again after each reset is of no use. */
		if (id == ISIM_FAULT_HANG)
			set.nth = 1;
		else
			set.ppm = ISIM_CTL_PPM_ALL;
	}
	isim_emu_fault_set(ad->emu, id, &set);
	return 0;
}

int isim_ctl_nl_fault_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return isim_ctl_nl_do(info, NULL, isim_ctl_nl_fault_set);
}

static int isim_ctl_nl_fault_clear(struct genl_info *info, struct sk_buff *msg,
				   struct isim_ctl_adapter *ad,
				   const struct isim_ctl_port *port)
{
	isim_emu_fault_clear(ad->emu);
	return 0;
}

int isim_ctl_nl_fault_clear_doit(struct sk_buff *skb, struct genl_info *info)
{
	return isim_ctl_nl_do(info, NULL, isim_ctl_nl_fault_clear);
}
