// SPDX-License-Identifier: GPL-2.0
/*
 * Policies as the kernel reports them, as a table and as JSON.
 */
#include <arpa/inet.h>
#include <linux/genetlink.h>
#include <string.h>

#include "../uapi/ipsecsim.h"
#include "policy.h"
#include "tool.h"

static const struct nl_attr_spec policy_specs[] = {
	[IPSECSIM_A_POLICY_IFINDEX] = { "ifindex", MNL_TYPE_U32, true },
	[IPSECSIM_A_POLICY_ID]	    = { "id", MNL_TYPE_U32, true },
	[IPSECSIM_A_POLICY_DIR]	    = { "dir", MNL_TYPE_U32, true },
	[IPSECSIM_A_POLICY_ACTION]  = { "action", MNL_TYPE_U32, true },
	[IPSECSIM_A_POLICY_FAMILY]  = { "family", MNL_TYPE_U32, false },
	[IPSECSIM_A_POLICY_SRC]	    = { "src", MNL_TYPE_BINARY, false },
	[IPSECSIM_A_POLICY_SRC_LEN] = { "src", MNL_TYPE_U32, false },
	[IPSECSIM_A_POLICY_DST]	    = { "dst", MNL_TYPE_BINARY, false },
	[IPSECSIM_A_POLICY_DST_LEN] = { "dst", MNL_TYPE_U32, false },
	[IPSECSIM_A_POLICY_PROTO]   = { "proto", MNL_TYPE_U32, false },
	[IPSECSIM_A_POLICY_SPORT]   = { "sport", MNL_TYPE_U16, false },
	[IPSECSIM_A_POLICY_DPORT]   = { "dport", MNL_TYPE_U16, false },
	[IPSECSIM_A_POLICY_PASSED]  = { "passed", MNL_TYPE_U64, true },
	[IPSECSIM_A_POLICY_STOPPED] = { "stopped", MNL_TYPE_U64, true },
	[IPSECSIM_A_POLICY_IFNAME]  = { "ifname", MNL_TYPE_NUL_STRING, true },
};

const struct nl_attr_set policy_set = {
	.hdr_len	= sizeof(struct genlmsghdr),
	.device		= IPSECSIM_A_POLICY_IFINDEX,
	.max		= ARRAY_SIZE(policy_specs) - 1,
	.spec		= policy_specs,
};

const struct name policy_dirs[] = {
	{ "in",		IPSECSIM_SA_DIR_IN },
	{ "out",	IPSECSIM_SA_DIR_OUT },
	{}
};

const struct name policy_actions[] = {
	{ "protect",	IPSECSIM_POLICY_PROTECT },
	{ "bypass",	IPSECSIM_POLICY_BYPASS },
	{ "discard",	IPSECSIM_POLICY_DISCARD },
	{}
};

const struct name policy_protos[] = {
	{ "icmp",	IPPROTO_ICMP },
	{ "tcp",	IPPROTO_TCP },
	{ "udp",	IPPROTO_UDP },
	{ "gre",	IPPROTO_GRE },
	{ "esp",	IPPROTO_ESP },
	{ "ah",		IPPROTO_AH },
	{ "icmpv6",	IPPROTO_ICMPV6 },
	{ "sctp",	IPPROTO_SCTP },
	{}
};

static const char *name_of(const struct name *names, uint32_t val)
{
	for (; names->word; names++)
		if (names->val == val)
			return names->word;
	return NULL;
}

static bool read_prefix(uint32_t family, const struct nlattr *addr,
			const struct nlattr *len, char str[PREFIX_STRLEN])
{
	size_t size = family == AF_INET6 ? sizeof(struct in6_addr) :
					   sizeof(struct in_addr);
	char text[INET6_ADDRSTRLEN];

	if ((family == AF_INET || family == AF_INET6) && addr && len &&
	    mnl_attr_get_payload_len(addr) == size &&
	    inet_ntop(family, mnl_attr_get_payload(addr), text, sizeof(text))) {
		snprintf(str, PREFIX_STRLEN, "%s/%u", text, mnl_attr_get_u32(len));
		return true;
	}
	complain("the kernel's reply has a malformed address");
	return false;
}

