// SPDX-License-Identifier: GPL-2.0
/*
 * Platform driver: an adapter comes, an adapter goes. The order of the
 * teardown is explained in drv.h.
 */
#include <linux/cpumask.h>
#include <linux/dma-mapping.h>
#include <linux/etherdevice.h>
#include <linux/log2.h>
#include <linux/platform_device.h>
#include <linux/rtnetlink.h>

#include "drv.h"
#include "drv/api.h"

static int isim_drv_identify(struct isim_drv_adapter *adapter)
{
	struct isim_hw_bar *bar = adapter->bar;
	u32 id = isim_hw_read32(bar, ISIM_REG_ID);
	u32 version = isim_hw_read32(bar, ISIM_REG_VERSION);

	if (id != ISIM_HW_ID || version != ISIM_HW_VERSION) {
		dev_err(adapter->dev, "unknown adapter: id %#x version %u\n",
			id, version);
		return -ENODEV;
	}

	adapter->ring_max = min(isim_hw_read32(bar, ISIM_REG_CAP_RING),
				ISIM_HW_RING_MAX);
	adapter->frame_max = min(isim_hw_read32(bar, ISIM_REG_CAP_FRAME),
				 ISIM_HW_FRAME_MAX);
	adapter->sa_capacity = isim_hw_read32(bar, ISIM_REG_CAP_SA);
	if (!adapter->sa_capacity || !is_power_of_2(adapter->ring_max) ||
	    adapter->ring_max < ISIM_HW_RING_MIN ||
	    adapter->frame_max < ETH_FRAME_LEN) {
		dev_err(adapter->dev, "adapter reports impossible limits\n");
		return -EIO;
	}

	adapter->tx_slots = min(ISIM_DRV_RING_DEFAULT, adapter->ring_max);
	adapter->rx_slots = adapter->tx_slots;
	return 0;
}

static void isim_drv_queues_init(struct isim_drv_adapter *adapter)
{
	int i;

	for (i = 0; i < adapter->max_queues; i++) {
		struct isim_drv_queue *q = &adapter->queues[i];

		q->adapter = adapter;
		q->index = i;
		isim_drv_moderate_init(q);
		u64_stats_init(&q->tx.drops.syncp);
		u64_stats_init(&q->tx.stats.syncp);
		u64_stats_init(&q->rx.stats.syncp);
	}
}

/* Everything that needs no answer from the adapter */
static void isim_drv_adapter_init(struct isim_drv_adapter *adapter,
				  struct net_device *netdev, struct device *dev,
				  struct isim_hw_bar *bar, u16 max_queues)
{
	adapter->netdev = netdev;
	adapter->dev = dev;
	adapter->bar = bar;
	adapter->max_queues = max_queues;
	adapter->num_queues = min_t(unsigned int, max_queues, num_online_cpus());
	adapter->coal_adaptive = ISIM_COMPAT_DIM;
	xa_init_flags(&adapter->sas, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_BH);
	mutex_init(&adapter->link_lock);
	spin_lock_init(&adapter->counter_lock);
	INIT_DELAYED_WORK(&adapter->reset_work, isim_drv_reset_work);
	isim_drv_caps_init(adapter);
	isim_drv_twin_init(adapter);
	isim_drv_delreq_init(adapter);
	isim_drv_watch_init(adapter);
}

static int isim_drv_register_netdev(struct isim_drv_adapter *adapter)
{
	const struct isim_drv_platform *platform = dev_get_platdata(adapter->dev);
	struct net_device *netdev = adapter->netdev;
	int err;

	rtnl_lock();
	if (platform->any_name && netdev_name_in_use(dev_net(netdev), netdev->name))
		strscpy(netdev->name, "isim%d", sizeof(netdev->name));
	err = netif_set_real_num_tx_queues(netdev, adapter->num_queues);
	if (!err)
		err = netif_set_real_num_rx_queues(netdev, adapter->num_queues);
	if (!err)
		err = register_netdevice(netdev);
	if (!err)
		dev_set_drvdata(adapter->dev, adapter);
	rtnl_unlock();
	/* a change since the probe has read them found no port to change */
	if (!err)
		isim_drv_caps_schedule(adapter);
	return err;
}

static int isim_drv_start_adapter(struct isim_drv_adapter *adapter)
{
	int err;

	/* whoever drove it before may have left it running */
	err = isim_drv_aq_abort(adapter);
	if (err)
		return err;
	isim_drv_aq_start(adapter);
	err = isim_drv_caps_get(adapter);
	if (err < 0) {
		dev_err(adapter->dev, "adapter does not tell its capabilities: %pe\n",
			ERR_PTR(err));
		return err;
	}
	return 0;
}

/* What an adapter needs before it can be talked to */
static int isim_drv_adapter_alloc(struct isim_drv_adapter *adapter)
{
	int err = -ENOMEM;

	adapter->queues = kvcalloc(adapter->max_queues, sizeof(*adapter->queues),
				   GFP_KERNEL);
	if (!adapter->queues)
		return -ENOMEM;
	isim_drv_queues_init(adapter);

	/* on the processor that posts: the adapter's worker and ours take turns there */
	adapter->wq = alloc_workqueue("%s", WQ_MEM_RECLAIM | WQ_HIGHPRI | WQ_PERCPU,
				      0, dev_name(adapter->dev));
	if (!adapter->wq)
		goto err_free_queues;

	err = isim_drv_aq_alloc(adapter);
	if (err)
		goto err_destroy_wq;
	return 0;

err_destroy_wq:
	destroy_workqueue(adapter->wq);
err_free_queues:
	kvfree(adapter->queues);
	return err;
}

