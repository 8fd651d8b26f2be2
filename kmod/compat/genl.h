/* SPDX-License-Identifier: GPL-2.0 */
/* Generic netlink differences, for ctl/. */
#ifndef ISIM_COMPAT_GENL_H
#define ISIM_COMPAT_GENL_H

#include <net/genetlink.h>

#include "compat/compat.h"

/**
 * ISIM_GENL_PRE_DOIT() - define a family's pre_doit
 * @name: function to define
 * @pre: int pre(struct sk_buff *skb, struct genl_info *info)
 *
 * ISIM_GENL_POST_DOIT() is the same for post_doit, with
 * void post(struct sk_buff *skb, struct genl_info *info). The operation itself is
 * info->genlhdr->cmd.
 */
#ifdef HAVE_GENL_DOIT_SPLIT_OPS
#define ISIM_GENL_PRE_DOIT(name, pre)					\
static int name(const struct genl_split_ops *ops, struct sk_buff *skb,	\
		struct genl_info *info)					\
{									\
	return pre(skb, info);						\
}

#define ISIM_GENL_POST_DOIT(name, post)					\
static void name(const struct genl_split_ops *ops, struct sk_buff *skb,	\
		 struct genl_info *info)				\
{									\
	post(skb, info);						\
}
#else
#define ISIM_GENL_PRE_DOIT(name, pre)					\
static int name(const struct genl_ops *ops, struct sk_buff *skb,	\
		struct genl_info *info)					\
{									\
	return pre(skb, info);						\
}

#define ISIM_GENL_POST_DOIT(name, post)					\
static void name(const struct genl_ops *ops, struct sk_buff *skb,	\
		 struct genl_info *info)				\
{									\
	post(skb, info);						\
}
#endif

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
