// SPDX-License-Identifier: GPL-2.0
/*
 * When and how an adapter asks for the deletion of an SA: "sa delete-req", "sa
 * limits" and "set".
 */
#include <arpa/inet.h>
#include <linux/genetlink.h>
#include <string.h>

#include "../uapi/ipsecsim.h"
#include "adapter.h"
#include "tool.h"

static const struct nl_attr_spec delreq_specs[] = {
	[IPSECSIM_A_DELETE_REQ_IFINDEX]	    = { "ifindex", MNL_TYPE_U32, true },
	[IPSECSIM_A_DELETE_REQ_HANDLE]	    = { "handle", MNL_TYPE_U32, false },
	[IPSECSIM_A_DELETE_REQ_AUTH_ERRORS] = { "auth-errors", MNL_TYPE_U32, true },
	[IPSECSIM_A_DELETE_REQ_SEQ]	    = { "seq", MNL_TYPE_U32, true },
	[IPSECSIM_A_DELETE_REQ_PACKETS]	    = { "packets", MNL_TYPE_U64, true },
	[IPSECSIM_A_DELETE_REQ_BYTES]	    = { "bytes", MNL_TYPE_U64, true },
	[IPSECSIM_A_DELETE_REQ_ACTION]	    = { "action", MNL_TYPE_U32, true },
};

static const struct nl_attr_set delreq_set = {
	.hdr_len	= sizeof(struct genlmsghdr),
	.device		= IPSECSIM_A_DELETE_REQ_IFINDEX,
	.max		= ARRAY_SIZE(delreq_specs) - 1,
	.spec		= delreq_specs,
};

static const char *const actions[] = {
	[IPSECSIM_DELETE_ACTION_EVENT]	= "event",
	[IPSECSIM_DELETE_ACTION_EXPIRE]	= "expire",
};

/* The words behind an order; each but "off" takes a value. */
enum { W_DEV, W_SPI, W_DST, W_HANDLE, W_PACKETS, W_BYTES, W_AUTH, W_SEQ, W_OFF, W_NUM };

static const char *const words[W_NUM] = {
	"dev", "spi", "dst", "handle", "packets", "bytes", "auth-errors", "seq", "off",
};

/* How many of them an order knows, from the first one on. */
#define WORDS_DELETE_REQ	(W_HANDLE + 1)
#define WORDS_LIMITS		W_NUM

/**
 * struct order - an order as it was given
 * @given: which words
 * @dev: port
 * @dst: destination of the SA, as inet_ntop() writes it
 * @val: numbers
 */
struct order {
	bool		given[W_NUM];
	const char	*dev;
	char		dst[INET6_ADDRSTRLEN];
	uint64_t	val[W_NUM];
};

static bool parse_addr(const char *word, char addr[INET6_ADDRSTRLEN])
{
	int family = strchr(word, ':') ? AF_INET6 : AF_INET;
	struct in6_addr raw;

	return inet_pton(family, word, &raw) == 1 &&
	       inet_ntop(family, &raw, addr, INET6_ADDRSTRLEN);
}

static int parse_value(const struct verb *verb, struct order *order, int w,
		       const char *val)
{
	uint64_t max = w == W_PACKETS || w == W_BYTES ? UINT64_MAX : UINT32_MAX;

	switch (w) {
	case W_OFF:
		return EX_DONE;
	case W_DEV:
		order->dev = val;
		return EX_DONE;
	case W_DST:
		if (parse_addr(val, order->dst))
			return EX_DONE;
		complain("%s: dst needs an IP address, not \"%s\"", verb->name, val);
		return EX_MISUSE;
	default:
		if (parse_u64(val, &order->val[w]) && order->val[w] <= max)
			return EX_DONE;
		complain("%s: %s needs a number from 0 to %llu, not \"%s\"",
			 verb->name, words[w], (unsigned long long)max, val);
		return EX_MISUSE;
	}
}

/* Do the words go together? */
static int check_order(const struct verb *verb, const struct order *order)
{
	bool limit = order->given[W_PACKETS] || order->given[W_BYTES] ||
		     order->given[W_AUTH] || order->given[W_SEQ];

	if (!order->given[W_DEV])
		return missing_word(verb, "dev DEV");
	if (order->given[W_HANDLE] && (order->given[W_SPI] || order->given[W_DST])) {
		complain("%s: handle goes without spi and dst", verb->name);
		return EX_MISUSE;
	}
	if (order->given[W_DST] && !order->given[W_SPI])
		return missing_word(verb, "spi SPI");
	if (order->given[W_OFF] && limit) {
		complain("%s: off goes without limits", verb->name);
		return EX_MISUSE;
	}
	return EX_DONE;
}

static int parse_order(const struct verb *verb, int num, int argc, char **argv,
		       struct order *order)
{
	int w, code;

