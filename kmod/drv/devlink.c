// SPDX-License-Identifier: GPL-2.0
/*
 * The adapter in devlink: which one it is, how many SAs it holds, and how many of
 * them are in use. Finite hardware tables are what devlink calls resources.
 *
 * The instance sits on the adapter's device, "platform/ipsecsim.0", and stays in
 * the initial namespace. The port may move: it is not a port of devlink's, which
 * would want both in the same namespace.
 */
#include <linux/minmax.h>
#include <net/devlink.h>

#include "compat/devlink.h"
#include "drv.h"

/* 0 stands for "no parent". */
#define ISIM_DRV_RESOURCE_SA	1

static struct isim_drv_adapter *isim_drv_devlink_adapter(struct devlink *devlink)
{
	return *(struct isim_drv_adapter **)devlink_priv(devlink);
}

static int isim_drv_devlink_info(struct devlink *devlink,
				 struct devlink_info_req *req,
				 struct netlink_ext_ack *extack)
{
	struct isim_drv_adapter *adapter = isim_drv_devlink_adapter(devlink);
	char text[16];
	int err;

	err = isim_compat_devlink_driver_name(req, ISIM_DRV_NAME);
	if (err)
		return err;
	snprintf(text, sizeof(text), "%#x",
		 isim_hw_read32(adapter->bar, ISIM_REG_ID));
	err = devlink_info_version_fixed_put(req, DEVLINK_INFO_VERSION_GENERIC_ASIC_ID,
					     text);
	if (err)
		return err;
	snprintf(text, sizeof(text), "%u",
		 isim_hw_read32(adapter->bar, ISIM_REG_VERSION));
	return devlink_info_version_fixed_put(req, DEVLINK_INFO_VERSION_GENERIC_ASIC_REV,
					      text);
}

static const struct devlink_ops isim_drv_devlink_ops = {
	.info_get	= isim_drv_devlink_info,
};

/*
 * The SAs that XFRM has given to the port, under the lock of the devlink instance
 * alone. One that the full table is about to refuse is among them for a moment, and
 * one that the adapter has refused after a reset until XFRM deletes it.
 */
static u64 isim_drv_devlink_sa_count(void *priv)
{
	struct isim_drv_adapter *adapter = priv;

	return min_t(u32, atomic_read(&adapter->sa_count), adapter->sa_capacity);
}

static int isim_drv_devlink_resources(struct isim_drv_adapter *adapter)
{
	struct devlink_resource_size_params params;
	int err;

	/* silicon does not grow: no other size can be asked for */
	devlink_resource_size_params_init(&params, adapter->sa_capacity,
					  adapter->sa_capacity, 1,
					  DEVLINK_RESOURCE_UNIT_ENTRY);
	devl_lock(adapter->devlink);
	err = devl_resource_register(adapter->devlink, "sa", adapter->sa_capacity,
				     ISIM_DRV_RESOURCE_SA,
				     DEVLINK_RESOURCE_ID_PARENT_TOP, &params);
	if (!err)
		devl_resource_occ_get_register(adapter->devlink,
					       ISIM_DRV_RESOURCE_SA,
					       isim_drv_devlink_sa_count, adapter);
	devl_unlock(adapter->devlink);
	return err;
}

/**
 * isim_drv_devlink_add() - let devlink show the adapter
 * @adapter: adapter, identified
 *
 * Context: process; sleeps.
 * Return: 0 or a negative errno.
 */
int isim_drv_devlink_add(struct isim_drv_adapter *adapter)
{
	int err;

	adapter->devlink = devlink_alloc(&isim_drv_devlink_ops, sizeof(adapter),
					 adapter->dev);
	if (!adapter->devlink)
		return -ENOMEM;
	*(struct isim_drv_adapter **)devlink_priv(adapter->devlink) = adapter;
	err = isim_drv_devlink_resources(adapter);
	if (err) {
		devlink_free(adapter->devlink);
		return err;
	}
	devlink_register(adapter->devlink);
	return 0;
}

/**
 * isim_drv_devlink_del() - the opposite of isim_drv_devlink_add()
 * @adapter: adapter
 *
 * Returns when nobody asks any more.
 *
 * Context: process, no RTNL; sleeps.
 */
void isim_drv_devlink_del(struct isim_drv_adapter *adapter)
{
	devlink_unregister(adapter->devlink);
	devl_lock(adapter->devlink);
	devl_resource_occ_get_unregister(adapter->devlink, ISIM_DRV_RESOURCE_SA);
	devl_resources_unregister(adapter->devlink);
	devl_unlock(adapter->devlink);
	devlink_free(adapter->devlink);
}
