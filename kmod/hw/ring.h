/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ipsecsim data sheet, part 3: TX, RX-fill and completion rings of a queue pair.
 *
 * Common rules
 *
 * Rings are arrays of a power of two of slots in coherent host memory. The
 * host gives slots to the adapter by writing a tail doorbell: a free-running
 * count, modulo 2^16, of slots ever filled. A slot belongs to the adapter from
 * the doorbell that covers it until the adapter has consumed it, which the
 * host learns only from completions. At most "slots" slots may be outstanding. The
 * host writes the doorbell of one ring one at a time; a value that claims more
 * slots than the ring has is ignored.
 *
 * Completion rings are written by the adapter alone and have no doorbell: a
 * completion ring has as many slots as the ring it answers, and the host hands
 * out no new work for which it has not consumed an older completion. Each
 * completion carries a generation bit, 1 in the first pass over the ring,
 * 0 in the second, and so on; the host clears the ring before it hands it
 * over. The adapter writes the generation bit after the rest (dma_wmb); the
 * host reads it before the rest (dma_rmb).
 *
 * Multi-byte fields are little-endian. Reserved fields are written as 0 and
 * not interpreted.
 *
 * TX
 *
 * A packet is one isim_hw_tx_pkt slot followed by enough isim_hw_tx_bufs slots,
 * two buffers each, for its buffers. The frame is the buffers in order; the
 * first holds at least the Ethernet, VLAN and IP headers, as far as the frame
 * has them, and for a packet with an SA everything up to and including the ESP
 * header and the IV. The adapter reads the buffers and never writes them. The
 * completion of a packet, in ring order, returns its slots and its buffers. A
 * doorbell covers whole packets only.
 *
 * A packet with an SA handle is a complete ESP frame except that
 *  - the IV octets, if the algorithm has any, are undefined: the adapter
 *    writes them,
 *  - everything between IV and ICV is plaintext, with padding, pad length and
 *    next header filled in,
 *  - the ICV octets at the end of the frame are undefined.
 * seq is the 64-bit sequence number; its low word equals the one in the ESP
 * header, its high word enters the authentication of an ESN SA. A handle that
 * names no outbound SA of the adapter drops the packet: it is completed with
 * ISIM_TX_STALE_SA and nothing reaches the wire.
 *
 * With ISIM_TX_CSUM the adapter sums the octets from csum_start to the end of
 * the frame (for a packet with an SA: to the start of the ESP trailer's
 * padding, before encryption), folds, and stores the complement at
 * csum_start + csum_off, where the host has left the pseudo header's sum. A
 * result of 0 is stored as 0xffff. For a packet with an SA the checksum field
 * must lie within ISIM_HW_TX_HDR_MAX octets of the end of the IV.
 *
 * Segmentation. With an mss the packet is a large one: its payload, what lies
 * behind hdr_len, leaves in frames of mss octets each, the last of what is left.
 * ISIM_TX_CSUM must be set, csum_start be the offset of the TCP or UDP header,
 * hdr_len that of its end. The outer IP header has the length of the large packet,
 * or one that lies within it. All headers lie in the first buffer and are at most
 * ISIM_HW_TX_HDR_MAX octets; the payload makes at most ISIM_HW_LSO_SEGS_MAX
 * frames. Each frame gets the headers, in which the adapter sets
 *  - IPv4: total length, identification (that of the packet plus the number of
 *    the frame, from 0) and header checksum; IPv6: payload length. In tunnel mode
 *    that of the inner header, too,
 *  - TCP: sequence number; FIN and PSH stay in the last frame only, CWR in the
 *    first only. UDP: length,
 *  - the checksum. The pseudo header's sum that the host has left holds the
 *    length of the large packet's TCP or UDP part; the adapter replaces it.
 * With an SA handle the packet ends with the payload: it has no padding, pad
 * length, next header and ICV. The adapter adds them to each frame, the next
 * header from next_hdr. The frames have consecutive sequence numbers from seq
 * on, of 64 bits in the AAD, and an IV each; without ESN they end with 2^32 - 1, and
 * a packet that would need more is refused. In tunnel mode the ESP payload is an
 * IP packet with the TCP or UDP header in it; in transport mode it starts
 * with that header, or with IPv6 extension headers before it. A frame for which the far end has
 * no buffer is lost, as one that was sent alone would be; the others are not.
 * The packet has one completion, after its last frame. Its status is ISIM_TX_OK if
 * all frames went well, else that of the last that did not; the others have left.
 *
 * RX
 *
 * The host posts empty buffers, all of the length given when the queue was
 * created, in the fill ring. The adapter spreads a frame over as many as it
 * needs and completes them in frame order, one completion each, ISIM_RX_EOP on
 * the last; frames are not interleaved. Buffers of different frames may
 * complete in another order than they were posted. Everything but id, len,
 * gen and flags is valid in the completion with ISIM_RX_EOP only.
 *
 * An ESP frame, in UDP or not, that matches an inbound SA is authenticated and
 * decrypted where it lies. It is handed up whole: outer headers, ESP header,
 * IV, plaintext, trailer, ICV octets (undefined). ISIM_RX_CRYPTO_DONE tells
 * that status, sa_tag, sa_handle and seq are valid; status tells the outcome. A
 * frame with a status other than ISIM_CRYPTO_SUCCESS is handed up all the same;
 * its payload is undefined and may be plaintext that failed authentication.
 * Every other frame is handed up as it came, packets with hops left in a source
 * route or routing header among them.
 *
 * The adapter finds IP behind the Ethernet header or one VLAN tag (Ethernet type
 * 0x8100 or 0x88a8). A frame with more tags is one of those handed up as they came,
 * ESP or not, and has no flow hash: it goes to queue 0. In TX tags do not matter,
 * for the host tells where ESP is. Destination MAC addresses do not matter at all:
 * an ESP frame to any is decrypted if it matches an SA.
 *
 * The adapter checks, in this order:
 *  - there is room for IV, trailer and ICV, and the ciphertext consists of whole
 *    cipher blocks, else ISIM_CRYPTO_INVALID_PACKET_SYNTAX;
 *  - the ICV, else ISIM_CRYPTO_*_ESP_AUTH_FAILED, by the mode of the SA;
 *  - the padding is no longer than the payload, else
 *    ISIM_CRYPTO_INVALID_PACKET_SYNTAX;
 *  - in tunnel mode, the next header is IPv4, IPv6 or no next header (RFC 4303,
 *    2.6), else ISIM_CRYPTO_INVALID_PROTOCOL.
 * Where the engine fails, the status is ISIM_CRYPTO_GENERIC_ERROR. Before the ICV
 * is checked seq is not inferred: its high word is 0.
 *
 * ISIM_RX_CSUM_OK tells that the packet is TCP or UDP, not a fragment, and that
 * its checksum was there and was right. Of a decrypted packet that is said of
 * the packet inside; ESP itself has no checksum. Without the flag nothing is
 * known.
 */
