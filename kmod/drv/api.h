/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What ctl/ may ask of the driver. It binds by itself to platform devices named
 * ISIM_DRV_NAME whose platform data is a struct isim_drv_platform.
 */
#ifndef ISIM_DRV_API_H
#define ISIM_DRV_API_H

struct device;
struct isim_hw_bar;
struct net_device;

#define ISIM_DRV_NAME	"ipsecsim"

/**
 * struct isim_drv_platform - platform data of an adapter's device
 * @bar: register window of the adapter
 * @ifname: name of the network device, or a pattern such as "isim%d"
 */
struct isim_drv_platform {
	struct isim_hw_bar	*bar;
	char			ifname[16];
};

/* Register and unregister the driver. Process context. */
int isim_drv_register(void);
void isim_drv_unregister(void);

/**
 * isim_drv_netdev() - network device of an adapter's device
 * @dev: platform device
 *
 * Context: RTNL held, so that the answer stays.
 * Return: its network device, or NULL when no driver is bound.
 */
struct net_device *isim_drv_netdev(struct device *dev);

#endif
