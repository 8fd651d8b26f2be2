/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ipsecsim driver: the admin queue. Its rules and locks are in drv.h.
 */
#ifndef ISIM_DRV_AQ_H
#define ISIM_DRV_AQ_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "hw/admin.h"

#define ISIM_DRV_AQ_ENTRIES	128u
#define ISIM_DRV_AQ_TIMEOUT	(10 * HZ)	/* longest answer to a command */

struct isim_drv_adapter;
struct isim_drv_cmd;

typedef void (*isim_drv_cmd_done)(struct isim_drv_adapter *adapter,
				  struct isim_drv_cmd *cmd, int err,
				  const struct isim_hw_cpl *cpl);

/**
 * struct isim_drv_cmd - a command on its way through the admin queue
 * @node: in isim_drv_aq.waiting
 * @done: called once, when the command has been answered or has failed; @cpl
 *	is valid when err is 0
 * @payload: copied into the submission ring; stays valid until @done is called
 * @len: of @payload, octets
 * @opcode: enum isim_hw_opcode
 *
 * Owned by the admin queue from isim_drv_aq_post() to @done, embedded in what
 * the command is about.
 */
struct isim_drv_cmd {
	struct list_head	node;
	isim_drv_cmd_done	done;
	const void		*payload;
	u8			len;
	u8			opcode;
};

/**
 * struct isim_drv_aq_slot - what the driver remembers of a submission slot
 * @cmd: command in it, or NULL: the slot is free
 * @posted: jiffies
 */
struct isim_drv_aq_slot {
	struct isim_drv_cmd	*cmd;
	unsigned long		posted;
};

/**
 * struct isim_drv_aq - admin queue
 * @lock: protects @running to @slots and @sq
 * @running: the adapter takes commands. Otherwise the admin work fails them
 * @tail: slots ever filled
 * @waiting: commands for which no slot was free
 * @head: completions consumed; admin work, or stopped
 * @slots: by slot index, which is also the command's id
 * @sq: submission ring
 * @cq: completion ring
 * @sq_dma: bus address of @sq
 * @cq_dma: bus address of @cq
 * @work: admin work: completions, causes
 * @watch_head: @head when the watch looked last
 * @watch_pending: there was work then
 * @watchdog: looks for commands that are not answered
 * @abort_lock: serialises start and abort
 */
struct isim_drv_aq {
	spinlock_t		lock;	/* see drv.h */
	bool			running;
	u16			tail;
	struct list_head	waiting;
	u16			head;
	struct isim_drv_aq_slot	slots[ISIM_DRV_AQ_ENTRIES];

	struct isim_hw_cmd	*sq;
	struct isim_hw_cpl	*cq;
	dma_addr_t		sq_dma;
	dma_addr_t		cq_dma;

	struct work_struct	work;
	u16			watch_head;
	bool			watch_pending;
	struct delayed_work	watchdog;
	struct mutex		abort_lock;	/* see drv.h */
};

/*
 * What user space hears of a command that failed: one that a reset has cancelled can be
 * given again.
 */
static inline int isim_drv_aq_user_errno(int err)
{
	return err == -ECANCELED ? -EBUSY : err;
}

#endif
