// SPDX-License-Identifier: GPL-2.0
/*
 * The net_device: open and stop, features, link.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/random.h>

#include "drv.h"
#include "drv/api.h"

/**
 * isim_drv_link_update() - make the carrier what the adapter's link is
 * @adapter: adapter
 *
 * There is no carrier while the queues are not running.
 *
 * Context: process; sleeps.
 */
void isim_drv_link_update(struct isim_drv_adapter *adapter)
{
	u32 status;

	mutex_lock(&adapter->link_lock);
	status = isim_hw_read32(adapter->bar, ISIM_REG_STATUS);
	if (READ_ONCE(adapter->up) && (status & ISIM_STATUS_LINK))
		netif_carrier_on(adapter->netdev);
	else
		netif_carrier_off(adapter->netdev);
	mutex_unlock(&adapter->link_lock);
}

/* The page_pool wants the NAPI instance it belongs to before and after it. */
static int isim_drv_queue_alloc(struct isim_drv_queue *q)
{
	int err;

	err = isim_drv_vector_open(q);
	if (err)
		return err;

	err = isim_drv_tx_alloc(q);
	if (err)
		goto err_close_vector;

	err = isim_drv_rx_alloc(q);
	if (err)
		goto err_free_tx;

	return 0;

err_free_tx:
	isim_drv_tx_free(q);
err_close_vector:
	isim_drv_vector_close(q);
	return err;
}

static void isim_drv_queue_free(struct isim_drv_queue *q)
{
	isim_drv_rx_free(q);
	isim_drv_tx_free(q);
	isim_drv_vector_close(q);
}

static int isim_drv_rxq_create(struct isim_drv_queue *q)
{
	struct isim_drv_adapter *adapter = q->adapter;
	struct isim_hw_rxq_create create = {
		.queue		= cpu_to_le32(q->index),
		.slots		= cpu_to_le32(q->rx.mask + 1),
		.fill		= cpu_to_le64(q->rx.fill_dma),
		.cpl		= cpu_to_le64(q->rx.cpl_dma),
		.buf_len	= cpu_to_le32(q->rx.buf_len),
		.frame_max	= cpu_to_le32(min(adapter->frame_max,
						  q->rx.buf_len * ISIM_HW_RX_BUFS_MAX)),
	};

	return isim_drv_aq_exec(adapter, ISIM_OP_RXQ_CREATE, &create,
				sizeof(create), NULL);
}

static int isim_drv_txq_create(struct isim_drv_queue *q)
{
	struct isim_hw_txq_create create = {
		.queue	= cpu_to_le32(q->index),
		.slots	= cpu_to_le32(q->tx.mask + 1),
		.ring	= cpu_to_le64(q->tx.slots_dma),
		.cpl	= cpu_to_le64(q->tx.cpl_dma),
	};

	return isim_drv_aq_exec(q->adapter, ISIM_OP_TXQ_CREATE, &create,
				sizeof(create), NULL);
}

/*
 * A destroy fails only when the queue does not exist, or because of a reset. The
 * adapter does not own the queue's memory any more when that has ended.
 */
static void isim_drv_queue_destroy(struct isim_drv_queue *q, u8 opcode)
{
	struct isim_hw_queue_destroy destroy = {
		.queue = cpu_to_le32(q->index),
	};

	isim_drv_aq_exec(q->adapter, opcode, &destroy, sizeof(destroy), NULL);
}

/**
 * isim_drv_rss_default() - spread received frames evenly over the RX queues
 * @adapter: adapter
 *
 * Context: RTNL held, or before register_netdev().
 */
void isim_drv_rss_default(struct isim_drv_adapter *adapter)
{
	int i;

	for (i = 0; i < ISIM_HW_RSS_TABLE; i++)
		adapter->rss_table[i] = ethtool_rxfh_indir_default(i, adapter->num_queues);
}

/**
 * isim_drv_rss_set() - tell the adapter how to spread received frames
 * @adapter: adapter, its RX queues created
 * @table: RX queue for each hash value, ISIM_HW_RSS_TABLE of them
 *
 * Context: process, RTNL held; sleeps.
 * Return: 0 or a negative errno.
 */
