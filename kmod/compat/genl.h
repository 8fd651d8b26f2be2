/* SPDX-License-Identifier: GPL-2.0 */
/* Generic netlink differences, for ctl/. */
#ifndef ISIM_COMPAT_GENL_H
#define ISIM_COMPAT_GENL_H

#include <net/genetlink.h>

#include "compat/compat.h"

/**
 * isim_compat_dump_attrs() - parsed attributes of a dump request
 * @cb: dump state
 *
 * Return: array indexed by attribute type, valid during the dumpit call; NULL
 * where an operation without a policy was dumped.
 */
static inline struct nlattr **isim_compat_dump_attrs(struct netlink_callback *cb)
{
#ifdef HAVE_GENL_INFO_DUMP
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

#endif
