/* SPDX-License-Identifier: GPL-2.0 */
/* Capabilities that change: caps.c, which see. */
#ifndef ISIM_DRV_CAPS_H
#define ISIM_DRV_CAPS_H

#include <linux/netdev_features.h>
#include <linux/types.h>

/* Of large packets; those inside ESP need NETIF_F_GSO_ESP besides */
#define ISIM_DRV_LSO_FEATURES	(NETIF_F_TSO | NETIF_F_TSO6 | NETIF_F_TSO_ECN | \
				 NETIF_F_GSO_UDP_L4)

struct isim_drv_adapter;
struct xfrm_state;

void isim_drv_caps_init(struct isim_drv_adapter *adapter);
int isim_drv_caps_get(struct isim_drv_adapter *adapter);
void isim_drv_caps_schedule(struct isim_drv_adapter *adapter);
netdev_features_t isim_drv_caps_missing(const struct isim_drv_adapter *adapter);
void isim_drv_caps_limit_features(struct isim_drv_adapter *adapter);
bool isim_drv_caps_send_ok(const struct isim_drv_adapter *adapter,
			   const struct xfrm_state *x);

#endif
