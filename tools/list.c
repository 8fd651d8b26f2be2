// SPDX-License-Identifier: GPL-2.0
/*
 * Verbs list and show: adapters in a table, or with all there is to say.
 */
#include <stdlib.h>
#include <string.h>

#include "adapter.h"
#include "tool.h"

/* The far end by its port's name if that is in sight, else by its device. */
static const char *peer_name(const struct adapter *ad)
{
	if (ad->has_lower)
		return ad->lower_ifindex ? ad->lower_ifname : "(lower device)";
	if (!ad->peer_device[0])
		return "-";
	return ad->peer_ifname[0] ? ad->peer_ifname : ad->peer_device;
}

static void json_adapter(const struct adapter *ad)
{
	json_str("dev", ad->ifname);
	json_u64("ifindex", ad->ifindex);
	json_str("device", ad->device);
	if (ad->peer_device[0]) {
		json_object("peer");
		json_str("device", ad->peer_device);
		if (ad->peer_ifindex) {
			json_str("dev", ad->peer_ifname);
			json_u64("ifindex", ad->peer_ifindex);
		}
		json_end();
	}
	if (ad->has_lower) {
		json_object("lower");
		if (ad->lower_ifindex) {
			json_str("dev", ad->lower_ifname);
			json_u64("ifindex", ad->lower_ifindex);
		}
		json_u64("tx_dropped", ad->lower_tx_dropped);
		json_u64("rx_dropped", ad->lower_rx_dropped);
		json_end();
	}
	json_u64("queues", ad->queues);
	json_u64("sa_capacity", ad->sa_capacity);
	json_u64("sa_count", ad->sa_count);
}

static void list_json(const struct adapter_list *list)
{
	size_t i;

	json_array(NULL);
	for (i = 0; i < list->num; i++) {
		json_object(NULL);
		json_adapter(&list->ad[i]);
		json_end();
	}
	json_end();
}

static void list_text(const struct adapter_list *list)
{
	const struct adapter *ad;

	out("%-15s  %-12s  %-15s  %6s  %7s  %8s\n",
	    "DEV", "DEVICE", "PEER", "QUEUES", "SAS", "CAPACITY");
	for (ad = list->ad; ad < list->ad + list->num; ad++)
		out("%-15s  %-12s  %-15s  %6u  %7u  %8u\n", ad->ifname, ad->device,
		    peer_name(ad), ad->queues, ad->sa_count, ad->sa_capacity);
}

bool adapter_show(struct nl *nl, const char *ifname)
{
	struct adapter ad;

	if (!adapter_get(nl, ifname, &ad))
		return false;
	if (json)
		list_json(&(struct adapter_list){ &ad, 1 });
	else
		list_text(&(struct adapter_list){ &ad, 1 });
	return true;
}

static int run_list(int argc, char **argv)
{
	struct adapter_list list;
	struct nl nl;
	bool ok;

	if (argc)
		return extra_word(&verb_list, argv[0]);
	if (!nl_open_ipsecsim(&nl))
		return EX_FAILED;
	ok = adapter_get_all(&nl, &list);
	if (ok && json)
		list_json(&list);
	else if (ok)
		list_text(&list);
	free(list.ad);
	nl_close(&nl);
	return ok ? EX_DONE : EX_FAILED;
}

static void show_lower(const struct adapter *ad)
{
	out(", wired to %s\n    lower device: tx-dropped %llu  rx-dropped %llu\n",
	    ad->lower_ifindex ? ad->lower_ifname :
				"a lower device in another namespace",
	    (unsigned long long)ad->lower_tx_dropped,
	    (unsigned long long)ad->lower_rx_dropped);
}

static void show_text(const struct adapter *ad)
{
	out("%s: device %s", ad->ifname, ad->device);
	if (ad->has_lower)
		show_lower(ad);
	else if (!ad->peer_device[0])
		out(", not wired\n");
	else if (ad->peer_ifname[0])
		out(", wired to %s (%s)\n", ad->peer_ifname, ad->peer_device);
	else
		out(", wired to %s in another namespace\n", ad->peer_device);
	out("    queues %u  SAs %u of %u\n", ad->queues, ad->sa_count,
	    ad->sa_capacity);
}

static bool show_one(struct nl *nl, const struct adapter *ad)
{
	bool ok;

	if (!json) {
		show_text(ad);
		return faults_print(nl, ad, "    fault ");
	}
	json_object(NULL);
	json_adapter(ad);
	ok = faults_print(nl, ad, "");
	json_end();
	return ok;
}

static bool show_list(struct nl *nl, const struct adapter_list *list)
{
	size_t i;

	if (json)
		json_array(NULL);
	for (i = 0; i < list->num; i++)
		if (!show_one(nl, &list->ad[i]))
			return false;
	if (json)
		json_end();
	return true;
}

static int run_show(int argc, char **argv)
{
	struct adapter_list all = {};
	struct adapter one;
	struct nl nl;
	bool ok;

	if (argc > 1)
		return extra_word(&verb_show, argv[1]);
	if (!nl_open_ipsecsim(&nl))
		return EX_FAILED;
	if (argc)
		ok = adapter_get(&nl, argv[0], &one) &&
		     show_list(&nl, &(struct adapter_list){ &one, 1 });
	else
		ok = adapter_get_all(&nl, &all) && show_list(&nl, &all);
	free(all.ad);
	nl_close(&nl);
	return ok ? EX_DONE : EX_FAILED;
}

const struct verb verb_list = {
	.name	= "list",
	.args	= "",
	.help	= "adapters of this network namespace, one a line\n"
		  "\n"
		  "PEER is the port at the other end of the wire, or its device when the port\n"
		  "is in another network namespace.\n",
	.run	= run_list,
};

const struct verb verb_show = {
	.name	= "show",
	.args	= "[DEV]",
	.help	= "all about one adapter, or about each of this network namespace\n",
	.run	= run_show,
};
