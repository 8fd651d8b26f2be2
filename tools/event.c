// SPDX-License-Identifier: GPL-2.0
/*
 * Events of the kernel: hearing them, reading them, printing the SAs in them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "../uapi/ipsecsim.h"
#include "event.h"
#include "tool.h"

#define RECV_QUEUE	(4 << 20)	/* octets of events that may wait for us */

static const struct nl_attr_spec event_specs[] = {
	[IPSECSIM_A_EVENT_IFINDEX]	= { "ifindex", MNL_TYPE_U32, true },
	[IPSECSIM_A_EVENT_IFNAME]	= { "ifname", MNL_TYPE_NUL_STRING, true },
	[IPSECSIM_A_EVENT_TYPE]		= { "type", MNL_TYPE_U32, true },
	[IPSECSIM_A_EVENT_SA]		= { "sa", MNL_TYPE_NESTED, false },
	[IPSECSIM_A_EVENT_TWIN]		= { "twin", MNL_TYPE_NESTED, false },
	[IPSECSIM_A_EVENT_REASON]	= { "reason", MNL_TYPE_U32, false },
	[IPSECSIM_A_EVENT_EXPIRED]	= { "expired", MNL_TYPE_FLAG, false },
};

static const struct nl_attr_set event_set = {
	.hdr_len	= sizeof(struct genlmsghdr),
	.max		= ARRAY_SIZE(event_specs) - 1,
	.spec		= event_specs,
};

static const struct nl_attr_spec sa_specs[] = {
	[IPSECSIM_A_EVENT_SA_HANDLE]	= { "handle", MNL_TYPE_U32, true },
	[IPSECSIM_A_EVENT_SA_TAG]	= { "tag", MNL_TYPE_U32, true },
	[IPSECSIM_A_EVENT_SA_SPI]	= { "spi", MNL_TYPE_U32, true },
	[IPSECSIM_A_EVENT_SA_PROTO]	= { "proto", MNL_TYPE_U32, true },
	[IPSECSIM_A_EVENT_SA_DIR]	= { "dir", MNL_TYPE_U32, true },
	[IPSECSIM_A_EVENT_SA_FAMILY]	= { "family", MNL_TYPE_U32, true },
	[IPSECSIM_A_EVENT_SA_SRC]	= { "src", MNL_TYPE_BINARY, true },
	[IPSECSIM_A_EVENT_SA_DST]	= { "dst", MNL_TYPE_BINARY, true },
	[IPSECSIM_A_EVENT_SA_REQID]	= { "reqid", MNL_TYPE_U32, true },
	[IPSECSIM_A_EVENT_SA_MARK]	= { "mark", MNL_TYPE_U32, false },
	[IPSECSIM_A_EVENT_SA_MARK_MASK]	= { "mark-mask", MNL_TYPE_U32, false },
	[IPSECSIM_A_EVENT_SA_IF_ID]	= { "if-id", MNL_TYPE_U32, false },
};

static const struct nl_attr_set sa_set = {
	.max		= ARRAY_SIZE(sa_specs) - 1,
	.spec		= sa_specs,
};

static const char *const names[] = {
	[IPSECSIM_EVENT_SA_ADDED]	 = "sa_added",
	[IPSECSIM_EVENT_SA_UPDATED]	 = "sa_updated",
	[IPSECSIM_EVENT_SA_DELETED]	 = "sa_deleted",
	[IPSECSIM_EVENT_SA_DELETE_REQ]	 = "sa_delete_req",
	[IPSECSIM_EVENT_LIMIT_REACHED]	 = "limit_reached",
	[IPSECSIM_EVENT_CAPS_CHANGED]	 = "caps_changed",
	[IPSECSIM_EVENT_RESET]		 = "reset",
	[IPSECSIM_EVENT_ADAPTER_ADDED]	 = "adapter_added",
	[IPSECSIM_EVENT_ADAPTER_DELETED] = "adapter_deleted",
};

static const char *const reasons[] = {
	[IPSECSIM_DELETE_REASON_COMMAND]     = "command",
	[IPSECSIM_DELETE_REASON_AUTH_ERRORS] = "auth_errors",
	[IPSECSIM_DELETE_REASON_SEQ]	     = "seq",
	[IPSECSIM_DELETE_REASON_PACKETS]     = "packets",
	[IPSECSIM_DELETE_REASON_BYTES]	     = "bytes",
};

/* A newer kernel may know values that these tables do not. */
static const char *name_of(const char *const *table, size_t num, uint32_t val)
{
	return val < num && table[val] ? table[val] : "unknown";
}

