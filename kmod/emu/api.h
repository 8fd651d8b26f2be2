/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What ctl/ may ask of the adapter: the things that are done to a NIC with
 * hands (make it, plug it into a host, plug a cable in) or with a bench
 * instrument (fault points, a look into its tables). The host's side of the
 * adapter is hw/.
 *
 * All functions are for process context and may sleep, unless another context is
 * told. ctl/ serialises create, destroy, wire and unwire with a mutex of its own.
 */
#ifndef ISIM_EMU_API_H
#define ISIM_EMU_API_H

#include <linux/bits.h>
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
 * @encap_sport: ESP in UDP: source port
 * @encap_dport: ESP in UDP: destination port, else 0
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
	u16	encap_sport;
	u16	encap_dport;
	u32	esn_hi;
	u8	saddr[16];
	u8	daddr[16];
	u64	packets;
	u64	bytes;
	u64	auth_errors;
	u64	errors;
};

/**
 * struct isim_emu_seg - a piece of a frame, or of other octets that lie in several
 * @va: where it is
 * @len: octets
 */
struct isim_emu_seg {
	u8	*va;
	u32	len;
};

/**
 * struct isim_emu_far - a far end of the wire that is no adapter
 * @reserve: room for a frame of @len octets that the adapter is going to write;
 *	@cookie is to name it. Each that succeeds is followed by one of the other
 *	two. Return: NULL when the frame is lost, which the far end counts
 * @deliver: the frame is complete
 * @abort: it will never be
 * @link: it takes frames; see isim_emu_far_link()
 *
 * Called in any order of frames and from several queues at once, with bottom
 * halves disabled, inside an RCU read section, with locks of the adapter held: the
 * functions neither sleep nor call the adapter. They may write as much of their
 * own memory as they like, and hand nothing to a stack that may come back.
 */
struct isim_emu_far {
	u8	*(*reserve)(struct isim_emu_far *far, u32 len, void **cookie);
	void	(*deliver)(struct isim_emu_far *far, void *cookie);
	void	(*abort)(struct isim_emu_far *far, void *cookie);
	bool	link;
};

/**
 * struct isim_emu_caps - a set of capabilities
 * @flags: ISIM_CAP_* (hw/admin.h)
 * @enc_algs: bit n for enum isim_hw_enc_alg value n
 * @auth_algs: bit n for enum isim_hw_auth_alg value n
 * @sizes: ISIM_SIZE_*
 */
struct isim_emu_caps {
	u32	flags;
	u32	enc_algs;
	u32	auth_algs;
	u32	sizes;
};

/**
 * struct isim_emu_room - how many SAs an adapter takes
 * @in: inbound ones
 * @out: outbound ones
 * @all: together
 * @busy: more are refused with ISIM_ST_BUSY, not with ISIM_ST_FULL
 *
 * 0 stands for as many as the table holds; it never takes more.
 */
struct isim_emu_room {
	u32	in;
	u32	out;
	u32	all;
	bool	busy;
};

