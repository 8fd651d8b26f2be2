/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events of the kernel, as they come.
 */
#ifndef EVENT_H
#define EVENT_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "adapter.h"

/**
 * struct event_sa - an SA that an event is about
 * @handle: the adapter's
 * @tag: the driver's
 * @spi: numerical value
 * @proto: IPPROTO_ESP
 * @inbound: direction
 * @family: AF_INET or AF_INET6
 * @src: source
 * @dst: destination
 * @daddr: destination, network order
 * @reqid: of XFRM
 * @mark: of XFRM
 * @mark_mask: 0 if there is no mark
 * @if_id: of XFRM, or 0
 */
struct event_sa {
	uint32_t	handle;
	uint32_t	tag;
	uint32_t	spi;
	uint32_t	proto;
	bool		inbound;
	uint32_t	family;
	char		src[INET6_ADDRSTRLEN];
	char		dst[INET6_ADDRSTRLEN];
	uint8_t		daddr[16];
	uint32_t	reqid;
	uint32_t	mark;
	uint32_t	mark_mask;
	uint32_t	if_id;
};

/**
 * struct event - an event
 * @type: enum ipsecsim_event_type
 * @name: of the type
 * @dev: port
 * @reason: name of the reason, or NULL
 * @expired: XFRM has sent a hard expire, too
 * @has_sa: @sa is there
 * @has_twin: @twin is there
 * @sa: what it is about
 * @twin: the outbound SA that belongs to it
 */
struct event {
	uint32_t	type;
	const char	*name;
	char		dev[IFNAMSIZ];
	const char	*reason;
	bool		expired;
	bool		has_sa;
	bool		has_twin;
	struct event_sa	sa;
	struct event_sa	twin;
};

/*
 * Gets each event, or NULL when some were lost because they came too fast.
 * Returns false to stop.
 */
typedef bool (*event_fn)(const struct event *event, void *arg);

/*
 * Hear events of one port, or of all of this namespace (NULL), until told to
 * stop. Says on standard error when it has begun. Complains itself; false is
 * failure.
 */
bool event_listen(const char *dev, event_fn fn, void *arg);

/* Words behind monitor and reap: dev DEV, count N. */
struct listen {
	const char	*dev;
	uint32_t	count;	/* events to hear, 0: no end */
	bool		failed;
};

struct verb;
int listen_parse(const struct verb *verb, int argc, char **argv,
		 struct listen *listen);

/* The SA as a JSON object; as words. */
void json_event_sa(const char *key, const struct event_sa *sa);
void text_event_sa(const struct event_sa *sa);

#endif
