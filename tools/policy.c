// SPDX-License-Identifier: GPL-2.0
/*
 * Verb policy: what may leave an adapter for the wire, and arrive from there.
 */
#include <arpa/inet.h>
#include <linux/genetlink.h>
#include <stdlib.h>
#include <string.h>

#include "../uapi/ipsecsim.h"
#include "adapter.h"
#include "policy.h"
#include "tool.h"

/* The words behind an order, each with a value */
enum { W_DEV, W_ID, W_DIR, W_SRC, W_DST, W_PROTO, W_SPORT, W_DPORT, W_ACTION, W_NUM };

static const char *const words[W_NUM] = {
	"dev", "id", "dir", "src", "dst", "proto", "sport", "dport", "action",
};

enum { ADD, SHOW, DEL, FLUSH, ORDERS };

/* What there is to be done, and the words that each takes */
static const struct {
	const char	*name;
	unsigned int	takes;
	unsigned int	needs;
} orders[ORDERS] = {
	[ADD]	= { "add", ((1u << W_NUM) - 1) & ~(1u << W_ID),
		    1u << W_DEV | 1u << W_DIR | 1u << W_ACTION },
	[SHOW]	= { "show", 1u << W_DEV, 0 },
	[DEL]	= { "del", 1u << W_DEV | 1u << W_ID, 1u << W_DEV | 1u << W_ID },
	[FLUSH]	= { "flush", 1u << W_DEV, 1u << W_DEV },
};

struct prefix {
	struct in6_addr	addr;	/* IPv4 in the first 4 octets */
	uint32_t	len;
};

/**
 * struct wish - what the command line asks for
 * @order: ADD and so on
 * @given: bit W_ of each word
 * @dev: port
 * @family: of the prefixes, 0 without them
 * @src: prefix
 * @dst: prefix
 * @val: numbers of the other words
 */
struct wish {
	int		order;
	unsigned int	given;
	const char	*dev;
	int		family;
	struct prefix	src;
	struct prefix	dst;
	uint32_t	val[W_NUM];
};

/* --- What is asked for ---------------------------------------------------- */

static int bad_value(int w, const char *need, const char *val)
{
	complain("policy: %s needs %s, not \"%s\"", words[w], need, val);
	return EX_MISUSE;
}

static int parse_name(int w, const struct name *names, const char *word,
		      uint32_t *val)
{
	const char *right[NAMES_MAX];
	size_t i;

	for (i = 0; names[i].word; i++) {
		if (!strcmp(word, names[i].word)) {
			*val = names[i].val;
			return EX_DONE;
		}
		right[i] = names[i].word;
	}
	return unknown_word(words[w], word, right, i);
}

static int parse_number(int w, const char *word, uint32_t max, uint32_t *val)
{
	char need[48];

	if (parse_u32(word, val) && *val && *val <= max)
		return EX_DONE;
	snprintf(need, sizeof(need), "a number from 1 to %u", max);
	return bad_value(w, need, word);
}

/* An address alone is a prefix of its whole length. */
static int parse_prefix(int w, const char *word, struct prefix *prefix, int *family)
{
	int found = strchr(word, ':') ? AF_INET6 : AF_INET;
	char addr[INET6_ADDRSTRLEN] = "";
	size_t len = strcspn(word, "/");

	if (len < sizeof(addr))
		memcpy(addr, word, len);
	prefix->len = found == AF_INET6 ? 128 : 32;
	if (inet_pton(found, addr, &prefix->addr) != 1 ||
	    (word[len] && !parse_u32(word + len + 1, &prefix->len)))
		return bad_value(w, "an IP address, or one with / and a prefix length",
				 word);
	if (*family && *family != found) {
		complain("policy: src and dst are one IPv4 and one IPv6");
		return EX_MISUSE;
	}
	*family = found;
	return EX_DONE;
}

static int parse_value(struct wish *wish, int w, const char *word)
{
	switch (w) {
	case W_DEV:
		wish->dev = word;
		return EX_DONE;
	case W_SRC:
		return parse_prefix(w, word, &wish->src, &wish->family);
	case W_DST:
		return parse_prefix(w, word, &wish->dst, &wish->family);
	case W_DIR:
		return parse_name(w, policy_dirs, word, &wish->val[w]);
	case W_ACTION:
		return parse_name(w, policy_actions, word, &wish->val[w]);
	case W_PROTO:
		if (word[0] >= '0' && word[0] <= '9')
			return parse_number(w, word, UINT8_MAX, &wish->val[w]);
		return parse_name(w, policy_protos, word, &wish->val[w]);
	case W_ID:
		return parse_number(w, word, UINT32_MAX, &wish->val[w]);
	default:
		return parse_number(w, word, UINT16_MAX, &wish->val[w]);
	}
}

