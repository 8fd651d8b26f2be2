// SPDX-License-Identifier: GPL-2.0
/*
 * Verb fault: the fault points of an adapter and of the wire it sends on.
 */
#include <linux/genetlink.h>
#include <string.h>

#include "../uapi/ipsecsim.h"
#include "adapter.h"
#include "tool.h"

static const struct nl_attr_spec fault_specs[] = {
	[IPSECSIM_A_FAULT_IFINDEX]	 = { "ifindex", MNL_TYPE_U32, true },
	[IPSECSIM_A_FAULT_POINT]	 = { "point", MNL_TYPE_U32, true },
	[IPSECSIM_A_FAULT_PPM]		 = { "ppm", MNL_TYPE_U32, true },
	[IPSECSIM_A_FAULT_NTH]		 = { "nth", MNL_TYPE_U32, true },
	[IPSECSIM_A_FAULT_SEED]		 = { "seed", MNL_TYPE_U32, true },
	[IPSECSIM_A_FAULT_SPI]		 = { "spi", MNL_TYPE_U32, false },
	[IPSECSIM_A_FAULT_OPCODE]	 = { "opcode", MNL_TYPE_U32, false },
	[IPSECSIM_A_FAULT_ADMIN_STATUS]	 = { "status", MNL_TYPE_U32, false },
	[IPSECSIM_A_FAULT_CRYPTO_STATUS] = { "status", MNL_TYPE_U32, false },
	[IPSECSIM_A_FAULT_MS]		 = { "ms", MNL_TYPE_U32, false },
	[IPSECSIM_A_FAULT_SEEN]		 = { "seen", MNL_TYPE_U64, true },
	[IPSECSIM_A_FAULT_HITS]		 = { "hits", MNL_TYPE_U64, true },
	[IPSECSIM_A_FAULT_MISSED]	 = { "missed", MNL_TYPE_U64, true },
};

static const struct nl_attr_set fault_set = {
	.hdr_len	= sizeof(struct genlmsghdr),
	.device		= IPSECSIM_A_FAULT_IFINDEX,
	.max		= ARRAY_SIZE(fault_specs) - 1,
	.spec		= fault_specs,
};

/* A word of the command line and its number in the kernel */
struct name {
	const char	*word;
	uint32_t	val;
};

static const struct name points[] = {
	{ "drop",		IPSECSIM_FAULT_DROP },
	{ "corrupt",		IPSECSIM_FAULT_CORRUPT },
	{ "truncate",		IPSECSIM_FAULT_TRUNCATE },
	{ "duplicate",		IPSECSIM_FAULT_DUPLICATE },
	{ "reorder",		IPSECSIM_FAULT_REORDER },
	{ "delay",		IPSECSIM_FAULT_DELAY },
	{ "replay",		IPSECSIM_FAULT_REPLAY },
	{ "tx-crypto-error",	IPSECSIM_FAULT_TX_CRYPTO_ERROR },
	{ "tx-bad-icv",		IPSECSIM_FAULT_TX_BAD_ICV },
	{ "rx-status",		IPSECSIM_FAULT_RX_STATUS },
	{ "admin-fail",		IPSECSIM_FAULT_ADMIN_FAIL },
	{ "admin-ignore",	IPSECSIM_FAULT_ADMIN_IGNORE },
	{ "admin-late",		IPSECSIM_FAULT_ADMIN_LATE },
	{ "admin-lose",		IPSECSIM_FAULT_ADMIN_LOSE },
	{ "sa-full",		IPSECSIM_FAULT_SA_FULL },
	{ "irq-lose",		IPSECSIM_FAULT_IRQ_LOSE },
	{ "admin-irq-lose",	IPSECSIM_FAULT_ADMIN_IRQ_LOSE },
	{ "hang",		IPSECSIM_FAULT_HANG },
	{}
};

static const struct name opcodes[] = {
	{ "caps-get",		IPSECSIM_OP_CAPS_GET },
	{ "txq-create",		IPSECSIM_OP_TXQ_CREATE },
	{ "txq-destroy",	IPSECSIM_OP_TXQ_DESTROY },
	{ "rxq-create",		IPSECSIM_OP_RXQ_CREATE },
	{ "rxq-destroy",	IPSECSIM_OP_RXQ_DESTROY },
	{ "rss-set",		IPSECSIM_OP_RSS_SET },
	{ "steer-add",		IPSECSIM_OP_STEER_ADD },
	{ "steer-delete",	IPSECSIM_OP_STEER_DELETE },
	{ "sa-add",		IPSECSIM_OP_SA_ADD },
	{ "sa-delete",		IPSECSIM_OP_SA_DELETE },
	{ "sa-update",		IPSECSIM_OP_SA_UPDATE },
	{ "sa-query",		IPSECSIM_OP_SA_QUERY },
	{ "sa-limit",		IPSECSIM_OP_SA_LIMIT },
	{}
};

