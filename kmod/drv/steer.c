// SPDX-License-Identifier: GPL-2.0
/*
 * Steering of received ESP to a queue, by SPI and destination: ethtool -N and -n.
 *
 * A rule is in the adapter whether the port is up or not, and after a reset again.
 * It is kept as the command that puts it there. No reason goes with a refusal:
 * ethtool has no way for it here.
 */
#include <linux/ethtool.h>

#include "drv.h"

/* All of a field or nothing: sets @flag if it is all. */
static int isim_drv_steer_field(const void *mask, size_t len, u32 flag, u32 *flags)
{
	if (!memchr_inv(mask, 0, len))
		return 0;
	if (memchr_inv(mask, 0xff, len))
		return -EOPNOTSUPP;
	*flags |= flag;
	return 0;
}

/* SPI and destination, the latter @len octets, with their masks */
static int isim_drv_steer_match(struct isim_hw_steer_add *rule, u32 flags, __be32 spi,
				__be32 spi_mask, const void *daddr,
				const void *daddr_mask, size_t len)
{
	int err;

	err = isim_drv_steer_field(daddr_mask, len, ISIM_STEER_DADDR, &flags);
	if (!err)
		err = isim_drv_steer_field(&spi_mask, sizeof(spi_mask),
					   ISIM_STEER_SPI, &flags);
	rule->flags = cpu_to_le32(flags);
	rule->spi = cpu_to_le32(be32_to_cpu(spi));
	memcpy(rule->daddr, daddr, len);
	return err;
}

static int isim_drv_steer_ipv4(const struct ethtool_rx_flow_spec *fs,
			       struct isim_hw_steer_add *rule)
{
	const struct ethtool_ah_espip4_spec *val = &fs->h_u.esp_ip4_spec;
	const struct ethtool_ah_espip4_spec *mask = &fs->m_u.esp_ip4_spec;

	if (mask->ip4src || mask->tos)
		return -EOPNOTSUPP;
	return isim_drv_steer_match(rule, 0, val->spi, mask->spi, &val->ip4dst,
				    &mask->ip4dst, sizeof(mask->ip4dst));
}

static int isim_drv_steer_ipv6(const struct ethtool_rx_flow_spec *fs,
			       struct isim_hw_steer_add *rule)
{
	const struct ethtool_ah_espip6_spec *val = &fs->h_u.esp_ip6_spec;
	const struct ethtool_ah_espip6_spec *mask = &fs->m_u.esp_ip6_spec;

	if (memchr_inv(mask->ip6src, 0, sizeof(mask->ip6src)) || mask->tclass)
		return -EOPNOTSUPP;
	return isim_drv_steer_match(rule, ISIM_STEER_IPV6, val->spi, mask->spi,
				    val->ip6dst, mask->ip6dst, sizeof(mask->ip6dst));
}

/* What ethtool asks for, as a command. VLANs, MAC addresses, RSS contexts: no. */
static int isim_drv_steer_parse(struct isim_drv_adapter *adapter,
				const struct ethtool_rx_flow_spec *fs,
				struct isim_hw_steer_add *rule)
{
	u32 queue = ISIM_STEER_DROP;

	if (fs->location >= ISIM_HW_STEER_RULES)
		return -EINVAL;
	if (fs->ring_cookie != RX_CLS_FLOW_DISC) {
		/* nor queues of other functions, which the upper bits would name */
		if (fs->ring_cookie >= adapter->num_queues)
			return -EINVAL;
		queue = fs->ring_cookie;
	}

	*rule = (struct isim_hw_steer_add) {
		.location	= cpu_to_le32(fs->location),
		.queue		= cpu_to_le32(queue),
	};
	switch (fs->flow_type) {
	case ESP_V4_FLOW:
		return isim_drv_steer_ipv4(fs, rule);
	case ESP_V6_FLOW:
		return isim_drv_steer_ipv6(fs, rule);
	default:
		return -EOPNOTSUPP;
	}
}

