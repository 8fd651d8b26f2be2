// SPDX-License-Identifier: GPL-2.0
/* Do not edit directly, auto-generated from: */
/*	uapi/ipsecsim.yaml */
/* YNL-GEN kernel source with uapi/regen.sh */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include "ipsecsim.h"

/* Integer value ranges */
static struct netlink_range_validation isim_ctl_a_adapter_sa_capacity_range = {
	.min	= 1ULL,
	.max	= IPSECSIM_SA_CAPACITY_MAX,
};

static struct netlink_range_validation isim_ctl_a_fault_ppm_range = {
	.max	= IPSECSIM_PPM_MAX,
};

static struct netlink_range_validation isim_ctl_a_fault_ms_range = {
	.max	= IPSECSIM_FAULT_MS_MAX,
};

/* IPSECSIM_CMD_ADAPTER_GET - do */
const struct nla_policy isim_ctl_adapter_get_nl_policy[IPSECSIM_A_ADAPTER_IFINDEX + 1] = {
	[IPSECSIM_A_ADAPTER_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* IPSECSIM_CMD_SA_GET - do */
const struct nla_policy isim_ctl_sa_get_nl_policy[IPSECSIM_A_SA_HANDLE + 1] = {
	[IPSECSIM_A_SA_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[IPSECSIM_A_SA_HANDLE] = { .type = NLA_U32, },
};

/* IPSECSIM_CMD_FAULT_GET - do */
const struct nla_policy isim_ctl_fault_get_nl_policy[IPSECSIM_A_FAULT_POINT + 1] = {
	[IPSECSIM_A_FAULT_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[IPSECSIM_A_FAULT_POINT] = NLA_POLICY_MAX(NLA_U32, 17),
};

/* IPSECSIM_CMD_FAULT_SET - do */
const struct nla_policy isim_ctl_fault_set_nl_policy[IPSECSIM_A_FAULT_MS + 1] = {
	[IPSECSIM_A_FAULT_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[IPSECSIM_A_FAULT_POINT] = NLA_POLICY_MAX(NLA_U32, 17),
	[IPSECSIM_A_FAULT_PPM] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &isim_ctl_a_fault_ppm_range),
	[IPSECSIM_A_FAULT_NTH] = { .type = NLA_U32, },
	[IPSECSIM_A_FAULT_SEED] = { .type = NLA_U32, },
	[IPSECSIM_A_FAULT_SPI] = { .type = NLA_U32, },
	[IPSECSIM_A_FAULT_OPCODE] = { .type = NLA_U32, },
	[IPSECSIM_A_FAULT_ADMIN_STATUS] = NLA_POLICY_MAX(NLA_U32, 9),
	[IPSECSIM_A_FAULT_CRYPTO_STATUS] = NLA_POLICY_MAX(NLA_U32, 7),
	[IPSECSIM_A_FAULT_MS] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &isim_ctl_a_fault_ms_range),
};

/* IPSECSIM_CMD_DELETE_REQ_GET - do */
const struct nla_policy isim_ctl_delete_req_get_nl_policy[IPSECSIM_A_DELETE_REQ_HANDLE + 1] = {
	[IPSECSIM_A_DELETE_REQ_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[IPSECSIM_A_DELETE_REQ_HANDLE] = { .type = NLA_U32, },
};

/* IPSECSIM_CMD_DELETE_REQ_SET - do */
const struct nla_policy isim_ctl_delete_req_set_nl_policy[IPSECSIM_A_DELETE_REQ_ACTION + 1] = {
	[IPSECSIM_A_DELETE_REQ_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[IPSECSIM_A_DELETE_REQ_HANDLE] = { .type = NLA_U32, },
	[IPSECSIM_A_DELETE_REQ_AUTH_ERRORS] = { .type = NLA_U32, },
	[IPSECSIM_A_DELETE_REQ_SEQ] = { .type = NLA_U32, },
	[IPSECSIM_A_DELETE_REQ_PACKETS] = { .type = NLA_U64, },
	[IPSECSIM_A_DELETE_REQ_BYTES] = { .type = NLA_U64, },
	[IPSECSIM_A_DELETE_REQ_ACTION] = NLA_POLICY_MAX(NLA_U32, 1),
};

/* IPSECSIM_CMD_DELETE_REQ_RAISE - do */
const struct nla_policy isim_ctl_delete_req_raise_nl_policy[IPSECSIM_A_DELETE_REQ_HANDLE + 1] = {
	[IPSECSIM_A_DELETE_REQ_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[IPSECSIM_A_DELETE_REQ_HANDLE] = { .type = NLA_U32, },
};

/* IPSECSIM_CMD_FAULT_CLEAR - do */
const struct nla_policy isim_ctl_fault_clear_nl_policy[IPSECSIM_A_FAULT_IFINDEX + 1] = {
	[IPSECSIM_A_FAULT_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* IPSECSIM_CMD_SA_EPOCH_SET - do */
const struct nla_policy isim_ctl_sa_epoch_set_nl_policy[IPSECSIM_A_SA_ESN_OVERLAP + 1] = {
	[IPSECSIM_A_SA_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[IPSECSIM_A_SA_HANDLE] = { .type = NLA_U32, },
	[IPSECSIM_A_SA_ESN_HI] = { .type = NLA_U32, },
	[IPSECSIM_A_SA_ESN_OVERLAP] = { .type = NLA_FLAG, },
};

/* IPSECSIM_CMD_ADAPTER_ADD - do */
const struct nla_policy isim_ctl_adapter_add_nl_policy[IPSECSIM_A_ADAPTER_SA_CAPACITY + 1] = {
	[IPSECSIM_A_ADAPTER_IFNAME] = { .type = NLA_NUL_STRING, .len = IPSECSIM_IFNAME_MAX, },
	[IPSECSIM_A_ADAPTER_QUEUES] = NLA_POLICY_RANGE(NLA_U32, 1, IPSECSIM_QUEUES_MAX),
	[IPSECSIM_A_ADAPTER_SA_CAPACITY] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &isim_ctl_a_adapter_sa_capacity_range),
};

/* IPSECSIM_CMD_ADAPTER_DEL - do */
const struct nla_policy isim_ctl_adapter_del_nl_policy[IPSECSIM_A_ADAPTER_IFINDEX + 1] = {
	[IPSECSIM_A_ADAPTER_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* IPSECSIM_CMD_WIRE_CONNECT - do */
const struct nla_policy isim_ctl_wire_connect_nl_policy[IPSECSIM_A_ADAPTER_LOWER_IFNAME + 1] = {
	[IPSECSIM_A_ADAPTER_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[IPSECSIM_A_ADAPTER_PEER_IFNAME] = { .type = NLA_NUL_STRING, .len = IPSECSIM_IFNAME_MAX, },
	[IPSECSIM_A_ADAPTER_PEER_NETNS_FD] = { .type = NLA_U32, },
	[IPSECSIM_A_ADAPTER_LOWER_IFNAME] = { .type = NLA_NUL_STRING, .len = IPSECSIM_IFNAME_MAX, },
};

/* IPSECSIM_CMD_WIRE_DISCONNECT - do */
const struct nla_policy isim_ctl_wire_disconnect_nl_policy[IPSECSIM_A_ADAPTER_IFINDEX + 1] = {
	[IPSECSIM_A_ADAPTER_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* IPSECSIM_CMD_CAPS_GET - do */
const struct nla_policy isim_ctl_caps_get_nl_policy[IPSECSIM_A_CAPS_IFINDEX + 1] = {
	[IPSECSIM_A_CAPS_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* IPSECSIM_CMD_CAPS_SET - do */
const struct nla_policy isim_ctl_caps_set_nl_policy[IPSECSIM_A_CAPS_PROFILE + 1] = {
	[IPSECSIM_A_CAPS_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[IPSECSIM_A_CAPS_CAPS] = NLA_POLICY_BITFIELD32(65535),
	[IPSECSIM_A_CAPS_ENC_ALGS] = NLA_POLICY_BITFIELD32(255),
	[IPSECSIM_A_CAPS_AUTH_ALGS] = NLA_POLICY_BITFIELD32(255),
	[IPSECSIM_A_CAPS_SIZES] = NLA_POLICY_BITFIELD32(63),
	[IPSECSIM_A_CAPS_PROFILE] = NLA_POLICY_MAX(NLA_U32, 7),
};

/* IPSECSIM_CMD_POLICY_GET - do */
const struct nla_policy isim_ctl_policy_get_nl_policy[IPSECSIM_A_POLICY_ID + 1] = {
	[IPSECSIM_A_POLICY_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[IPSECSIM_A_POLICY_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* IPSECSIM_CMD_POLICY_ADD - do */
const struct nla_policy isim_ctl_policy_add_nl_policy[IPSECSIM_A_POLICY_DPORT + 1] = {
	[IPSECSIM_A_POLICY_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[IPSECSIM_A_POLICY_DIR] = NLA_POLICY_RANGE(NLA_U32, 1, 2),
	[IPSECSIM_A_POLICY_ACTION] = NLA_POLICY_RANGE(NLA_U32, 1, 3),
	[IPSECSIM_A_POLICY_FAMILY] = { .type = NLA_U32, },
	[IPSECSIM_A_POLICY_SRC] = { .type = NLA_BINARY, },
	[IPSECSIM_A_POLICY_SRC_LEN] = { .type = NLA_U32, },
	[IPSECSIM_A_POLICY_DST] = { .type = NLA_BINARY, },
	[IPSECSIM_A_POLICY_DST_LEN] = { .type = NLA_U32, },
	[IPSECSIM_A_POLICY_PROTO] = NLA_POLICY_RANGE(NLA_U32, 1, 255),
	[IPSECSIM_A_POLICY_SPORT] = NLA_POLICY_MIN(NLA_U16, 1),
	[IPSECSIM_A_POLICY_DPORT] = NLA_POLICY_MIN(NLA_U16, 1),
};

/* IPSECSIM_CMD_POLICY_DEL - do */
const struct nla_policy isim_ctl_policy_del_nl_policy[IPSECSIM_A_POLICY_ID + 1] = {
	[IPSECSIM_A_POLICY_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[IPSECSIM_A_POLICY_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* IPSECSIM_CMD_POLICY_FLUSH - do */
const struct nla_policy isim_ctl_policy_flush_nl_policy[IPSECSIM_A_POLICY_IFINDEX + 1] = {
	[IPSECSIM_A_POLICY_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* Ops table for ipsecsim */
const struct genl_ops isim_ctl_nl_ops[19] = {
	{
		.cmd		= IPSECSIM_CMD_ADAPTER_GET,
		.doit		= isim_ctl_nl_adapter_get_doit,
		.dumpit		= isim_ctl_nl_adapter_get_dumpit,
		.policy		= isim_ctl_adapter_get_nl_policy,
		.maxattr	= IPSECSIM_A_ADAPTER_IFINDEX,
	},
	{
		.cmd		= IPSECSIM_CMD_SA_GET,
		.doit		= isim_ctl_nl_sa_get_doit,
		.dumpit		= isim_ctl_nl_sa_get_dumpit,
		.policy		= isim_ctl_sa_get_nl_policy,
		.maxattr	= IPSECSIM_A_SA_HANDLE,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= IPSECSIM_CMD_FAULT_GET,
		.doit		= isim_ctl_nl_fault_get_doit,
		.dumpit		= isim_ctl_nl_fault_get_dumpit,
		.policy		= isim_ctl_fault_get_nl_policy,
		.maxattr	= IPSECSIM_A_FAULT_POINT,
	},
	{
		.cmd		= IPSECSIM_CMD_FAULT_SET,
		.doit		= isim_ctl_nl_fault_set_doit,
		.policy		= isim_ctl_fault_set_nl_policy,
		.maxattr	= IPSECSIM_A_FAULT_MS,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= IPSECSIM_CMD_DELETE_REQ_GET,
		.doit		= isim_ctl_nl_delete_req_get_doit,
		.policy		= isim_ctl_delete_req_get_nl_policy,
		.maxattr	= IPSECSIM_A_DELETE_REQ_HANDLE,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= IPSECSIM_CMD_DELETE_REQ_SET,
		.doit		= isim_ctl_nl_delete_req_set_doit,
		.policy		= isim_ctl_delete_req_set_nl_policy,
		.maxattr	= IPSECSIM_A_DELETE_REQ_ACTION,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= IPSECSIM_CMD_DELETE_REQ_RAISE,
		.doit		= isim_ctl_nl_delete_req_raise_doit,
		.policy		= isim_ctl_delete_req_raise_nl_policy,
		.maxattr	= IPSECSIM_A_DELETE_REQ_HANDLE,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= IPSECSIM_CMD_FAULT_CLEAR,
		.doit		= isim_ctl_nl_fault_clear_doit,
		.policy		= isim_ctl_fault_clear_nl_policy,
		.maxattr	= IPSECSIM_A_FAULT_IFINDEX,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= IPSECSIM_CMD_SA_EPOCH_SET,
		.doit		= isim_ctl_nl_sa_epoch_set_doit,
		.policy		= isim_ctl_sa_epoch_set_nl_policy,
		.maxattr	= IPSECSIM_A_SA_ESN_OVERLAP,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= IPSECSIM_CMD_ADAPTER_ADD,
		.doit		= isim_ctl_nl_adapter_add_doit,
		.policy		= isim_ctl_adapter_add_nl_policy,
		.maxattr	= IPSECSIM_A_ADAPTER_SA_CAPACITY,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= IPSECSIM_CMD_ADAPTER_DEL,
		.doit		= isim_ctl_nl_adapter_del_doit,
		.policy		= isim_ctl_adapter_del_nl_policy,
		.maxattr	= IPSECSIM_A_ADAPTER_IFINDEX,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= IPSECSIM_CMD_WIRE_CONNECT,
		.doit		= isim_ctl_nl_wire_connect_doit,
		.policy		= isim_ctl_wire_connect_nl_policy,
		.maxattr	= IPSECSIM_A_ADAPTER_LOWER_IFNAME,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= IPSECSIM_CMD_WIRE_DISCONNECT,
		.doit		= isim_ctl_nl_wire_disconnect_doit,
		.policy		= isim_ctl_wire_disconnect_nl_policy,
		.maxattr	= IPSECSIM_A_ADAPTER_IFINDEX,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= IPSECSIM_CMD_CAPS_GET,
		.doit		= isim_ctl_nl_caps_get_doit,
		.policy		= isim_ctl_caps_get_nl_policy,
		.maxattr	= IPSECSIM_A_CAPS_IFINDEX,
	},
	{
		.cmd		= IPSECSIM_CMD_CAPS_SET,
		.doit		= isim_ctl_nl_caps_set_doit,
		.policy		= isim_ctl_caps_set_nl_policy,
		.maxattr	= IPSECSIM_A_CAPS_PROFILE,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= IPSECSIM_CMD_POLICY_GET,
		.doit		= isim_ctl_nl_policy_get_doit,
		.dumpit		= isim_ctl_nl_policy_get_dumpit,
		.policy		= isim_ctl_policy_get_nl_policy,
		.maxattr	= IPSECSIM_A_POLICY_ID,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= IPSECSIM_CMD_POLICY_ADD,
		.doit		= isim_ctl_nl_policy_add_doit,
		.policy		= isim_ctl_policy_add_nl_policy,
		.maxattr	= IPSECSIM_A_POLICY_DPORT,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= IPSECSIM_CMD_POLICY_DEL,
		.doit		= isim_ctl_nl_policy_del_doit,
		.policy		= isim_ctl_policy_del_nl_policy,
		.maxattr	= IPSECSIM_A_POLICY_ID,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= IPSECSIM_CMD_POLICY_FLUSH,
		.doit		= isim_ctl_nl_policy_flush_doit,
		.policy		= isim_ctl_policy_flush_nl_policy,
		.maxattr	= IPSECSIM_A_POLICY_IFINDEX,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
};
