// SPDX-License-Identifier: GPL-2.0
/*
 * Reading adapters and finding one by the name of its port.
 */
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../uapi/ipsecsim.h"
#include "adapter.h"
#include "tool.h"

static const struct nl_attr_spec adapter_specs[] = {
	[IPSECSIM_A_ADAPTER_IFINDEX]	  = { "ifindex", MNL_TYPE_U32, true },
	[IPSECSIM_A_ADAPTER_IFNAME]	  = { "ifname", MNL_TYPE_NUL_STRING, true },
	[IPSECSIM_A_ADAPTER_DEVICE]	  = { "device", MNL_TYPE_NUL_STRING, true },
	[IPSECSIM_A_ADAPTER_PEER_DEVICE]  = { "peer-device", MNL_TYPE_NUL_STRING, false },
	[IPSECSIM_A_ADAPTER_PEER_IFINDEX] = { "peer-ifindex", MNL_TYPE_U32, false },
	[IPSECSIM_A_ADAPTER_PEER_IFNAME]  = { "peer-ifname", MNL_TYPE_NUL_STRING, false },
	[IPSECSIM_A_ADAPTER_QUEUES]	  = { "queues", MNL_TYPE_U32, true },
	[IPSECSIM_A_ADAPTER_SA_CAPACITY]  = { "sa-capacity", MNL_TYPE_U32, true },
	[IPSECSIM_A_ADAPTER_SA_COUNT]	  = { "sa-count", MNL_TYPE_U32, true },
	[IPSECSIM_A_ADAPTER_PEER_NETNS_FD] = { "peer-netns-fd", MNL_TYPE_U32, false },
	[IPSECSIM_A_ADAPTER_LOWER_IFINDEX] = { "lower-ifindex", MNL_TYPE_U32, false },
	[IPSECSIM_A_ADAPTER_LOWER_IFNAME] = { "lower-ifname", MNL_TYPE_NUL_STRING, false },
	[IPSECSIM_A_ADAPTER_LOWER_TX_DROPPED] = { "lower-tx-dropped", MNL_TYPE_U64, false },
	[IPSECSIM_A_ADAPTER_LOWER_RX_DROPPED] = { "lower-rx-dropped", MNL_TYPE_U64, false },
};

const struct nl_attr_set adapter_set = {
	.hdr_len	= sizeof(struct genlmsghdr),
	.device		= IPSECSIM_A_ADAPTER_IFINDEX,
	.max		= ARRAY_SIZE(adapter_specs) - 1,
	.spec		= adapter_specs,
};

static void copy_str(char *to, size_t size, const struct nlattr *attr)
{
	snprintf(to, size, "%s", attr ? mnl_attr_get_str(attr) : "");
}

static uint32_t get_u32(const struct nlattr *attr)
{
	return attr ? mnl_attr_get_u32(attr) : 0;
}

static uint64_t get_u64(const struct nlattr *attr)
{
	return attr ? mnl_attr_get_u64(attr) : 0;
}