/* The way back, into a zeroed @fs */
static void isim_drv_steer_show(const struct isim_hw_steer_add *rule,
				struct ethtool_rx_flow_spec *fs)
{
	u32 flags = le32_to_cpu(rule->flags), queue = le32_to_cpu(rule->queue);
	__be32 spi = cpu_to_be32(le32_to_cpu(rule->spi));

	fs->ring_cookie = queue == ISIM_STEER_DROP ? RX_CLS_FLOW_DISC : queue;
	if (flags & ISIM_STEER_IPV6) {
		fs->flow_type = ESP_V6_FLOW;
		fs->h_u.esp_ip6_spec.spi = spi;
		memcpy(fs->h_u.esp_ip6_spec.ip6dst, rule->daddr, sizeof(rule->daddr));
		if (flags & ISIM_STEER_SPI)
			fs->m_u.esp_ip6_spec.spi = htonl(U32_MAX);
		if (flags & ISIM_STEER_DADDR)
			memset(fs->m_u.esp_ip6_spec.ip6dst, 0xff, sizeof(rule->daddr));
		return;
	}
	fs->flow_type = ESP_V4_FLOW;
	fs->h_u.esp_ip4_spec.spi = spi;
	memcpy(&fs->h_u.esp_ip4_spec.ip4dst, rule->daddr, sizeof(__be32));
	if (flags & ISIM_STEER_SPI)
		fs->m_u.esp_ip4_spec.spi = htonl(U32_MAX);
	if (flags & ISIM_STEER_DADDR)
		fs->m_u.esp_ip4_spec.ip4dst = htonl(U32_MAX);
}

static int isim_drv_steer_insert(struct isim_drv_adapter *adapter,
				 const struct ethtool_rx_flow_spec *fs)
{
	struct isim_hw_steer_add rule;
	int err;

	if (!(adapter->netdev->features & NETIF_F_NTUPLE))
		return -EOPNOTSUPP;
	err = isim_drv_steer_parse(adapter, fs, &rule);
	if (err)
		return err;
	err = isim_drv_aq_exec(adapter, ISIM_OP_STEER_ADD, &rule, sizeof(rule), NULL);
	if (err)
		return err;
	adapter->steer[fs->location] = rule;
	__set_bit(fs->location, adapter->steer_used);
	return 0;
}

static int isim_drv_steer_delete(struct isim_drv_adapter *adapter, u32 location)
{
	struct isim_hw_steer_delete del = { .location = cpu_to_le32(location) };
	int err;

	if (location >= ISIM_HW_STEER_RULES || !test_bit(location, adapter->steer_used))
		return -ENOENT;
	err = isim_drv_aq_exec(adapter, ISIM_OP_STEER_DELETE, &del, sizeof(del), NULL);
	/* -EINVAL: the adapter has no rule there, and never had */
	if (err && err != -EINVAL)
		return err;
	__clear_bit(location, adapter->steer_used);
	return 0;
}

/**
 * isim_drv_set_rxnfc() - ethtool -N
 * @netdev: port
 * @info: what to do
 *
 * Context: RTNL held; sleeps.
 * Return: 0; -EOPNOTSUPP for what the adapter has no rule for, or when steering is
 * switched off; -EINVAL for a location or queue that there is not; -ENOENT for
 * a rule that there is not; -EBUSY while the adapter is being reset; or the errno
 * of the command.
 */
int isim_drv_set_rxnfc(struct net_device *netdev, struct ethtool_rxnfc *info)
{
	struct isim_drv_adapter *adapter = netdev_priv(netdev);
	int err = -EOPNOTSUPP;

	switch (info->cmd) {
	case ETHTOOL_SRXCLSRLINS:
		err = isim_drv_steer_insert(adapter, &info->fs);
		break;
	case ETHTOOL_SRXCLSRLDEL:
		err = isim_drv_steer_delete(adapter, info->fs.location);
		break;
	}
	return isim_drv_aq_user_errno(err);
}

