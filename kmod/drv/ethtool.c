// SPDX-License-Identifier: GPL-2.0
/*
 * ethtool operations. All run with RTNL held.
 */
#include <linux/ethtool.h>
#include <linux/log2.h>

#include "drv.h"
#include "compat/ethtool.h"
#include "drv/api.h"

/* One table drives names and values of the adapter's counters */
static const struct {
	char			name[ETH_GSTRING_LEN];
	enum isim_hw_counter	counter;
} isim_drv_hw_stats[] = {
	{ "hw_tx_frames",		ISIM_CNT_TX_FRAMES },
	{ "hw_tx_bytes",		ISIM_CNT_TX_BYTES },
	{ "hw_tx_esp",			ISIM_CNT_TX_ESP },
	{ "hw_tx_stale_sa",		ISIM_CNT_TX_STALE_SA },
	{ "hw_tx_bad_desc",		ISIM_CNT_TX_BAD_DESC },
	{ "hw_tx_no_link",		ISIM_CNT_TX_NO_LINK },
	{ "hw_tx_crypto_err",		ISIM_CNT_TX_CRYPTO_ERR },
	{ "hw_rx_frames",		ISIM_CNT_RX_FRAMES },
	{ "hw_rx_bytes",		ISIM_CNT_RX_BYTES },
	{ "hw_rx_no_buf",		ISIM_CNT_RX_NO_BUF },
	{ "hw_rx_too_long",		ISIM_CNT_RX_TOO_LONG },
	{ "hw_rx_off",			ISIM_CNT_RX_OFF },
	{ "hw_rx_engine_full",		ISIM_CNT_RX_ENGINE_FULL },
	{ "hw_rx_steer_drop",		ISIM_CNT_RX_STEER_DROP },
	{ "hw_rx_esp",			ISIM_CNT_RX_ESP },
	{ "hw_rx_esp_no_sa",		ISIM_CNT_RX_ESP_NO_SA },
	{ "hw_rx_esp_auth_err",		ISIM_CNT_RX_ESP_AUTH_ERR },
	{ "hw_rx_esp_tunnel_auth_err",	ISIM_CNT_RX_ESP_TUNNEL_AUTH_ERR },
	{ "hw_rx_esp_syntax_err",	ISIM_CNT_RX_ESP_SYNTAX_ERR },
	{ "hw_rx_esp_proto_err",	ISIM_CNT_RX_ESP_PROTO_ERR },
	{ "hw_rx_esp_caps_off",		ISIM_CNT_RX_ESP_CAPS_OFF },
	{ "hw_rx_esp_generic_err",	ISIM_CNT_RX_ESP_GENERIC_ERR },
	{ "hw_rx_unparsed",		ISIM_CNT_RX_UNPARSED },
	{ "hw_rx_sa_delete_req",	ISIM_CNT_RX_SA_DELETE_REQ },
	{ "hw_wire_drop",		ISIM_CNT_WIRE_DROP },
	{ "hw_wire_corrupt",		ISIM_CNT_WIRE_CORRUPT },
	{ "hw_tx_seq_reuse",		ISIM_CNT_TX_SEQ_REUSE },
	{ "hw_tx_seq_old",		ISIM_CNT_TX_SEQ_OLD },
	{ "hw_tx_cleartext",		ISIM_CNT_TX_CLEARTEXT },
	{ "hw_tx_discard",		ISIM_CNT_TX_DISCARD },
	{ "hw_rx_cleartext",		ISIM_CNT_RX_CLEARTEXT },
	{ "hw_rx_discard",		ISIM_CNT_RX_DISCARD },
};

static_assert(ARRAY_SIZE(isim_drv_hw_stats) == ISIM_CNT_NUM);

#define ISIM_DRV_STAT(name, field) \
	{ name, offsetof(struct isim_drv_adapter, field) }

/* Counters of the driver as a whole: atomic64_t in the adapter */
static const struct {
	char	name[ETH_GSTRING_LEN];
	size_t	offset;
} isim_drv_adapter_stats[] = {
	ISIM_DRV_STAT("drv_sa_add_ok", sa_stats.add_ok),
	ISIM_DRV_STAT("drv_sa_add_fail", sa_stats.add_fail),
	ISIM_DRV_STAT("drv_sa_update", sa_stats.update),
	ISIM_DRV_STAT("drv_sa_update_fail", sa_stats.update_fail),
	ISIM_DRV_STAT("drv_sa_delete_fail", sa_stats.delete_fail),
	ISIM_DRV_STAT("drv_sa_restored", sa_stats.restored),
	ISIM_DRV_STAT("drv_sa_restore_fail", sa_stats.restore_fail),
	ISIM_DRV_STAT("drv_resets", resets),
	ISIM_DRV_STAT("drv_admin_timeouts", admin_timeouts),
	ISIM_DRV_STAT("drv_irqs_lost", irqs_lost),
};

