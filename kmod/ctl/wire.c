// SPDX-License-Identifier: GPL-2.0
/* Wires: what an adapter is connected to, changed at any time, under traffic, too. */
#include <linux/errno.h>
#include <linux/lockdep.h>

#include "ctl/ctl.h"
#include "emu/api.h"

/**
 * isim_ctl_disconnect() - pull the cable of an adapter
 * @ad: adapter; nothing happens if it is not wired
 *
 * On return no frame is on its way. Both ends lose their carrier.
 *
 * Context: isim_ctl_lock held, RTNL not; sleeps.
 */
void isim_ctl_disconnect(struct isim_ctl_adapter *ad)
{
	lockdep_assert_held(&isim_ctl_lock);

	if (!ad->peer)
		return;
	isim_emu_unwire(ad->emu);
	ad->peer->peer = NULL;
	ad->peer = NULL;
}

/**
 * isim_ctl_connect() - wire two adapters to each other
 * @a: one end
 * @b: the other end
 *
 * Cables that are plugged in at either end are pulled, unless it is this one.
 *
 * Context: isim_ctl_lock held, RTNL not; sleeps.
 * Return: 0, or -ELOOP for an adapter with itself.
 */
int isim_ctl_connect(struct isim_ctl_adapter *a, struct isim_ctl_adapter *b)
{
	int err;

	lockdep_assert_held(&isim_ctl_lock);

	if (a == b)
		return -ELOOP;
	if (a->peer == b)
		return 0;
	isim_ctl_disconnect(a);
	isim_ctl_disconnect(b);
	err = isim_emu_wire(a->emu, b->emu);
	if (err)
		return err;
	a->peer = b;
	b->peer = a;
	return 0;
}