static uint32_t get_u32(const struct nlattr *attr)
{
	return attr ? mnl_attr_get_u32(attr) : 0;
}

static bool read_sa(const struct nlattr *nest, struct event_sa *sa)
{
	const struct nlattr *tb[ARRAY_SIZE(sa_specs)], *src, *dst;
	size_t len;

	if (!nl_parse_nest(nest, &sa_set, tb))
		return false;
	sa->handle = get_u32(tb[IPSECSIM_A_EVENT_SA_HANDLE]);
	sa->tag = get_u32(tb[IPSECSIM_A_EVENT_SA_TAG]);
	sa->spi = get_u32(tb[IPSECSIM_A_EVENT_SA_SPI]);
	sa->proto = get_u32(tb[IPSECSIM_A_EVENT_SA_PROTO]);
	sa->inbound = get_u32(tb[IPSECSIM_A_EVENT_SA_DIR]) == IPSECSIM_SA_DIR_IN;
	sa->family = get_u32(tb[IPSECSIM_A_EVENT_SA_FAMILY]);
	sa->reqid = get_u32(tb[IPSECSIM_A_EVENT_SA_REQID]);
	sa->mark = get_u32(tb[IPSECSIM_A_EVENT_SA_MARK]);
	sa->mark_mask = get_u32(tb[IPSECSIM_A_EVENT_SA_MARK_MASK]);
	sa->if_id = get_u32(tb[IPSECSIM_A_EVENT_SA_IF_ID]);

	src = tb[IPSECSIM_A_EVENT_SA_SRC];
	dst = tb[IPSECSIM_A_EVENT_SA_DST];
	len = sa->family == AF_INET6 ? sizeof(struct in6_addr) :
				       sizeof(struct in_addr);
	if (mnl_attr_get_payload_len(src) != len ||
	    mnl_attr_get_payload_len(dst) != len ||
	    !inet_ntop(sa->family, mnl_attr_get_payload(src), sa->src,
		       sizeof(sa->src)) ||
	    !inet_ntop(sa->family, mnl_attr_get_payload(dst), sa->dst,
		       sizeof(sa->dst))) {
		complain("the kernel's event has a malformed address");
		return false;
	}
	memcpy(sa->daddr, mnl_attr_get_payload(dst), len);
	return true;
}

static bool read_event(const struct nlmsghdr *nlh, struct event *event)
{
	const struct nlattr *tb[ARRAY_SIZE(event_specs)];

	memset(event, 0, sizeof(*event));
	if (!nl_parse(nlh, &event_set, tb))
		return false;
	event->type = get_u32(tb[IPSECSIM_A_EVENT_TYPE]);
	event->name = name_of(names, ARRAY_SIZE(names), event->type);
	snprintf(event->dev, sizeof(event->dev), "%s",
		 mnl_attr_get_str(tb[IPSECSIM_A_EVENT_IFNAME]));
	if (tb[IPSECSIM_A_EVENT_REASON])
		event->reason = name_of(reasons, ARRAY_SIZE(reasons),
					get_u32(tb[IPSECSIM_A_EVENT_REASON]));
	event->expired = tb[IPSECSIM_A_EVENT_EXPIRED];
	event->has_sa = tb[IPSECSIM_A_EVENT_SA];
	event->has_twin = tb[IPSECSIM_A_EVENT_TWIN];
	return (!event->has_sa || read_sa(tb[IPSECSIM_A_EVENT_SA], &event->sa)) &&
	       (!event->has_twin || read_sa(tb[IPSECSIM_A_EVENT_TWIN], &event->twin));
}

/* Whom to tell of events. */
struct hearer {
	uint16_t	family;
	uint32_t	ifindex;	/* 0: of all ports */
	event_fn	fn;
	void		*arg;
	bool		failed;
};

static int on_message(const struct nlmsghdr *nlh, void *arg)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	struct hearer *hearer = arg;
	const struct nlattr *tb[ARRAY_SIZE(event_specs)];
	struct event event;

	if (nlh->nlmsg_type != hearer->family ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(*genl) ||
	    genl->cmd != IPSECSIM_CMD_EVENT)
		return MNL_CB_OK;
	if (!nl_parse(nlh, &event_set, tb) || !read_event(nlh, &event)) {
		hearer->failed = true;
		return MNL_CB_STOP;
	}
	if (hearer->ifindex &&
	    get_u32(tb[IPSECSIM_A_EVENT_IFINDEX]) != hearer->ifindex)
		return MNL_CB_OK;
	return hearer->fn(&event, hearer->arg) ? MNL_CB_OK : MNL_CB_STOP;
}