/* Which of the words of the order is it? -1, after a complaint: none */
static int find_word(const struct wish *wish, const char *word)
{
	const char *right[W_NUM];
	size_t num = 0;
	int w;

	for (w = 0; w < W_NUM; w++) {
		if (!(orders[wish->order].takes & 1u << w))
			continue;
		if (!strcmp(word, words[w]))
			return w;
		right[num++] = words[w];
	}
	unknown_word("word", word, right, num);
	return -1;
}

static int parse_words(struct wish *wish, int argc, char **argv)
{
	int w, code;

	for (; argc; argc -= 2, argv += 2) {
		w = find_word(wish, argv[0]);
		if (w < 0)
			return EX_MISUSE;
		if (wish->given & 1u << w) {
			complain("policy: %s is given twice", words[w]);
			return EX_MISUSE;
		}
		if (argc == 1) {
			complain("policy: the value behind %s is missing", words[w]);
			return EX_MISUSE;
		}
		code = parse_value(wish, w, argv[1]);
		if (code != EX_DONE)
			return code;
		wish->given |= 1u << w;
	}
	for (w = 0; w < W_NUM; w++)
		if (orders[wish->order].needs & ~wish->given & 1u << w)
			return missing_word(&verb_policy, words[w]);
	return EX_DONE;
}

/* "show" may be left out, and in front of the only word so may "dev". */
static int parse(struct wish *wish, int argc, char **argv)
{
	const char *names[ORDERS];
	int i;

	*wish = (struct wish){ .order = SHOW };
	for (i = 0; i < ORDERS; i++)
		names[i] = orders[i].name;
	for (i = 0; argc && i < ORDERS; i++)
		if (!strcmp(argv[0], names[i]))
			break;
	if (argc && i < ORDERS) {
		wish->order = i;
		argc--, argv++;
	} else if (argc > 1 && strcmp(argv[0], words[W_DEV])) {
		return unknown_word("order", argv[0], names, ORDERS);
	}
	if (wish->order == SHOW && argc == 1 && strcmp(argv[0], words[W_DEV])) {
		wish->dev = argv[0];
		return EX_DONE;
	}
	return parse_words(wish, argc, argv);
}

/* --- What is done --------------------------------------------------------- */

static void put_prefix(union nl_request *req, const struct wish *wish, int w,
		       const struct prefix *prefix, uint16_t addr, uint16_t len)
{
	if (!(wish->given & 1u << w))
		return;
	mnl_attr_put(&req->nlh, addr, wish->family == AF_INET6 ?
		     sizeof(struct in6_addr) : sizeof(struct in_addr),
		     &prefix->addr);
	mnl_attr_put_u32(&req->nlh, len, prefix->len);
}

static void put_selector(union nl_request *req, const struct wish *wish)
{
	if (wish->family)
		mnl_attr_put_u32(&req->nlh, IPSECSIM_A_POLICY_FAMILY, wish->family);
	put_prefix(req, wish, W_SRC, &wish->src, IPSECSIM_A_POLICY_SRC,
		   IPSECSIM_A_POLICY_SRC_LEN);
	put_prefix(req, wish, W_DST, &wish->dst, IPSECSIM_A_POLICY_DST,
		   IPSECSIM_A_POLICY_DST_LEN);
	if (wish->val[W_PROTO])
		mnl_attr_put_u32(&req->nlh, IPSECSIM_A_POLICY_PROTO,
				 wish->val[W_PROTO]);
	if (wish->val[W_SPORT])
		mnl_attr_put_u16(&req->nlh, IPSECSIM_A_POLICY_SPORT,
				 wish->val[W_SPORT]);
	if (wish->val[W_DPORT])
		mnl_attr_put_u16(&req->nlh, IPSECSIM_A_POLICY_DPORT,
				 wish->val[W_DPORT]);
}

