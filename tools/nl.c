// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink on libmnl. Every request asks for an acknowledgment, so that each
 * conversation ends with NLMSG_ERROR or, a dump, with NLMSG_DONE. Both carry
 * the kernel's reason (extended acknowledgment) when there is one.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../uapi/ipsecsim.h"
#include "nl.h"
#include "tool.h"

#ifndef NETLINK_EXT_ACK
#define NETLINK_EXT_ACK	11
#endif

#define DUMP_SIZE	32768	/* the most that the kernel puts in one datagram */
#define DUMP_TRIES	8

/* One conversation. */
struct talk {
	const union nl_request		*req;
	const char			*what;
	const struct nl_attr_set	*set;
	nl_reply			reply;
	void				*arg;
	int				quiet;	/* an errno not to complain about */
	int				err;	/* errno of the kernel's answer */
};

struct attrs {
	const struct nl_attr_set	*set;
	const struct nlattr		*tb[NL_ATTR_MAX + 1];
};

static int collect_attr(const struct nlattr *attr, void *arg)
{
	struct attrs *attrs = arg;
	uint16_t type = mnl_attr_get_type(attr);

	/* A newer kernel may know more. */
	if (type > attrs->set->max || !attrs->set->spec[type].name)
		return MNL_CB_OK;
	if (mnl_attr_validate(attr, attrs->set->spec[type].type) < 0) {
		complain("the kernel's reply has a malformed \"%s\"",
			 attrs->set->spec[type].name);
		return MNL_CB_ERROR;
	}
	attrs->tb[type] = attr;
	return MNL_CB_OK;
}

static bool complete(const struct attrs *attrs)
{
	const struct nl_attr_spec *spec = attrs->set->spec;
	unsigned int i;

	for (i = 0; i <= attrs->set->max; i++) {
		if (spec[i].required && !attrs->tb[i]) {
			complain("the kernel's reply lacks \"%s\"", spec[i].name);
			return false;
		}
	}
	return true;
}

static bool collect(const struct nlmsghdr *nlh, struct attrs *attrs)
{
	if (mnl_nlmsg_get_payload_len(nlh) < attrs->set->hdr_len) {
		complain("the kernel's reply is too short");
		return false;
	}
	if (mnl_attr_parse(nlh, attrs->set->hdr_len, collect_attr, attrs) < 0)
		return false;
	return complete(attrs);
}

static void take(const struct attrs *attrs, const struct nlattr **tb)
{
	memcpy(tb, attrs->tb, (attrs->set->max + 1) * sizeof(*tb));
}

bool nl_parse(const struct nlmsghdr *nlh, const struct nl_attr_set *set,
	      const struct nlattr **tb)
{
	struct attrs attrs = { .set = set };

	if (!collect(nlh, &attrs))
		return false;
	take(&attrs, tb);
	return true;
}

bool nl_parse_nest(const struct nlattr *nest, const struct nl_attr_set *set,
		   const struct nlattr **tb)
{
	struct attrs attrs = { .set = set };

	if (mnl_attr_parse_nested(nest, collect_attr, &attrs) < 0 ||
	    !complete(&attrs))
		return false;
	take(&attrs, tb);
	return true;
}

static int on_data(const struct nlmsghdr *nlh, void *arg)
{
	struct talk *talk = arg;
	struct attrs attrs = { .set = talk->set };

	if (!talk->reply)
		return MNL_CB_OK;
	if (!collect(nlh, &attrs) || !talk->reply(attrs.tb, talk->arg)) {
		errno = 0;	/* already complained */
		return MNL_CB_ERROR;
	}
	return MNL_CB_OK;
}

/*
 * Name of the attribute that begins at an offset of the request. The one of the
 * device goes without: a complaint begins with the device's name.
 */
static const char *attr_at(const struct talk *talk, uint32_t offset)
{
	const struct nlattr *attr;
	uint16_t type;

	if (!talk->set)
		return NULL;
	mnl_attr_for_each(attr, &talk->req->nlh, talk->set->hdr_len) {
		if ((const char *)attr - talk->req->buf != (ptrdiff_t)offset)
			continue;
		type = mnl_attr_get_type(attr);
		if (type > talk->set->max || type == talk->set->device)
			return NULL;
		return talk->set->spec[type].name;
	}
	return NULL;
}

/* What an acknowledgment tells beside the error code. */
struct reason {
	const char	*msg;
	const char	*name;		/* of the attribute it is about */
	bool		has_max;
	uint64_t	max;		/* of that attribute */
};

static int collect_limit(const struct nlattr *attr, void *arg)
{
	struct reason *reason = arg;

	if (mnl_attr_get_type(attr) == NL_POLICY_TYPE_ATTR_MAX_VALUE_U &&
	    mnl_attr_validate(attr, MNL_TYPE_U64) >= 0) {
		reason->has_max = true;
		reason->max = mnl_attr_get_u64(attr);
	}
	return MNL_CB_OK;
}

