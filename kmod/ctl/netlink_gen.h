/* SPDX-License-Identifier: GPL-2.0 */
/* Do not edit directly, auto-generated from: */
/*	uapi/ipsecsim.yaml */
/* YNL-GEN kernel header with uapi/regen.sh */

#ifndef _LINUX_IPSECSIM_GEN_H
#define _LINUX_IPSECSIM_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include "ipsecsim.h"

extern const struct nla_policy isim_ctl_adapter_get_nl_policy[IPSECSIM_A_ADAPTER_IFINDEX + 1];

extern const struct nla_policy isim_ctl_sa_get_nl_policy[IPSECSIM_A_SA_HANDLE + 1];

extern const struct nla_policy isim_ctl_fault_get_nl_policy[IPSECSIM_A_FAULT_POINT + 1];

extern const struct nla_policy isim_ctl_fault_set_nl_policy[IPSECSIM_A_FAULT_MS + 1];

extern const struct nla_policy isim_ctl_delete_req_get_nl_policy[IPSECSIM_A_DELETE_REQ_HANDLE + 1];

extern const struct nla_policy isim_ctl_delete_req_set_nl_policy[IPSECSIM_A_DELETE_REQ_ACTION + 1];

extern const struct nla_policy
isim_ctl_delete_req_raise_nl_policy[IPSECSIM_A_DELETE_REQ_HANDLE + 1];

extern const struct nla_policy isim_ctl_fault_clear_nl_policy[IPSECSIM_A_FAULT_IFINDEX + 1];

extern const struct nla_policy isim_ctl_sa_epoch_set_nl_policy[IPSECSIM_A_SA_ESN_OVERLAP + 1];

extern const struct nla_policy isim_ctl_adapter_add_nl_policy[IPSECSIM_A_ADAPTER_SA_CAPACITY + 1];

extern const struct nla_policy isim_ctl_adapter_del_nl_policy[IPSECSIM_A_ADAPTER_IFINDEX + 1];

extern const struct nla_policy isim_ctl_wire_connect_nl_policy[IPSECSIM_A_ADAPTER_LOWER_IFNAME + 1];

extern const struct nla_policy isim_ctl_wire_disconnect_nl_policy[IPSECSIM_A_ADAPTER_IFINDEX + 1];

extern const struct nla_policy isim_ctl_caps_get_nl_policy[IPSECSIM_A_CAPS_IFINDEX + 1];

extern const struct nla_policy isim_ctl_caps_set_nl_policy[IPSECSIM_A_CAPS_PROFILE + 1];

extern const struct nla_policy isim_ctl_policy_get_nl_policy[IPSECSIM_A_POLICY_ID + 1];

extern const struct nla_policy isim_ctl_policy_add_nl_policy[IPSECSIM_A_POLICY_DPORT + 1];

extern const struct nla_policy isim_ctl_policy_del_nl_policy[IPSECSIM_A_POLICY_ID + 1];

extern const struct nla_policy isim_ctl_policy_flush_nl_policy[IPSECSIM_A_POLICY_IFINDEX + 1];

/* Ops table for ipsecsim */
extern const struct genl_ops isim_ctl_nl_ops[19];

int isim_ctl_nl_adapter_get_doit(struct sk_buff *skb, struct genl_info *info);
int isim_ctl_nl_adapter_get_dumpit(struct sk_buff *skb,
				   struct netlink_callback *cb);
int isim_ctl_nl_sa_get_doit(struct sk_buff *skb, struct genl_info *info);
int isim_ctl_nl_sa_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int isim_ctl_nl_fault_get_doit(struct sk_buff *skb, struct genl_info *info);
int isim_ctl_nl_fault_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb);
int isim_ctl_nl_fault_set_doit(struct sk_buff *skb, struct genl_info *info);
int isim_ctl_nl_delete_req_get_doit(struct sk_buff *skb,
				    struct genl_info *info);
int isim_ctl_nl_delete_req_set_doit(struct sk_buff *skb,
				    struct genl_info *info);
int isim_ctl_nl_delete_req_raise_doit(struct sk_buff *skb,
				      struct genl_info *info);
int isim_ctl_nl_fault_clear_doit(struct sk_buff *skb, struct genl_info *info);
int isim_ctl_nl_sa_epoch_set_doit(struct sk_buff *skb, struct genl_info *info);
int isim_ctl_nl_adapter_add_doit(struct sk_buff *skb, struct genl_info *info);
int isim_ctl_nl_adapter_del_doit(struct sk_buff *skb, struct genl_info *info);
int isim_ctl_nl_wire_connect_doit(struct sk_buff *skb, struct genl_info *info);
int isim_ctl_nl_wire_disconnect_doit(struct sk_buff *skb,
				     struct genl_info *info);
int isim_ctl_nl_caps_get_doit(struct sk_buff *skb, struct genl_info *info);
int isim_ctl_nl_caps_set_doit(struct sk_buff *skb, struct genl_info *info);
int isim_ctl_nl_policy_get_doit(struct sk_buff *skb, struct genl_info *info);
int isim_ctl_nl_policy_get_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb);
int isim_ctl_nl_policy_add_doit(struct sk_buff *skb, struct genl_info *info);
int isim_ctl_nl_policy_del_doit(struct sk_buff *skb, struct genl_info *info);
int isim_ctl_nl_policy_flush_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	ISIM_CTL_NLGRP_EVENTS,
};

#endif /* _LINUX_IPSECSIM_GEN_H */
