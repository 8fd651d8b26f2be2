// SPDX-License-Identifier: GPL-2.0
/*
 * The module: parameters, and the order in which things come and go.
 *
 * Loading it makes `adapters` adapters, wired in pairs: isim0 to isim1, isim2
 * to isim3, and so on. A load that fails leaves nothing behind.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/module.h>

#include "ctl/ctl.h"
#include "drv/api.h"
#include "emu/api.h"
#include "hw/regs.h"

#define ISIM_CTL_QUEUES_DEFAULT_MAX	8
#define ISIM_CTL_LOAD_MIN		2	/* adapters made by loading */

static int adapters = 2;
module_param(adapters, int, 0444);
MODULE_PARM_DESC(adapters, "Adapters to make, wired in pairs: an even number from 2 to 64 (default 2)");

static int sa_capacity = 4096;
module_param(sa_capacity, int, 0444);
MODULE_PARM_DESC(sa_capacity, "SAs that each adapter can hold: 1 to 1048576 (default 4096)");

static int isim_ctl_check_range(const char *name, int val, int min, int max)
{
	if (val >= min && val <= max)
		return 0;
	pr_err("%s=%d is not possible: give a number from %d to %d\n",
	       name, val, min, max);
	return -EINVAL;
}

/* Checked when it is given, so that 0 below means that it was not. */
static int isim_ctl_set_queues(const char *val, const struct kernel_param *kp)
{
	return param_set_int(val, kp) ?:
	       isim_ctl_check_range("queues", *(int *)kp->arg, 1, ISIM_HW_QUEUES_MAX);
}

static const struct kernel_param_ops isim_ctl_queues_ops = {
	.set	= isim_ctl_set_queues,
	.get	= param_get_int,
};

static int queues;
module_param_cb(queues, &isim_ctl_queues_ops, &queues, 0444);
__MODULE_PARM_TYPE(queues, "int");
MODULE_PARM_DESC(queues, "Queue pairs of each adapter: 1 to 64 (default: one for each online CPU, at most 8)");

static int __init isim_ctl_check_params(void)
{
	int err;

	err = isim_ctl_check_range("adapters", adapters, ISIM_CTL_LOAD_MIN,
				   ISIM_CTL_ADAPTERS_MAX);
	if (err)
		return err;
	if (adapters % 2) {
		pr_err("adapters=%d is not possible: they are wired in pairs, give an even number from %d to %d\n",
		       adapters, ISIM_CTL_LOAD_MIN, ISIM_CTL_ADAPTERS_MAX);
		return -EINVAL;
	}
	/* Stored back, so that sysfs shows the number in use. */
	if (!queues)
		queues = min_t(int, num_online_cpus(), ISIM_CTL_QUEUES_DEFAULT_MAX);
	return isim_ctl_check_range("sa_capacity", sa_capacity, 1,
				    ISIM_EMU_SA_CAPACITY_MAX);
}

/**
 * isim_ctl_default_params() - the module's parameters
 * @params: filled in
 */
void isim_ctl_default_params(struct isim_ctl_params *params)
{
	*params = (struct isim_ctl_params) {
		.queues		= queues,
		.sa_capacity	= sa_capacity,
	};
}

/* Adapters 0 to adapters - 1, each odd one wired to the one before it. */
static int __init isim_ctl_make_adapters(void)
{
	struct isim_ctl_adapter *ad, *before = NULL;
	struct isim_ctl_params params;
	int i, err;

	isim_ctl_default_params(&params);
	for (i = 0; i < adapters; i++) {
		ad = isim_ctl_add(&params);
		if (IS_ERR(ad)) {
			pr_err("cannot make adapter %d: error %ld\n", i, PTR_ERR(ad));
			return PTR_ERR(ad);
		}
		if (i % 2 == 0) {
			before = ad;
			continue;
		}
		err = isim_ctl_connect(before, ad);
		if (err) {
			pr_err("cannot wire adapters %u and %u: error %d\n",
			       before->id, ad->id, err);
			return err;
		}
	}
	return 0;
}

static void isim_ctl_remove_adapters(void)
{
	mutex_lock(&isim_ctl_lock);
	isim_ctl_del_all();
	mutex_unlock(&isim_ctl_lock);
}

static int __init isim_ctl_init(void)
{
	int err;

	err = isim_ctl_check_params();
	if (err)
		return err;
	err = isim_ctl_lower_init();
	if (err) {
		pr_err("cannot register the notifier: error %d\n", err);
		return err;
	}
	/* Before the adapters: adding a device then probes it before it returns. */
	err = isim_drv_register(isim_ctl_event_drv);
	if (err) {
		pr_err("cannot register the driver: error %d\n", err);
		goto err_lower;
	}

	mutex_lock(&isim_ctl_lock);
	err = isim_ctl_make_adapters();
	mutex_unlock(&isim_ctl_lock);
	if (err)
		goto err_adapters;

	err = isim_ctl_nl_init();
	if (err) {
		pr_err("cannot register the netlink family: error %d\n", err);
		goto err_adapters;
	}
	return 0;

err_adapters:
	isim_ctl_remove_adapters();
	isim_drv_unregister();
err_lower:
	isim_ctl_lower_exit();
	return err;
}

static void __exit isim_ctl_exit(void)
{
	isim_ctl_nl_exit();
	isim_ctl_remove_adapters();
	isim_drv_unregister();
	isim_ctl_lower_exit();
}

module_init(isim_ctl_init);
module_exit(isim_ctl_exit);

MODULE_DESCRIPTION("Emulated NIC with IPsec SA offload");
MODULE_AUTHOR("The ipsecsim developers");
MODULE_LICENSE("GPL");
/*
 * The engine asks the crypto API for these by name, and would find them later,
 * too. Loaded here, they are at hand where no module can be loaded any more.
 * There is no alias for the netlink family: a query must not make two ports.
 */
MODULE_SOFTDEP("pre: aes gcm");
