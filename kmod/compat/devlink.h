/* SPDX-License-Identifier: GPL-2.0 */
/* Differences in devlink, for drv/. */
#ifndef ISIM_COMPAT_DEVLINK_H
#define ISIM_COMPAT_DEVLINK_H

#include <net/devlink.h>

#include "compat/compat.h"

/**
 * isim_compat_devlink_driver_name() - tell the driver's name in "devlink dev info"
 * @req: as given to info_get
 * @name: name of the driver
 *
 * Later kernels know it by themselves.
 *
 * Return: 0 or a negative errno.
 */
static inline int isim_compat_devlink_driver_name(struct devlink_info_req *req,
						  const char *name)
{
#ifdef HAVE_DEVLINK_INFO_DRIVER_NAME_PUT
	return devlink_info_driver_name_put(req, name);
#else
	return 0;
#endif
}

#endif
