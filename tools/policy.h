/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Policies of adapters: the verb (policy.c) and what it shows (policy_list.c).
 */
#ifndef POLICY_H
#define POLICY_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nl.h"

/* A word of the command line and its number in the kernel */
struct name {
	const char	*word;
	uint32_t	val;
};

/* These end with an empty one. */
#define NAMES_MAX	16
extern const struct name policy_dirs[];
extern const struct name policy_actions[];
extern const struct name policy_protos[];

extern const struct nl_attr_set policy_set;

#define PREFIX_STRLEN	(INET6_ADDRSTRLEN + sizeof("/128"))

struct policy {
	char		dev[IFNAMSIZ];
	uint32_t	id;
	const char	*dir;
	const char	*action;
	char		src[PREFIX_STRLEN];	/* "" when it asks for neither */
	char		dst[PREFIX_STRLEN];
	char		proto[12];		/* "" for any */
	uint16_t	sport;			/* 0 for any */
	uint16_t	dport;
	uint64_t	passed;
	uint64_t	stopped;
};

/* They are shown when the last one has come: a torn dump is asked for again. */
struct policy_list {
	struct policy	*policy;
	size_t		num;
	size_t		room;
};

/* A nl_reply that puts a policy into the policy_list that it gets. */
bool policy_reply(const struct nlattr *const *tb, void *arg);

void policies_print(const struct policy_list *list);

#endif