int isim_drv_rss_set(struct isim_drv_adapter *adapter, const u8 *table)
{
	struct isim_hw_rss_set rss = {
		.seed = cpu_to_le32(adapter->rss_seed),
	};

	memcpy(rss.table, table, sizeof(rss.table));
	return isim_drv_aq_exec(adapter, ISIM_OP_RSS_SET, &rss, sizeof(rss), NULL);
}

static int isim_drv_queues_create(struct isim_drv_adapter *adapter)
{
	int i, err;

	for (i = 0; i < adapter->num_queues; i++) {
		err = isim_drv_rxq_create(&adapter->queues[i]);
		if (err)
			return err;
	}

	err = isim_drv_rss_set(adapter, adapter->rss_table);
	if (err)
		return err;

	for (i = 0; i < adapter->num_queues; i++) {
		err = isim_drv_txq_create(&adapter->queues[i]);
		if (err)
			return err;
	}
	return 0;
}

static void isim_drv_queues_destroy(struct isim_drv_adapter *adapter)
{
	int i;

	for (i = 0; i < adapter->num_queues; i++)
		isim_drv_queue_destroy(&adapter->queues[i], ISIM_OP_TXQ_DESTROY);
	for (i = 0; i < adapter->num_queues; i++)
		isim_drv_queue_destroy(&adapter->queues[i], ISIM_OP_RXQ_DESTROY);
	isim_drv_aq_wait_reset(adapter);
}

/**
 * isim_drv_queues_start() - make all queue pairs and let traffic flow
 * @adapter: adapter, its admin queue running and its queues stopped
 *
 * RX queues exist before RSS_SET names them, and RSS_SET is done before
 * a TX queue can provoke an answer.
 *
 * Context: process, RTNL held; sleeps.
 * Return: 0 or a negative errno, with nothing left behind.
 */
int isim_drv_queues_start(struct isim_drv_adapter *adapter)
{
	int i, err;

	ASSERT_RTNL();

	for (i = 0; i < adapter->num_queues; i++) {
		err = isim_drv_queue_alloc(&adapter->queues[i]);
		if (err)
			goto err_free_queues;
	}

	err = isim_drv_queues_create(adapter);
	if (err)
		goto err_destroy_queues;

	for (i = 0; i < adapter->num_queues; i++)
		isim_drv_vector_start(&adapter->queues[i]);

	isim_drv_xps_set(adapter);
	adapter->made = true;
	WRITE_ONCE(adapter->up, true);
	/* wake: packets may wait in the qdisc since the queues were stopped */
	netif_tx_wake_all_queues(adapter->netdev);
	isim_drv_link_update(adapter);
	isim_drv_watch_start(adapter);
	return 0;

err_destroy_queues:
	isim_drv_queues_destroy(adapter);
err_free_queues:
	while (i--)
		isim_drv_queue_free(&adapter->queues[i]);
	return err;
}

/**
 * isim_drv_queues_halt() - stop traffic, but keep the queue pairs
 * @adapter: adapter; nothing happens when its queues are not running
 *
 * Order: no poll, so that nothing wakes a TX queue; no packet comes from the
 * stack. The adapter may still write to rings and buffers.
 *
 * Context: process, RTNL held; sleeps.
 */
void isim_drv_queues_halt(struct isim_drv_adapter *adapter)
{
	int i;

	ASSERT_RTNL();

	if (!adapter->up)
		return;

	WRITE_ONCE(adapter->up, false);
	isim_drv_watch_stop(adapter);
	isim_drv_link_update(adapter);
	for (i = 0; i < adapter->num_queues; i++)
		napi_disable(&adapter->queues[i].napi);
	netif_tx_disable(adapter->netdev);
}

/**
 * isim_drv_queues_stop() - stop traffic and release all queue pairs
 * @adapter: adapter; nothing happens when it has none
 *
 * Order: traffic is halted; the adapter gives up rings and buffers; what is left
 * is freed.
 *
 * Context: process, RTNL held; sleeps.
 */
