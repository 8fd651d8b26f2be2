/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What ctl/ may ask of the adapter: the things that are done to a NIC with
 * hands (make it, plug it into a host, plug a cable in) or with a bench
 * instrument (fault points, a look into its tables). The host's side of the
 * adapter is hw/.
 *
 * All functions are for process context and may sleep. ctl/ serialises create,
 * destroy, wire and unwire with a mutex of its own.
 */
#ifndef ISIM_EMU_API_H
#define ISIM_EMU_API_H

#include <linux/types.h>

struct device;
struct isim_emu;
struct isim_hw_bar;

#define ISIM_EMU_SA_CAPACITY_MAX	1048576u	/* 20 slot bits of a handle */

/**
 * struct isim_emu_params - what an adapter is built with
 * @queues: queue pairs, 1 to ISIM_HW_QUEUES_MAX
 * @sa_capacity: SAs it holds, 1 to ISIM_EMU_SA_CAPACITY_MAX
 * @mac: its Ethernet address
 */
struct isim_emu_params {
	unsigned int	queues;
	unsigned int	sa_capacity;
	u8		mac[6];
};

/**
 * struct isim_emu_sa_info - a look at one SA; the key is not part of it
 * @handle: device handle
 * @tag: the host's tag
 * @spi: numerical value
 * @flags: ISIM_SA_* (hw/admin.h)
 * @enc_alg: enum isim_hw_enc_alg
 * @auth_alg: enum isim_hw_auth_alg
 * @icv_len: octets
 * @esn_hi: epoch as programmed
 * @saddr: source, IPv4 in the first 4 octets
 * @daddr: destination, likewise
 * @packets: processed with success
 * @bytes: of ESP payload in them
 * @auth_errors: authentication failures
 * @errors: inbound: other failures
 */
struct isim_emu_sa_info {
	u32	handle;
	u32	tag;
	u32	spi;
	u32	flags;
	u8	enc_alg;
	u8	auth_alg;
	u8	icv_len;
	u32	esn_hi;
	u8	saddr[16];
	u8	daddr[16];
	u64	packets;
	u64	bytes;
	u64	auth_errors;
	u64	errors;
};

/**
 * struct isim_emu_wire_faults - fault points of the wire an adapter sends on
 * @corrupt_ppm: frames in a million that get one bit flipped behind the
 *               Ethernet header; of an ESP frame, between sequence number and
 *               the end of the ICV
 * @drop_ppm: frames in a million that are lost
 * @seed: of the generator that chooses. Every setting starts it again: the same
 *        seed and the same frames in the same order give the same choice on a
 *        queue
 */
struct isim_emu_wire_faults {
	u32	corrupt_ppm;
	u32	drop_ppm;
	u32	seed;
};

/**
 * isim_emu_create() - build an adapter, not wired, in reset state
 * @params: what it is built with; checked by the caller
 *
 * Return: the adapter or an ERR_PTR.
 */
struct isim_emu *isim_emu_create(const struct isim_emu_params *params);

/**
 * isim_emu_destroy() - take an adapter apart
 * @emu: adapter that is unwired and that no driver uses any more
 */
void isim_emu_destroy(struct isim_emu *emu);

/**
 * isim_emu_plug() - plug an adapter into a host
 * @emu: adapter
 * @dev: the device whose DMA mappings the bus addresses come from; it outlives
 *       the driver's use of the adapter
 *
 * Return: the adapter's register window.
 */
struct isim_hw_bar *isim_emu_plug(struct isim_emu *emu, struct device *dev);

/**
 * isim_emu_wire() - connect two adapters
 * @a: one end
 * @b: the other end
 *
 * Return: 0, -EINVAL for an adapter with itself, -EBUSY when one of them is
 * wired already.
 */
int isim_emu_wire(struct isim_emu *a, struct isim_emu *b);

/**
 * isim_emu_unwire() - pull the cable
 * @emu: either end; nothing happens if it is not wired
 *
 * On return no frame is on its way between the two.
 */
void isim_emu_unwire(struct isim_emu *emu);

/**
 * isim_emu_set_wire_faults() - program the fault points of an adapter's wire
 * @emu: the sending adapter
 * @faults: rates up to 1000000; all zero switches them off
 */
void isim_emu_set_wire_faults(struct isim_emu *emu,
			      const struct isim_emu_wire_faults *faults);

/**
 * isim_emu_get_wire_faults() - read them back
 * @emu: the sending adapter
 * @faults: filled in
 */
void isim_emu_get_wire_faults(struct isim_emu *emu,
			      struct isim_emu_wire_faults *faults);

/**
 * isim_emu_sa_delete_req() - have an SA raise a delete request
 * @emu: adapter
 * @handle: of an inbound SA, any value
 *
 * The next packet received over it carries the request.
 *
 * Return: false when there is no such inbound SA.
 */
bool isim_emu_sa_delete_req(struct isim_emu *emu, u32 handle);

/**
 * isim_emu_sa_count() - SAs installed now
 * @emu: adapter
 *
 * Return: 0 to its capacity.
 */
unsigned int isim_emu_sa_count(struct isim_emu *emu);

/**
 * isim_emu_sa_next() - walk the SA table
 * @emu: adapter
 * @slot: in: slot to start at; out: slot behind the SA that was found
 * @info: filled in
 *
 * An SA that stays installed during a walk from slot 0 is seen exactly once.
 *
 * Return: true with an SA, false at the end of the table.
 */
bool isim_emu_sa_next(struct isim_emu *emu, unsigned int *slot,
		      struct isim_emu_sa_info *info);

#endif