struct isim_drv_queue_stat {
	char	name[ETH_GSTRING_LEN];
	size_t	offset;		/* of the u64_stats_t in struct isim_drv_queue */
	size_t	syncp;
};

#define ISIM_DRV_TX_STAT(name, field)					\
	{ name, offsetof(struct isim_drv_queue, tx.stats.field),	\
	  offsetof(struct isim_drv_queue, tx.stats.syncp) }

#define ISIM_DRV_TX_DROP(name, field)					\
	{ name, offsetof(struct isim_drv_queue, tx.drops.field),	\
	  offsetof(struct isim_drv_queue, tx.drops.syncp) }

#define ISIM_DRV_RX_STAT(name, field)					\
	{ name, offsetof(struct isim_drv_queue, rx.stats.field),	\
	  offsetof(struct isim_drv_queue, rx.stats.syncp) }

/* Sums over all queue pairs */
static const struct isim_drv_queue_stat isim_drv_sum_stats[] = {
	ISIM_DRV_TX_STAT("drv_tx_lso", lso),
	ISIM_DRV_TX_DROP("drv_tx_stale_sa", stale_sa),
	ISIM_DRV_TX_DROP("drv_tx_unfinished", unfinished),
	ISIM_DRV_TX_DROP("drv_tx_dropped", other),
	ISIM_DRV_RX_STAT("drv_rx_esp", esp),
	ISIM_DRV_RX_STAT("drv_rx_csum_ok", csum_ok),
	ISIM_DRV_RX_STAT("drv_rx_stale_sa", stale_sa),
	ISIM_DRV_RX_STAT("drv_rx_otherhost", otherhost),
	ISIM_DRV_RX_STAT("drv_rx_esn_mismatch", esn_mismatch),
	ISIM_DRV_RX_STAT("drv_rx_no_mem", no_mem),
};

/* One value for each queue pair; the name takes its index */
static const struct isim_drv_queue_stat isim_drv_queue_stats[] = {
	ISIM_DRV_TX_STAT("tx%u_packets", packets),
	ISIM_DRV_TX_STAT("tx%u_bytes", bytes),
	ISIM_DRV_TX_STAT("tx%u_errors", errors),
	ISIM_DRV_TX_STAT("tx%u_no_link", no_link),
	ISIM_DRV_TX_DROP("tx%u_stops", stops),
	ISIM_DRV_RX_STAT("rx%u_packets", packets),
	ISIM_DRV_RX_STAT("rx%u_bytes", bytes),
	ISIM_DRV_RX_STAT("rx%u_alloc_fail", alloc_fail),
};

static u64 isim_drv_queue_stat_read(struct isim_drv_queue *q,
				    const struct isim_drv_queue_stat *stat)
{
	struct u64_stats_sync *syncp = (void *)q + stat->syncp;
	u64_stats_t *counter = (void *)q + stat->offset;
	unsigned int start;
	u64 value;

	do {
		start = u64_stats_fetch_begin(syncp);
		value = u64_stats_read(counter);
	} while (u64_stats_fetch_retry(syncp, start));
	return value;
}

static int isim_drv_get_sset_count(struct net_device *netdev, int sset)
{
	struct isim_drv_adapter *adapter = netdev_priv(netdev);

	if (sset != ETH_SS_STATS)
		return -EOPNOTSUPP;
	return ARRAY_SIZE(isim_drv_hw_stats) + 1 +
	       ARRAY_SIZE(isim_drv_adapter_stats) +
	       ARRAY_SIZE(isim_drv_sum_stats) +
	       ARRAY_SIZE(isim_drv_queue_stats) * adapter->max_queues;
}

static void isim_drv_get_strings(struct net_device *netdev, u32 sset, u8 *data)
{
	struct isim_drv_adapter *adapter = netdev_priv(netdev);
	int i, n;

	if (sset != ETH_SS_STATS)
		return;

	for (i = 0; i < ARRAY_SIZE(isim_drv_hw_stats); i++)
		ethtool_puts(&data, isim_drv_hw_stats[i].name);
	ethtool_puts(&data, "drv_sa_count");
	for (i = 0; i < ARRAY_SIZE(isim_drv_adapter_stats); i++)
		ethtool_puts(&data, isim_drv_adapter_stats[i].name);
	for (i = 0; i < ARRAY_SIZE(isim_drv_sum_stats); i++)
		ethtool_puts(&data, isim_drv_sum_stats[i].name);
	for (n = 0; n < adapter->max_queues; n++)
		for (i = 0; i < ARRAY_SIZE(isim_drv_queue_stats); i++)
			ethtool_sprintf(&data, isim_drv_queue_stats[i].name, n);
}

