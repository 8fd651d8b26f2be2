// SPDX-License-Identifier: GPL-2.0
/*
 * Verb monitor: events, as they happen.
 */
#include "../uapi/ipsecsim.h"
#include "event.h"
#include "tool.h"

/* In a delete request, and nowhere else, two SAs have their parts. */
static bool is_delete_req(const struct event *event)
{
	return event->type == IPSECSIM_EVENT_SA_DELETE_REQ;
}

static void print_json(const struct event *event)
{
	json_object(NULL);
	json_str("event", event ? event->name : "overrun");
	if (event) {
		json_str("dev", event->dev);
		if (event->reason)
			json_str("reason", event->reason);
		if (is_delete_req(event))
			json_bool("expired", event->expired);
		if (event->has_sa) {
			json_event_sa(is_delete_req(event) ? "inbound" : "sa",
				      &event->sa);
			json_end();
		}
		if (event->has_twin) {
			json_event_sa("outbound", &event->twin);
			json_end();
		}
	}
	json_end();
}

static void print_text(const struct event *event)
{
	if (!event) {
		out("overrun\n");
		return;
	}
	out("%s: %s", event->dev, event->name);
	if (event->reason)
		out(" (%s)", event->reason);
	if (event->has_sa) {
		out("  ");
		text_event_sa(&event->sa);
	}
	if (event->has_twin) {
		out("  ");
		text_event_sa(&event->twin);
	}
	if (event->expired)
		out("  expired");
	out("\n");
}

static bool on_event(const struct event *event, void *arg)
{
	struct listen *listen = arg;

	if (json)
		print_json(event);
	else
		print_text(event);
	if (!out_flush()) {
		listen->failed = true;
		return false;
	}
	return !listen->count || --listen->count;
}

static int run_monitor(int argc, char **argv)
{
	struct listen listen;
	int code;

	code = listen_parse(&verb_monitor, argc, argv, &listen);
	if (code != EX_DONE)
		return code;
	out_lines();
	return event_listen(listen.dev, on_event, &listen) && !listen.failed ?
	       EX_DONE : EX_FAILED;
}

const struct verb verb_monitor = {
	.name	= "monitor",
	.args	= "[dev DEV] [count N]",
	.help	= "events, as they happen\n"
		  "\n"
		  "  dev DEV  of this port only\n"
		  "  count N  end after that many\n"
		  "\n"
		  "A line for each: sa_added, sa_updated, sa_deleted, limit_reached,\n"
		  "sa_delete_req, reset, caps_changed, adapter_added, adapter_deleted; or\n"
		  "overrun when events were lost. \"listening\" on standard error says that\n"
		  "none is missed from then on.\n",
	.run	= run_monitor,
};
