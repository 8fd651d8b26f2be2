/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ipsecsim data sheet, part 2: registers.
 *
 * All registers are 32 bits wide. 64-bit addresses are written low word
 * first. RO: writes are ignored. WO: reads give 0.
 *
 * Life of the adapter
 *
 * After power-on and after a reset the adapter owns no host memory: no admin
 * queue, no rings, an empty SA table, no steering rules, all vectors disarmed.
 * The host programs the admin queue addresses and size, sets ISIM_CTRL_ENABLE, and
 * from then on commands the adapter through the admin queue.
 *
 * Setting ISIM_CTRL_ENABLE with a number of admin slots that is not a power of 2
 * from ISIM_HW_AQ_MIN to ISIM_HW_AQ_MAX has no effect. Once set, only a reset
 * clears it.
 *
 * Setting ISIM_CTRL_RESET starts a reset. ISIM_STATUS_RESETTING reads 1 until
 * the adapter has finished every access to host memory and emptied the SA
 * table; no key is used after that, and each is wiped soon after. Commands that
 * were in flight are not completed. ISIM_STATUS_READY then tells that ENABLE may
 * be set. A reset does not change MAC, capabilities, counters or the wire.
 */
#ifndef ISIM_HW_REGS_H
#define ISIM_HW_REGS_H

#include <linux/bits.h>

#define ISIM_REG_ID			0x0000	/* RO ISIM_HW_ID */
#define ISIM_REG_VERSION		0x0004	/* RO ISIM_HW_VERSION */
#define ISIM_REG_CTRL			0x0008	/* RW ISIM_CTRL_* */
#define ISIM_REG_STATUS			0x000c	/* RO ISIM_STATUS_* */
#define ISIM_REG_MAC_LO			0x0010	/* RO address octets 0-3, octet 0 lowest */
#define ISIM_REG_MAC_HI			0x0014	/* RO octets 4-5 */
#define ISIM_REG_CAP_QUEUES		0x0020	/* RO number of queue pairs */
#define ISIM_REG_CAP_RING		0x0024	/* RO most slots of a data ring, power of 2 */
#define ISIM_REG_CAP_SA			0x0028	/* RO SaOffloadCapacity, in SAs */
#define ISIM_REG_CAP_FRAME		0x002c	/* RO longest frame, bytes, no FCS */

#define ISIM_HW_ID			0x4d495349u	/* "ISIM" */
#define ISIM_HW_VERSION			1u

#define ISIM_CTRL_RESET			BIT(0)	/* self-clearing */
#define ISIM_CTRL_ENABLE		BIT(1)	/* admin queue runs */

#define ISIM_STATUS_READY		BIT(0)	/* ENABLE may be set */
#define ISIM_STATUS_RESETTING		BIT(1)
#define ISIM_STATUS_LINK		BIT(2)	/* wired, and both ends can receive */

/* Admin queue. Addresses and size are taken when ENABLE is set. */
#define ISIM_REG_AQ_SQ_LO		0x0100	/* WO submission ring, bus address */
#define ISIM_REG_AQ_SQ_HI		0x0104
#define ISIM_REG_AQ_CQ_LO		0x0108	/* WO completion ring, bus address */
#define ISIM_REG_AQ_CQ_HI		0x010c
#define ISIM_REG_AQ_ENTRIES		0x0110	/* RW slots of each, see admin.h */
#define ISIM_REG_AQ_SQ_TAIL		0x0114	/* WO doorbell, see admin.h */
#define ISIM_REG_CAUSE			0x0118	/* RW1C ISIM_CAUSE_* */

#define ISIM_CAUSE_LINK			BIT(0)	/* ISIM_STATUS_LINK changed */
#define ISIM_CAUSE_CAPS			BIT(1)	/* CAPS_GET answers otherwise */

/* Interrupt vector v */
#define ISIM_REG_IRQ_ARM(v)		(0x1000 + (v) * 16)	/* WO ISIM_IRQ_ARM_* */
#define ISIM_REG_IRQ_COAL(v)		(0x1004 + (v) * 16)	/* WO ISIM_IRQ_COAL_* */
#define ISIM_HW_VECTORS_MAX		65u

/*
 * The free-running count (modulo 2^16) of completions consumed. Vector 0 uses
 * the RX field for admin completions.
 */
