// SPDX-License-Identifier: GPL-2.0
/* Register file. The data path's doorbells come first. */
#include <linux/bitfield.h>
#include <linux/bottom_half.h>
#include <linux/log2.h>
#include "compat/compat.h"
#include "emu/emu.h"

#define IRQ_BASE	ISIM_REG_IRQ_ARM(0)
#define IRQ_END		ISIM_REG_IRQ_ARM(ISIM_HW_VECTORS_MAX)
#define BELL_BASE	ISIM_REG_TX_TAIL(0)
#define BELL_END	ISIM_REG_TX_TAIL(ISIM_HW_QUEUES_MAX)
#define CNT_BASE	ISIM_REG_COUNTER_LO(0)
#define CNT_END		ISIM_REG_COUNTER_LO(ISIM_CNT_NUM)

static void write_doorbell(struct isim_emu *emu, u32 reg, u32 val)
{
	unsigned int q = (reg - BELL_BASE) / 16;

	if (q >= emu->params.queues)
		return;
	if (reg == ISIM_REG_TX_TAIL(q))
		isim_emu_txq_doorbell(&emu->txq[q], val);
	else if (reg == ISIM_REG_RX_TAIL(q))
		isim_emu_rxq_doorbell(&emu->rxq[q], val);
}

/* Completions that the host has not seen. @val: ISIM_REG_IRQ_ARM */
static unsigned int irq_pending(struct isim_emu *emu, unsigned int v, u32 val)
{
	u16 rx = FIELD_GET(ISIM_IRQ_ARM_RX, val);
	u16 tx = FIELD_GET(ISIM_IRQ_ARM_TX, val);

	if (!v)
		return (u16)(READ_ONCE(emu->aq.produced) - rx) +
		       !!READ_ONCE(emu->bar.cause);
	return (u16)(READ_ONCE(emu->rxq[v - 1].produced) - rx) +
	       (u16)(READ_ONCE(emu->txq[v - 1].produced) - tx);
}

static void write_irq(struct isim_emu *emu, u32 reg, u32 val)
{
	unsigned int v = (reg - IRQ_BASE) / 16, pending;
	struct isim_emu_vec *vec;

	if (v > emu->params.queues)
		return;
	vec = &emu->vec[v];
	if (reg == ISIM_REG_IRQ_COAL(v)) {
		if (v)
			isim_emu_vec_moderate(vec, val);
	} else if (reg == ISIM_REG_IRQ_ARM(v)) {
		isim_emu_vec_arm(vec);
		pending = irq_pending(emu, v, val);
		if (pending) {
			local_bh_disable();
			isim_emu_vec_raise(vec, pending);
			local_bh_enable();
		}
	}
}

static void write_ctrl(struct isim_emu *emu, u32 val)
{
	struct isim_hw_bar *bar = &emu->bar;
	bool reset = false;

	spin_lock_bh(&bar->lock);
	if (bar->resetting) {
		/* Not READY: ignored */
	} else if (val & ISIM_CTRL_RESET) {
		bar->resetting = true;
		reset = true;
	} else if (val & ISIM_CTRL_ENABLE && !(bar->ctrl & ISIM_CTRL_ENABLE) &&
		   is_power_of_2(bar->aq_entries) &&
		   bar->aq_entries >= ISIM_HW_AQ_MIN &&
		   bar->aq_entries <= ISIM_HW_AQ_MAX) {
		isim_emu_aq_start(emu);
		WRITE_ONCE(bar->ctrl, ISIM_CTRL_ENABLE);
	}
	spin_unlock_bh(&bar->lock);
	if (reset)
		queue_work(emu->wq, &emu->reset);
}

/* Replace one half of a 64-bit register. */
static void set_half(u64 *reg, bool high, u32 val)
{
	*reg = high ? (u64)val << 32 | lower_32_bits(*reg) :
		      (u64)upper_32_bits(*reg) << 32 | val;
}