static const struct name admin_statuses[] = {
	{ "bad-opcode",		IPSECSIM_ST_BAD_OPCODE },
	{ "bad-param",		IPSECSIM_ST_BAD_PARAM },
	{ "bad-handle",		IPSECSIM_ST_BAD_HANDLE },
	{ "no-esn",		IPSECSIM_ST_NO_ESN },
	{ "full",		IPSECSIM_ST_FULL },
	{ "unsupported",	IPSECSIM_ST_UNSUPPORTED },
	{ "busy",		IPSECSIM_ST_BUSY },
	{ "no-memory",		IPSECSIM_ST_NO_MEMORY },
	{ "bad-key",		IPSECSIM_ST_BAD_KEY },
	{}
};

static const struct name crypto_statuses[] = {
	{ "generic-error",		IPSECSIM_CRYPTO_GENERIC_ERROR },
	{ "transport-ah-auth-failed",	IPSECSIM_CRYPTO_TRANSPORT_AH_AUTH_FAILED },
	{ "transport-esp-auth-failed",	IPSECSIM_CRYPTO_TRANSPORT_ESP_AUTH_FAILED },
	{ "tunnel-ah-auth-failed",	IPSECSIM_CRYPTO_TUNNEL_AH_AUTH_FAILED },
	{ "tunnel-esp-auth-failed",	IPSECSIM_CRYPTO_TUNNEL_ESP_AUTH_FAILED },
	{ "invalid-packet-syntax",	IPSECSIM_CRYPTO_INVALID_PACKET_SYNTAX },
	{ "invalid-protocol",		IPSECSIM_CRYPTO_INVALID_PROTOCOL },
	{}
};

#define WORDS_MAX	32	/* of any table */

/* Words of "fault set": the attribute of each, and names for its values if any */
static const struct {
	const char		*word;
	uint16_t		attr;
	const struct name	*names;
} params[] = {
	{ "ppm",	IPSECSIM_A_FAULT_PPM,		NULL },
	{ "nth",	IPSECSIM_A_FAULT_NTH,		NULL },
	{ "seed",	IPSECSIM_A_FAULT_SEED,		NULL },
	{ "spi",	IPSECSIM_A_FAULT_SPI,		NULL },
	{ "ms",		IPSECSIM_A_FAULT_MS,		NULL },
	{ "opcode",	IPSECSIM_A_FAULT_OPCODE,	opcodes },
	{ "status",	IPSECSIM_A_FAULT_ADMIN_STATUS,	admin_statuses },
	{ "status",	IPSECSIM_A_FAULT_CRYPTO_STATUS,	crypto_statuses },
};

static const char *name_of(const struct name *names, uint32_t val)
{
	for (; names->word; names++)
		if (names->val == val)
			return names->word;
	return "unknown";
}

static int find_name(const char *what, const struct name *names,
		     const char *word, uint32_t *val)
{
	const char *words[WORDS_MAX];
	size_t i;

	for (i = 0; names[i].word; i++) {
		if (!strcmp(word, names[i].word)) {
			*val = names[i].val;
			return EX_DONE;
		}
		words[i] = names[i].word;
	}
	return unknown_word(what, word, words, i);
}

/* --- What is shown -------------------------------------------------------- */

static void print_param(const struct nlattr *const *tb, size_t i)
{
	const struct nlattr *attr = tb[params[i].attr];
	uint32_t val = attr ? mnl_attr_get_u32(attr) : 0;

	/* No chance, no number, no filter: not worth a word */
	if (!attr || (!json && !val && params[i].attr != IPSECSIM_A_FAULT_MS))
		return;
	if (params[i].names && json)
		json_str(params[i].word, name_of(params[i].names, val));
	else if (params[i].names)
		out(" %s %s", params[i].word, name_of(params[i].names, val));
	else if (json)
		json_u64(params[i].word, val);
	else if (params[i].attr == IPSECSIM_A_FAULT_SPI)
		out(" %s 0x%08x", params[i].word, val);
	else
		out(" %s %u", params[i].word, val);
}

