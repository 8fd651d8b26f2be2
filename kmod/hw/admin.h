/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ipsecsim data sheet, part 4: admin queue.
 *
 * A submission ring of 256-octet commands and a completion ring of 64-octet
 * completions, ISIM_REG_AQ_ENTRIES slots each, with the doorbell and generation
 * rules of ring.h. Commands in flight, that is submitted and not completed, may
 * be as many as the ring has slots. They complete in any order; id tells which
 * command a completion answers. A command that depends on another is submitted
 * after the other has completed.
 *
 * The adapter has read a command when it completes it; the host may fill the
 * slot again then. Commands carry keys, so the host wipes the slot first. The
 * adapter wipes what it copied.
 *
 * CAPS_GET, SA_DELETE, SA_UPDATE, SA_QUERY and SA_LIMIT complete without waiting
 * for other commands.
 *
 * SAs and handles
 *
 * SA_ADD answers with a handle: never 0, and not used again for a long time
 * after SA_DELETE (12 bits of generation, slots reused oldest first). When the
 * command fails nothing stays installed. After SA_DELETE completes, no packet
 * submitted later is processed with the SA; one in the engine at that moment
 * may still be.
 *
 * The adapter takes as many SAs as its table holds, or, as it is configured, fewer, of
 * one direction or of both. For one more it answers ISIM_ST_FULL or, as it is
 * configured, ISIM_ST_BUSY. When the bound is lowered, SAs stay that are there already;
 * after a reset they come under it.
 *
 * Capabilities
 *
 * Each capability and algorithm can be switched off and on while the adapter
 * runs; ISIM_CAUSE_CAPS then asks the host to read CAPS_GET again. What is off
 * is refused by SA_ADD (ISIM_ST_UNSUPPORTED); that is all there is to ESN, inbound
 * SAs, the algorithms and their sizes: an SA that was added before goes on working.
 * (A reset forgets it, and it cannot be added again.) ISIM_CAP_ANY_PROTO is for the
 * host to see to: SA_ADD does not tell the protocol. The other capabilities are
 * kinds of packets.
 * A received packet of a kind that is off is passed up as it came, whatever SA
 * there is for it. Packets to be sent are processed as described, as long as the
 * host sends them: those that are under way when the host reads of it must not
 * get lost, nor leave in clear.
 *
 * Inbound SAs are found by (destination, SPI, protocol). Several may share that
 * triple; the newest is used.
 *
 * An SA with ISIM_ENCAP_UDP is for ESP in UDP (RFC 3948), over IPv4 only. Inbound,
 * it takes whole datagrams to its encap_dport, from any port, that have no checksum,
 * and no ESP outside of UDP. What is no longer than an ESP header or has a zero in
 * place of the SPI is not ESP. Outbound, the host writes the UDP header.
 *
 * Extended sequence numbers (RFC 4303, 2.2.1 and appendix A)
 *
 * An inbound ESN SA is programmed with an epoch: the high word H of the bottom
 * of the receive window, and whether the low word of the bottom lies in the
 * upper half of its range (ISIM_SA_ESN_OVERLAP). A received low word L makes this
 * 64-bit number:
 *
 *	OVERLAP clear: H		OVERLAP set, L >= 2^31: H
 *					OVERLAP set, L <  2^31: H + 1
 *
 * (With H = 2^32 - 1 there is no H + 1: H is taken.)
 *
 * The epoch moves only by SA_UPDATE. For a host that updates it each time the
 * bottom crosses a half range, every number from the bottom to 2^31 above it is
 * right, and an update may come that much late. It is the bottom that counts:
 * the same half of low words follows a top in one half and precedes one in the
 * other, so from the top alone the high word cannot be told.
 *
 * Appendix A takes a number below the window to be of the next epoch, where this
 * rule, knowing no more than a half range, takes it to be old. A host
 * that infers the high word by itself for its replay check must compare it with
 * the one in the RX completion, or an old packet passes as a new one.
 *
 * Delete requests (IPsecOV2's SaDeleteReq)
 *
 * The adapter asks the host to delete an inbound SA, and the outbound SA that
 * belongs to it: the completion of a packet received over the inbound SA has
 * ISIM_RX_SA_DELETE_REQ set and tells the reason. The adapter does not know which
 * outbound SA that is, and it removes neither: both work as before until
 * SA_DELETE, however late.
 *
 * SA_LIMIT arms an inbound SA: the packet with which the SA reaches a limit
 * carries the request. Limits are compared with what SA_QUERY reports, so they
 * count from SA_ADD. With handle 0 the command sets the limits that SA_ADD gives
 * to inbound SAs from then on, as its completion tells; after a reset there are none.
 *
 * An SA raises one request for each arming, by SA_ADD or SA_LIMIT: raising it
 * disarms all limits of that SA. An SA armed with a limit that it has reached
 * already raises it with the next packet that the limit counts. Beside that the
 * adapter may raise a request on its own account at any time
 * (ISIM_DELETE_COMMAND).
 */
#ifndef ISIM_HW_ADMIN_H
#define ISIM_HW_ADMIN_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>

#define ISIM_HW_AQ_MIN		16u
#define ISIM_HW_AQ_MAX		256u

enum isim_hw_opcode {
	ISIM_OP_CAPS_GET	= 0x01,
	ISIM_OP_TXQ_CREATE	= 0x10,
	ISIM_OP_TXQ_DESTROY	= 0x11,
	ISIM_OP_RXQ_CREATE	= 0x12,
	ISIM_OP_RXQ_DESTROY	= 0x13,
	ISIM_OP_RSS_SET		= 0x14,
	ISIM_OP_STEER_ADD	= 0x15,
	ISIM_OP_STEER_DELETE	= 0x16,
	ISIM_OP_SA_ADD		= 0x20,
	ISIM_OP_SA_DELETE	= 0x21,
	ISIM_OP_SA_UPDATE	= 0x22,
	ISIM_OP_SA_QUERY	= 0x23,
	ISIM_OP_SA_LIMIT	= 0x24,
	/* 0x30 to 0x3f: policies. 0x40 to 0x4f: events. */
};

enum isim_hw_status {
	ISIM_ST_OK,
	ISIM_ST_BAD_OPCODE,	/* not implemented */
	ISIM_ST_BAD_PARAM,	/* a field is out of range */
	ISIM_ST_BAD_HANDLE,	/* names no SA */
	ISIM_ST_NO_ESN,		/* SA_UPDATE of an SA without ESN */
	ISIM_ST_FULL,		/* no room for an SA */
	ISIM_ST_UNSUPPORTED,	/* capability, algorithm, key or ICV length */
	ISIM_ST_BUSY,		/* queue is in a state that forbids this; see SA_ADD */
	ISIM_ST_NO_MEMORY,
	ISIM_ST_BAD_KEY,	/* engine refused the key */
};

/* CAPS_GET: what NDIS_IPSEC_OFFLOAD_V2 reports */
#define ISIM_CAP_ESP		BIT(0)
#define ISIM_CAP_AH		BIT(1)
#define ISIM_CAP_AH_ESP		BIT(2)
#define ISIM_CAP_TRANSPORT	BIT(3)
#define ISIM_CAP_TUNNEL		BIT(4)
#define ISIM_CAP_COMBINED	BIT(5)	/* transport inside tunnel */
#define ISIM_CAP_IPV6		BIT(6)
#define ISIM_CAP_IPV4_OPTIONS	BIT(7)	/* RX */
#define ISIM_CAP_IPV6_EXTHDRS	BIT(8)	/* RX */
#define ISIM_CAP_LSO		BIT(9)
#define ISIM_CAP_ESN		BIT(10)
#define ISIM_CAP_UDP_ESP	BIT(11)
#define ISIM_CAP_TX_CSUM	BIT(12)	/* inner L4 checksum of an ESP packet */
#define ISIM_CAP_INBOUND	BIT(13)	/* inbound SAs can be added */
#define ISIM_CAP_RX		BIT(14)	/* RX: packets are decrypted */
#define ISIM_CAP_ANY_PROTO	BIT(15)	/* SAs for other protocols than TCP and UDP */

/*
 * Algorithms. Bit n of a capability word stands for value n.
 *
 * The first four AEADs go with ISIM_AUTH_NONE and nothing else, the other
 * encryption algorithms with everything else: the adapter never encrypts without
 * authentication. Lengths in octets, "+" for salt or nonce behind the key:
 *
 *			RFC	IV	key			ICV	block
 *	AES_GCM		4106	8	16, 24, 32 + 4		8 12 16	1
 *	AES_GMAC	4543	8	16, 24, 32 + 4		16	1
 *	AES_CCM		4309	8	16, 24, 32 + 3		8 12 16	1
 *	CHACHA20_POLY1305 7634	8	32 + 4			16	1
 *	NULL		2410	0	0				1
 *	AES_CBC		3602	16	16, 24, 32			16
 *	AES_CTR		3686	8	16, 24, 32 + 4			1
 *	3DES_CBC	2451	8	24				8
 *	HMAC_MD5	2403		1 to 128		12 16
 *	HMAC_SHA1	2404		1 to 128		12 20
 *	HMAC_SHA256	4868		1 to 128		12 16
 *	HMAC_SHA384	4868		1 to 128		24
 *	HMAC_SHA512	4868		1 to 128		32
 *	AES_CMAC	4494		16			12
 *	AES_XCBC	3566		16			12
 *
 * What is encrypted is a multiple of the block. The IV is random for CBC, else
 * the 64-bit sequence number.
 */
enum isim_hw_enc_alg {
	ISIM_ENC_NULL		= 0,
	ISIM_ENC_AES_GCM	= 1,
	ISIM_ENC_AES_GMAC	= 2,
	ISIM_ENC_AES_CCM	= 3,
	ISIM_ENC_CHACHA20_POLY1305 = 4,
	ISIM_ENC_AES_CBC	= 5,
	ISIM_ENC_AES_CTR	= 6,
	ISIM_ENC_3DES_CBC	= 7,
};

enum isim_hw_auth_alg {
	ISIM_AUTH_NONE		= 0,
	ISIM_AUTH_HMAC_MD5	= 1,
	ISIM_AUTH_HMAC_SHA1	= 2,
	ISIM_AUTH_HMAC_SHA256	= 3,
	ISIM_AUTH_HMAC_SHA384	= 4,
	ISIM_AUTH_HMAC_SHA512	= 5,
	ISIM_AUTH_AES_CMAC	= 6,
	ISIM_AUTH_AES_XCBC	= 7,
};

/* Sizes: keys of AES, without salt or nonce, and the ICV of the first four AEADs */
#define ISIM_SIZE_AES_128	BIT(0)
#define ISIM_SIZE_AES_192	BIT(1)
#define ISIM_SIZE_AES_256	BIT(2)
#define ISIM_SIZE_ICV_64	BIT(3)
#define ISIM_SIZE_ICV_96	BIT(4)
#define ISIM_SIZE_ICV_128	BIT(5)
#define ISIM_SIZE_ALL		GENMASK(5, 0)

/**
 * isim_hw_sa_sizes() - the sizes that an SA needs
 * @enc_alg: enum isim_hw_enc_alg
 * @key_len: octets of its key, with salt or nonce; one of the table above
 * @icv_len: octets of the ICV; of an AEAD, one of the table above
 *
 * Return: ISIM_SIZE_*
 */
static inline u32 isim_hw_sa_sizes(u8 enc_alg, u8 key_len, u8 icv_len)
{
	u32 sizes = 0;

	switch (enc_alg) {
	case ISIM_ENC_AES_GCM:
	case ISIM_ENC_AES_GMAC:
	case ISIM_ENC_AES_CCM:
	case ISIM_ENC_CHACHA20_POLY1305:
		sizes = icv_len == 8 ? ISIM_SIZE_ICV_64 :
			icv_len == 12 ? ISIM_SIZE_ICV_96 : ISIM_SIZE_ICV_128;
	}
	switch (enc_alg) {
	case ISIM_ENC_AES_GCM:
	case ISIM_ENC_AES_GMAC:
	case ISIM_ENC_AES_CCM:
	case ISIM_ENC_AES_CBC:
	case ISIM_ENC_AES_CTR:
		sizes |= key_len < 24 ? ISIM_SIZE_AES_128 :
			 key_len < 32 ? ISIM_SIZE_AES_192 : ISIM_SIZE_AES_256;
	}
	return sizes;
}

/**
 * struct isim_hw_caps - completion payload of CAPS_GET
 * @flags: ISIM_CAP_*
 * @enc_algs: bit n for enum isim_hw_enc_alg value n
 * @auth_algs: bit n for enum isim_hw_auth_alg value n
 * @sizes: ISIM_SIZE_*
 * @sa_capacity: SAs the adapter takes; its table may have room for more
 * @rsvd: reserved
 */
struct isim_hw_caps {
	__le32	flags;
	__le32	enc_algs;
	__le32	auth_algs;
	__le32	sizes;
	__le32	sa_capacity;
	__le32	rsvd;
};

/**
 * struct isim_hw_txq_create - payload of TXQ_CREATE
 * @queue: 0 to ISIM_REG_CAP_QUEUES - 1
 * @slots: of ring and completion ring
 * @ring: bus address of the isim_hw_tx_slot array
 * @cpl: bus address of the isim_hw_tx_cpl array
 */
struct isim_hw_txq_create {
	__le32	queue;
	__le32	slots;
	__le64	ring;
	__le64	cpl;
};

/**
 * struct isim_hw_rxq_create - payload of RXQ_CREATE
 * @queue: 0 to ISIM_REG_CAP_QUEUES - 1
 * @slots: of fill ring and completion ring
 * @fill: bus address of the isim_hw_rx_fill array
 * @cpl: bus address of the isim_hw_rx_cpl array
 * @buf_len: octets of every buffer, ISIM_HW_RX_BUF_MIN or more
 * @frame_max: longest frame to accept; at most ISIM_HW_RX_BUFS_MAX * @buf_len
 *
 * Frames that RSS_SET sends to a queue that does not run are lost.
 */
struct isim_hw_rxq_create {
	__le32	queue;
	__le32	slots;
	__le64	fill;
	__le64	cpl;
	__le32	buf_len;
	__le32	frame_max;
};

/**
 * struct isim_hw_queue_destroy - payload of TXQ_DESTROY and RXQ_DESTROY
 * @queue: as created
 * @rsvd: reserved
 *
 * On completion the adapter has finished every access to the rings and to the
 * buffers posted in them, and produces no completion any more. Buffers and
 * packets not completed by then belong to the host again.
 */
struct isim_hw_queue_destroy {
	__le32	queue;
	__le32	rsvd;
};

#define ISIM_HW_RSS_TABLE	128

/**
 * struct isim_hw_rss_set - payload of RSS_SET
 * @seed: of the flow hash
 * @rsvd: reserved
 * @table: RX queue for each value of (hash % ISIM_HW_RSS_TABLE)
 *
 * The hash covers addresses and ports of TCP and UDP, addresses and SPI of ESP,
 * and the addresses alone of everything else, fragments among it. Reset value:
 * all frames go to queue 0.
 */
struct isim_hw_rss_set {
	__le32	seed;
	__le32	rsvd;
	u8	table[ISIM_HW_RSS_TABLE];
};

#define ISIM_HW_STEER_RULES	64u

/**
 * struct isim_hw_steer_add - payload of STEER_ADD
 * @location: 0 to ISIM_HW_STEER_RULES - 1; a rule that is there is replaced
 * @flags: ISIM_STEER_*: what a packet must have to match
 * @queue: RX queue, or ISIM_STEER_DROP
 * @spi: with ISIM_STEER_SPI: numerical value
 * @daddr: with ISIM_STEER_DADDR: destination, network order, IPv4 in the first 4
 *	octets
 *
 * Rules come before RSS_SET: of those that an ESP packet matches, the one at the
 * lowest location decides on its queue. The flow hash in the completion stays what
 * it is. Matched is what the wire carries: ESP behind IP with its options or
 * extension headers, whole and for this hop, not in UDP.
 * A queue that does not run loses what is steered to it. Reset value: no rule.
 */
struct isim_hw_steer_add {
	__le32	location;
	__le32	flags;
	__le32	queue;
	__le32	spi;
	u8	daddr[16];
};

#define ISIM_STEER_IPV6		BIT(0)	/* is IPv6, else IPv4 */
#define ISIM_STEER_SPI		BIT(1)	/* has @spi */
#define ISIM_STEER_DADDR	BIT(2)	/* goes to @daddr */

#define ISIM_STEER_DROP		0xffffffffu

/**
 * struct isim_hw_steer_delete - payload of STEER_DELETE
 * @location: of a rule, else ISIM_ST_BAD_PARAM
 * @rsvd: reserved
 */
struct isim_hw_steer_delete {
	__le32	location;
	__le32	rsvd;
};

/**
 * struct isim_hw_sa_add - payload of SA_ADD
 * @flags: ISIM_SA_*
 * @spi: numerical value
 * @proto: IPPROTO_ESP
 * @enc_alg: enum isim_hw_enc_alg
 * @auth_alg: enum isim_hw_auth_alg
 * @icv_len: octets
 * @enc_key_len: octets, salt or nonce included
 * @auth_key_len: octets
 * @encap: ISIM_ENCAP_*
 * @rsvd: reserved
 * @tag: returned in RX completions
 * @esn_hi: inbound ESN: H, see above
 * @encap_sport: ISIM_ENCAP_UDP: source port, for information
 * @encap_dport: ISIM_ENCAP_UDP: destination port, not 0
 * @rsvd2: reserved
 * @saddr: source, network order, IPv4 in the first 4 octets
 * @daddr: destination, likewise
 * @enc_key: encryption key, then salt or nonce
 * @auth_key: authentication key
 */
struct isim_hw_sa_add {
	__le32	flags;
	__le32	spi;
	u8	proto;
	u8	enc_alg;
	u8	auth_alg;
	u8	icv_len;
	u8	enc_key_len;
	u8	auth_key_len;
	u8	encap;
	u8	rsvd;
	__le32	tag;
	__le32	esn_hi;
	__le16	encap_sport;
	__le16	encap_dport;
	__le32	rsvd2;
	u8	saddr[16];
	u8	daddr[16];
	u8	enc_key[40];
	u8	auth_key[128];
};

#define ISIM_SA_INBOUND		BIT(0)
#define ISIM_SA_TUNNEL		BIT(1)
#define ISIM_SA_IPV6		BIT(2)	/* of the outer header */
#define ISIM_SA_ESN		BIT(3)
#define ISIM_SA_ESN_OVERLAP	BIT(4)	/* see above */

#define ISIM_ENCAP_NONE		0
#define ISIM_ENCAP_UDP		1	/* RFC 3948 */

/**
 * struct isim_hw_sa_handle - payload of SA_DELETE and SA_QUERY
 * @handle: as answered by SA_ADD
 * @rsvd: reserved
 */
struct isim_hw_sa_handle {
	__le32	handle;
	__le32	rsvd;
};

/**
 * struct isim_hw_sa_update - payload of SA_UPDATE
 * @handle: of an ESN SA, else ISIM_ST_BAD_HANDLE or ISIM_ST_NO_ESN
 * @spi: of that SA, else ISIM_ST_BAD_PARAM
 * @flags: ISIM_SA_ESN_OVERLAP or 0
 * @esn_hi: H
 */
struct isim_hw_sa_update {
	__le32	handle;
	__le32	spi;
	__le32	flags;
	__le32	esn_hi;
};

/**
 * struct isim_hw_sa_query - completion payload of SA_QUERY
 * @packets: processed with success
 * @bytes: of ESP payload (ESP header to ICV) in them
 * @auth_errors: authentication failures, modulo 2^32
 * @esn_hi: H as programmed
 */
struct isim_hw_sa_query {
	__le64	packets;
	__le64	bytes;
	__le32	auth_errors;
	__le32	esn_hi;
};

/**
 * struct isim_hw_sa_limit - payload of SA_LIMIT, completion payload of SA_ADD: the SA's
 *	handle, and the limits that it was given
 * @handle: of an inbound SA, else ISIM_ST_BAD_HANDLE or ISIM_ST_BAD_PARAM; 0: of
 *	the SAs to come
 * @auth_errors: authentication failures
 * @seq: sequence number of a packet processed with success, this or a higher one.
 *	Not for SAs with ESN: ISIM_ST_BAD_PARAM, or with handle 0 ignored
 * @rsvd: reserved
 * @packets: processed with success
 * @bytes: of ESP payload in them
 *
 * A limit of 0 is none.
 */
struct isim_hw_sa_limit {
	__le32	handle;
	__le32	auth_errors;
	__le32	seq;
	__le32	rsvd;
	__le64	packets;
	__le64	bytes;
};

/**
 * struct isim_hw_cmd - a command
 * @opcode: enum isim_hw_opcode
 * @rsvd: reserved
 * @id: returned in the completion
 * @rsvd2: reserved
 */
struct isim_hw_cmd {
	u8	opcode;
	u8	rsvd;
	__le16	id;
	__le32	rsvd2;
	/* private: one member for each opcode with a payload */
	union {
		struct isim_hw_txq_create	txq_create;
		struct isim_hw_rxq_create	rxq_create;
		struct isim_hw_queue_destroy	queue_destroy;
		struct isim_hw_rss_set		rss_set;
		struct isim_hw_steer_add	steer_add;
		struct isim_hw_steer_delete	steer_delete;
		struct isim_hw_sa_add		sa_add;
		struct isim_hw_sa_handle	sa_delete;
		struct isim_hw_sa_handle	sa_query;
		struct isim_hw_sa_update	sa_update;
		struct isim_hw_sa_limit		sa_limit;
		u8				raw[248];
	};
};

/**
 * struct isim_hw_cpl - a completion
 * @id: of the command
 * @opcode: of the command
 * @gen: generation, bit 0
 * @status: enum isim_hw_status; the payload is valid with ISIM_ST_OK only
 * @rsvd: reserved
 */
struct isim_hw_cpl {
	__le16	id;
	u8	opcode;
	u8	gen;
	__le16	status;
	__le16	rsvd;
	/* private: one member for each opcode that answers with a payload */
	union {
		struct isim_hw_caps		caps;
		struct isim_hw_sa_limit		sa_add;
		struct isim_hw_sa_query		sa_query;
		u8				raw[56];
	};
};

static_assert(sizeof(struct isim_hw_caps) == 24);
static_assert(sizeof(struct isim_hw_txq_create) == 24);
static_assert(sizeof(struct isim_hw_rxq_create) == 32);
static_assert(sizeof(struct isim_hw_rss_set) == 136);
static_assert(sizeof(struct isim_hw_steer_add) == 32);
static_assert(sizeof(struct isim_hw_steer_delete) == 8);
static_assert(sizeof(struct isim_hw_sa_add) == 232);
static_assert(offsetof(struct isim_hw_sa_add, saddr) == 32);
static_assert(offsetof(struct isim_hw_sa_add, enc_key) == 64);
static_assert(sizeof(struct isim_hw_sa_update) == 16);
static_assert(sizeof(struct isim_hw_sa_query) == 24);
static_assert(sizeof(struct isim_hw_sa_limit) == 32);
static_assert(sizeof(struct isim_hw_cmd) == 256);
static_assert(sizeof(struct isim_hw_cpl) == 64);

#endif