	memset(order, 0, sizeof(*order));
	while (argc) {
		for (w = 0; w < num; w++)
			if (!strcmp(argv[0], words[w]))
				break;
		if (w == num)
			return unknown_word("word", argv[0], words, num);
		if (order->given[w]) {
			complain("%s: %s is given twice", verb->name, words[w]);
			return EX_MISUSE;
		}
		if (w != W_OFF && argc == 1) {
			complain("%s: the value behind %s is missing", verb->name,
				 words[w]);
			return EX_MISUSE;
		}
		code = parse_value(verb, order, w, argv[1]);
		if (code != EX_DONE)
			return code;
		order->given[w] = true;
		argc -= w == W_OFF ? 1 : 2;
		argv += w == W_OFF ? 1 : 2;
	}
	return check_order(verb, order);
}

static bool names_sa(const struct order *order)
{
	return order->given[W_SPI] || order->given[W_HANDLE];
}

static bool find_sa(struct nl *nl, const struct adapter *ad,
		    const struct order *order, uint32_t *handle)
{
	*handle = order->val[W_HANDLE];
	if (!order->given[W_SPI])
		return true;
	return sa_find_inbound(nl, ad, order->val[W_SPI],
			       order->given[W_DST] ? order->dst : NULL, handle);
}

static void begin(struct nl *nl, union nl_request *req, uint8_t cmd,
		  const struct adapter *ad, const uint32_t *handle)
{
	nl_begin(nl, req, cmd, false);
	mnl_attr_put_u32(&req->nlh, IPSECSIM_A_DELETE_REQ_IFINDEX, ad->ifindex);
	if (handle)
		mnl_attr_put_u32(&req->nlh, IPSECSIM_A_DELETE_REQ_HANDLE, *handle);
}

static bool raise_req(struct nl *nl, const struct order *order)
{
	union nl_request req;
	struct adapter ad;
	uint32_t handle;

	if (!adapter_get(nl, order->dev, &ad) ||
	    !find_sa(nl, &ad, order, &handle))
		return false;
	begin(nl, &req, IPSECSIM_CMD_DELETE_REQ_RAISE, &ad, &handle);
	return nl_talk(nl, &req, ad.ifname, &delreq_set, NULL, NULL);
}

static int run_delete_req(int argc, char **argv)
{
	struct order order;
	struct nl nl;
	int code;
	bool ok;

	code = parse_order(&order_delete_req, WORDS_DELETE_REQ, argc, argv, &order);
	if (code != EX_DONE)
		return code;
	if (!names_sa(&order))
		return missing_word(&order_delete_req, "spi SPI");
	if (!nl_open_ipsecsim(&nl))
		return EX_FAILED;
	ok = raise_req(&nl, &order);
	nl_close(&nl);
	return ok ? EX_DONE : EX_FAILED;
}

static void put_u32(union nl_request *req, const struct order *order, int w,
		    uint16_t attr)
{
	if (order->given[w] || order->given[W_OFF])
		mnl_attr_put_u32(&req->nlh, attr, order->val[w]);
}

static void put_u64(union nl_request *req, const struct order *order, int w,
		    uint16_t attr)
{
	if (order->given[w] || order->given[W_OFF])
		mnl_attr_put_u64(&req->nlh, attr, order->val[w]);
}

static bool set_limits(struct nl *nl, const struct adapter *ad,
		       const struct order *order, const uint32_t *handle)
{
	union nl_request req;

	begin(nl, &req, IPSECSIM_CMD_DELETE_REQ_SET, ad, handle);
	put_u32(&req, order, W_AUTH, IPSECSIM_A_DELETE_REQ_AUTH_ERRORS);
	put_u32(&req, order, W_SEQ, IPSECSIM_A_DELETE_REQ_SEQ);
	put_u64(&req, order, W_PACKETS, IPSECSIM_A_DELETE_REQ_PACKETS);
	put_u64(&req, order, W_BYTES, IPSECSIM_A_DELETE_REQ_BYTES);
	return nl_talk(nl, &req, ad->ifname, &delreq_set, NULL, NULL);
}

static const char *action_name(const struct nlattr *attr)
{
	uint32_t action = mnl_attr_get_u32(attr);

	return action < ARRAY_SIZE(actions) ? actions[action] : "unknown";
}

