// SPDX-License-Identifier: GPL-2.0
/* Generic netlink: fault points. */
#include "ctl/ctl.h"
#include "ctl/netlink.h"
#include "ctl/netlink_gen.h"
#include "emu/api.h"

static int isim_ctl_nl_fill_faults(struct sk_buff *msg, u32 ifindex,
				   const struct isim_emu_wire_faults *faults)
{
	if (nla_put_u32(msg, IPSECSIM_A_FAULT_IFINDEX, ifindex) ||
	    nla_put_u32(msg, IPSECSIM_A_FAULT_CORRUPT_PPM, faults->corrupt_ppm) ||
	    nla_put_u32(msg, IPSECSIM_A_FAULT_DROP_PPM, faults->drop_ppm) ||
	    nla_put_u32(msg, IPSECSIM_A_FAULT_SEED, faults->seed))
		return -EMSGSIZE;
	return 0;
}

static int isim_ctl_nl_fault_get(struct genl_info *info, struct sk_buff *msg,
				 const struct isim_ctl_adapter *ad,
				 const struct isim_ctl_port *port)
{
	struct isim_emu_wire_faults faults;

	isim_emu_get_wire_faults(ad->emu, &faults);
	return isim_ctl_nl_fill_faults(msg, port->ifindex, &faults);
}

int isim_ctl_nl_fault_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return isim_ctl_nl_get(info, isim_ctl_nl_fault_get);
}

/* What the request does not name keeps its value. */
static bool isim_ctl_nl_parse_faults(struct nlattr **attrs,
				     struct isim_emu_wire_faults *faults)
{
	bool any = false;

	if (attrs[IPSECSIM_A_FAULT_CORRUPT_PPM]) {
		faults->corrupt_ppm = nla_get_u32(attrs[IPSECSIM_A_FAULT_CORRUPT_PPM]);
		any = true;
	}
	if (attrs[IPSECSIM_A_FAULT_DROP_PPM]) {
		faults->drop_ppm = nla_get_u32(attrs[IPSECSIM_A_FAULT_DROP_PPM]);
		any = true;
	}
	if (attrs[IPSECSIM_A_FAULT_SEED]) {
		faults->seed = nla_get_u32(attrs[IPSECSIM_A_FAULT_SEED]);
		any = true;
	}
	return any;
}

static int isim_ctl_nl_fault_set(struct genl_info *info, struct sk_buff *msg,
				 const struct isim_ctl_adapter *ad,
				 const struct isim_ctl_port *port)
{
	struct isim_emu_wire_faults faults;

	isim_emu_get_wire_faults(ad->emu, &faults);
	if (!isim_ctl_nl_parse_faults(info->attrs, &faults)) {
		NL_SET_ERR_MSG(info->extack, "The request names no fault point");
		return -EINVAL;
	}
	isim_emu_set_wire_faults(ad->emu, &faults);
	return 0;
}

int isim_ctl_nl_fault_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return isim_ctl_nl_do(info, NULL, isim_ctl_nl_fault_set);
}
