/* SPDX-License-Identifier: GPL-2.0 */
/* Crypto engine and ESP transform (crypto.c, esp.c). Rules: emu.h. */
#ifndef ISIM_EMU_ENGINE_H
#define ISIM_EMU_ENGINE_H

#include <linux/scatterlist.h>
#include <crypto/aead.h>
#include "hw/admin.h"
#include "hw/ring.h"
#include "emu/parse.h"
#include "emu/seg.h"

struct isim_emu_far;
struct isim_emu_rxq;
struct isim_emu_sa;

/* Pieces of a frame to send: one of a large packet has its own headers and trailer */
#define ISIM_EMU_TX_PIECES	(ISIM_HW_TX_BUFS_MAX + 2u)

/*
 * Cipher blocks should not straddle pieces, nor pages inside them: the crypto API
 * takes a slow way, with an allocation, for each that does. These are the sender's
 * octets and blocks of AES; frames in several buffers of the far end, and
 * ChaCha20's strides of 64 octets, do take that way.
 */
#define ISIM_EMU_CHUNK		16u

/* Entries of a scatterlist for ends of pages, two for each. Beyond, it is slow. */
#define ISIM_EMU_TX_SPLITS	8u

/* Chunks that may need to be put together: one at the end of each piece and page */
#define ISIM_EMU_TX_BRIDGES	(ISIM_EMU_TX_PIECES + ISIM_EMU_TX_SPLITS)

/* Padding of a cipher with blocks of 16 octets, pad length, next header */
#define ISIM_EMU_TRAILER_MAX	(15u + 2u)

/* Room for the AEAD's own request state; SA_ADD refuses an AEAD that needs more */
#define ISIM_EMU_REQ_SIZE	1536u
#define ISIM_EMU_IV_MAX		16u
#define ISIM_EMU_AAD_MAX	(12u + ISIM_EMU_IV_MAX)

/**
 * struct isim_emu_frame - a frame in buffers of the far end
 * @rxq: queue whose buffers these are; NULL when they are @far's
 * @far: far end that is no adapter
 * @cookie: its name of the buffer
 * @nsegs: number of buffers
 * @len: octets of the frame
 * @hash: flow hash, or 0
 * @hash_l4: hash covers ports or SPI
 * @seg: the buffers, filled in order
 * @fill: as the host posted each
 */
struct isim_emu_frame {
	struct isim_emu_rxq	*rxq;
	struct isim_emu_far	*far;
	void			*cookie;
	unsigned int		nsegs;
	u32			len;
	u32			hash;
	bool			hash_l4;
	struct isim_emu_seg	seg[ISIM_HW_RX_BUFS_MAX];
	struct isim_hw_rx_fill	fill[ISIM_HW_RX_BUFS_MAX];
};

/**
 * struct isim_emu_pkt - a packet to send, as fetched from the TX ring, or a frame
 * that was cut from one
 * @id: the host's name of it
 * @flags: ISIM_TX_*
 * @sa_handle: or 0
 * @len: octets of the frame
 * @seq: 64-bit ESP sequence number
 * @esp_off: offset of the ESP header
 * @csum_start: see ISIM_TX_CSUM
 * @csum_off: see ISIM_TX_CSUM
 * @mss: large packet: payload of a frame, else 0
 * @hdr_len: large packet: octets of headers
 * @next_hdr: large packet: for the ESP trailers
 * @nsegs: number of buffers
 * @seg: the host's buffers, read only. Of a frame of a large packet, which has
 *       no octets for the ICV: headers, payload in the host's buffers, ESP trailer
 */
struct isim_emu_pkt {
	u16			id;
	u8			flags;
	u32			sa_handle;
	u32			len;
	u64			seq;
	u16			esp_off;
	u16			csum_start;
	u16			csum_off;
	u16			mss;
	u16			hdr_len;
	u8			next_hdr;
	unsigned int		nsegs;
	struct isim_emu_seg	seg[ISIM_EMU_TX_PIECES];
};

/**
 * struct isim_emu_op - one packet in an engine
 * @busy: the crypto API still works on it
 * @err: outcome: 0 or a negative errno
 * @sa: SA, with a reference while @busy
 * @queue: TX or RX queue, for the crypto callback
 * @id: TX: the host's name of the packet
 * @tx_status: TX: status to complete it with
 * @last: TX: the packet is complete with this frame
 * @stopped: TX: a policy keeps the frame from the wire; valid with ISIM_TX_OK
 * @frame: buffers of the far end (TX) or of this end (RX)
 * @esp_len: octets from ESP header to ICV
 * @cpl: RX: flags, tag, handle, status and sequence number to complete it with
 * @src: scatterlist
 * @dst: scatterlist
 * @iv: IV argument of the AEAD
 * @hdr: associated data, and behind it plaintext with the L4 checksum put in. In
 *       both scatterlists of an encryption: the engine runs on coherent memory
 * @bridge: TX: plaintext chunks that lie in several pieces or pages, put together
 * @cut_hdr: TX: headers of a frame of a large packet
 * @cut_tail: TX: its last octets of payload and its ESP trailer
 * @req: AEAD request and the room behind it
 */