/**
 * isim_drv_get_rxnfc() - ethtool -n
 * @netdev: port
 * @info: what to tell, and the answer
 * @locations: filled in when all of them are asked for
 *
 * Context: RTNL held.
 * Return: 0, -ENOENT, -EMSGSIZE for too few @locations, or -EOPNOTSUPP.
 */
int isim_drv_get_rxnfc(struct net_device *netdev, struct ethtool_rxnfc *info,
		       u32 *locations)
{
	struct isim_drv_adapter *adapter = netdev_priv(netdev);
	u32 location = info->fs.location, n = 0;

	switch (info->cmd) {
	case ETHTOOL_GRXCLSRLCNT:
		info->rule_cnt = bitmap_weight(adapter->steer_used, ISIM_HW_STEER_RULES);
		info->data = ISIM_HW_STEER_RULES;
		return 0;
	case ETHTOOL_GRXCLSRULE:
		if (location >= ISIM_HW_STEER_RULES ||
		    !test_bit(location, adapter->steer_used))
			return -ENOENT;
		memset(&info->fs, 0, sizeof(info->fs));
		info->fs.location = location;
		isim_drv_steer_show(&adapter->steer[location], &info->fs);
		return 0;
	case ETHTOOL_GRXCLSRLALL:
		for_each_set_bit(location, adapter->steer_used, ISIM_HW_STEER_RULES) {
			if (n == info->rule_cnt)
				return -EMSGSIZE;
			locations[n++] = location;
		}
		info->rule_cnt = n;
		info->data = ISIM_HW_STEER_RULES;
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

/**
 * isim_drv_steer_fits() - do all rules name queues that there will be?
 * @adapter: adapter
 * @num_queues: how many there will be
 *
 * Newer kernels ask that themselves.
 *
 * Context: RTNL held.
 * Return: whether they do.
 */
bool isim_drv_steer_fits(const struct isim_drv_adapter *adapter, u32 num_queues)
{
	u32 i, queue;

	for_each_set_bit(i, adapter->steer_used, ISIM_HW_STEER_RULES) {
		queue = le32_to_cpu(adapter->steer[i].queue);
		if (queue != ISIM_STEER_DROP && queue >= num_queues)
			return false;
	}
	return true;
}

/**
 * isim_drv_steer_restore() - give all rules to the adapter again
 * @adapter: adapter, reset, its admin queue running
 *
 * A rule that the adapter refuses is lost.
 *
 * Context: process, RTNL held; sleeps.
 * Return: 0, or -ECANCELED when the adapter was reset meanwhile.
 */
int isim_drv_steer_restore(struct isim_drv_adapter *adapter)
{
	int err;
	u32 i;

	for_each_set_bit(i, adapter->steer_used, ISIM_HW_STEER_RULES) {
		err = isim_drv_aq_exec(adapter, ISIM_OP_STEER_ADD, &adapter->steer[i],
				       sizeof(adapter->steer[i]), NULL);
		if (err == -ECANCELED)
			return err;
		if (!err)
			continue;
		netdev_warn(adapter->netdev, "steering rule %u is lost in a reset: %pe\n",
			    i, ERR_PTR(err));
		__clear_bit(i, adapter->steer_used);
	}
	return 0;
}

/**
 * isim_drv_steer_flush() - delete all rules
 * @adapter: adapter
 *
 * Context: process, RTNL held; sleeps.
 * Return: 0 or a negative errno, with the rules left that could not be deleted.
 */
int isim_drv_steer_flush(struct isim_drv_adapter *adapter)
{
	int err = 0;
	u32 i;

	for_each_set_bit(i, adapter->steer_used, ISIM_HW_STEER_RULES) {
		err = isim_drv_steer_delete(adapter, i);
		if (err)
			break;
	}
	return err;
}
