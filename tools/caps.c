// SPDX-License-Identifier: GPL-2.0
/*
 * Verb caps: what an adapter can do, and what of it is switched on.
 */
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <string.h>

#include "../uapi/ipsecsim.h"
#include "adapter.h"
#include "tool.h"

static const struct nl_attr_spec caps_specs[] = {
	[IPSECSIM_A_CAPS_IFINDEX]	= { "ifindex", MNL_TYPE_U32, true },
	[IPSECSIM_A_CAPS_CAPS]		= { "caps", MNL_TYPE_BINARY, true },
	[IPSECSIM_A_CAPS_ENC_ALGS]	= { "enc-algs", MNL_TYPE_BINARY, true },
	[IPSECSIM_A_CAPS_AUTH_ALGS]	= { "auth-algs", MNL_TYPE_BINARY, true },
	[IPSECSIM_A_CAPS_SA_CAPACITY]	= { "sa-capacity", MNL_TYPE_U32, true },
	[IPSECSIM_A_CAPS_SIZES]		= { "sizes", MNL_TYPE_BINARY, true },
	[IPSECSIM_A_CAPS_PROFILE]	= { "profile", MNL_TYPE_U32, false },
	[IPSECSIM_A_CAPS_SA_CAPACITY_IN] = { "sa-capacity-in", MNL_TYPE_U32, true },
	[IPSECSIM_A_CAPS_SA_CAPACITY_OUT] = { "sa-capacity-out", MNL_TYPE_U32, true },
	[IPSECSIM_A_CAPS_BUSY_WHEN_FULL] = { "busy-when-full", MNL_TYPE_FLAG, false },
};

static const struct nl_attr_set caps_set = {
	.hdr_len	= sizeof(struct genlmsghdr),
	.device		= IPSECSIM_A_CAPS_IFINDEX,
	.max		= ARRAY_SIZE(caps_specs) - 1,
	.spec		= caps_specs,
};

static const char *const cap_names[] = {
	"esp", "ah", "ah-esp", "transport", "tunnel", "combined", "ipv6",
	"ipv4-options", "ipv6-exthdrs", "lso", "esn", "udp-esp", "tx-csum",
	"inbound", "rx", "any-proto",
};

static const char *const size_names[] = {
	"aes-128", "aes-192", "aes-256", "icv-64", "icv-96", "icv-128",
};

static const char *const profile_names[] = {
	[IPSECSIM_PROFILE_NONE]		= "none",
	[IPSECSIM_PROFILE_NETDEVSIM]	= "netdevsim",
	[IPSECSIM_PROFILE_IXGBE]	= "ixgbe",
	[IPSECSIM_PROFILE_MLX5]		= "mlx5",
	[IPSECSIM_PROFILE_CN10K]	= "cn10k",
	[IPSECSIM_PROFILE_NFP]		= "nfp",
	[IPSECSIM_PROFILE_NFP3800]	= "nfp3800",
	[IPSECSIM_PROFILE_CHCR]		= "chcr",
};

/* The four sets: what they are called, and the names of their bits. */
static const struct set {
	uint16_t		attr;
	const char		*title;
	const char		*key;		/* in JSON */
	const char		*const *names;
	size_t			num;
} sets[] = {
	{ IPSECSIM_A_CAPS_CAPS, "capabilities", "caps", cap_names,
	  ARRAY_SIZE(cap_names) },
	{ IPSECSIM_A_CAPS_ENC_ALGS, "encryption", "enc_algs", enc_alg_names,
	  ALG_NAMES },
	{ IPSECSIM_A_CAPS_AUTH_ALGS, "authentication", "auth_algs",
	  auth_alg_names, ALG_NAMES },
	{ IPSECSIM_A_CAPS_SIZES, "sizes", "sizes", size_names,
	  ARRAY_SIZE(size_names) },
};

struct caps {
	struct nla_bitfield32	bits[ARRAY_SIZE(sets)];
	uint32_t		sa_capacity;
	uint32_t		sa_capacity_in;
	uint32_t		sa_capacity_out;
	bool			busy_when_full;
	const char		*profile;	/* NULL: of nobody */
};

/* What is to be switched: a word that changes a bit of a set. */
struct wish {
	bool			show;
	bool			profile_given;
	uint32_t		profile;
	struct nla_bitfield32	bits[ARRAY_SIZE(sets)];
};

