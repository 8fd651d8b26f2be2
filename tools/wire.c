// SPDX-License-Identifier: GPL-2.0
/*
 * Verb wire: what an adapter is connected to.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../uapi/ipsecsim.h"
#include "adapter.h"
#include "tool.h"

#define NETNS_DIR	"/run/netns"

/* What the command line asks for. */
struct wish {
	const char	*dev;
	const char	*peer;	/* NULL: disconnect, or */
	const char	*lower;	/* a lower device */
	const char	*netns;	/* of the peer; NULL: this one */
};

static int parse_lower(int argc, char **argv, struct wish *wish)
{
	if (argc == 2)
		return missing_word(&verb_wire, "LOWER");
	wish->lower = argv[2];
	if (!name_fits(wish->lower))
		return EX_MISUSE;
	return argc > 3 ? extra_word(&verb_wire, argv[3]) : EX_DONE;
}

static int parse(int argc, char **argv, struct wish *wish)
{
	static const char *const words[] = { "netns" };

	*wish = (struct wish){};
	if (argc < 2)
		return missing_word(&verb_wire, argc ? "PEER" : "DEV");
	wish->dev = argv[0];
	if (!strcmp(argv[1], "none"))
		return argc > 2 ? extra_word(&verb_wire, argv[2]) : EX_DONE;
	if (!strcmp(argv[1], "dev"))
		return parse_lower(argc, argv, wish);
	wish->peer = argv[1];
	if (!name_fits(wish->peer))
		return EX_MISUSE;
	if (argc == 2)
		return EX_DONE;
	if (strcmp(argv[2], words[0]))
		return unknown_word("word", argv[2], words, ARRAY_SIZE(words));
	if (argc == 3)
		return missing_word(&verb_wire, "NETNS");
	wish->netns = argv[3];
	return argc > 4 ? extra_word(&verb_wire, argv[4]) : EX_DONE;
}

/* A name as "ip netns" knows it, or a path. */
static int open_netns(const char *netns)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s%s%s", strchr(netns, '/') ? "" : NETNS_DIR,
		 strchr(netns, '/') ? "" : "/", netns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		complain("network namespace \"%s\": %s", netns, strerror(errno));
	return fd;
}

static bool disconnect(struct nl *nl, const struct adapter *ad)
{
	union nl_request req;

	nl_begin(nl, &req, IPSECSIM_CMD_WIRE_DISCONNECT, false);
	mnl_attr_put_u32(&req.nlh, IPSECSIM_A_ADAPTER_IFINDEX, ad->ifindex);
	return nl_talk(nl, &req, ad->ifname, &adapter_set, NULL, NULL);
}

static bool connect_peer(struct nl *nl, const struct adapter *ad,
			 const struct wish *wish)
{
	union nl_request req;
	int fd = -1;
	bool ok;

	if (wish->netns) {
		fd = open_netns(wish->netns);
		if (fd < 0)
			return false;
	}
	nl_begin(nl, &req, IPSECSIM_CMD_WIRE_CONNECT, false);
	mnl_attr_put_u32(&req.nlh, IPSECSIM_A_ADAPTER_IFINDEX, ad->ifindex);
	mnl_attr_put_strz(&req.nlh, IPSECSIM_A_ADAPTER_PEER_IFNAME, wish->peer);
	if (fd >= 0)
		mnl_attr_put_u32(&req.nlh, IPSECSIM_A_ADAPTER_PEER_NETNS_FD, fd);
	ok = nl_talk(nl, &req, ad->ifname, &adapter_set, NULL, NULL);
	if (fd >= 0)
		close(fd);
	else if (!ok && nl->err == ENODEV)
		adapter_suggest(nl, wish->peer);
	return ok;
}

/* No such network device: perhaps another one was meant. */
static void suggest_device(const char *ifname)
{
	struct if_nameindex *all = if_nameindex();
	const char **names;
	const char *near;
	size_t num = 0;

	while (all && all[num].if_index)
		num++;
	names = calloc(num + 1, sizeof(*names));
	for (size_t i = 0; names && i < num; i++)
		names[i] = all[i].if_name;
	near = names ? closest_word(ifname, names, num) : NULL;
	if (near)
		complain("did you mean \"%s\"?", near);
	free(names);
	if (all)
		if_freenameindex(all);
}

static bool connect_lower(struct nl *nl, const struct adapter *ad,
			  const char *lower)
{
	union nl_request req;
	bool ok;

	nl_begin(nl, &req, IPSECSIM_CMD_WIRE_CONNECT, false);
	mnl_attr_put_u32(&req.nlh, IPSECSIM_A_ADAPTER_IFINDEX, ad->ifindex);
	mnl_attr_put_strz(&req.nlh, IPSECSIM_A_ADAPTER_LOWER_IFNAME, lower);
	ok = nl_talk(nl, &req, ad->ifname, &adapter_set, NULL, NULL);
	if (!ok && nl->err == ENODEV)
		suggest_device(lower);
	return ok;
}

static bool wire(struct nl *nl, const struct adapter *ad, const struct wish *wish)
{
	if (wish->lower)
		return connect_lower(nl, ad, wish->lower);
	if (wish->peer)
		return connect_peer(nl, ad, wish);
	return disconnect(nl, ad);
}

static int run_wire(int argc, char **argv)
{
	struct adapter ad;
	struct wish wish;
	struct nl nl;
	int code;
	bool ok;

	code = parse(argc, argv, &wish);
	if (code != EX_DONE)
		return code;
	if (!nl_open_ipsecsim(&nl))
		return EX_FAILED;
	ok = adapter_get(&nl, wish.dev, &ad) &&
	     wire(&nl, &ad, &wish) &&
	     adapter_show(&nl, wish.dev);
	nl_close(&nl);
	return ok ? EX_DONE : EX_FAILED;
}

const struct verb verb_wire = {
	.name	= "wire",
	.args	= "DEV PEER [netns NETNS] | DEV dev LOWER | DEV none",
	.help	= "connect an adapter to another one, to any network device, or to nothing\n"
		  "\n"
		  "  PEER         port of the other adapter\n"
		  "  netns NETNS  the network namespace that has PEER: a name, or a path\n"
		  "  dev LOWER    an Ethernet device of this namespace: what the adapter sends\n"
		  "               leaves through it, and all that it receives goes to the adapter\n"
		  "  none         pull the cable\n"
		  "\n"
		  "What either adapter was connected to loses its carrier. The adapter as it is\n"
		  "then is shown.\n",
	.run	= run_wire,
};
