// SPDX-License-Identifier: GPL-2.0
/*
 * Verb reap: the transport's part of a delete request. The adapter asks, we
 * delete: the inbound SA first, then the outbound one that belongs to it.
 */
#include <errno.h>
#include <linux/xfrm.h>
#include <string.h>

#include "../uapi/ipsecsim.h"
#include "event.h"
#include "tool.h"

/* Returns 0 or an errno; ESRCH when somebody else was faster. */
static int delete_sa(struct nl *xfrm, const char *dev, const struct event_sa *sa)
{
	struct xfrm_mark mark = { .v = sa->mark, .m = sa->mark_mask };
	struct xfrm_usersa_id *id;
	union nl_request req;

	id = nl_begin_xfrm(xfrm, &req, XFRM_MSG_DELSA, sizeof(*id));
	memcpy(&id->daddr, sa->daddr, sizeof(id->daddr));
	id->spi = htonl(sa->spi);
	id->family = sa->family;
	id->proto = sa->proto;
	if (sa->mark_mask)
		mnl_attr_put(&req.nlh, XFRMA_MARK, sizeof(mark), &mark);
	if (sa->if_id)
		mnl_attr_put_u32(&req.nlh, XFRMA_IF_ID, sa->if_id);
	return nl_order(xfrm, &req, dev, ESRCH);
}

static void print_result(const char *key, const struct event_sa *sa, int err)
{
	if (json) {
		json_event_sa(key, sa);
		json_bool("deleted", !err);
		if (err)
			json_str("error", strerror(err));
		json_end();
		return;
	}
	out(err == ESRCH ? "  was gone: " : err ? "  not deleted: " : "  deleted: ");
	text_event_sa(sa);
	out("\n");
}

struct reaper {
	struct listen	listen;
	struct nl	xfrm;
	bool		failed;
};

static bool reap_one(struct reaper *reaper, const char *dev, const char *key,
		     const struct event_sa *sa)
{
	int err = delete_sa(&reaper->xfrm, dev, sa);

	print_result(key, sa, err);
	return !err || err == ESRCH;
}

static bool on_event(const struct event *event, void *arg)
{
	struct reaper *reaper = arg;

	/* The adapter asks once: what was lost is not asked for again. */
	if (!event) {
		reaper->failed = true;
		return true;
	}
	if (event->type != IPSECSIM_EVENT_SA_DELETE_REQ || !event->has_sa)
		return true;

	if (json) {
		json_object(NULL);
		json_str("dev", event->dev);
		json_str("reason", event->reason ?: "unknown");
	} else {
		out("%s: delete request (%s)\n", event->dev,
		    event->reason ?: "unknown");
	}
	if (!reap_one(reaper, event->dev, "inbound", &event->sa))
		reaper->failed = true;
	if (event->has_twin &&
	    !reap_one(reaper, event->dev, "outbound", &event->twin))
		reaper->failed = true;
	if (json)
		json_end();
	if (!out_flush()) {
		reaper->failed = true;
		return false;
	}
	return !reaper->listen.count || --reaper->listen.count;
}

static int run_reap(int argc, char **argv)
{
	struct reaper reaper = {};
	int code;
	bool ok;

	code = listen_parse(&verb_reap, argc, argv, &reaper.listen);
	if (code != EX_DONE)
		return code;
	if (!nl_open_xfrm(&reaper.xfrm))
		return EX_FAILED;
	out_lines();
	ok = event_listen(reaper.listen.dev, on_event, &reaper);
	nl_close(&reaper.xfrm);
	return ok && !reaper.failed ? EX_DONE : EX_FAILED;
}

const struct verb verb_reap = {
	.name	= "reap",
	.args	= "[dev DEV] [count N | once]",
	.help	= "delete the SAs whose deletion an adapter asks for\n"
		  "\n"
		  "  dev DEV  of this port only\n"
		  "  count N  end after that many requests\n"
		  "  once     end after one\n"
		  "\n"
		  "For each request the inbound SA is deleted, then the outbound one that\n"
		  "belongs to it, and both are shown. Not beside a key exchange daemon that\n"
		  "does the same: see delete-req in the verb set.\n",
	.run	= run_reap,
};