static void print_counter(const struct nlattr *const *tb, uint16_t attr)
{
	unsigned long long val = mnl_attr_get_u64(tb[attr]);

	if (json)
		json_u64(fault_specs[attr].name, val);
	else
		out("  %s %llu", fault_specs[attr].name, val);
}

static void print_fault(const struct nlattr *const *tb, const char *prefix)
{
	const char *point = name_of(points, mnl_attr_get_u32(tb[IPSECSIM_A_FAULT_POINT]));
	bool on = mnl_attr_get_u32(tb[IPSECSIM_A_FAULT_PPM]) ||
		  mnl_attr_get_u32(tb[IPSECSIM_A_FAULT_NTH]);
	size_t i;

	if (json) {
		json_object(NULL);
		json_str("point", point);
	} else {
		out("%s%s%s", prefix, point, on ? "" : " off");
	}
	for (i = 0; i < ARRAY_SIZE(params); i++)
		if (on)
			print_param(tb, i);
	print_counter(tb, IPSECSIM_A_FAULT_SEEN);
	print_counter(tb, IPSECSIM_A_FAULT_HITS);
	print_counter(tb, IPSECSIM_A_FAULT_MISSED);
	if (json)
		json_end();
	else
		out("\n");
}

static bool on_fault(const struct nlattr *const *tb, void *arg)
{
	if (mnl_attr_get_u32(tb[IPSECSIM_A_FAULT_PPM]) ||
	    mnl_attr_get_u32(tb[IPSECSIM_A_FAULT_NTH]) ||
	    mnl_attr_get_u64(tb[IPSECSIM_A_FAULT_SEEN]))
		print_fault(tb, arg);
	return true;
}

bool faults_print(struct nl *nl, const struct adapter *ad, const char *prefix)
{
	union nl_request req;
	bool ok;

	if (json)
		json_array("faults");
	nl_begin(nl, &req, IPSECSIM_CMD_FAULT_GET, true);
	mnl_attr_put_u32(&req.nlh, IPSECSIM_A_FAULT_IFINDEX, ad->ifindex);
	ok = nl_talk(nl, &req, ad->ifname, &fault_set, on_fault, (void *)prefix);
	if (json)
		json_end();
	return ok;
}

/* --- What is set ---------------------------------------------------------- */

/* What "fault set" asks for */
struct wish {
	uint32_t	point;
	bool		given[ARRAY_SIZE(params)];
	uint32_t	val[ARRAY_SIZE(params)];
};

/* The statuses of rx-status are of another kind than those of commands. */
static size_t find_param(const struct wish *wish, const char *word)
{
	bool crypto = wish->point == IPSECSIM_FAULT_RX_STATUS;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(params); i++)
		if (!strcmp(word, params[i].word) &&
		    (params[i].names != admin_statuses || !crypto))
			break;
	return i;
}

static int unknown_param(const char *word)
{
	const char *words[ARRAY_SIZE(params)];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(params) - 1; i++)
		words[i] = params[i].word;
	return unknown_word("word", word, words, i);
}

static int parse_param(struct wish *wish, const char *word, const char *val)
{
	size_t i = find_param(wish, word);

	if (i == ARRAY_SIZE(params))
		return unknown_param(word);
	if (wish->given[i]) {
		complain("fault: %s is given twice", word);
		return EX_MISUSE;
	}
	if (!val) {
		complain("fault: the value behind %s is missing", word);
		return EX_MISUSE;
	}
	wish->given[i] = true;
	if (params[i].names)
		return find_name(word, params[i].names, val, &wish->val[i]);
	if (parse_u32(val, &wish->val[i]))
		return EX_DONE;
	complain("fault: %s needs a number from 0 to 4294967295, not \"%s\"",
		 word, val);
	return EX_MISUSE;
}

static int parse_wish(int argc, char **argv, struct wish *wish)
{
	int code;

	memset(wish, 0, sizeof(*wish));
	if (!argc)
		return missing_word(&verb_fault, "POINT");
	code = find_name("fault point", points, argv[0], &wish->point);
	for (argc--, argv++; argc > 0 && code == EX_DONE; argc -= 2, argv += 2)
		code = parse_param(wish, argv[0], argc > 1 ? argv[1] : NULL);
	return code;
}

