// SPDX-License-Identifier: GPL-2.0
/*
 * Capabilities of the adapter: read at probe, and again whenever it says that
 * they have changed. What they mean is told in hw/admin.h.
 *
 * An SA that the adapter has when a capability goes off stays there. Where the
 * capability is a kind of packets, software takes over for them, in either
 * direction, until it is on again.
 */
#include <linux/rtnetlink.h>

#include "drv.h"

static bool isim_drv_caps_store(u32 *word, __le32 val)
{
	bool changed = *word != le32_to_cpu(val);

	WRITE_ONCE(*word, le32_to_cpu(val));
	return changed;
}

/**
 * isim_drv_caps_get() - read the adapter's capabilities
 * @adapter: adapter, its admin queue running
 *
 * Context: process, probe or RTNL held; sleeps.
 * Return: 1 if they are other ones than before, 0 if not, or a negative errno.
 */
int isim_drv_caps_get(struct isim_drv_adapter *adapter)
{
	struct isim_hw_cpl cpl;
	bool changed;
	int err;

	err = isim_drv_aq_exec(adapter, ISIM_OP_CAPS_GET, NULL, 0, &cpl);
	if (err)
		return err;

	changed = isim_drv_caps_store(&adapter->caps_flags, cpl.caps.flags);
	changed |= isim_drv_caps_store(&adapter->caps_enc, cpl.caps.enc_algs);
	changed |= isim_drv_caps_store(&adapter->caps_auth, cpl.caps.auth_algs);
	changed |= isim_drv_caps_store(&adapter->caps_sizes, cpl.caps.sizes);
	changed |= isim_drv_caps_store(&adapter->caps_room, cpl.caps.sa_capacity);
	return changed;
}

/**
 * isim_drv_caps_missing() - features that the capabilities do not allow now
 * @adapter: adapter
 *
 * Return: bits that must not be in netdev->features.
 */
netdev_features_t isim_drv_caps_missing(const struct isim_drv_adapter *adapter)
{
	u32 caps = READ_ONCE(adapter->caps_flags);
	netdev_features_t missing = 0;

	if (!(caps & ISIM_CAP_ESP))
		missing |= NETIF_F_HW_ESP;
	if (!(caps & ISIM_CAP_TX_CSUM))
		missing |= NETIF_F_HW_ESP_TX_CSUM | NETIF_F_GSO_ESP;
	if (!(caps & ISIM_CAP_LSO))
		missing |= ISIM_DRV_LSO_FEATURES | NETIF_F_GSO_ESP;
	return missing;
}

/**
 * isim_drv_caps_limit_features() - take back what is promised to those above
 * @adapter: adapter
 *
 * Context: before registration, or RTNL held.
 */
void isim_drv_caps_limit_features(struct isim_drv_adapter *adapter)
{
	netdev_features_t missing = isim_drv_caps_missing(adapter);

	adapter->netdev->hw_enc_features = adapter->enc_features & ~missing;
	adapter->netdev->vlan_features = adapter->vlan_features & ~missing;
}

/**
 * isim_drv_caps_send_ok() - do the capabilities allow packets of a state?
 * @adapter: adapter
 * @x: outbound state that was offloaded
 *
 * Context: any; never sleeps.
 * Return: false when software has to do the work.
 */
bool isim_drv_caps_send_ok(const struct isim_drv_adapter *adapter,
			   const struct xfrm_state *x)
{
	u32 need = ISIM_CAP_ESP;

	need |= x->props.mode == XFRM_MODE_TUNNEL ? ISIM_CAP_TUNNEL :
						    ISIM_CAP_TRANSPORT;
	if (x->props.family == AF_INET6)
		need |= ISIM_CAP_IPV6;
	if (x->encap)
		need |= ISIM_CAP_UDP_ESP;
	return !(need & ~READ_ONCE(adapter->caps_flags));
}

/*
 * Not part of the admin work, which must go on for whoever holds RTNL and waits
 * for a command.
 */
static void isim_drv_caps_work(struct work_struct *work)
{
	struct isim_drv_adapter *adapter =
		container_of(work, struct isim_drv_adapter, caps_work);
	struct net_device *netdev = adapter->netdev;
	int err;

	rtnl_lock();
	if (adapter->removing || netdev->reg_state != NETREG_REGISTERED)
		goto unlock;
	err = isim_drv_caps_get(adapter);
	/* canceled: there is a reset, which leads here again */
	if (err < 0 && err != -ECANCELED)
		netdev_warn(netdev, "cannot read the capabilities, going by the old ones: %pe\n",
			    ERR_PTR(err));
	if (err <= 0)
		goto unlock;

	isim_drv_caps_limit_features(adapter);
	/* tells those stacked on top, whether our own features change or not */
	netdev_change_features(netdev);
	isim_drv_event(adapter, &(struct isim_drv_event){
		.type = ISIM_DRV_EVENT_CAPS_CHANGED,
	});
unlock:
	rtnl_unlock();
}

/**
 * isim_drv_caps_schedule() - have the capabilities read again and obeyed
 * @adapter: adapter
 *
 * Context: any; never sleeps.
 */
void isim_drv_caps_schedule(struct isim_drv_adapter *adapter)
{
	if (!READ_ONCE(adapter->removing))
		queue_work(system_long_wq, &adapter->caps_work);
}

/**
 * isim_drv_caps_init() - prepare for capabilities that change
 * @adapter: adapter that nobody uses yet
 */
void isim_drv_caps_init(struct isim_drv_adapter *adapter)
{
	INIT_WORK(&adapter->caps_work, isim_drv_caps_work);
}