static void isim_drv_get_ethtool_stats(struct net_device *netdev,
				       struct ethtool_stats *stats, u64 *data)
{
	struct isim_drv_adapter *adapter = netdev_priv(netdev);
	int i, n;

	for (i = 0; i < ARRAY_SIZE(isim_drv_hw_stats); i++)
		*data++ = isim_drv_counter(adapter, isim_drv_hw_stats[i].counter);
	*data++ = atomic_read(&adapter->sa_count);
	for (i = 0; i < ARRAY_SIZE(isim_drv_adapter_stats); i++)
		*data++ = atomic64_read((void *)adapter +
					isim_drv_adapter_stats[i].offset);
	for (i = 0; i < ARRAY_SIZE(isim_drv_sum_stats); i++, data++)
		for (*data = 0, n = 0; n < adapter->max_queues; n++)
			*data += isim_drv_queue_stat_read(&adapter->queues[n],
							  &isim_drv_sum_stats[i]);
	for (n = 0; n < adapter->max_queues; n++)
		for (i = 0; i < ARRAY_SIZE(isim_drv_queue_stats); i++)
			*data++ = isim_drv_queue_stat_read(&adapter->queues[n],
							   &isim_drv_queue_stats[i]);
}

static void isim_drv_get_drvinfo(struct net_device *netdev,
				 struct ethtool_drvinfo *info)
{
	struct isim_drv_adapter *adapter = netdev_priv(netdev);

	strscpy(info->driver, ISIM_DRV_NAME, sizeof(info->driver));
	strscpy(info->bus_info, dev_name(adapter->dev), sizeof(info->bus_info));
	snprintf(info->fw_version, sizeof(info->fw_version), "%u",
		 isim_hw_read32(adapter->bar, ISIM_REG_VERSION));
}

/* The wire has no speed. Say what bonding and others can work with. */
static int isim_drv_get_link_ksettings(struct net_device *netdev,
				       struct ethtool_link_ksettings *settings)
{
	ethtool_link_ksettings_zero_link_mode(settings, supported);
	ethtool_link_ksettings_zero_link_mode(settings, advertising);
	settings->base.speed = SPEED_10000;
	settings->base.duplex = DUPLEX_FULL;
	settings->base.port = PORT_OTHER;
	settings->base.autoneg = AUTONEG_DISABLE;
	return 0;
}

/**
 * struct isim_drv_config - what needs the queues to be made anew
 * @num_queues: queue pairs
 * @tx_slots: of a TX ring
 * @rx_slots: of an RX ring
 */
struct isim_drv_config {
	u16	num_queues;
	u32	tx_slots;
	u32	rx_slots;
};

static int isim_drv_apply(struct isim_drv_adapter *adapter,
			  const struct isim_drv_config *config, bool up)
{
	int err;

	if (config->num_queues != adapter->num_queues) {
		err = netif_set_real_num_queues(adapter->netdev, config->num_queues,
						config->num_queues);
		if (err)
			return err;
		adapter->num_queues = config->num_queues;
		/* fewer queues take their CPUs' maps with them, also for later */
		adapter->xps_set = false;
		if (!netif_is_rxfh_configured(adapter->netdev))
			isim_drv_rss_default(adapter);
	}
	adapter->tx_slots = config->tx_slots;
	adapter->rx_slots = config->rx_slots;
	return up ? isim_drv_queues_start(adapter) : 0;
}

/* Change the configuration, or go back to the one before. */
static int isim_drv_reconfigure(struct isim_drv_adapter *adapter,
				const struct isim_drv_config *config,
				struct netlink_ext_ack *extack)
{
	struct isim_drv_config old = {
		.num_queues	= adapter->num_queues,
		.tx_slots	= adapter->tx_slots,
		.rx_slots	= adapter->rx_slots,
	};
	bool up = adapter->up;
	int err, undo;

	isim_drv_queues_stop(adapter);
	err = isim_drv_aq_user_errno(isim_drv_apply(adapter, config, up));
	if (!err)
		return 0;

	undo = isim_drv_apply(adapter, &old, up);
	if (undo) {
		NL_SET_ERR_MSG_MOD(extack, "The queues are stopped, set the port down and up");
		netdev_err(adapter->netdev, "queues are stopped: %pe\n", ERR_PTR(undo));
	}
	return err;
}