static bool set_fault(struct nl *nl, const struct adapter *ad,
		      const struct wish *wish)
{
	union nl_request req;
	size_t i;

	nl_begin(nl, &req, IPSECSIM_CMD_FAULT_SET, false);
	mnl_attr_put_u32(&req.nlh, IPSECSIM_A_FAULT_IFINDEX, ad->ifindex);
	mnl_attr_put_u32(&req.nlh, IPSECSIM_A_FAULT_POINT, wish->point);
	for (i = 0; i < ARRAY_SIZE(params); i++)
		if (wish->given[i])
			mnl_attr_put_u32(&req.nlh, params[i].attr, wish->val[i]);
	return nl_talk(nl, &req, ad->ifname, &fault_set, NULL, NULL);
}

static bool clear_faults(struct nl *nl, const struct adapter *ad)
{
	union nl_request req;

	nl_begin(nl, &req, IPSECSIM_CMD_FAULT_CLEAR, false);
	mnl_attr_put_u32(&req.nlh, IPSECSIM_A_FAULT_IFINDEX, ad->ifindex);
	return nl_talk(nl, &req, ad->ifname, &fault_set, NULL, NULL);
}

static bool show_faults(struct nl *nl, const struct adapter *ad)
{
	char prefix[IFNAMSIZ + 2];
	bool ok;

	if (json) {
		json_object(NULL);
		json_str("dev", ad->ifname);
	}
	snprintf(prefix, sizeof(prefix), "%s: ", ad->ifname);
	ok = faults_print(nl, ad, prefix);
	if (json)
		json_end();
	return ok;
}

static int run_fault(int argc, char **argv)
{
	static const char *const actions[] = { "show", "set", "clear" };
	struct adapter ad;
	struct wish wish;
	int code = EX_DONE;
	struct nl nl;
	size_t i;
	bool ok;

	if (!argc)
		return missing_word(&verb_fault, "show, set or clear");
	for (i = 0; i < ARRAY_SIZE(actions); i++)
		if (!strcmp(argv[0], actions[i]))
			break;
	if (i == ARRAY_SIZE(actions))
		return unknown_word("action", argv[0], actions, i);
	if (argc == 1)
		return missing_word(&verb_fault, "DEV");
	if (i == 1)
		code = parse_wish(argc - 2, argv + 2, &wish);
	else if (argc > 2)
		code = extra_word(&verb_fault, argv[2]);
	if (code != EX_DONE)
		return code;

	if (!nl_open_ipsecsim(&nl))
		return EX_FAILED;
	ok = adapter_get(&nl, argv[1], &ad) &&
	     (i != 1 || set_fault(&nl, &ad, &wish)) &&
	     (i != 2 || clear_faults(&nl, &ad)) &&
	     show_faults(&nl, &ad);
	nl_close(&nl);
	return ok ? EX_DONE : EX_FAILED;
}

const struct verb verb_fault = {
	.name	= "fault",
	.args	= "show DEV | set DEV POINT [WORD VALUE]... | clear DEV",
	.help	= "faults of an adapter and of the wire it sends on\n"
		  "\n"
		  "Points, and what they see:\n"
		  "  drop corrupt truncate duplicate reorder delay replay\n"
		  "                           frames sent\n"
		  "  tx-crypto-error tx-bad-icv     packets encrypted\n"
		  "  rx-status                packets an SA was applied to\n"
		  "  admin-fail admin-ignore admin-late admin-lose sa-full\n"
		  "                           admin commands\n"
		  "  irq-lose admin-irq-lose  interrupts\n"
		  "  hang                     doorbells\n"
		  "\n"
		  "Which of them they strike (without ppm and nth: all; hang: the first):\n"
		  "  ppm N          by chance, this many in a million; 0: off\n"
		  "  nth N          the Nth from now on\n"
		  "  seed N         of the generator that chooses\n"
		  "  spi SPI        only of this SPI\n"
		  "  opcode NAME    only commands such as sa-add\n"
		  "\n"
		  "And how:\n"
		  "  ms N           delay in milliseconds\n"
		  "  status NAME    what to answer (admin-fail) or report (rx-status)\n"
		  "\n"
		  "Setting a point again replaces its setting and counts anew. clear switches\n"
		  "all of them off. The points that are set or have seen something are shown.\n",
	.run	= run_fault,
};