#ifndef ISIM_HW_RING_H
#define ISIM_HW_RING_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/types.h>

#define ISIM_HW_RING_MIN	64u
#define ISIM_HW_RING_MAX	4096u

/* Limits of one packet */
#define ISIM_HW_TX_BUFS_MAX	20u	/* buffers */
#define ISIM_HW_TX_HDR_MAX	256u	/* see ISIM_TX_CSUM, segmentation */
#define ISIM_HW_LSO_MAX		65535u	/* octets of a large packet */
#define ISIM_HW_LSO_SEGS_MAX	128u	/* frames of it */
#define ISIM_HW_RX_BUFS_MAX	10u	/* buffers */
#define ISIM_HW_RX_BUF_MIN	1024u	/* octets */
#define ISIM_HW_FRAME_MAX	9728u	/* octets, no FCS */

enum isim_hw_tx_type {
	ISIM_TX_PKT	= 1,
	ISIM_TX_BUFS	= 2,
};

/**
 * struct isim_hw_tx_pkt - first slot of a packet
 * @type: ISIM_TX_PKT
 * @nbufs: buffers of the packet, 1 to ISIM_HW_TX_BUFS_MAX
 * @flags: ISIM_TX_* flags
 * @next_hdr: with an mss and an SA: for the ESP trailers
 * @id: returned in the completion
 * @mss: payload of a frame of a large packet, or 0
 * @sa_handle: handle from SA_ADD, or 0 for a packet to send as it is
 * @frame_len: length of the frame, the sum of the buffers' lengths
 * @seq: with an SA: 64-bit ESP sequence number
 * @hdr_len: with an mss: octets of headers
 * @esp_off: with an SA: offset of the ESP header in the frame
 * @csum_start: with ISIM_TX_CSUM: offset in the frame
 * @csum_off: with ISIM_TX_CSUM: offset of the checksum from csum_start
 */
struct isim_hw_tx_pkt {
	u8	type;
	u8	nbufs;
	u8	flags;
	u8	next_hdr;
	__le16	id;
	__le16	mss;
	__le32	sa_handle;
	__le32	frame_len;
	__le64	seq;
	__le16	hdr_len;
	__le16	esp_off;
	__le16	csum_start;
	__le16	csum_off;
};

#define ISIM_TX_CSUM		BIT(0)
#define ISIM_TX_UDP		BIT(1)	/* with an mss: UDP, else TCP */

/**
 * struct isim_hw_tx_bufs - following slots of a packet
 * @type: ISIM_TX_BUFS
 * @rsvd: reserved
 * @len0: length of the first buffer
 * @addr0: bus address of the first buffer
 * @addr1: bus address of the second buffer
 * @len1: length of the second buffer, or 0 in the last slot of a packet
 *        with an odd number of buffers
 * @rsvd2: reserved
 */
