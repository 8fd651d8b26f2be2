// SPDX-License-Identifier: GPL-2.0
/*
 * Verbs add and del: adapters come and go.
 */
#include <linux/genetlink.h>
#include <string.h>

#include "../uapi/ipsecsim.h"
#include "adapter.h"
#include "tool.h"

/* Words of the verb add; each takes a number. */
static const char *const words[] = { "queues", "sa-capacity" };

static const uint16_t word_attr[] = {
	IPSECSIM_A_ADAPTER_QUEUES,
	IPSECSIM_A_ADAPTER_SA_CAPACITY,
};

struct wish {
	bool		given[ARRAY_SIZE(words)];
	uint32_t	val[ARRAY_SIZE(words)];
};

static int parse(int argc, char **argv, struct wish *wish)
{
	size_t i;

	memset(wish, 0, sizeof(*wish));
	for (; argc > 0; argc -= 2, argv += 2) {
		for (i = 0; i < ARRAY_SIZE(words); i++)
			if (!strcmp(argv[0], words[i]))
				break;
		if (i == ARRAY_SIZE(words))
			return unknown_word("word", argv[0], words, ARRAY_SIZE(words));
		if (wish->given[i]) {
			complain("add: %s is given twice", words[i]);
			return EX_MISUSE;
		}
		if (argc == 1) {
			complain("add: the number behind %s is missing", words[i]);
			return EX_MISUSE;
		}
		if (!parse_u32(argv[1], &wish->val[i])) {
			complain("add: %s needs a number, not \"%s\"", words[i], argv[1]);
			return EX_MISUSE;
		}
		wish->given[i] = true;
	}
	return EX_DONE;
}

/* Behind "wire DEV" these are no names of a port. */
static bool name_reserved(const char *name)
{
	static const char *const reserved[] = { "dev", "none" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(reserved); i++) {
		if (strcmp(name, reserved[i]))
			continue;
		complain("\"%s\" is a word of \"wire\", and no good name for a port",
			 name);
		return true;
	}
	return false;
}

static bool add(struct nl *nl, const char *name, const struct wish *wish)
{
	union nl_request req;
	size_t i;

	nl_begin(nl, &req, IPSECSIM_CMD_ADAPTER_ADD, false);
	mnl_attr_put_strz(&req.nlh, IPSECSIM_A_ADAPTER_IFNAME, name);
	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (wish->given[i])
			mnl_attr_put_u32(&req.nlh, word_attr[i], wish->val[i]);
	return nl_talk(nl, &req, name, &adapter_set, NULL, NULL);
}

static int run_add(int argc, char **argv)
{
	struct wish wish;
	struct nl nl;
	int code;
	bool ok;

	if (!argc)
		return missing_word(&verb_add, "NAME");
	if (!name_fits(argv[0]) || name_reserved(argv[0]))
		return EX_MISUSE;
	code = parse(argc - 1, argv + 1, &wish);
	if (code != EX_DONE)
		return code;
	if (!nl_open_ipsecsim(&nl))
		return EX_FAILED;
	ok = add(&nl, argv[0], &wish) && adapter_show(&nl, argv[0]);
	nl_close(&nl);
	return ok ? EX_DONE : EX_FAILED;
}

static int run_del(int argc, char **argv)
{
	union nl_request req;
	struct adapter ad;
	struct nl nl;
	bool ok;

	if (!argc)
		return missing_word(&verb_del, "DEV");
	if (argc > 1)
		return extra_word(&verb_del, argv[1]);
	if (!nl_open_ipsecsim(&nl))
		return EX_FAILED;
	ok = adapter_get(&nl, argv[0], &ad);
	if (ok) {
		nl_begin(&nl, &req, IPSECSIM_CMD_ADAPTER_DEL, false);
		mnl_attr_put_u32(&req.nlh, IPSECSIM_A_ADAPTER_IFINDEX, ad.ifindex);
		ok = nl_talk(&nl, &req, ad.ifname, &adapter_set, NULL, NULL);
	}
	nl_close(&nl);
	return ok ? EX_DONE : EX_FAILED;
}

const struct verb verb_add = {
	.name	= "add",
	.args	= "NAME [queues N] [sa-capacity N]",
	.help	= "make an adapter, not wired, with a port of this name\n"
		  "\n"
		  "  queues N       queue pairs, 1 to 64\n"
		  "  sa-capacity N  SAs that it can hold, 1 to 1048576\n"
		  "\n"
		  "The port appears in this network namespace. What is not given is as the\n"
		  "module's parameters say. The new adapter is shown.\n",
	.run	= run_add,
};

const struct verb verb_del = {
	.name	= "del",
	.args	= "DEV",
	.help	= "take an adapter away, with its port, its SAs and its wire\n",
	.run	= run_del,
};