static void isim_drv_get_ringparam(struct net_device *netdev,
				   struct ethtool_ringparam *ring,
				   struct kernel_ethtool_ringparam *kernel_ring,
				   struct netlink_ext_ack *extack)
{
	struct isim_drv_adapter *adapter = netdev_priv(netdev);

	ring->rx_max_pending = adapter->ring_max;
	ring->tx_max_pending = adapter->ring_max;
	ring->rx_pending = adapter->rx_slots;
	ring->tx_pending = adapter->tx_slots;
}

static int isim_drv_set_ringparam(struct net_device *netdev,
				  struct ethtool_ringparam *ring,
				  struct kernel_ethtool_ringparam *kernel_ring,
				  struct netlink_ext_ack *extack)
{
	struct isim_drv_adapter *adapter = netdev_priv(netdev);
	struct isim_drv_config config = {
		.num_queues	= adapter->num_queues,
		.tx_slots	= ring->tx_pending,
		.rx_slots	= ring->rx_pending,
	};

	if (ring->tx_pending < ISIM_HW_RING_MIN || ring->rx_pending < ISIM_HW_RING_MIN ||
	    !is_power_of_2(ring->tx_pending) || !is_power_of_2(ring->rx_pending)) {
		NL_SET_ERR_MSG_MOD(extack, "Ring sizes are powers of 2, 64 or more");
		return -EINVAL;
	}
	return isim_drv_reconfigure(adapter, &config, extack);
}

static void isim_drv_get_channels(struct net_device *netdev,
				  struct ethtool_channels *channels)
{
	struct isim_drv_adapter *adapter = netdev_priv(netdev);

	channels->max_combined = adapter->max_queues;
	channels->combined_count = adapter->num_queues;
}

static int isim_drv_set_channels(struct net_device *netdev,
				 struct ethtool_channels *channels)
{
	struct isim_drv_adapter *adapter = netdev_priv(netdev);
	struct isim_drv_config config = {
		.num_queues	= channels->combined_count,
		.tx_slots	= adapter->tx_slots,
		.rx_slots	= adapter->rx_slots,
	};

	if (!isim_drv_steer_fits(adapter, config.num_queues))
		return -EINVAL;
	return isim_drv_reconfigure(adapter, &config, NULL);
}

/* One moderation for both sides of a queue pair */
static int isim_drv_get_coalesce(struct net_device *netdev,
				 struct ethtool_coalesce *coal,
				 struct kernel_ethtool_coalesce *kernel_coal,
				 struct netlink_ext_ack *extack)
{
	struct isim_drv_adapter *adapter = netdev_priv(netdev);

	coal->rx_coalesce_usecs = adapter->coal_usecs;
	coal->rx_max_coalesced_frames = adapter->coal_frames;
	coal->use_adaptive_rx_coalesce = adapter->coal_adaptive;
	return 0;
}

/* What it is now: with adaptive moderation another one for each queue pair */
static int isim_drv_get_queue_coalesce(struct net_device *netdev, u32 queue,
				       struct ethtool_coalesce *coal)
{
	struct isim_drv_adapter *adapter = netdev_priv(netdev);
	struct isim_drv_moderation m = {};

	if (queue >= adapter->num_queues)
		return -EINVAL;
	if (adapter->up)
		isim_drv_moderation(&adapter->queues[queue], &m);
	coal->rx_coalesce_usecs = m.usecs;
	coal->rx_max_coalesced_frames = m.frames;
	coal->use_adaptive_rx_coalesce = adapter->coal_adaptive;
	return 0;
}

static int isim_drv_set_coalesce(struct net_device *netdev,
				 struct ethtool_coalesce *coal,
				 struct kernel_ethtool_coalesce *kernel_coal,
				 struct netlink_ext_ack *extack)
{
	struct isim_drv_adapter *adapter = netdev_priv(netdev);
	int i;

	if (coal->rx_coalesce_usecs > U16_MAX || coal->rx_max_coalesced_frames > U16_MAX) {
		NL_SET_ERR_MSG_MOD(extack, "rx-usecs and rx-frames are at most 65535");
		return -ERANGE;
	}
	if (coal->rx_max_coalesced_frames && !coal->rx_coalesce_usecs) {
		NL_SET_ERR_MSG_MOD(extack, "rx-frames needs rx-usecs");
		return -EINVAL;
	}
	if (coal->use_adaptive_rx_coalesce &&
	    (coal->rx_coalesce_usecs != adapter->coal_usecs ||
	     coal->rx_max_coalesced_frames != adapter->coal_frames)) {
		NL_SET_ERR_MSG_MOD(extack, "rx-usecs and rx-frames need adaptive-rx off");
		return -EINVAL;
	}