static bool show(struct nl *nl, const struct adapter *ad, struct policy_list *list)
{
	unsigned int tries = 0;
	union nl_request req;
	bool ok;

	do {
		list->num = 0;
		nl_begin(nl, &req, IPSECSIM_CMD_POLICY_GET, true);
		if (ad)
			mnl_attr_put_u32(&req.nlh, IPSECSIM_A_POLICY_IFINDEX,
					 ad->ifindex);
		ok = nl_talk(nl, &req, ad ? ad->ifname : NULL, &policy_set,
			     policy_reply, list);
	} while (ok && nl_again(nl, &tries));
	return ok;
}

static bool change(struct nl *nl, const struct adapter *ad, const struct wish *wish,
		   struct policy_list *list)
{
	static const uint8_t cmds[ORDERS] = {
		[ADD]	= IPSECSIM_CMD_POLICY_ADD,
		[DEL]	= IPSECSIM_CMD_POLICY_DEL,
		[FLUSH]	= IPSECSIM_CMD_POLICY_FLUSH,
	};
	union nl_request req;

	nl_begin(nl, &req, cmds[wish->order], false);
	mnl_attr_put_u32(&req.nlh, IPSECSIM_A_POLICY_IFINDEX, ad->ifindex);
	if (wish->order == DEL)
		mnl_attr_put_u32(&req.nlh, IPSECSIM_A_POLICY_ID, wish->val[W_ID]);
	if (wish->order != ADD)
		return nl_talk(nl, &req, ad->ifname, &policy_set, NULL, NULL);
	mnl_attr_put_u32(&req.nlh, IPSECSIM_A_POLICY_DIR, wish->val[W_DIR]);
	mnl_attr_put_u32(&req.nlh, IPSECSIM_A_POLICY_ACTION, wish->val[W_ACTION]);
	put_selector(&req, wish);
	return nl_talk(nl, &req, ad->ifname, &policy_set, policy_reply, list);
}

static bool do_order(struct nl *nl, const struct wish *wish, struct policy_list *list)
{
	struct adapter ad;

	/* Only "show" goes without a device. */
	if (!wish->dev)
		return show(nl, NULL, list);
	if (!adapter_get(nl, wish->dev, &ad))
		return false;
	return wish->order == SHOW ? show(nl, &ad, list) :
				     change(nl, &ad, wish, list);
}

static int run_policy(int argc, char **argv)
{
	struct policy_list list = {};
	struct wish wish;
	struct nl nl;
	int code;
	bool ok;

	code = parse(&wish, argc, argv);
	if (code != EX_DONE)
		return code;
	if (!nl_open_ipsecsim(&nl))
		return EX_FAILED;
	ok = do_order(&nl, &wish, &list);
	if (ok && (wish.order == SHOW || wish.order == ADD))
		policies_print(&list);
	free(list.policy);
	nl_close(&nl);
	return ok ? EX_DONE : EX_FAILED;
}

const struct verb verb_policy = {
	.name	= "policy",
	.args	= "[show] [DEV] | add dev DEV WORD VALUE... | del dev DEV id ID | flush dev DEV",
	.help	= "what may leave an adapter for the wire, and arrive from there\n"
		  "\n"
		  "  policy add dev DEV dir in|out [SELECTOR] action protect|bypass|discard\n"
		  "\n"
		  "Each frame is shown to the policies of its direction in the order in which\n"
		  "they were added, and the first that matches decides:\n"
		  "  protect  ESP passes, also in UDP with port 4500; cleartext is stopped, and\n"
		  "           counted as an alarm: hw_tx_cleartext, hw_rx_cleartext in stats\n"
		  "  bypass   the frame passes\n"
		  "  discard  it is stopped: hw_tx_discard, hw_rx_discard\n"
		  "What none matches passes.\n"
		  "\n"
		  "SELECTOR is any of these; it matches what the wire shows, of a tunnel the outer\n"
		  "addresses:\n"
		  "  src PREFIX   an address, or one with / and a length; src and dst are both\n"
		  "  dst PREFIX   IPv4 or both IPv6; without them, IPv4 and IPv6 are meant\n"
		  "  proto PROTO  icmp, tcp, udp, gre, esp, ah, icmpv6, sctp or a number\n"
		  "  sport N      port, with tcp and udp\n"
		  "  dport N\n"
		  "\n"
		  "The policy that was added, or those that there are, are shown with the frames\n"
		  "that they matched: passed and stopped. A reset of the adapter leaves them.\n",
	.run	= run_policy,
};