void isim_drv_queues_stop(struct isim_drv_adapter *adapter)
{
	int i;

	isim_drv_queues_halt(adapter);
	if (!adapter->made)
		return;

	adapter->made = false;
	isim_drv_queues_destroy(adapter);
	for (i = 0; i < adapter->num_queues; i++)
		isim_drv_queue_free(&adapter->queues[i]);
}

static int isim_drv_open(struct net_device *netdev)
{
	struct isim_drv_adapter *adapter = netdev_priv(netdev);

	/* a reset that failed left the admin queue stopped */
	if (!READ_ONCE(adapter->aq.running)) {
		int err = isim_drv_restart(adapter);

		if (err)
			return isim_drv_aq_user_errno(err);
	}

	return isim_drv_aq_user_errno(isim_drv_queues_start(adapter));
}

static int isim_drv_stop(struct net_device *netdev)
{
	isim_drv_queues_stop(netdev_priv(netdev));
	return 0;
}

/* ESP_TX_CSUM without ESP breaks what the XFRM stack expects of a device. */
static netdev_features_t isim_drv_fix_features(struct net_device *netdev,
					       netdev_features_t features)
{
	struct isim_drv_adapter *adapter = netdev_priv(netdev);

	/* isim_drv_remove() needs HW_ESP whatever the adapter can do */
	if (!READ_ONCE(adapter->removing))
		features &= ~isim_drv_caps_missing(adapter);
	if (!(features & NETIF_F_HW_ESP))
		features &= ~NETIF_F_HW_ESP_TX_CSUM;
	/* the checksum of a frame of a large packet cannot be left to anyone else */
	if (!(features & NETIF_F_HW_ESP_TX_CSUM))
		features &= ~NETIF_F_GSO_ESP;
	return features;
}

/* Switched off, steering forgets its rules. */
static int isim_drv_set_features(struct net_device *netdev, netdev_features_t features)
{
	if (features & NETIF_F_NTUPLE)
		return 0;
	return isim_drv_steer_flush(netdev_priv(netdev));
}

/* Will the stack leave the encryption of this packet to this device? */
static bool isim_drv_will_encrypt(struct sk_buff *skb,
				  const struct net_device *netdev,
				  netdev_features_t features)
{
	const struct xfrm_state *x = xfrm_input_state(skb);

	return (features & NETIF_F_HW_ESP) && x &&
	       (x->xso.dev == netdev || x->xso.real_dev == netdev);
}

/*
 * The inner checksum of an ESP packet is ours to fill in only if we encrypt the
 * packet, and only if it lies near the start of the ESP payload. As long as
 * software has not encrypted and the ESP trailer is not there, leaving out the
 * checksum features has the stack do it correctly. Of a packet that comes through
 * a bond the trailer is there already (XFRM_XMIT): software would sum it, too, so
 * the adapter is left to refuse what it cannot do. RX queues take frames of any
 * MTU, so the MTU does not matter here or anywhere else. Behind two VLAN tags
 * vlan_features_check() leaves ESP to software, as the adapter does in RX.
 */
static netdev_features_t isim_drv_features_check(struct sk_buff *skb,
						 struct net_device *netdev,
						 netdev_features_t features)
{
	const struct xfrm_offload *xo = xfrm_offload(skb);
	struct isim_drv_lso lso;

	if (skb->ip_summed == CHECKSUM_PARTIAL && xo && !(xo->flags & XFRM_XMIT)) {
		int field = skb_checksum_start_offset(skb) + skb->csum_offset;

		if (!isim_drv_will_encrypt(skb, netdev, features) ||
		    field + (int)sizeof(__sum16) - skb_network_offset(skb) >
		    (int)ISIM_HW_TX_HDR_MAX)
			features &= ~(NETIF_F_CSUM_MASK | NETIF_F_GSO_MASK);
	}
	if (!isim_drv_tx_lso(skb, &lso))
		features &= ~NETIF_F_GSO_MASK;
	return vlan_features_check(skb, features);
}

