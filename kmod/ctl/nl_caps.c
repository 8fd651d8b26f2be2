// SPDX-License-Identifier: GPL-2.0
/* Generic netlink: capabilities of adapters. */
#include <linux/bitops.h>

#include "ctl/ctl.h"
#include "ctl/netlink.h"
#include "ctl/netlink_gen.h"
#include "emu/api.h"
#include "hw/admin.h"

/* Capabilities are reported as the data sheet numbers them. */
static_assert(IPSECSIM_CAP_ESP == ISIM_CAP_ESP);
static_assert(IPSECSIM_CAP_TX_CSUM == ISIM_CAP_TX_CSUM);

static int isim_ctl_nl_caps_get(struct genl_info *info, struct sk_buff *msg,
				struct isim_ctl_adapter *ad,
				const struct isim_ctl_port *port)
{
	struct isim_emu_caps all, off;

	isim_emu_get_caps(ad->emu, &all, &off);
	if (nla_put_u32(msg, IPSECSIM_A_CAPS_IFINDEX, port->ifindex) ||
	    nla_put_bitfield32(msg, IPSECSIM_A_CAPS_CAPS,
			       all.flags & ~off.flags, all.flags) ||
	    nla_put_bitfield32(msg, IPSECSIM_A_CAPS_ENC_ALGS,
			       all.enc_algs & ~off.enc_algs, all.enc_algs) ||
	    nla_put_bitfield32(msg, IPSECSIM_A_CAPS_AUTH_ALGS,
			       all.auth_algs & ~off.auth_algs, all.auth_algs) ||
	    nla_put_u32(msg, IPSECSIM_A_CAPS_SA_CAPACITY, ad->sa_capacity))
		return -EMSGSIZE;
	return 0;
}

int isim_ctl_nl_caps_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return isim_ctl_nl_get(info, isim_ctl_nl_caps_get);
}

static void isim_ctl_nl_caps_missing(struct netlink_ext_ack *extack, u32 cap)
{
	switch (cap) {
	case ISIM_CAP_AH:
	case ISIM_CAP_AH_ESP:
		NL_SET_ERR_MSG(extack,
			       "No adapter does AH: Linux has no way to offload it. It can only be off");
		break;
	case ISIM_CAP_COMBINED:
		NL_SET_ERR_MSG(extack,
			       "The adapter does not do transport inside of tunnel mode: it can only be off");
		break;
	default:
		NL_SET_ERR_MSG(extack,
			       "The adapter does not have this capability: it can only be off");
	}
}

/* One set of capabilities: apply what the request says to @off. */
static int isim_ctl_nl_switch(struct genl_info *info, int type, u32 all, u32 *off)
{
	struct nlattr *attr = info->attrs[type];
	struct nla_bitfield32 bits;
	u32 missing;

	if (!attr)
		return 0;
	bits = nla_get_bitfield32(attr);
	missing = bits.value & bits.selector & ~all;
	if (missing) {
		if (type == IPSECSIM_A_CAPS_CAPS)
			isim_ctl_nl_caps_missing(info->extack, BIT(__ffs(missing)));
		else
			NL_SET_ERR_MSG(info->extack,
				       "The adapter does not have this algorithm: it can only be off");
		NL_SET_BAD_ATTR(info->extack, attr);
		return -EOPNOTSUPP;
	}
	*off = (*off & ~bits.selector) | (all & bits.selector & ~bits.value);
	return 0;
}

static int isim_ctl_nl_caps_set(struct genl_info *info, struct sk_buff *msg,
				struct isim_ctl_adapter *ad,
				const struct isim_ctl_port *port)
{
	struct isim_emu_caps all, off, before;
	int err;

	if (!info->attrs[IPSECSIM_A_CAPS_CAPS] &&
	    !info->attrs[IPSECSIM_A_CAPS_ENC_ALGS] &&
	    !info->attrs[IPSECSIM_A_CAPS_AUTH_ALGS]) {
		NL_SET_ERR_MSG(info->extack, "The request names no capability");
		return -EINVAL;
	}
	isim_emu_get_caps(ad->emu, &all, &off);
	before = off;
	err = isim_ctl_nl_switch(info, IPSECSIM_A_CAPS_CAPS, all.flags, &off.flags) ?:
	      isim_ctl_nl_switch(info, IPSECSIM_A_CAPS_ENC_ALGS, all.enc_algs,
				 &off.enc_algs) ?:
	      isim_ctl_nl_switch(info, IPSECSIM_A_CAPS_AUTH_ALGS, all.auth_algs,
				 &off.auth_algs);
	if (err || !memcmp(&before, &off, sizeof(off)))
		return err;
	isim_emu_set_caps(ad->emu, &off);
	return 0;
}

int isim_ctl_nl_caps_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return isim_ctl_nl_do(info, NULL, isim_ctl_nl_caps_set);
}
