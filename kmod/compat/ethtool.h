/* SPDX-License-Identifier: GPL-2.0 */
/* Differences in struct ethtool_ops, for the file that fills one in. */
#ifndef ISIM_COMPAT_ETHTOOL_H
#define ISIM_COMPAT_ETHTOOL_H

#include <linux/ethtool.h>
#include <linux/netdevice.h>

#include "compat/compat.h"

/**
 * ISIM_GET_RXNFC() - define the get_rxnfc operation
 * @name: operation to define
 * @count: u32 count(struct net_device *dev), the number of RX rings
 * @get: int get(struct net_device *dev, struct ethtool_rxnfc *info, u32 *rule_locs)
 *
 * Use: ISIM_GET_RXNFC(isim_drv_get_rxnfc_op, isim_drv_rx_rings, isim_drv_get_rxnfc),
 * and in struct ethtool_ops:
 * ISIM_GET_RXNFC_OPS(isim_drv_get_rxnfc_op). Newer kernels ask for the number of RX
 * rings apart, older ones with get_rxnfc. Without an answer ethtool -x and -X have
 * nothing to work on.
 */
#ifdef HAVE_ETHTOOL_RX_RING_COUNT
#define ISIM_GET_RXNFC(name, count, get)				\
static int name(struct net_device *dev, struct ethtool_rxnfc *info,	\
		u32 *rule_locs)						\
{									\
	return get(dev, info, rule_locs);				\
}									\
									\
static u32 name ## _count(struct net_device *dev)			\
{									\
	return count(dev);						\
}

#define ISIM_GET_RXNFC_OPS(name)					\
	.get_rx_ring_count	= name ## _count,			\
	.get_rxnfc		= name
#else
#define ISIM_GET_RXNFC(name, count, get)				\
static int name(struct net_device *dev, struct ethtool_rxnfc *info,	\
		u32 *rule_locs)						\
{									\
	if (info->cmd != ETHTOOL_GRXRINGS)				\
		return get(dev, info, rule_locs);			\
	info->data = count(dev);					\
	return 0;							\
}

#define ISIM_GET_RXNFC_OPS(name)					\
	.get_rxnfc		= name
#endif

/**
 * ISIM_GET_RXFH() - define the get_rxfh operation
 * @name: operation to define
 * @get: int get(struct net_device *dev, struct ethtool_rxfh_param *rxfh)
 *
 * ISIM_SET_RXFH() does the same for
 * int set(struct net_device *dev, struct ethtool_rxfh_param *rxfh,
 * struct netlink_ext_ack *extack). Older kernels give no extack and no sizes:
 * indir_size and key_size are then those that the device reports itself, and
 * hfunc is ETH_RSS_HASH_NO_CHANGE (0) when it was not asked for.
 */
#ifdef HAVE_ETHTOOL_RXFH_PARAM
#define ISIM_GET_RXFH(name, get)					\
static int name(struct net_device *dev, struct ethtool_rxfh_param *rxfh) \
{									\
	return get(dev, rxfh);						\
}

#define ISIM_SET_RXFH(name, set)					\
static int name(struct net_device *dev, struct ethtool_rxfh_param *rxfh, \
		struct netlink_ext_ack *extack)				\
{									\
	return set(dev, rxfh, extack);					\
}
#else
struct ethtool_rxfh_param {
	u8 hfunc;
	u32 indir_size;
	u32 *indir;
	u32 key_size;
	u8 *key;
};

static inline void isim_compat_rxfh_sizes(struct net_device *dev,
					  struct ethtool_rxfh_param *rxfh)
{
	const struct ethtool_ops *ops = dev->ethtool_ops;

	if (rxfh->indir && ops->get_rxfh_indir_size)
		rxfh->indir_size = ops->get_rxfh_indir_size(dev);
	if (rxfh->key && ops->get_rxfh_key_size)
		rxfh->key_size = ops->get_rxfh_key_size(dev);
}

#define ISIM_GET_RXFH(name, get)					\
static int name(struct net_device *dev, u32 *indir, u8 *key, u8 *hfunc)	\
{									\
	struct ethtool_rxfh_param rxfh = { .indir = indir, .key = key };	\
	int err;							\
									\
	isim_compat_rxfh_sizes(dev, &rxfh);				\
	err = get(dev, &rxfh);						\
	if (!err && hfunc)						\
		*hfunc = rxfh.hfunc;					\
	return err;							\
}

/* The arrays are only read: struct ethtool_rxfh_param has no const for them. */
#define ISIM_SET_RXFH(name, set)					\
static int name(struct net_device *dev, const u32 *indir, const u8 *key, \
		const u8 hfunc)						\
{									\
	struct ethtool_rxfh_param rxfh = {				\
		.hfunc = hfunc,						\
		.indir = (u32 *)indir,					\
		.key = (u8 *)key,					\
	};								\
									\
	isim_compat_rxfh_sizes(dev, &rxfh);				\
	return set(dev, &rxfh, NULL);					\
}
#endif

#endif