static void isim_drv_tx_timeout(struct net_device *netdev, unsigned int txqueue)
{
	struct isim_drv_adapter *adapter = netdev_priv(netdev);
	struct isim_drv_tx_ring *tx = &adapter->queues[txqueue].tx;

	netdev_err(netdev, "queue %u: transmit timeout, %u slots given, %u returned\n",
		   txqueue, READ_ONCE(tx->prod), READ_ONCE(tx->cons));
	isim_drv_reset_schedule(adapter);
}

static const struct net_device_ops isim_drv_netdev_ops = {
	.ndo_open		= isim_drv_open,
	.ndo_stop		= isim_drv_stop,
	.ndo_start_xmit		= isim_drv_xmit,
	.ndo_features_check	= isim_drv_features_check,
	.ndo_fix_features	= isim_drv_fix_features,
	.ndo_set_features	= isim_drv_set_features,
	.ndo_set_mac_address	= eth_mac_addr,
	.ndo_validate_addr	= eth_validate_addr,
	.ndo_get_stats64	= isim_drv_get_stats64,
	.ndo_tx_timeout		= isim_drv_tx_timeout,
};

bool isim_drv_is_port(const struct net_device *netdev)
{
	return netdev->netdev_ops == &isim_drv_netdev_ops;
}

/**
 * isim_drv_netdev_init() - fill in the net_device from the adapter's capabilities
 * @adapter: adapter, its registers readable
 *
 * Context: process, before register_netdev().
 */
void isim_drv_netdev_init(struct isim_drv_adapter *adapter)
{
	struct net_device *netdev = adapter->netdev;
	u8 addr[ETH_ALEN];
	u32 lo, hi;

	lo = isim_hw_read32(adapter->bar, ISIM_REG_MAC_LO);
	hi = isim_hw_read32(adapter->bar, ISIM_REG_MAC_HI);
	addr[0] = lo;
	addr[1] = lo >> 8;
	addr[2] = lo >> 16;
	addr[3] = lo >> 24;
	addr[4] = hi;
	addr[5] = hi >> 8;
	if (is_valid_ether_addr(addr)) {
		eth_hw_addr_set(netdev, addr);
		ether_addr_copy(netdev->perm_addr, addr);
	} else {
		eth_hw_addr_random(netdev);
	}

	netdev->netdev_ops = &isim_drv_netdev_ops;
	netdev->ethtool_ops = &isim_drv_ethtool_ops;
	isim_compat_set_stat_ops(netdev, &isim_drv_stat_ops);
	netdev->watchdog_timeo = 5 * HZ;
	/* netpoll sends with interrupts off, where the adapter cannot encrypt */
	netdev->priv_flags |= IFF_DISABLE_NETPOLL | IFF_LIVE_ADDR_CHANGE;
	netdev->min_mtu = ETH_MIN_MTU;
	netdev->max_mtu = min(ISIM_DRV_MTU_MAX,
			      adapter->frame_max - ETH_HLEN - 2 * VLAN_HLEN);

	netdev->hw_features = NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_RXHASH |
			      NETIF_F_RXCSUM | NETIF_F_NTUPLE;
	netdev->vlan_features = NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_HIGHDMA;
	netdev->hw_enc_features = NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_HIGHDMA;
	netdev->hw_features |= ISIM_DRV_LSO_FEATURES;
	netdev->vlan_features |= ISIM_DRV_LSO_FEATURES;
	netdev->hw_enc_features |= ISIM_DRV_LSO_FEATURES;
	netif_set_tso_max_segs(netdev, ISIM_HW_LSO_SEGS_MAX);
	isim_drv_xfrm_init(adapter);
	adapter->enc_features = netdev->hw_enc_features;
	adapter->vlan_features = netdev->vlan_features;
	isim_drv_caps_limit_features(adapter);
	netdev->features = netdev->hw_features | NETIF_F_HIGHDMA;

	adapter->rss_seed = get_random_u32();
	isim_drv_rss_default(adapter);
	netif_carrier_off(netdev);
}
