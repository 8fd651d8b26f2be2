/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Adapters as the kernel reports them, and their fault points.
 */
#ifndef ADAPTER_H
#define ADAPTER_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "nl.h"

#define DEVICE_NAME_MAX	32

struct adapter {
	uint32_t	ifindex;
	char		ifname[IFNAMSIZ];
	char		device[DEVICE_NAME_MAX];
	char		peer_device[DEVICE_NAME_MAX];	/* "" when not wired */
	uint32_t	peer_ifindex;			/* 0 when out of sight */
	char		peer_ifname[IFNAMSIZ];
	uint32_t	queues;
	uint32_t	sa_capacity;
	uint32_t	sa_count;
	bool		has_lower;
	uint32_t	lower_ifindex;			/* 0 when out of sight */
	char		lower_ifname[IFNAMSIZ];
	uint64_t	lower_tx_dropped;
	uint64_t	lower_rx_dropped;
};

struct adapter_list {
	struct adapter	*ad;
	size_t		num;
};

extern const struct nl_attr_set adapter_set;

/* Names of enum ipsecsim_enc_alg and ipsecsim_auth_alg. */
#define ALG_NAMES	8
extern const char *const enc_alg_names[ALG_NAMES];
extern const char *const auth_alg_names[ALG_NAMES];

/* Is this short enough for the name of a network device? Complains if not. */
bool name_fits(const char *ifname);

/* Ask whether the name of a port was meant, if one is near. */
void adapter_suggest(struct nl *nl, const char *ifname);

/* All of these complain themselves; true is success. */

/* The adapter whose port is a network device of this namespace. */
bool adapter_get(struct nl *nl, const char *ifname, struct adapter *ad);

/* All of this namespace; the caller frees list->ad, also after a failure. */
bool adapter_get_all(struct nl *nl, struct adapter_list *list);

/*
 * The handle of the inbound SA of an SPI and, where that is not enough, of a
 * destination (else NULL).
 */
bool sa_find_inbound(struct nl *nl, const struct adapter *ad, uint32_t spi,
		     const char *dst, uint32_t *handle);

/* Get one and print it as the verb list does. */
bool adapter_show(struct nl *nl, const char *ifname);

/*
 * Print the fault points of an adapter that are set or have seen something: lines
 * that begin with prefix, or an array "faults" of the object that is open.
 */
bool faults_print(struct nl *nl, const struct adapter *ad, const char *prefix);

#endif