/**
 * enum isim_emu_fault_id - fault points and the events they see
 * @ISIM_FAULT_DROP: frame sent: it is lost on the wire
 * @ISIM_FAULT_CORRUPT: frame sent: one bit behind the Ethernet header is
 *	flipped; of an ESP packet, between sequence number and the end of the ICV
 * @ISIM_FAULT_TRUNCATE: frame sent: octets at its end are cut off
 * @ISIM_FAULT_DUPLICATE: frame sent: it arrives twice
 * @ISIM_FAULT_REORDER: frame sent: it arrives behind the next frame, or @arg ms
 *	later
 * @ISIM_FAULT_DELAY: frame sent: it arrives @arg ms later
 * @ISIM_FAULT_REPLAY: frame sent: it arrives, and again @arg ms later
 * @ISIM_FAULT_TX_CRYPTO_ERROR: packet to encrypt: the engine fails
 * @ISIM_FAULT_TX_BAD_ICV: packet encrypted: a bit of the ICV is flipped
 * @ISIM_FAULT_RX_STATUS: packet decrypted, or not: status @arg is reported,
 *	of enum isim_hw_crypto_status
 * @ISIM_FAULT_ADMIN_FAIL: command: not executed, answered with status @arg, of
 *	enum isim_hw_status
 * @ISIM_FAULT_ADMIN_IGNORE: command: not executed, answered with success
 * @ISIM_FAULT_ADMIN_LATE: command: taken up @arg ms later
 * @ISIM_FAULT_ADMIN_LOSE: command: not executed, never answered
 * @ISIM_FAULT_SA_FULL: SA_ADD: answered as if the table were full
 * @ISIM_FAULT_IRQ_LOSE: interrupt of a queue pair: the vector is disarmed, and the
 *	host not told
 * @ISIM_FAULT_ADMIN_IRQ_LOSE: interrupt of vector 0: likewise
 * @ISIM_FAULT_HANG: doorbell: from here on every register write but
 *	ISIM_REG_CTRL is ignored and every frame is lost, until a reset
 * @ISIM_FAULT_NUM: number of fault points
 *
 * Frames and packets are matched by SPI, commands by opcode. ADMIN_FAIL does not
 * see commands that destroy a queue: answered, they give its memory back to the
 * host. ADMIN_IGNORE sees no commands that are answered with a payload, either.
 */
enum isim_emu_fault_id {
	ISIM_FAULT_DROP,
	ISIM_FAULT_CORRUPT,
	ISIM_FAULT_TRUNCATE,
	ISIM_FAULT_DUPLICATE,
	ISIM_FAULT_REORDER,
	ISIM_FAULT_DELAY,
	ISIM_FAULT_REPLAY,
	ISIM_FAULT_TX_CRYPTO_ERROR,
	ISIM_FAULT_TX_BAD_ICV,
	ISIM_FAULT_RX_STATUS,
	ISIM_FAULT_ADMIN_FAIL,
	ISIM_FAULT_ADMIN_IGNORE,
	ISIM_FAULT_ADMIN_LATE,
	ISIM_FAULT_ADMIN_LOSE,
	ISIM_FAULT_SA_FULL,
	ISIM_FAULT_IRQ_LOSE,
	ISIM_FAULT_ADMIN_IRQ_LOSE,
	ISIM_FAULT_HANG,
	ISIM_FAULT_NUM
};

#define ISIM_FAULTS_WIRE	GENMASK(ISIM_FAULT_REPLAY, ISIM_FAULT_DROP)
#define ISIM_FAULTS_ADMIN	GENMASK(ISIM_FAULT_SA_FULL, ISIM_FAULT_ADMIN_FAIL)

/**
 * struct isim_emu_fault - setting of a fault point; all 0 is off
 * @ppm: events in a million that it strikes, by chance
 * @nth: number of an event that it strikes, counted from 1; 0: of none
 * @seed: of the generator behind @ppm
 * @match: it sees events of this SPI or opcode only; 0: all
 * @arg: see enum isim_emu_fault_id
 *
 * The same seed and the same events in the same order give the same choice. With
 * several queues, which run side by side, the order may differ.
 */
struct isim_emu_fault {
	u32	ppm;
	u32	nth;
	u32	seed;
	u32	match;
	u32	arg;
};

/**
 * struct isim_emu_fault_stats - what a fault point has done since it was set
 * @seen: events that it saw
 * @hits: events that it struck
 * @missed: events that it chose in vain: no memory, too many frames held, no
 *	buffer for a second copy; and frames that were held as the wire was
 *	disconnected
 */
struct isim_emu_fault_stats {
	u64	seen;
	u64	hits;
	u64	missed;
};

#define ISIM_EMU_POLICIES_MAX	64u