	WRITE_ONCE(adapter->coal_adaptive, coal->use_adaptive_rx_coalesce);
	WRITE_ONCE(adapter->coal_usecs, coal->rx_coalesce_usecs);
	WRITE_ONCE(adapter->coal_frames, coal->rx_max_coalesced_frames);
	for (i = 0; adapter->up && i < adapter->num_queues; i++)
		isim_drv_moderate(&adapter->queues[i]);
	return 0;
}

static u32 isim_drv_rx_rings(struct net_device *netdev)
{
	struct isim_drv_adapter *adapter = netdev_priv(netdev);

	return adapter->num_queues;
}

ISIM_GET_RXNFC(isim_drv_get_rxnfc_op, isim_drv_rx_rings, isim_drv_get_rxnfc)

static u32 isim_drv_get_rxfh_indir_size(struct net_device *netdev)
{
	return ISIM_HW_RSS_TABLE;
}

static int isim_drv_get_rxfh(struct net_device *netdev,
			     struct ethtool_rxfh_param *rxfh)
{
	struct isim_drv_adapter *adapter = netdev_priv(netdev);
	int i;

	for (i = 0; rxfh->indir && i < ISIM_HW_RSS_TABLE; i++)
		rxfh->indir[i] = adapter->rss_table[i];
	return 0;
}

ISIM_GET_RXFH(isim_drv_get_rxfh_op, isim_drv_get_rxfh)

static int isim_drv_set_rxfh(struct net_device *netdev,
			     struct ethtool_rxfh_param *rxfh,
			     struct netlink_ext_ack *extack)
{
	struct isim_drv_adapter *adapter = netdev_priv(netdev);
	u8 table[ISIM_HW_RSS_TABLE];
	int i, err = 0;

	if (rxfh->key || rxfh->hfunc != ETH_RSS_HASH_NO_CHANGE)
		return -EOPNOTSUPP;
	if (!rxfh->indir)
		return 0;
	for (i = 0; i < ISIM_HW_RSS_TABLE; i++)
		table[i] = rxfh->indir[i];
	if (adapter->up)
		err = isim_drv_rss_set(adapter, table);
	if (!err)
		memcpy(adapter->rss_table, table, sizeof(table));
	return isim_drv_aq_user_errno(err);
}

ISIM_SET_RXFH(isim_drv_set_rxfh_op, isim_drv_set_rxfh)

/* The adapter is reset as a whole and shares nothing with others. */
static int isim_drv_ethtool_reset(struct net_device *netdev, u32 *flags)
{
	int err;

	if ((*flags & ETH_RESET_DEDICATED) != ETH_RESET_DEDICATED)
		return -EOPNOTSUPP;

	err = isim_drv_reset(netdev_priv(netdev));
	if (!err)
		*flags &= ~ETH_RESET_DEDICATED;
	return isim_drv_aq_user_errno(err);
}

const struct ethtool_ops isim_drv_ethtool_ops = {
	.supported_coalesce_params = ETHTOOL_COALESCE_RX_USECS |
				     ETHTOOL_COALESCE_RX_MAX_FRAMES |
				     (ISIM_COMPAT_DIM ? ETHTOOL_COALESCE_USE_ADAPTIVE_RX : 0),
	.get_drvinfo		= isim_drv_get_drvinfo,
	.get_link		= ethtool_op_get_link,
	.get_link_ksettings	= isim_drv_get_link_ksettings,
	.get_sset_count		= isim_drv_get_sset_count,
	.get_strings		= isim_drv_get_strings,
	.get_ethtool_stats	= isim_drv_get_ethtool_stats,
	.get_ringparam		= isim_drv_get_ringparam,
	.set_ringparam		= isim_drv_set_ringparam,
	.get_channels		= isim_drv_get_channels,
	.set_channels		= isim_drv_set_channels,
	.get_coalesce		= isim_drv_get_coalesce,
	.get_per_queue_coalesce	= isim_drv_get_queue_coalesce,
	.set_coalesce		= isim_drv_set_coalesce,
	ISIM_GET_RXNFC_OPS(isim_drv_get_rxnfc_op),
	.set_rxnfc		= isim_drv_set_rxnfc,
	.get_rxfh_indir_size	= isim_drv_get_rxfh_indir_size,
	.get_rxfh		= isim_drv_get_rxfh_op,
	.set_rxfh		= isim_drv_set_rxfh_op,
	.get_ts_info		= ethtool_op_get_ts_info,
	.reset			= isim_drv_ethtool_reset,
};