static void read_reason(const struct talk *talk, const struct nlattr *attr,
			struct reason *reason)
{
	switch (mnl_attr_get_type(attr)) {
	case NLMSGERR_ATTR_MSG:
		if (mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
			reason->msg = mnl_attr_get_str(attr);
		break;
	case NLMSGERR_ATTR_OFFS:
		if (mnl_attr_validate(attr, MNL_TYPE_U32) >= 0)
			reason->name = attr_at(talk, mnl_attr_get_u32(attr));
		break;
	case NLMSGERR_ATTR_POLICY:
		mnl_attr_parse_nested(attr, collect_limit, reason);
		break;
	}
}

/* offset: of the attributes of an acknowledgment, from its payload on */
static void complain_ack(const struct nlmsghdr *nlh, size_t offset,
			 const struct talk *talk)
{
	struct reason reason = {};
	const struct nlattr *attr;
	char limit[48] = "";

	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS) {
		mnl_attr_for_each(attr, nlh, offset) {
			read_reason(talk, attr, &reason);
		}
	}
	if (reason.msg && reason.has_max && talk->err == ERANGE)
		snprintf(limit, sizeof(limit), ", at most %llu",
			 (unsigned long long)reason.max);
	complain("%s%s%s%s%s%s%s%s%s", talk->what ?: "", talk->what ? ": " : "",
		 reason.name ?: "", reason.name ? ": " : "",
		 reason.msg ?: "", limit, reason.msg ? " (" : "",
		 strerror(talk->err), reason.msg ? ")" : "");
	if (talk->err == EPERM)
		complain("this needs CAP_NET_ADMIN in the network namespace");
}

/* NLMSG_ERROR: the request comes back behind the error code, whole or not. */
static int on_error(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlmsgerr *ack = mnl_nlmsg_get_payload(nlh);
	struct talk *talk = arg;
	size_t offset = sizeof(*ack);

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ack)) {
		errno = EBADMSG;
		return MNL_CB_ERROR;
	}
	if (!ack->error)
		return MNL_CB_STOP;
	talk->err = -ack->error;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		offset += mnl_nlmsg_get_payload_len(&ack->msg);
	if (talk->err != talk->quiet)
		complain_ack(nlh, MNL_ALIGN(offset), talk);
	errno = 0;
	return MNL_CB_ERROR;
}

/* NLMSG_DONE: a dump that failed says so here. */
static int on_done(const struct nlmsghdr *nlh, void *arg)
{
	const int *code = mnl_nlmsg_get_payload(nlh);
	struct talk *talk = arg;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*code) || *code >= 0)
		return MNL_CB_STOP;
	talk->err = -*code;
	complain_ack(nlh, sizeof(*code), talk);
	errno = 0;
	return MNL_CB_ERROR;
}

/* libmnl would end the conversation in the middle of a torn dump. */
static bool unmark_torn(void *buf, int len)
{
	struct nlmsghdr *nlh = buf;
	bool torn = false;

	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		torn |= nlh->nlmsg_flags & NLM_F_DUMP_INTR;
		nlh->nlmsg_flags &= ~NLM_F_DUMP_INTR;
	}
	return torn;
}

bool nl_again(const struct nl *nl, unsigned int *tries)
{
	if (!nl->torn)
		return false;
	if (++*tries < DUMP_TRIES)
		return true;
	complain("warning: the kernel's tables changed each time they were read");
	return false;
}

void *nl_room(void *items, size_t num, size_t *room, size_t size)
{
	size_t want = *room ? 2 * *room : 64;

	if (num < *room)
		return items;
	items = realloc(items, want * size);
	if (items)
		*room = want;
	else
		complain("out of memory");
	return items;
}

static bool run(struct nl *nl, struct talk *talk)
{
	static mnl_cb_t control[] = {
		[NLMSG_ERROR]	= on_error,
		[NLMSG_DONE]	= on_done,
	};
	char buf[DUMP_SIZE];
	ssize_t len;
	int ret;

	nl->torn = false;
	if (mnl_socket_sendto(nl->sock, talk->req, talk->req->nlh.nlmsg_len) < 0) {
		complain("netlink: %s", strerror(errno));
		return false;
	}
	do {
		len = mnl_socket_recvfrom(nl->sock, buf, sizeof(buf));
		nl->torn |= len > 0 && unmark_torn(buf, len);
		ret = len < 0 ? MNL_CB_ERROR :
		      mnl_cb_run2(buf, len, nl->seq, mnl_socket_get_portid(nl->sock),
				  on_data, talk, control, ARRAY_SIZE(control));
	} while (ret > MNL_CB_STOP);
	if (ret == MNL_CB_STOP)
		return true;
	/* 0: someone complained already */
	if (errno)
		complain("netlink: %s", strerror(errno));
	return false;
}

bool nl_talk(struct nl *nl, union nl_request *req, const char *what,
	     const struct nl_attr_set *set, nl_reply reply, void *arg)
{
	struct talk talk = {
		.req = req, .what = what, .set = set, .reply = reply, .arg = arg,
	};
	bool ok = run(nl, &talk);

	nl->err = talk.err;
	return ok;
}

