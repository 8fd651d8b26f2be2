/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ipsecsim data sheet, part 1: how host and adapter reach each other.
 *
 * The adapter offers one register window (regs.h) and a set of interrupt
 * vectors. Everything else passes through host memory that the driver maps
 * with the DMA API and names by bus address: the admin queue (admin.h) and
 * the data rings (ring.h). The adapter is a coherent bus master with 64-bit
 * addressing.
 *
 * Interrupts
 *
 * Vector 0 serves the admin queue and the cause register, vector 1 + q serves
 * queue pair q (its TX and its RX completions). A vector is one-shot: it
 * fires when it is armed and something is pending, and firing disarms it. The
 * host arms it again with ISIM_REG_IRQ_ARM, whose value tells how far the host
 * has consumed; what the adapter has produced beyond that counts as pending,
 * and on vector 0 so does a cause that is set.
 * That closes the window between "ring looked empty" and "armed".
 *
 * A handler runs with bottom halves disabled, in whatever context made the
 * adapter produce the completion. That may be a register write of the host
 * itself, with the host's locks held. A handler therefore only schedules:
 * it neither sleeps, nor takes a lock that is held across a register write,
 * nor touches a register.
 *
 * The functions below are the bus. The adapter implements them.
 */
#ifndef ISIM_HW_BUS_H
#define ISIM_HW_BUS_H

#include <linux/types.h>

/* A register window. Opaque to the host. */
struct isim_hw_bar;

typedef void (*isim_hw_irq_handler)(void *arg);

/**
 * isim_hw_read32() - read a register
 * @bar: register window
 * @reg: byte offset, a multiple of 4 (regs.h)
 *
 * Context: any; never sleeps.
 * Return: the value in host byte order; 0 for an offset that is not
 * implemented or write-only.
 */
u32 isim_hw_read32(struct isim_hw_bar *bar, u32 reg);

/**
 * isim_hw_write32() - write a register
 * @bar: register window
 * @reg: byte offset, a multiple of 4 (regs.h)
 * @val: value in host byte order
 *
 * Orders all earlier writes of the caller to host memory before the effect of
 * the register write. Writes to offsets that are not implemented are ignored.
 *
 * Context: process or softirq; never sleeps.
 */
void isim_hw_write32(struct isim_hw_bar *bar, u32 reg, u32 val);

/**
 * isim_hw_irq_attach() - connect a handler to an interrupt vector
 * @bar: register window
 * @vector: 0 for admin, 1 + q for queue pair q
 * @handler: function to call, see above for its context
 * @arg: its argument
 *
 * The vector starts disarmed. Context: process.
 * Return: 0, -EINVAL for a vector that does not exist, -EBUSY for one that
 * has a handler.
 */
int isim_hw_irq_attach(struct isim_hw_bar *bar, unsigned int vector,
		       isim_hw_irq_handler handler, void *arg);

/**
 * isim_hw_irq_detach() - disconnect the handler of an interrupt vector
 * @bar: register window
 * @vector: as attached
 *
 * When it returns the handler is not running and will not be called again.
 * Context: process; sleeps.
 */
void isim_hw_irq_detach(struct isim_hw_bar *bar, unsigned int vector);

#endif