/**
 * enum isim_emu_policy_action - what becomes of the frames that a policy matches
 * @ISIM_POLICY_PROTECT: those that are ESP pass, the others are stopped
 * @ISIM_POLICY_BYPASS: they pass
 * @ISIM_POLICY_DISCARD: they are stopped
 */
enum isim_emu_policy_action {
	ISIM_POLICY_PROTECT = 1,
	ISIM_POLICY_BYPASS,
	ISIM_POLICY_DISCARD,
};

/**
 * struct isim_emu_policy_rule - which frames a policy matches, and its action
 * @inbound: frames that arrive, else frames that leave
 * @action: enum isim_emu_policy_action
 * @version: of IP, 4 or 6; 0: either, and the prefixes mean nothing
 * @src_len: length of the source prefix in bits, 0: any
 * @dst_len: likewise, of the destination
 * @proto: protocol behind the extension headers; 0: any
 * @sport: source port, with TCP and UDP; 0: any
 * @dport: destination port, likewise
 * @saddr: source prefix, IPv4 in the first 4 octets
 * @daddr: destination prefix, likewise
 *
 * All of it is as the wire shows it: of a tunnel, the outer header.
 */
struct isim_emu_policy_rule {
	bool	inbound;
	u8	action;
	u8	version;
	u8	src_len;
	u8	dst_len;
	u8	proto;
	u16	sport;
	u16	dport;
	u8	saddr[16];
	u8	daddr[16];
};

/**
 * struct isim_emu_policy_info - a look at one policy
 * @id: its number on the adapter
 * @rule: what it says
 * @passed: frames that it matched and let through
 * @stopped: frames that it matched and stopped
 */