int nl_order(struct nl *nl, union nl_request *req, const char *what, int quiet)
{
	struct talk talk = { .req = req, .what = what, .quiet = quiet };

	return run(nl, &talk) ? 0 : talk.err ?: EIO;
}

static void begin(struct nl *nl, union nl_request *req, uint16_t type, bool dump)
{
	memset(req, 0, sizeof(*req));
	mnl_nlmsg_put_header(req);
	req->nlh.nlmsg_type = type;
	req->nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | (dump ? NLM_F_DUMP : 0);
	req->nlh.nlmsg_seq = ++nl->seq;
}

void nl_begin(struct nl *nl, union nl_request *req, uint8_t cmd, bool dump)
{
	struct genlmsghdr *genl;

	begin(nl, req, nl->family, dump);
	genl = mnl_nlmsg_put_extra_header(&req->nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = IPSECSIM_GENL_VERSION;
}

void nl_begin_link(struct nl *nl, union nl_request *req, uint32_t ifindex)
{
	struct ifinfomsg *link;

	begin(nl, req, RTM_GETLINK, false);
	link = mnl_nlmsg_put_extra_header(&req->nlh, sizeof(*link));
	link->ifi_index = ifindex;
}

void *nl_begin_xfrm(struct nl *nl, union nl_request *req, uint16_t type, size_t size)
{
	begin(nl, req, type, false);
	return mnl_nlmsg_put_extra_header(&req->nlh, size);
}

static bool open_bus(struct nl *nl, int bus)
{
	int one = 1;

	nl->seq = time(NULL);
	nl->sock = mnl_socket_open(bus);
	if (!nl->sock || mnl_socket_bind(nl->sock, 0, MNL_SOCKET_AUTOPID) < 0) {
		complain("netlink: %s", strerror(errno));
		nl_close(nl);
		return false;
	}
	/* Reasons are a comfort; without them there is still an errno. */
	mnl_socket_setsockopt(nl->sock, NETLINK_EXT_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(nl->sock, NETLINK_CAP_ACK, &one, sizeof(one));
	return true;
}

static const struct nl_attr_spec family_specs[] = {
	[CTRL_ATTR_FAMILY_ID]	 = { "family-id", MNL_TYPE_U16, true },
	[CTRL_ATTR_MCAST_GROUPS] = { "mcast-groups", MNL_TYPE_NESTED, false },
};

static const struct nl_attr_spec group_specs[] = {
	[CTRL_ATTR_MCAST_GRP_NAME] = { "mcast-group-name", MNL_TYPE_NUL_STRING, true },
	[CTRL_ATTR_MCAST_GRP_ID]   = { "mcast-group-id", MNL_TYPE_U32, true },
};

static const struct nl_attr_set group_set = {
	.max		= ARRAY_SIZE(group_specs) - 1,
	.spec		= group_specs,
};

static const struct nl_attr_set family_set = {
	.hdr_len	= sizeof(struct genlmsghdr),
	.max		= ARRAY_SIZE(family_specs) - 1,
	.spec		= family_specs,
};

static bool on_family(const struct nlattr *const *tb, void *arg)
{
	const struct nlattr *group, *attrs[ARRAY_SIZE(group_specs)];
	struct nl *nl = arg;

	nl->events = 0;
	nl->family = mnl_attr_get_u16(tb[CTRL_ATTR_FAMILY_ID]);
	if (!tb[CTRL_ATTR_MCAST_GROUPS])
		return true;
	mnl_attr_for_each_nested(group, tb[CTRL_ATTR_MCAST_GROUPS]) {
		if (!nl_parse_nest(group, &group_set, attrs))
			return false;
		if (!strcmp(mnl_attr_get_str(attrs[CTRL_ATTR_MCAST_GRP_NAME]),
			    IPSECSIM_MCGRP_EVENTS))
			nl->events = mnl_attr_get_u32(attrs[CTRL_ATTR_MCAST_GRP_ID]);
	}
	return true;
}

bool nl_open_ipsecsim(struct nl *nl)
{
	union nl_request req;
	struct talk talk = {
		.req = &req, .set = &family_set, .reply = on_family, .arg = nl,
		.quiet = ENOENT,
	};

	if (!open_bus(nl, NETLINK_GENERIC))
		return false;
	nl->family = GENL_ID_CTRL;
	nl_begin(nl, &req, CTRL_CMD_GETFAMILY, false);
	mnl_attr_put_strz(&req.nlh, CTRL_ATTR_FAMILY_NAME, IPSECSIM_GENL_NAME);
	if (run(nl, &talk))
		return true;
	if (talk.err == ENOENT)
		complain("the module is not loaded; try: modprobe ipsecsim");
	nl_close(nl);
	return false;
}

bool nl_open_route(struct nl *nl)
{
	return open_bus(nl, NETLINK_ROUTE);
}

bool nl_open_xfrm(struct nl *nl)
{
	return open_bus(nl, NETLINK_XFRM);
}

void nl_close(struct nl *nl)
{
	if (nl->sock)
		mnl_socket_close(nl->sock);
	nl->sock = NULL;
}