static uint16_t read_port(const struct nlattr *attr)
{
	return attr ? mnl_attr_get_u16(attr) : 0;
}

static bool read_policy(const struct nlattr *const *tb, struct policy *p)
{
	const struct nlattr *family = tb[IPSECSIM_A_POLICY_FAMILY];
	const struct nlattr *proto = tb[IPSECSIM_A_POLICY_PROTO];
	const char *name;

	*p = (struct policy){
		.id	 = mnl_attr_get_u32(tb[IPSECSIM_A_POLICY_ID]),
		.dir	 = name_of(policy_dirs, mnl_attr_get_u32(tb[IPSECSIM_A_POLICY_DIR])),
		.action	 = name_of(policy_actions,
				   mnl_attr_get_u32(tb[IPSECSIM_A_POLICY_ACTION])),
		.sport	 = read_port(tb[IPSECSIM_A_POLICY_SPORT]),
		.dport	 = read_port(tb[IPSECSIM_A_POLICY_DPORT]),
		.passed	 = mnl_attr_get_u64(tb[IPSECSIM_A_POLICY_PASSED]),
		.stopped = mnl_attr_get_u64(tb[IPSECSIM_A_POLICY_STOPPED]),
	};
	snprintf(p->dev, sizeof(p->dev), "%s",
		 mnl_attr_get_str(tb[IPSECSIM_A_POLICY_IFNAME]));
	if (proto) {
		name = name_of(policy_protos, mnl_attr_get_u32(proto));
		if (name)
			snprintf(p->proto, sizeof(p->proto), "%s", name);
		else
			snprintf(p->proto, sizeof(p->proto), "%u",
				 mnl_attr_get_u32(proto));
	}
	return !family ||
	       (read_prefix(mnl_attr_get_u32(family), tb[IPSECSIM_A_POLICY_SRC],
			    tb[IPSECSIM_A_POLICY_SRC_LEN], p->src) &&
		read_prefix(mnl_attr_get_u32(family), tb[IPSECSIM_A_POLICY_DST],
			    tb[IPSECSIM_A_POLICY_DST_LEN], p->dst));
}

static void print_json(const struct policy *p)
{
	json_object(NULL);
	json_str("dev", p->dev);
	json_u64("id", p->id);
	json_str("dir", p->dir ?: "unknown");
	if (*p->src) {
		json_str("src", p->src);
		json_str("dst", p->dst);
	}
	if (*p->proto)
		json_str("proto", p->proto);
	if (p->sport)
		json_u64("sport", p->sport);
	if (p->dport)
		json_u64("dport", p->dport);
	json_str("action", p->action ?: "unknown");
	json_u64("passed", p->passed);
	json_u64("stopped", p->stopped);
	json_end();
}

static void print_text(const struct policy *p)
{
	out("%-15s  %5u  %-3s  %-7s  %12llu  %12llu ", p->dev, p->id,
	    p->dir ?: "?", p->action ?: "?", (unsigned long long)p->passed,
	    (unsigned long long)p->stopped);
	if (*p->src)
		out(" src %s dst %s", p->src, p->dst);
	if (*p->proto)
		out(" proto %s", p->proto);
	if (p->sport)
		out(" sport %u", p->sport);
	if (p->dport)
		out(" dport %u", p->dport);
	out("%s\n", *p->src || *p->proto ? "" : " all");
}

bool policy_reply(const struct nlattr *const *tb, void *arg)
{
	struct policy_list *list = arg;
	struct policy *more;

	more = nl_room(list->policy, list->num, &list->room, sizeof(*more));
	if (!more)
		return false;
	list->policy = more;
	return read_policy(tb, &list->policy[list->num++]);
}

void policies_print(const struct policy_list *list)
{
	size_t i;

	if (json)
		json_array(NULL);
	else
		out("%-15s  %5s  %-3s  %-7s  %12s  %12s  %s\n", "DEV", "ID", "DIR",
		    "ACTION", "PASSED", "STOPPED", "SELECTOR");
	for (i = 0; i < list->num; i++) {
		if (json)
			print_json(&list->policy[i]);
		else
			print_text(&list->policy[i]);
	}
	if (json)
		json_end();
}