struct isim_emu_policy_info {
	u32				id;
	struct isim_emu_policy_rule	rule;
	u64				passed;
	u64				stopped;
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
 * isim_emu_wire_far() - connect an adapter to something that is none
 * @emu: adapter
 * @far: the far end; it stays until isim_emu_unwire() has returned
 *
 * Return: 0, or -EBUSY when @emu is wired already.
 */
int isim_emu_wire_far(struct isim_emu *emu, struct isim_emu_far *far);

/**
 * isim_emu_far_link() - a far end begins or ceases to take frames
 * @emu: adapter
 * @far: its far end, wired or not
 * @link: it takes frames
 *
 * Context: any but hardirq.
 */
void isim_emu_far_link(struct isim_emu *emu, struct isim_emu_far *far, bool link);

/**
 * isim_emu_far_receive() - a frame from the far end arrives at an adapter
 * @emu: adapter, wired or not
 * @seg: the frame's octets, in order; copied. The first piece has its headers
 * @nsegs: number of pieces
 * @len: octets of the frame
 *
 * Context: bottom halves disabled; no lock held that is taken in the functions of
 * struct isim_emu_far.
 * Return: false when the first piece is too short for an Ethernet header, which the
 * adapter does not count. Other frames that are lost, it counts.
 */
bool isim_emu_far_receive(struct isim_emu *emu, const struct isim_emu_seg *seg,
			  unsigned int nsegs, u32 len);

/**
 * isim_emu_unwire() - pull the cable
 * @emu: either end; nothing happens if it is not wired
 *
 * On return no frame is on its way to the far end.
 */
void isim_emu_unwire(struct isim_emu *emu);

/**
 * isim_emu_sa_epoch_set() - move the epoch of an inbound ESN SA
 * @emu: adapter
 * @handle: of the SA
 * @esn_hi: H, see hw/admin.h
 * @overlap: ISIM_SA_ESN_OVERLAP
 *
 * Return: 0, -ENOENT when there is no such SA, -EINVAL when it is outbound or has
 * no ESN.
 */
int isim_emu_sa_epoch_set(struct isim_emu *emu, u32 handle, u32 esn_hi,
			  bool overlap);

/**
 * isim_emu_fault_set() - set a fault point
 * @emu: adapter; for the faults of the wire, the sending one
 * @id: the point
 * @set: its setting, checked by the caller
 *
 * Its statistics and its generator start again.
 */
void isim_emu_fault_set(struct isim_emu *emu, enum isim_emu_fault_id id,
			const struct isim_emu_fault *set);

/**
 * isim_emu_fault_get() - look at a fault point
 * @emu: adapter
 * @id: the point
 * @set: receives its setting
 * @stats: receives what it has done
 */
void isim_emu_fault_get(struct isim_emu *emu, enum isim_emu_fault_id id,
			struct isim_emu_fault *set,
			struct isim_emu_fault_stats *stats);

/**
 * isim_emu_fault_clear() - switch all fault points off
 * @emu: adapter
 *
 * Frames that are held go out. A hung adapter goes on; what the host wrote
 * meanwhile is lost. Statistics stay, and isim_emu_fault.arg, unused.
 */
void isim_emu_fault_clear(struct isim_emu *emu);

/**
 * isim_emu_policy_add() - put a policy behind those that there are
 * @emu: adapter
 * @rule: what it says, checked by the caller
 * @info: filled in
 *
 * Of the policies that match a frame the first decides. It outlasts a reset.
 *
 * Return: 0, -ENOSPC when the adapter holds ISIM_EMU_POLICIES_MAX, -EOVERFLOW when
 * there is no number left, or -ENOMEM.
 */
int isim_emu_policy_add(struct isim_emu *emu, const struct isim_emu_policy_rule *rule,
			struct isim_emu_policy_info *info);

/**
 * isim_emu_policy_del() - take a policy away
 * @emu: adapter
 * @id: its number, any value
 *
 * Return: 0, -ENOENT when there is no such policy, or -ENOMEM.
 */
int isim_emu_policy_del(struct isim_emu *emu, u32 id);

/**
 * isim_emu_policy_flush() - take all policies away
 * @emu: adapter
 */
void isim_emu_policy_flush(struct isim_emu *emu);

/**
 * isim_emu_policy_next() - walk the policies, in their order
 * @emu: adapter
 * @id: number to start at
 * @info: filled in
 *
 * Return: true with the first policy whose number is @id or more, false when there
 * is none.
 */
bool isim_emu_policy_next(struct isim_emu *emu, u32 id,
			  struct isim_emu_policy_info *info);

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
 * isim_emu_get_caps() - what an adapter can do, and what of it is switched off
 * @emu: adapter
 * @all: filled in: all that it can do
 * @off: filled in: what is switched off
 * @room: filled in: how many SAs it takes
 *
 * ctl/ serialises this with isim_emu_set_caps().
 */
void isim_emu_get_caps(struct isim_emu *emu, struct isim_emu_caps *all,
		       struct isim_emu_caps *off, struct isim_emu_room *room);

/**
 * isim_emu_set_caps() - switch capabilities off and on
 * @emu: adapter
 * @off: those that are off from now on
 * @room: how many SAs it takes from now on; those that it has stay until a reset
 *
 * The host is told to read them again. What it does meanwhile is refused or left
 * undone as hw/admin.h says. ctl/ serialises this.
 */
void isim_emu_set_caps(struct isim_emu *emu, const struct isim_emu_caps *off,
		       const struct isim_emu_room *room);

/**
 * isim_emu_sa_capacity() - SAs that an adapter takes now
 * @emu: adapter
 *
 * Return: 1 to its capacity.
 */
unsigned int isim_emu_sa_capacity(struct isim_emu *emu);

/**
 * isim_emu_sa_count() - SAs installed now
 * @emu: adapter
 *
 * Return: 0 to its capacity.
 */
unsigned int isim_emu_sa_count(struct isim_emu *emu);

/**
 * isim_emu_sa_changes() - has the SA table changed?
 * @emu: adapter
 *
 * Return: a number that is another one after an SA has come or gone.
 */
unsigned int isim_emu_sa_changes(struct isim_emu *emu);

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