static bool on_caps(const struct nlattr *const *tb, void *arg)
{
	struct caps *caps = arg;
	uint32_t profile;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sets); i++) {
		if (mnl_attr_get_payload_len(tb[sets[i].attr]) !=
		    sizeof(caps->bits[i])) {
			complain("the kernel's reply has a malformed \"%s\"",
				 caps_specs[sets[i].attr].name);
			return false;
		}
		memcpy(&caps->bits[i], mnl_attr_get_payload(tb[sets[i].attr]),
		       sizeof(caps->bits[i]));
	}
	caps->sa_capacity = mnl_attr_get_u32(tb[IPSECSIM_A_CAPS_SA_CAPACITY]);
	caps->sa_capacity_in = mnl_attr_get_u32(tb[IPSECSIM_A_CAPS_SA_CAPACITY_IN]);
	caps->sa_capacity_out = mnl_attr_get_u32(tb[IPSECSIM_A_CAPS_SA_CAPACITY_OUT]);
	caps->busy_when_full = tb[IPSECSIM_A_CAPS_BUSY_WHEN_FULL];
	caps->profile = NULL;
	if (tb[IPSECSIM_A_CAPS_PROFILE]) {
		profile = mnl_attr_get_u32(tb[IPSECSIM_A_CAPS_PROFILE]);
		caps->profile = profile < ARRAY_SIZE(profile_names) ?
				profile_names[profile] : "unknown";
	}
	return true;
}

static bool caps_get(struct nl *nl, const struct adapter *ad, struct caps *caps)
{
	union nl_request req;

	nl_begin(nl, &req, IPSECSIM_CMD_CAPS_GET, false);
	mnl_attr_put_u32(&req.nlh, IPSECSIM_A_CAPS_IFINDEX, ad->ifindex);
	return nl_talk(nl, &req, ad->ifname, &caps_set, on_caps, caps);
}

static bool switch_caps(struct nl *nl, const struct adapter *ad,
			const struct wish *wish)
{
	union nl_request req;
	size_t i;

	nl_begin(nl, &req, IPSECSIM_CMD_CAPS_SET, false);
	mnl_attr_put_u32(&req.nlh, IPSECSIM_A_CAPS_IFINDEX, ad->ifindex);
	if (wish->profile_given)
		mnl_attr_put_u32(&req.nlh, IPSECSIM_A_CAPS_PROFILE, wish->profile);
	for (i = 0; i < ARRAY_SIZE(sets); i++)
		if (wish->bits[i].selector)
			mnl_attr_put(&req.nlh, sets[i].attr,
				     sizeof(wish->bits[i]), &wish->bits[i]);
	return nl_talk(nl, &req, ad->ifname, &caps_set, NULL, NULL);
}

/* "on", "off", or "unsupported" where the adapter cannot do it at all. */
static const char *state(const struct nla_bitfield32 *bits, size_t bit)
{
	if (!(bits->selector & 1u << bit))
		return "unsupported";
	return bits->value & 1u << bit ? "on" : "off";
}

static void print_text(const struct adapter *ad, const struct caps *caps)
{
	size_t i, bit;

	out("%s: SAs %u (in %u, out %u), then %s  profile %s\n", ad->ifname,
	    caps->sa_capacity, caps->sa_capacity_in, caps->sa_capacity_out,
	    caps->busy_when_full ? "EBUSY" : "ENOSPC", caps->profile ?: "of nobody");
	for (i = 0; i < ARRAY_SIZE(sets); i++) {
		out("  %s\n", sets[i].title);
		for (bit = 0; bit < sets[i].num; bit++)
			out("    %-20s %s\n", sets[i].names[bit],
			    state(&caps->bits[i], bit));
	}
}

static void print_json(const struct adapter *ad, const struct caps *caps)
{
	size_t i, bit;

	json_object(NULL);
	json_str("dev", ad->ifname);
	json_u64("sa_capacity", caps->sa_capacity);
	json_u64("sa_capacity_in", caps->sa_capacity_in);
	json_u64("sa_capacity_out", caps->sa_capacity_out);
	json_bool("busy_when_full", caps->busy_when_full);
	if (caps->profile)
		json_str("profile", caps->profile);
	for (i = 0; i < ARRAY_SIZE(sets); i++) {
		json_object(sets[i].key);
		for (bit = 0; bit < sets[i].num; bit++)
			json_str(sets[i].names[bit], state(&caps->bits[i], bit));
		json_end();
	}
	json_end();
}

/* Names of all sets differ. */
static int unknown_name(const char *word)
{
	const char *names[1 + ARRAY_SIZE(cap_names) + 2 * ALG_NAMES +
			  ARRAY_SIZE(size_names)];
	size_t i, bit, num = 0;

	names[num++] = "profile";
	for (i = 0; i < ARRAY_SIZE(sets); i++)
		for (bit = 0; bit < sets[i].num; bit++)
			names[num++] = sets[i].names[bit];
	return unknown_word("capability", word, names, num);
}