struct isim_emu_op {
	bool			busy;
	int			err;
	struct isim_emu_sa	*sa;
	void			*queue;
	u16			id;
	u8			tx_status;
	bool			last;
	bool			stopped;
	struct isim_emu_frame	frame;
	u32			esp_len;
	struct isim_hw_rx_cpl	cpl;
	struct scatterlist	src[2 * ISIM_EMU_TX_PIECES + ISIM_EMU_TX_SPLITS + 1];
	struct scatterlist	dst[ISIM_HW_RX_BUFS_MAX + 1];
	u8			iv[ISIM_EMU_IV_MAX];
	u8			hdr[ISIM_EMU_AAD_MAX + ISIM_HW_TX_HDR_MAX];
	u8			bridge[ISIM_EMU_TX_BRIDGES * ISIM_EMU_CHUNK];
	u8			cut_hdr[ISIM_HW_TX_HDR_MAX];
	u8			cut_tail[ISIM_EMU_CHUNK + ISIM_EMU_TRAILER_MAX];
	u8			req[ISIM_EMU_REQ_SIZE] __aligned(CRYPTO_MINALIGN);
};

#define ISIM_EMU_PIPE_DEPTH	64u

/**
 * struct isim_emu_pipe - operations of a queue, released in order
 * @head: count of operations released
 * @tail: count of operations entered
 * @op: ring of operations; the one at @tail is free for the next packet
 *
 * A packet that is done at once while nothing waits never enters the pipe.
 */
struct isim_emu_pipe {
	unsigned int		head;
	unsigned int		tail;
	struct isim_emu_op	*op[ISIM_EMU_PIPE_DEPTH];
};

int isim_emu_pipe_init(struct isim_emu_pipe *pipe, void *queue);
void isim_emu_pipe_exit(struct isim_emu_pipe *pipe);

static inline bool isim_emu_pipe_empty(const struct isim_emu_pipe *pipe)
{
	return pipe->head == pipe->tail;
}

/* The operation for the next packet, or NULL when all are busy. */
static inline struct isim_emu_op *isim_emu_pipe_next(struct isim_emu_pipe *pipe)
{
	if (pipe->tail - pipe->head == ISIM_EMU_PIPE_DEPTH)
		return NULL;
	return pipe->op[pipe->tail % ISIM_EMU_PIPE_DEPTH];
}

/* The operation to release next, or NULL when it is busy or there is none. */
static inline struct isim_emu_op *isim_emu_pipe_done(struct isim_emu_pipe *pipe)
{
	struct isim_emu_op *op = pipe->op[pipe->head % ISIM_EMU_PIPE_DEPTH];

	return isim_emu_pipe_empty(pipe) || op->busy ? NULL : op;
}

u32 isim_emu_enc_algs(void);
u32 isim_emu_auth_algs(void);
enum isim_hw_status isim_emu_sa_crypto(struct isim_emu_sa *sa,
				       const struct isim_hw_sa_add *cmd);

/**
 * struct isim_emu_lso - how far a large packet has been cut
 * @index: number of the next frame
 * @left: octets of payload not cut yet
 * @piece: buffer of the packet with the next of them
 * @piece_off: where in it
 * @l3_off: offset of the IP header
 * @inner_off: offset of the one inside a tunnel, or 0
 * @frame: the frame that was cut last; its CSUM is still to be done
 */
struct isim_emu_lso {
	u32			index;
	u32			left;
	unsigned int		piece;
	u32			piece_off;
	u32			l3_off;
	u32			inner_off;
	struct isim_emu_pkt	frame;
};

/* Segmentation (lso.c), txq->lock held */
bool isim_emu_lso_start(struct isim_emu_lso *lso, const struct isim_emu_pkt *pkt,
			const struct isim_emu_sa *sa);
void isim_emu_lso_cut(struct isim_emu_lso *lso, const struct isim_emu_pkt *pkt,
		      const struct isim_emu_sa *sa, struct isim_emu_op *op);

/* ESP transform (esp.c), queue locks held, inside an RCU read section */
int isim_emu_esp_encrypt(struct isim_emu_op *op, struct isim_emu_sa *sa,
			 const struct isim_emu_pkt *pkt,
			 crypto_completion_t done);
int isim_emu_esp_decrypt(struct isim_emu_op *op, struct isim_emu_sa *sa,
			 struct isim_emu_frame *frame,
			 const struct isim_emu_parse *p,
			 crypto_completion_t done);
bool isim_emu_esp_fits(const struct isim_emu_sa *sa,
		       const struct isim_emu_parse *p);
enum isim_hw_crypto_status isim_emu_esp_trailer(const struct isim_emu_op *op,
						const struct isim_emu_frame *frame);
enum isim_hw_crypto_status isim_emu_esp_status(const struct isim_emu_sa *sa,
					       int err);

#endif