struct isim_hw_tx_bufs {
	u8	type;
	u8	rsvd[3];
	__le32	len0;
	__le64	addr0;
	__le64	addr1;
	__le32	len1;
	__le32	rsvd2;
};

union isim_hw_tx_slot {
	struct isim_hw_tx_pkt	pkt;
	struct isim_hw_tx_bufs	bufs;
};

enum isim_hw_tx_status {
	ISIM_TX_OK,		/* on the wire */
	ISIM_TX_STALE_SA,	/* unknown or stale handle */
	ISIM_TX_BAD_DESC,	/* descriptor or frame refused */
	ISIM_TX_NO_LINK,	/* no far end */
	ISIM_TX_CRYPTO_ERR,	/* engine failed */
};

/**
 * struct isim_hw_tx_cpl - TX completion
 * @id: of the packet
 * @status: enum isim_hw_tx_status
 * @gen: generation, bit 0
 * @rsvd: reserved
 */
struct isim_hw_tx_cpl {
	__le16	id;
	u8	status;
	u8	gen;
	__le32	rsvd;
};

/**
 * struct isim_hw_rx_fill - an empty buffer
 * @addr: bus address
 * @id: returned in the completion
 * @rsvd: reserved
 */
struct isim_hw_rx_fill {
	__le64	addr;
	__le16	id;
	__le16	rsvd[3];
};

/**
 * struct isim_hw_rx_cpl - RX completion, one per buffer
 * @id: of the buffer
 * @gen: generation, bit 0
 * @flags: ISIM_RX_* flags
 * @len: octets of the frame in this buffer
 * @frame_len: octets of the frame; with ISIM_RX_CRYPTO_DONE, up to the end of
 *             the IP packet: what lies behind is Ethernet padding
 * @hash: flow hash, or 0; of a decrypted packet, that of the packet inside
 * @sa_tag: tag of the SA, as the host gave it in SA_ADD
 * @sa_handle: handle of the SA
 * @status: enum isim_hw_crypto_status
 * @delete_reason: with ISIM_RX_SA_DELETE_REQ: enum isim_hw_delete_reason
 * @rsvd: reserved
 * @seq: 64-bit ESP sequence number that the packet was authenticated with; the
 *       high word is 0 without ESN
 */
struct isim_hw_rx_cpl {
	__le16	id;
	u8	gen;
	u8	flags;
	__le16	len;
	__le16	frame_len;
	__le32	hash;
	__le32	sa_tag;
	__le32	sa_handle;
	u8	status;
	u8	delete_reason;
	u8	rsvd[2];
	__le64	seq;
};

#define ISIM_RX_EOP		BIT(0)	/* last buffer of the frame */
#define ISIM_RX_CRYPTO_DONE	BIT(1)	/* an SA was applied */
#define ISIM_RX_NEXT_CRYPTO_DONE BIT(2)	/* and one to the packet inside */
#define ISIM_RX_SA_DELETE_REQ	BIT(3)	/* delete the SA please, see admin.h */
#define ISIM_RX_L4_HASH		BIT(4)	/* hash covers ports or SPI */
#define ISIM_RX_CSUM_OK		BIT(5)	/* TCP or UDP checksum is right */

/* IPsecOV2's CryptoStatus */
enum isim_hw_crypto_status {
	ISIM_CRYPTO_SUCCESS,
	ISIM_CRYPTO_GENERIC_ERROR,
	ISIM_CRYPTO_TRANSPORT_AH_AUTH_FAILED,
	ISIM_CRYPTO_TRANSPORT_ESP_AUTH_FAILED,
	ISIM_CRYPTO_TUNNEL_AH_AUTH_FAILED,
	ISIM_CRYPTO_TUNNEL_ESP_AUTH_FAILED,
	ISIM_CRYPTO_INVALID_PACKET_SYNTAX,
	ISIM_CRYPTO_INVALID_PROTOCOL,
};

/* Why the adapter asks for the deletion of an SA, see "Delete requests" in admin.h */
enum isim_hw_delete_reason {
	ISIM_DELETE_NONE,
	ISIM_DELETE_COMMAND,		/* on the adapter's own account */
	ISIM_DELETE_AUTH_ERRORS,	/* the limits of SA_LIMIT */
	ISIM_DELETE_SEQ,
	ISIM_DELETE_PACKETS,
	ISIM_DELETE_BYTES,
};

static_assert(sizeof(struct isim_hw_tx_pkt) == 32);
static_assert(sizeof(struct isim_hw_tx_bufs) == 32);
static_assert(sizeof(union isim_hw_tx_slot) == 32);
static_assert(sizeof(struct isim_hw_tx_cpl) == 8);
static_assert(sizeof(struct isim_hw_rx_fill) == 16);
static_assert(sizeof(struct isim_hw_rx_cpl) == 32);

#endif