static int parse_name(const char *word, size_t *set, size_t *bit)
{
	for (*set = 0; *set < ARRAY_SIZE(sets); ++*set)
		for (*bit = 0; *bit < sets[*set].num; ++*bit)
			if (!strcmp(word, sets[*set].names[*bit]))
				return EX_DONE;
	return unknown_name(word);
}

static int parse_profile(const char *name, struct wish *wish)
{
	if (!name) {
		complain("caps: the name of a profile is missing behind profile");
		return EX_MISUSE;
	}
	if (wish->profile_given) {
		complain("caps: profile is given twice");
		return EX_MISUSE;
	}
	wish->profile_given = true;
	for (wish->profile = 0; wish->profile < ARRAY_SIZE(profile_names);
	     wish->profile++)
		if (!strcmp(name, profile_names[wish->profile]))
			return EX_DONE;
	return unknown_word("profile", name, profile_names,
			    ARRAY_SIZE(profile_names));
}

static int parse_switch(const char *name, const char *to, struct wish *wish)
{
	static const char *const words[] = { "on", "off" };
	size_t set, bit;
	int code;

	if (!strcmp(name, "profile"))
		return parse_profile(to, wish);
	code = parse_name(name, &set, &bit);
	if (code != EX_DONE)
		return code;
	if (!to) {
		complain("caps: on or off is missing behind %s", name);
		return EX_MISUSE;
	}
	if (strcmp(to, "on") && strcmp(to, "off"))
		return unknown_word("word", to, words, ARRAY_SIZE(words));
	if (wish->bits[set].selector & 1u << bit) {
		complain("caps: %s is given twice", name);
		return EX_MISUSE;
	}
	wish->bits[set].selector |= 1u << bit;
	if (!strcmp(to, "on"))
		wish->bits[set].value |= 1u << bit;
	return EX_DONE;
}

/* Behind the device. */
static int parse(int argc, char **argv, struct wish *wish)
{
	int code = EX_DONE;

	if (wish->show)
		return argc ? extra_word(&verb_caps, argv[0]) : EX_DONE;
	if (!argc)
		return missing_word(&verb_caps, "NAME");
	for (; argc > 0 && code == EX_DONE; argc -= 2, argv += 2)
		code = parse_switch(argv[0], argc > 1 ? argv[1] : NULL, wish);
	return code;
}

static int run_caps(int argc, char **argv)
{
	static const char *const words[] = { "show", "set" };
	struct wish wish = {};
	struct adapter ad;
	struct caps caps;
	struct nl nl;
	int code;
	bool ok;

	if (!argc)
		return missing_word(&verb_caps, "show or set");
	wish.show = !strcmp(argv[0], "show");
	if (!wish.show && strcmp(argv[0], "set"))
		return unknown_word("word", argv[0], words, ARRAY_SIZE(words));
	/* "dev" may be left out, as with ip(8). */
	argc--, argv++;
	if (argc > 1 && !strcmp(argv[0], "dev"))
		argc--, argv++;
	if (!argc)
		return missing_word(&verb_caps, "DEV");
	code = parse(argc - 1, argv + 1, &wish);
	if (code != EX_DONE)
		return code;

	if (!nl_open_ipsecsim(&nl))
		return EX_FAILED;
	ok = adapter_get(&nl, argv[0], &ad) &&
	     (wish.show || switch_caps(&nl, &ad, &wish)) &&
	     caps_get(&nl, &ad, &caps);
	if (ok && json)
		print_json(&ad, &caps);
	else if (ok)
		print_text(&ad, &caps);
	nl_close(&nl);
	return ok ? EX_DONE : EX_FAILED;
}

const struct verb verb_caps = {
	.name	= "caps",
	.args	= "show dev DEV | set dev DEV [profile PROFILE] [NAME on|off]...",
	.help	= "capabilities of an adapter, to be switched off and on\n"
		  "\n"
		  "NAME is a capability, an algorithm or a size, as \"caps show\" prints them. SAs\n"
		  "that the adapter holds stay there; what is off is refused for new ones, and\n"
		  "packets of a kind that is off are left to software. A profile sets all of them,\n"
		  "and how many SAs there may be, to what the driver of a real NIC takes: netdevsim,\n"
		  "ixgbe, mlx5, cn10k, nfp, nfp3800 or chcr; none: everything. What else is given\n"
		  "comes after it. The capabilities then in force are shown.\n",
	.run	= run_caps,
};