/* The admin queue is stopped, and nobody finds the adapter any more. */
static void isim_drv_adapter_free(struct isim_drv_adapter *adapter)
{
	isim_drv_aq_free(adapter);
	/* somebody may have asked for these before "removing" was seen */
	cancel_delayed_work_sync(&adapter->reset_work);
	cancel_work_sync(&adapter->caps_work);
	/* each request holds a reference to its SA */
	isim_drv_delreq_flush(adapter);
	destroy_workqueue(adapter->wq);
	xa_destroy(&adapter->sas);
	kvfree(adapter->queues);
}

static int isim_drv_probe(struct platform_device *pdev)
{
	struct isim_drv_platform *platform = dev_get_platdata(&pdev->dev);
	struct isim_drv_adapter *adapter;
	struct net_device *netdev;
	u32 max_queues;
	int err;

	if (!platform || !platform->bar)
		return -ENODEV;

	err = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (err)
		return err;

	max_queues = isim_hw_read32(platform->bar, ISIM_REG_CAP_QUEUES);
	if (!max_queues || max_queues > ISIM_HW_QUEUES_MAX)
		return -ENODEV;

	netdev = alloc_etherdev_mqs(sizeof(*adapter), max_queues, max_queues);
	if (!netdev)
		return -ENOMEM;
	SET_NETDEV_DEV(netdev, &pdev->dev);
	if (platform->net)
		dev_net_set(netdev, platform->net);
	adapter = netdev_priv(netdev);
	isim_drv_adapter_init(adapter, netdev, &pdev->dev, platform->bar, max_queues);

	err = isim_drv_identify(adapter);
	if (err)
		goto err_free_netdev;

	err = isim_drv_adapter_alloc(adapter);
	if (err)
		goto err_free_netdev;

	err = isim_drv_start_adapter(adapter);
	if (err)
		goto err_abort;

	isim_drv_netdev_init(adapter);
	strscpy(netdev->name, platform->ifname, sizeof(netdev->name));

	err = isim_drv_devlink_add(adapter);
	if (err)
		goto err_abort;

	err = isim_drv_adapter_announce(adapter);
	if (err)
		goto err_devlink;

	err = isim_drv_register_netdev(adapter);
	if (err)
		goto err_withdraw;

	return 0;

err_withdraw:
	isim_drv_adapter_withdraw(adapter);
err_devlink:
	isim_drv_devlink_del(adapter);
err_abort:
	WRITE_ONCE(adapter->removing, true);
	cancel_delayed_work_sync(&adapter->reset_work);
	cancel_work_sync(&adapter->caps_work);
	isim_drv_aq_abort(adapter);
	isim_drv_adapter_free(adapter);
err_free_netdev:
	free_netdev(netdev);
	return err;
}

static void isim_drv_remove(struct platform_device *pdev)
{
	struct isim_drv_adapter *adapter = platform_get_drvdata(pdev);
	struct net_device *netdev = adapter->netdev;

	WRITE_ONCE(adapter->removing, true);
	cancel_delayed_work_sync(&adapter->reset_work);
	cancel_work_sync(&adapter->caps_work);

	rtnl_lock();
	/*
	 * Some kernels flush a device's SAs on unregistration only while
	 * this feature is on, and would wait for them forever.
	 */
	netdev->wanted_features |= netdev->hw_features & NETIF_F_HW_ESP;
	netdev_update_features(netdev);
	platform_set_drvdata(pdev, NULL);
	unregister_netdevice(netdev);
	/* its namespace may go from here on */
	WRITE_ONCE(adapter->silent, true);
	synchronize_rcu();
	rtnl_unlock();

	isim_drv_adapter_withdraw(adapter);
	isim_drv_devlink_del(adapter);
	isim_drv_aq_abort(adapter);
	isim_drv_sa_release_all(adapter);
	WARN_ON(!xa_empty(&adapter->sas));
	isim_drv_adapter_free(adapter);
	free_netdev(netdev);
}

static struct platform_driver isim_drv_platform_driver = {
	.probe			= isim_drv_probe,
	.isim_platform_remove	= isim_drv_remove,
	.driver			= {
		.name		= ISIM_DRV_NAME,
		/* ctl/ wants to know whether the probe succeeded */
		.probe_type	= PROBE_FORCE_SYNCHRONOUS,
	},
};

int isim_drv_register(isim_drv_event_fn fn)
{
	isim_drv_event_init(fn);
	return platform_driver_register(&isim_drv_platform_driver);
}

void isim_drv_unregister(void)
{
	platform_driver_unregister(&isim_drv_platform_driver);
}

struct net_device *isim_drv_netdev(struct device *dev)
{
	struct isim_drv_adapter *adapter;

	ASSERT_RTNL();
	/* another driver's data is none of ours */
	if (dev->driver != &isim_drv_platform_driver.driver)
		return NULL;
	adapter = dev_get_drvdata(dev);
	return adapter ? adapter->netdev : NULL;
}