static bool on_limits(const struct nlattr *const *tb, void *arg)
{
	const struct nlattr *handle = tb[IPSECSIM_A_DELETE_REQ_HANDLE];
	const struct adapter *ad = arg;
	uint32_t auth_errors, seq;
	uint64_t packets, bytes;
	const char *action;

	auth_errors = mnl_attr_get_u32(tb[IPSECSIM_A_DELETE_REQ_AUTH_ERRORS]);
	seq = mnl_attr_get_u32(tb[IPSECSIM_A_DELETE_REQ_SEQ]);
	packets = mnl_attr_get_u64(tb[IPSECSIM_A_DELETE_REQ_PACKETS]);
	bytes = mnl_attr_get_u64(tb[IPSECSIM_A_DELETE_REQ_BYTES]);
	action = action_name(tb[IPSECSIM_A_DELETE_REQ_ACTION]);
	if (!json) {
		out("%s: ", ad->ifname);
		if (handle)
			out("handle 0x%08x  ", mnl_attr_get_u32(handle));
		out("packets %llu  bytes %llu  auth-errors %u  seq %u  delete-req %s\n",
		    (unsigned long long)packets, (unsigned long long)bytes,
		    auth_errors, seq, action);
		return true;
	}
	json_object(NULL);
	json_str("dev", ad->ifname);
	if (handle)
		json_u64("handle", mnl_attr_get_u32(handle));
	json_u64("packets", packets);
	json_u64("bytes", bytes);
	json_u64("auth_errors", auth_errors);
	json_u64("seq", seq);
	json_str("delete_req", action);
	json_end();
	return true;
}

static bool print_limits(struct nl *nl, struct adapter *ad, const uint32_t *handle)
{
	union nl_request req;

	begin(nl, &req, IPSECSIM_CMD_DELETE_REQ_GET, ad, handle);
	return nl_talk(nl, &req, ad->ifname, &delreq_set, on_limits, ad);
}

static bool do_limits(struct nl *nl, const struct order *order)
{
	struct adapter ad;
	uint32_t handle, *of;
	bool set;

	if (!adapter_get(nl, order->dev, &ad) ||
	    !find_sa(nl, &ad, order, &handle))
		return false;
	of = names_sa(order) ? &handle : NULL;
	set = order->given[W_PACKETS] || order->given[W_BYTES] ||
	      order->given[W_AUTH] || order->given[W_SEQ] || order->given[W_OFF];
	return (!set || set_limits(nl, &ad, order, of)) &&
	       print_limits(nl, &ad, of);
}

static int run_limits(int argc, char **argv)
{
	struct order order;
	struct nl nl;
	int code;
	bool ok;

	code = parse_order(&order_limits, WORDS_LIMITS, argc, argv, &order);
	if (code != EX_DONE)
		return code;
	if (!nl_open_ipsecsim(&nl))
		return EX_FAILED;
	ok = do_limits(&nl, &order);
	nl_close(&nl);
	return ok ? EX_DONE : EX_FAILED;
}

const struct verb order_delete_req = {
	.name	= "sa delete-req",
	.args	= "dev DEV { spi SPI [dst ADDRESS] | handle HANDLE }",
	.run	= run_delete_req,
};

const struct verb order_limits = {
	.name	= "sa limits",
	.args	= "dev DEV [spi SPI [dst ADDRESS] | handle HANDLE] [LIMIT N]... [off]",
	.run	= run_limits,
};

static bool set_action(struct nl *nl, const char *dev, uint32_t action)
{
	union nl_request req;
	struct adapter ad;

	if (!adapter_get(nl, dev, &ad))
		return false;
	begin(nl, &req, IPSECSIM_CMD_DELETE_REQ_SET, &ad, NULL);
	mnl_attr_put_u32(&req.nlh, IPSECSIM_A_DELETE_REQ_ACTION, action);
	return nl_talk(nl, &req, ad.ifname, &delreq_set, NULL, NULL);
}

static int run_set(int argc, char **argv)
{
	static const char *const right[] = { "dev", "DEV", "delete-req", "ACTION" };
	uint32_t action;
	struct nl nl;
	bool ok;
	int i;

	for (i = 0; i < (int)ARRAY_SIZE(right); i++) {
		if (argc == i)
			return missing_word(&verb_set, right[i]);
		if (!(i & 1) && strcmp(argv[i], right[i]))
			return unknown_word("word", argv[i], &right[i], 1);
	}
	if (argc > i)
		return extra_word(&verb_set, argv[i]);
	for (action = 0; action < ARRAY_SIZE(actions); action++)
		if (!strcmp(argv[3], actions[action]))
			break;
	if (action == ARRAY_SIZE(actions))
		return unknown_word("action", argv[3], actions, ARRAY_SIZE(actions));
	if (!nl_open_ipsecsim(&nl))
		return EX_FAILED;
	ok = set_action(&nl, argv[1], action);
	nl_close(&nl);
	return ok ? EX_DONE : EX_FAILED;
}

const struct verb verb_set = {
	.name	= "set",
	.args	= "dev DEV delete-req { event | expire }",
	.help	= "how the host is told that an adapter asks for the deletion of an SA\n"
		  "\n"
		  "  event   an event, see monitor\n"
		  "  expire  and the inbound SA expires; key exchange daemons make new ones\n",
	.run	= run_set,
};
