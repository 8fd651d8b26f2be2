// SPDX-License-Identifier: GPL-2.0
/*
 * Verb stats: what the port counts (rtnetlink) and what the driver and the
 * adapter count (ethtool).
 */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "adapter.h"
#include "tool.h"

static const struct nl_attr_spec link_specs[] = {
	[IFLA_STATS64]	= { "stats64", MNL_TYPE_BINARY, true },
};

static const struct nl_attr_set link_set = {
	.hdr_len	= sizeof(struct ifinfomsg),
	.max		= ARRAY_SIZE(link_specs) - 1,
	.spec		= link_specs,
};

#define PORT_COUNTER(name) { #name, offsetof(struct rtnl_link_stats64, name) }

static const struct {
	const char	*name;
	size_t		offset;
} port_counters[] = {
	PORT_COUNTER(rx_packets),
	PORT_COUNTER(rx_bytes),
	PORT_COUNTER(rx_errors),
	PORT_COUNTER(rx_dropped),
	PORT_COUNTER(tx_packets),
	PORT_COUNTER(tx_bytes),
	PORT_COUNTER(tx_errors),
	PORT_COUNTER(tx_dropped),
};

static void section_begin(const char *name)
{
	if (json)
		json_object(name);
	else
		out("  %s\n", name);
}

static void section_end(void)
{
	if (json)
		json_end();
}

static void print_counter(const char *name, uint64_t val)
{
	if (json)
		json_u64(name, val);
	else
		out("    %-32s %llu\n", name, (unsigned long long)val);
}

static bool on_link(const struct nlattr *const *tb, void *arg)
{
	const struct nlattr *attr = tb[IFLA_STATS64];
	size_t len = mnl_attr_get_payload_len(attr), i;
	struct rtnl_link_stats64 stats = {};
	uint64_t val;

	(void)arg;
	/* The struct has grown from kernel to kernel. */
	memcpy(&stats, mnl_attr_get_payload(attr),
	       len < sizeof(stats) ? len : sizeof(stats));
	section_begin("port");
	for (i = 0; i < ARRAY_SIZE(port_counters); i++) {
		memcpy(&val, (const char *)&stats + port_counters[i].offset,
		       sizeof(val));
		print_counter(port_counters[i].name, val);
	}
	section_end();
	return true;
}

static bool print_port(const struct adapter *ad)
{
	union nl_request req;
	struct nl nl;
	bool ok;

	if (!nl_open_route(&nl))
		return false;
	nl_begin_link(&nl, &req, ad->ifindex);
	ok = nl_talk(&nl, &req, ad->ifname, &link_set, on_link, NULL);
	nl_close(&nl);
	return ok;
}

static bool ask_driver(int sock, const struct adapter *ad, void *cmd)
{
	struct ifreq ifr = { .ifr_data = cmd };

	memcpy(ifr.ifr_name, ad->ifname, sizeof(ifr.ifr_name));
	if (!ioctl(sock, SIOCETHTOOL, &ifr))
		return true;
	complain("%s: ethtool: %s", ad->ifname, strerror(errno));
	return false;
}

static bool count_stats(int sock, const struct adapter *ad, uint32_t *num)
{
	struct {
		struct ethtool_sset_info	info;
		uint32_t			num;
	} cmd = {
		.info.cmd	= ETHTOOL_GSSET_INFO,
		.info.sset_mask	= 1ULL << ETH_SS_STATS,
	};

	if (!ask_driver(sock, ad, &cmd))
		return false;
	*num = cmd.info.sset_mask ? cmd.num : 0;
	return true;
}

static void print_stats(const struct ethtool_gstrings *names,
			const struct ethtool_stats *vals, uint32_t num)
{
	char name[ETH_GSTRING_LEN + 1] = "";
	uint32_t i;

	section_begin("ethtool");
	for (i = 0; i < num; i++) {
		memcpy(name, names->data + i * ETH_GSTRING_LEN, ETH_GSTRING_LEN);
		print_counter(name, vals->data[i]);
	}
	section_end();
}

/* Names and values are two calls; the kernel fills what both have room for. */
static bool print_ethtool_sock(int sock, const struct adapter *ad)
{
	struct ethtool_gstrings *names;
	struct ethtool_stats *vals;
	uint32_t num;
	bool ok;

	if (!count_stats(sock, ad, &num))
		return false;
	names = calloc(1, sizeof(*names) + (size_t)num * ETH_GSTRING_LEN);
	vals = calloc(1, sizeof(*vals) + (size_t)num * sizeof(vals->data[0]));
	ok = names && vals;
	if (!ok) {
		complain("out of memory");
		goto out_free;
	}
	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = ETH_SS_STATS;
	names->len = num;
	vals->cmd = ETHTOOL_GSTATS;
	vals->n_stats = num;
	ok = ask_driver(sock, ad, names) && ask_driver(sock, ad, vals);
	if (ok)
		print_stats(names, vals, num);
out_free:
	free(names);
	free(vals);
	return ok;
}

static bool print_ethtool(const struct adapter *ad)
{
	int sock = socket(AF_INET, SOCK_DGRAM, 0);
	bool ok;

	if (sock < 0) {
		complain("socket: %s", strerror(errno));
		return false;
	}
	ok = print_ethtool_sock(sock, ad);
	close(sock);
	return ok;
}

static int run_stats(int argc, char **argv)
{
	struct adapter ad;
	struct nl nl;
	bool ok;

	if (!argc)
		return missing_word(&verb_stats, "DEV");
	if (argc > 1)
		return extra_word(&verb_stats, argv[1]);
	if (!nl_open_ipsecsim(&nl))
		return EX_FAILED;
	ok = adapter_get(&nl, argv[0], &ad);
	nl_close(&nl);
	if (!ok)
		return EX_FAILED;

	if (json) {
		json_object(NULL);
		json_str("dev", ad.ifname);
	} else {
		out("%s\n", ad.ifname);
	}
	ok = print_port(&ad) && print_ethtool(&ad);
	section_end();
	return ok ? EX_DONE : EX_FAILED;
}

const struct verb verb_stats = {
	.name	= "stats",
	.args	= "DEV",
	.help	= "counters of a port, of its driver and of its adapter\n"
		  "\n"
		  "  port     as in \"ip -s link show dev DEV\"\n"
		  "  ethtool  as in \"ethtool -S DEV\"\n",
	.run	= run_stats,
};