static bool on_adapter(const struct nlattr *const *tb, void *arg)
{
	struct adapter *ad = arg;

	ad->ifindex = get_u32(tb[IPSECSIM_A_ADAPTER_IFINDEX]);
	copy_str(ad->ifname, sizeof(ad->ifname), tb[IPSECSIM_A_ADAPTER_IFNAME]);
	copy_str(ad->device, sizeof(ad->device), tb[IPSECSIM_A_ADAPTER_DEVICE]);
	copy_str(ad->peer_device, sizeof(ad->peer_device),
		 tb[IPSECSIM_A_ADAPTER_PEER_DEVICE]);
	ad->peer_ifindex = get_u32(tb[IPSECSIM_A_ADAPTER_PEER_IFINDEX]);
	copy_str(ad->peer_ifname, sizeof(ad->peer_ifname),
		 tb[IPSECSIM_A_ADAPTER_PEER_IFNAME]);
	ad->queues = get_u32(tb[IPSECSIM_A_ADAPTER_QUEUES]);
	ad->sa_capacity = get_u32(tb[IPSECSIM_A_ADAPTER_SA_CAPACITY]);
	ad->sa_count = get_u32(tb[IPSECSIM_A_ADAPTER_SA_COUNT]);
	ad->lower_ifindex = get_u32(tb[IPSECSIM_A_ADAPTER_LOWER_IFINDEX]);
	copy_str(ad->lower_ifname, sizeof(ad->lower_ifname),
		 tb[IPSECSIM_A_ADAPTER_LOWER_IFNAME]);
	ad->has_lower = tb[IPSECSIM_A_ADAPTER_LOWER_TX_DROPPED];
	ad->lower_tx_dropped = get_u64(tb[IPSECSIM_A_ADAPTER_LOWER_TX_DROPPED]);
	ad->lower_rx_dropped = get_u64(tb[IPSECSIM_A_ADAPTER_LOWER_RX_DROPPED]);
	return true;
}

static bool on_adapter_of_many(const struct nlattr *const *tb, void *arg)
{
	struct adapter_list *list = arg;
	struct adapter *more;

	more = realloc(list->ad, (list->num + 1) * sizeof(*more));
	if (!more) {
		complain("out of memory");
		return false;
	}
	list->ad = more;
	return on_adapter(tb, &list->ad[list->num++]);
}

bool adapter_get_all(struct nl *nl, struct adapter_list *list)
{
	unsigned int tries = 0;
	union nl_request req;
	bool ok;

	list->ad = NULL;
	do {
		list->num = 0;
		nl_begin(nl, &req, IPSECSIM_CMD_ADAPTER_GET, true);
		ok = nl_talk(nl, &req, NULL, &adapter_set, on_adapter_of_many, list);
	} while (ok && nl_again(nl, &tries));
	return ok;
}

bool name_fits(const char *ifname)
{
	if (*ifname && strlen(ifname) < IFNAMSIZ)
		return true;
	complain("\"%s\" is no name of a network device: those have 1 to %d characters",
		 ifname, IFNAMSIZ - 1);
	return false;
}

/* The port whose name is closest, copied to near; false if none is near. */
static bool closest_port(struct nl *nl, const char *ifname, char near[IFNAMSIZ])
{
	struct adapter_list list;
	const char *word = NULL;
	const char **names;
	size_t i;

	if (adapter_get_all(nl, &list)) {
		names = calloc(list.num + 1, sizeof(*names));
		for (i = 0; names && i < list.num; i++)
			names[i] = list.ad[i].ifname;
		word = names ? closest_word(ifname, names, list.num) : NULL;
		free(names);
	}
	if (word)
		snprintf(near, IFNAMSIZ, "%s", word);
	free(list.ad);
	return word;
}

void adapter_suggest(struct nl *nl, const char *ifname)
{
	char near[IFNAMSIZ];

	if (closest_port(nl, ifname, near))
		complain("did you mean \"%s\"?", near);
}

/* No such network device; perhaps the name of a port was meant. */
static void complain_ifname(struct nl *nl, const char *ifname)
{
	char near[IFNAMSIZ];

	if (closest_port(nl, ifname, near))
		complain("no network device \"%s\" in this namespace; did you mean \"%s\"?",
			 ifname, near);
	else
		complain("no network device \"%s\" in this namespace", ifname);
}

bool adapter_get(struct nl *nl, const char *ifname, struct adapter *ad)
{
	uint32_t ifindex = if_nametoindex(ifname);
	union nl_request req;

	if (!ifindex) {
		complain_ifname(nl, ifname);
		return false;
	}
	nl_begin(nl, &req, IPSECSIM_CMD_ADAPTER_GET, false);
	mnl_attr_put_u32(&req.nlh, IPSECSIM_A_ADAPTER_IFINDEX, ifindex);
	return nl_talk(nl, &req, ifname, &adapter_set, on_adapter, ad);
}