#define ISIM_IRQ_ARM_RX			GENMASK(31, 16)
#define ISIM_IRQ_ARM_TX			GENMASK(15, 0)
/*
 * Moderation of vectors 1 and up. USECS 0, the reset value: an armed vector
 * fires at the first completion. Else it fires USECS after the first, or, if
 * FRAMES is not 0, when that many are pending, whatever comes first. For those
 * that are pending when it is written, USECS begin then.
 */
#define ISIM_IRQ_COAL_FRAMES		GENMASK(31, 16)
#define ISIM_IRQ_COAL_USECS		GENMASK(15, 0)

/* Doorbells of queue pair q, see ring.h */
#define ISIM_REG_TX_TAIL(q)		(0x4000 + (q) * 16)	/* WO */
#define ISIM_REG_RX_TAIL(q)		(0x4004 + (q) * 16)	/* WO */
#define ISIM_HW_QUEUES_MAX		64u

/*
 * Adapter counters, 64 bits each: LO latches HI, so one reader at a time. They
 * count since power-on, wrap at 2^64, and a reset leaves them.
 */
#define ISIM_REG_COUNTER_LO(n)		(0x8000 + (n) * 8)	/* RO */
#define ISIM_REG_COUNTER_HI(n)		(0x8004 + (n) * 8)	/* RO */

enum isim_hw_counter {
	ISIM_CNT_TX_FRAMES,		/* frames put on the wire */
	ISIM_CNT_TX_BYTES,
	ISIM_CNT_TX_ESP,		/* of them, encrypted here */
	ISIM_CNT_TX_STALE_SA,		/* dropped: unknown or stale handle */
	ISIM_CNT_TX_BAD_DESC,		/* dropped: descriptor or frame refused */
	ISIM_CNT_TX_NO_LINK,		/* dropped: no far end */
	ISIM_CNT_TX_CRYPTO_ERR,		/* dropped: engine failed */
	ISIM_CNT_RX_FRAMES,		/* frames handed to the host */
	ISIM_CNT_RX_BYTES,
	ISIM_CNT_RX_NO_BUF,		/* lost: no host buffer */
	ISIM_CNT_RX_TOO_LONG,		/* lost: longer than the queue's limit */
	ISIM_CNT_RX_OFF,		/* lost: RX queue not running */
	ISIM_CNT_RX_ENGINE_FULL,	/* lost: RX engine has no free context */
	ISIM_CNT_RX_STEER_DROP,		/* dropped: a steering rule says so */
	ISIM_CNT_RX_ESP,		/* ESP frames decrypted with success */
	ISIM_CNT_RX_ESP_NO_SA,		/* ESP frames that match no SA, passed up */
	ISIM_CNT_RX_ESP_AUTH_ERR,	/* ISIM_CRYPTO_*_AUTH_FAILED */
	ISIM_CNT_RX_ESP_TUNNEL_AUTH_ERR, /* of them, ISIM_CRYPTO_TUNNEL_* */
	ISIM_CNT_RX_ESP_SYNTAX_ERR,	/* ISIM_CRYPTO_INVALID_PACKET_SYNTAX */
	ISIM_CNT_RX_ESP_PROTO_ERR,	/* ISIM_CRYPTO_INVALID_PROTOCOL */
	ISIM_CNT_RX_ESP_GENERIC_ERR,	/* ISIM_CRYPTO_GENERIC_ERROR */
	ISIM_CNT_RX_ESP_CAPS_OFF,	/* ESP of a kind that is switched off, passed up */
	ISIM_CNT_RX_UNPARSED,		/* headers not understood, passed up */
	ISIM_CNT_RX_SA_DELETE_REQ,	/* frames with ISIM_RX_SA_DELETE_REQ */
	ISIM_CNT_WIRE_DROP,		/* fault points: frames dropped on the wire */
	ISIM_CNT_WIRE_CORRUPT,		/* and frames with a bit flipped */
	ISIM_CNT_TX_SEQ_REUSE,		/* alarm: sequence number sent before with its SA */
	ISIM_CNT_TX_SEQ_OLD,		/* or too far back to tell: 992 or more */
	ISIM_CNT_TX_CLEARTEXT,		/* alarm: dropped, a policy demands ESP */
	ISIM_CNT_TX_DISCARD,		/* dropped: a policy says so */
	ISIM_CNT_RX_CLEARTEXT,		/* the same of frames from the wire */
	ISIM_CNT_RX_DISCARD,
	ISIM_CNT_NUM
};

#endif