static void write_config(struct isim_emu *emu, u32 reg, u32 val)
{
	struct isim_hw_bar *bar = &emu->bar;

	spin_lock_bh(&bar->lock);
	switch (reg) {
	case ISIM_REG_AQ_SQ_LO:
	case ISIM_REG_AQ_SQ_HI:
		set_half(&bar->aq_sq, reg == ISIM_REG_AQ_SQ_HI, val);
		break;
	case ISIM_REG_AQ_CQ_LO:
	case ISIM_REG_AQ_CQ_HI:
		set_half(&bar->aq_cq, reg == ISIM_REG_AQ_CQ_HI, val);
		break;
	case ISIM_REG_AQ_ENTRIES:
		bar->aq_entries = val;
		break;
	case ISIM_REG_CAUSE:
		WRITE_ONCE(bar->cause, bar->cause & ~val);
		break;
	}
	spin_unlock_bh(&bar->lock);
}

/* Fault points: does the adapter ignore this write? */
static bool hangs(struct isim_emu *emu, u32 reg)
{
	bool doorbell = (reg >= BELL_BASE && reg < BELL_END) ||
			reg == ISIM_REG_AQ_SQ_TAIL;

	return reg != ISIM_REG_CTRL &&
	       isim_emu_fault_hang(&emu->faults, doorbell);
}

void isim_hw_write32(struct isim_hw_bar *bar, u32 reg, u32 val)
{
	struct isim_emu *emu = container_of(bar, struct isim_emu, bar);

	wmb(); /* the caller's writes to host memory before the effect */
	if (static_branch_unlikely(&isim_emu_fault_key) && hangs(emu, reg))
		return;
	if (reg >= BELL_BASE && reg < BELL_END)
		write_doorbell(emu, reg, val);
	else if (reg >= IRQ_BASE && reg < IRQ_END)
		write_irq(emu, reg, val);
	else if (reg == ISIM_REG_AQ_SQ_TAIL)
		isim_emu_aq_doorbell(emu, val);
	else if (reg == ISIM_REG_CTRL)
		write_ctrl(emu, val);
	else
		write_config(emu, reg, val);
}

static u32 read_counter(struct isim_emu *emu, u32 reg)
{
	u32 n = (reg - CNT_BASE) / 8;
	u64 val;

	if (reg == ISIM_REG_COUNTER_HI(n))
		return READ_ONCE(emu->bar.latch);
	val = isim_emu_counter(emu, n);
	WRITE_ONCE(emu->bar.latch, upper_32_bits(val));
	return lower_32_bits(val);
}

static u32 read_status(struct isim_emu *emu)
{
	struct isim_hw_bar *bar = &emu->bar;
	u32 status = 0;

	spin_lock_bh(&bar->lock);
	if (bar->resetting)
		status |= ISIM_STATUS_RESETTING;
	else
		status |= ISIM_STATUS_READY;
	spin_unlock_bh(&bar->lock);
	if (isim_emu_link(emu))
		status |= ISIM_STATUS_LINK;
	return status;
}

u32 isim_hw_read32(struct isim_hw_bar *bar, u32 reg)
{
	struct isim_emu *emu = container_of(bar, struct isim_emu, bar);
	const u8 *mac = emu->params.mac;

	if (reg >= CNT_BASE && reg < CNT_END && IS_ALIGNED(reg, 4))
		return read_counter(emu, reg);
	switch (reg) {
	case ISIM_REG_ID:
		return ISIM_HW_ID;
	case ISIM_REG_VERSION:
		return ISIM_HW_VERSION;
	case ISIM_REG_CTRL:
		return READ_ONCE(bar->ctrl);
	case ISIM_REG_STATUS:
		return read_status(emu);
	case ISIM_REG_MAC_LO:
		return get_unaligned_le32(mac);
	case ISIM_REG_MAC_HI:
		return get_unaligned_le16(mac + 4);
	case ISIM_REG_CAP_QUEUES:
		return emu->params.queues;
	case ISIM_REG_CAP_RING:
		return ISIM_HW_RING_MAX;
	case ISIM_REG_CAP_SA:
		return emu->params.sa_capacity;
	case ISIM_REG_CAP_FRAME:
		return ISIM_HW_FRAME_MAX;
	case ISIM_REG_AQ_ENTRIES:
		return READ_ONCE(bar->aq_entries);
	case ISIM_REG_CAUSE:
		return READ_ONCE(bar->cause);
	default:
		return 0;
	}
}