static bool join(const struct nl *nl)
{
	uint32_t group = nl->events;
	int size = RECV_QUEUE;

	if (!group) {
		complain("the module has no events");
		return false;
	}
	/* More than the usual limit; without CAP_NET_ADMIN, the usual. */
	setsockopt(mnl_socket_get_fd(nl->sock), SOL_SOCKET, SO_RCVBUFFORCE, &size,
		   sizeof(size));
	if (!mnl_socket_setsockopt(nl->sock, NETLINK_ADD_MEMBERSHIP, &group,
				   sizeof(group)))
		return true;
	complain("cannot hear events: %s", strerror(errno));
	if (errno == EPERM)
		complain("this needs CAP_NET_ADMIN in the network namespace");
	return false;
}

static bool hear(struct nl *nl, struct hearer *hearer)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	int ret = MNL_CB_OK;
	ssize_t len;

	while (ret > MNL_CB_STOP) {
		len = mnl_socket_recvfrom(nl->sock, buf, sizeof(buf));
		if (len >= 0) {
			ret = mnl_cb_run(buf, len, 0, 0, on_message, hearer);
		} else if (errno == ENOBUFS) {
			complain("events were lost, they came too fast");
			ret = hearer->fn(NULL, hearer->arg) ? MNL_CB_OK : MNL_CB_STOP;
		} else if (errno != EINTR) {
			ret = MNL_CB_ERROR;
		}
	}
	if (ret == MNL_CB_ERROR)
		complain("netlink: %s", strerror(errno));
	return ret == MNL_CB_STOP && !hearer->failed;
}

bool event_listen(const char *dev, event_fn fn, void *arg)
{
	struct hearer hearer = { .fn = fn, .arg = arg };
	struct adapter ad;
	struct nl nl;
	bool ok;

	if (!nl_open_ipsecsim(&nl))
		return false;
	hearer.family = nl.family;
	ok = !dev || adapter_get(&nl, dev, &ad);
	if (ok && dev)
		hearer.ifindex = ad.ifindex;
	ok = ok && join(&nl);
	if (ok) {
		complain("listening");
		ok = hear(&nl, &hearer);
	}
	nl_close(&nl);
	return ok;
}

int listen_parse(const struct verb *verb, int argc, char **argv,
		 struct listen *listen)
{
	static const char *const words[] = { "dev", "count", "once" };

	memset(listen, 0, sizeof(*listen));
	while (argc) {
		if (!strcmp(argv[0], "once")) {
			listen->count = 1;
			argc--;
			argv++;
			continue;
		}
		if (strcmp(argv[0], "dev") && strcmp(argv[0], "count"))
			return unknown_word("word", argv[0], words, ARRAY_SIZE(words));
		if (argc == 1)
			return missing_word(verb, !strcmp(argv[0], "dev") ? "DEV" : "N");
		if (!strcmp(argv[0], "dev")) {
			listen->dev = argv[1];
		} else if (!parse_u32(argv[1], &listen->count) || !listen->count) {
			complain("%s: count needs a number from 1 to 4294967295, not \"%s\"",
				 verb->name, argv[1]);
			return EX_MISUSE;
		}
		argc -= 2;
		argv += 2;
	}
	return EX_DONE;
}

void json_event_sa(const char *key, const struct event_sa *sa)
{
	json_object(key);
	json_str("src", sa->src);
	json_str("dst", sa->dst);
	json_str("proto", "esp");
	json_u64("spi", sa->spi);
	json_str("dir", sa->inbound ? "in" : "out");
	json_u64("handle", sa->handle);
	json_u64("tag", sa->tag);
	json_u64("reqid", sa->reqid);
	if (sa->mark_mask) {
		json_u64("mark", sa->mark);
		json_u64("mark_mask", sa->mark_mask);
	}
	if (sa->if_id)
		json_u64("if_id", sa->if_id);
}

void text_event_sa(const struct event_sa *sa)
{
	out("%s src %s dst %s spi 0x%08x handle 0x%08x reqid %u",
	    sa->inbound ? "in" : "out", sa->src, sa->dst, sa->spi, sa->handle,
	    sa->reqid);
	if (sa->mark_mask)
		out(" mark 0x%x/0x%x", sa->mark, sa->mark_mask);
	if (sa->if_id)
		out(" if_id 0x%x", sa->if_id);
}
