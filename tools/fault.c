// SPDX-License-Identifier: GPL-2.0
/*
 * Verb fault: the fault points of the wire that an adapter sends on.
 */
#include <linux/genetlink.h>
#include <string.h>

#include "../uapi/ipsecsim.h"
#include "adapter.h"
#include "tool.h"

static const struct nl_attr_spec fault_specs[] = {
	[IPSECSIM_A_FAULT_IFINDEX]	= { "ifindex", MNL_TYPE_U32, true },
	[IPSECSIM_A_FAULT_CORRUPT_PPM]	= { "corrupt-ppm", MNL_TYPE_U32, true },
	[IPSECSIM_A_FAULT_DROP_PPM]	= { "drop-ppm", MNL_TYPE_U32, true },
	[IPSECSIM_A_FAULT_SEED]		= { "seed", MNL_TYPE_U32, true },
};

static const struct nl_attr_set fault_set = {
	.hdr_len	= sizeof(struct genlmsghdr),
	.device		= IPSECSIM_A_FAULT_IFINDEX,
	.max		= ARRAY_SIZE(fault_specs) - 1,
	.spec		= fault_specs,
};

/* Words of the verb; each but the last takes a number. */
static const char *const words[] = { "corrupt-ppm", "drop-ppm", "seed", "clear" };

static const uint16_t word_attr[] = {
	IPSECSIM_A_FAULT_CORRUPT_PPM,
	IPSECSIM_A_FAULT_DROP_PPM,
	IPSECSIM_A_FAULT_SEED,
};

static bool on_faults(const struct nlattr *const *tb, void *arg)
{
	struct faults *faults = arg;

	faults->corrupt_ppm = mnl_attr_get_u32(tb[IPSECSIM_A_FAULT_CORRUPT_PPM]);
	faults->drop_ppm = mnl_attr_get_u32(tb[IPSECSIM_A_FAULT_DROP_PPM]);
	faults->seed = mnl_attr_get_u32(tb[IPSECSIM_A_FAULT_SEED]);
	return true;
}

bool faults_get(struct nl *nl, const struct adapter *ad, struct faults *faults)
{
	union nl_request req;

	nl_begin(nl, &req, IPSECSIM_CMD_FAULT_GET, false);
	mnl_attr_put_u32(&req.nlh, IPSECSIM_A_FAULT_IFINDEX, ad->ifindex);
	return nl_talk(nl, &req, ad->ifname, &fault_set, on_faults, faults);
}

/* What is to be set: a value for each word that takes one. */
struct wish {
	bool		given[ARRAY_SIZE(word_attr)];
	uint32_t	val[ARRAY_SIZE(word_attr)];
};

static int parse_value(struct wish *wish, size_t i, const char *val)
{
	if (wish->given[i]) {
		complain("fault: %s is given twice", words[i]);
		return EX_MISUSE;
	}
	if (!val) {
		complain("fault: the number behind %s is missing", words[i]);
		return EX_MISUSE;
	}
	if (!parse_u32(val, &wish->val[i])) {
		complain("fault: %s needs a number from 0 to 4294967295, not \"%s\"",
			 words[i], val);
		return EX_MISUSE;
	}
	wish->given[i] = true;
	return EX_DONE;
}

static int parse(int argc, char **argv, struct wish *wish)
{
	size_t i;
	int code;

	memset(wish, 0, sizeof(*wish));
	if (argc && !strcmp(argv[0], "clear")) {
		wish->given[0] = true;
		wish->given[1] = true;
		return argc > 1 ? extra_word(&verb_fault, argv[1]) : EX_DONE;
	}
	for (; argc > 0; argc -= 2, argv += 2) {
		for (i = 0; i < ARRAY_SIZE(word_attr); i++)
			if (!strcmp(argv[0], words[i]))
				break;
		if (i == ARRAY_SIZE(word_attr))
			return unknown_word("fault point", argv[0], words,
					    ARRAY_SIZE(words));
		code = parse_value(wish, i, argc > 1 ? argv[1] : NULL);
		if (code != EX_DONE)
			return code;
	}
	return EX_DONE;
}

static bool set_faults(struct nl *nl, const struct adapter *ad,
		       const struct wish *wish)
{
	union nl_request req;
	size_t i;

	nl_begin(nl, &req, IPSECSIM_CMD_FAULT_SET, false);
	mnl_attr_put_u32(&req.nlh, IPSECSIM_A_FAULT_IFINDEX, ad->ifindex);
	for (i = 0; i < ARRAY_SIZE(word_attr); i++)
		if (wish->given[i])
			mnl_attr_put_u32(&req.nlh, word_attr[i], wish->val[i]);
	return nl_talk(nl, &req, ad->ifname, &fault_set, NULL, NULL);
}

static void print(const struct adapter *ad, const struct faults *faults)
{
	if (!json) {
		out("%s: corrupt-ppm %u  drop-ppm %u  seed %u\n", ad->ifname,
		    faults->corrupt_ppm, faults->drop_ppm, faults->seed);
		return;
	}
	json_object(NULL);
	json_str("dev", ad->ifname);
	json_u64("corrupt_ppm", faults->corrupt_ppm);
	json_u64("drop_ppm", faults->drop_ppm);
	json_u64("seed", faults->seed);
	json_end();
}

static int run_fault(int argc, char **argv)
{
	struct faults faults;
	struct adapter ad;
	struct wish wish;
	struct nl nl;
	int code;
	bool ok;

	if (!argc)
		return missing_word(&verb_fault, "DEV");
	code = parse(argc - 1, argv + 1, &wish);
	if (code != EX_DONE)
		return code;
	if (!nl_open_ipsecsim(&nl))
		return EX_FAILED;
	ok = adapter_get(&nl, argv[0], &ad) &&
	     (argc == 1 || set_faults(&nl, &ad, &wish)) &&
	     faults_get(&nl, &ad, &faults);
	if (ok)
		print(&ad, &faults);
	nl_close(&nl);
	return ok ? EX_DONE : EX_FAILED;
}

const struct verb verb_fault = {
	.name	= "fault",
	.args	= "DEV [corrupt-ppm N] [drop-ppm N] [seed N] | DEV clear",
	.help	= "faults of the wire that an adapter sends on\n"
		  "\n"
		  "  corrupt-ppm N  frames in a million that get one bit flipped\n"
		  "  drop-ppm N     frames in a million that are lost\n"
		  "  seed N         of the generator that chooses the frames\n"
		  "  clear          no frame is corrupted or lost any more\n"
		  "\n"
		  "What is not named stays as it is. The faults then in force are shown.\n",
	.run	= run_fault,
};
