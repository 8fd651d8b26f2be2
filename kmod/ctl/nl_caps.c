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
static_assert(IPSECSIM_CAP_ANY_PROTO == ISIM_CAP_ANY_PROTO);
static_assert(IPSECSIM_SIZE_AES_128 == ISIM_SIZE_AES_128);
static_assert(IPSECSIM_SIZE_ICV_128 == ISIM_SIZE_ICV_128);

/* The bound of one direction is not above that of both. */
static int isim_ctl_nl_fill_room(struct sk_buff *msg, struct isim_emu *emu,
				 const struct isim_emu_room *room)
{
	u32 all = isim_emu_sa_capacity(emu);

	if (nla_put_u32(msg, IPSECSIM_A_CAPS_SA_CAPACITY, all) ||
	    nla_put_u32(msg, IPSECSIM_A_CAPS_SA_CAPACITY_IN,
			room->in ? min(room->in, all) : all) ||
	    nla_put_u32(msg, IPSECSIM_A_CAPS_SA_CAPACITY_OUT,
			room->out ? min(room->out, all) : all))
		return -EMSGSIZE;
	return room->busy ? nla_put_flag(msg, IPSECSIM_A_CAPS_BUSY_WHEN_FULL) : 0;
}

static int isim_ctl_nl_caps_get(struct genl_info *info, struct sk_buff *msg,
				struct isim_ctl_adapter *ad,
				const struct isim_ctl_port *port)
{
	struct isim_emu_caps all, off;
	struct isim_emu_room room;
	int profile;

	isim_emu_get_caps(ad->emu, &all, &off, &room);
	profile = isim_ctl_profile_find(&all, &off, &room);
	if (nla_put_u32(msg, IPSECSIM_A_CAPS_IFINDEX, port->ifindex) ||
	    nla_put_bitfield32(msg, IPSECSIM_A_CAPS_CAPS,
			       all.flags & ~off.flags, all.flags) ||
	    nla_put_bitfield32(msg, IPSECSIM_A_CAPS_ENC_ALGS,
			       all.enc_algs & ~off.enc_algs, all.enc_algs) ||
	    nla_put_bitfield32(msg, IPSECSIM_A_CAPS_AUTH_ALGS,
			       all.auth_algs & ~off.auth_algs, all.auth_algs) ||
	    nla_put_bitfield32(msg, IPSECSIM_A_CAPS_SIZES,
			       all.sizes & ~off.sizes, all.sizes) ||
	    isim_ctl_nl_fill_room(msg, ad->emu, &room) ||
	    (profile >= 0 && nla_put_u32(msg, IPSECSIM_A_CAPS_PROFILE, profile)))
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
	struct nlattr *profile = info->attrs[IPSECSIM_A_CAPS_PROFILE];
	struct isim_emu_caps all, off, before;
	struct isim_emu_room room, room_before;
	int err;

	if (!profile && !info->attrs[IPSECSIM_A_CAPS_CAPS] &&
	    !info->attrs[IPSECSIM_A_CAPS_ENC_ALGS] &&
	    !info->attrs[IPSECSIM_A_CAPS_AUTH_ALGS] &&
	    !info->attrs[IPSECSIM_A_CAPS_SIZES]) {
		NL_SET_ERR_MSG(info->extack, "The request names no capability");
		return -EINVAL;
	}
	isim_emu_get_caps(ad->emu, &all, &off, &room);
	before = off;
	room_before = room;
	if (profile)
		isim_ctl_profile_apply(nla_get_u32(profile), &all, &off, &room);
	err = isim_ctl_nl_switch(info, IPSECSIM_A_CAPS_CAPS, all.flags, &off.flags) ?:
	      isim_ctl_nl_switch(info, IPSECSIM_A_CAPS_ENC_ALGS, all.enc_algs,
				 &off.enc_algs) ?:
	      isim_ctl_nl_switch(info, IPSECSIM_A_CAPS_AUTH_ALGS, all.auth_algs,
				 &off.auth_algs) ?:
	      isim_ctl_nl_switch(info, IPSECSIM_A_CAPS_SIZES, all.sizes, &off.sizes);
	if (err || (!memcmp(&before, &off, sizeof(off)) &&
		    isim_ctl_room_equal(&room_before, &room)))
		return err;
	isim_emu_set_caps(ad->emu, &off, &room);
	return 0;
}

int isim_ctl_nl_caps_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return isim_ctl_nl_do(info, NULL, isim_ctl_nl_caps_set);
}
