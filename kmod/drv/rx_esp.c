// SPDX-License-Identifier: GPL-2.0
/*
 * Receive: what XFRM must know of a frame that the adapter has decrypted. Which
 * state it belongs to, and how it went.
 */
#include "drv.h"

static u32 isim_drv_rx_crypto_status(u8 status)
{
	switch (status) {
	case ISIM_CRYPTO_SUCCESS:
		return CRYPTO_SUCCESS;
	case ISIM_CRYPTO_TRANSPORT_AH_AUTH_FAILED:
		return CRYPTO_TRANSPORT_AH_AUTH_FAILED;
	case ISIM_CRYPTO_TRANSPORT_ESP_AUTH_FAILED:
		return CRYPTO_TRANSPORT_ESP_AUTH_FAILED;
	case ISIM_CRYPTO_TUNNEL_AH_AUTH_FAILED:
		return CRYPTO_TUNNEL_AH_AUTH_FAILED;
	case ISIM_CRYPTO_TUNNEL_ESP_AUTH_FAILED:
		return CRYPTO_TUNNEL_ESP_AUTH_FAILED;
	case ISIM_CRYPTO_INVALID_PACKET_SYNTAX:
		return CRYPTO_INVALID_PACKET_SYNTAX;
	case ISIM_CRYPTO_INVALID_PROTOCOL:
		return CRYPTO_INVALID_PROTOCOL;
	default:
		return CRYPTO_GENERIC_ERROR;
	}
}

/*
 * The xfrm_state that a completion names, with a reference, or NULL. The handle
 * is not compared while the answer to SA_ADD is still on its way: a tag is not
 * used twice.
 */
static struct xfrm_state *isim_drv_rx_state(struct isim_drv_adapter *adapter,
					    const struct isim_hw_rx_cpl *cpl)
{
	struct xfrm_state *x = NULL;
	struct isim_drv_sa *sa;
	u32 handle;

	rcu_read_lock();
	sa = xa_load(&adapter->sas, le32_to_cpu(cpl->sa_tag));
	if (sa) {
		handle = READ_ONCE(sa->handle);
		if (!handle || handle == le32_to_cpu(cpl->sa_handle))
			x = rcu_dereference(sa->x);
		if (x && !refcount_inc_not_zero(&x->refcnt))
			x = NULL;
	}
	rcu_read_unlock();
	return x;
}

/*
 * XFRM infers the high word of the sequence number from its window, the adapter
 * from the half range that it was programmed with, and the replay check knows
 * only XFRM's. A packet from below the window is old for the adapter and of the
 * next epoch for XFRM: software would fail to authenticate it, and so do we.
 * Otherwise a replayed packet would pass for a new one.
 */
static bool isim_drv_rx_esn_ok(struct xfrm_state *x, const struct isim_hw_rx_cpl *cpl)
{
	u64 seq = le64_to_cpu(cpl->seq);
	u32 hi;

	if (!(x->props.flags & XFRM_STATE_ESN))
		return true;
	spin_lock(&x->lock);
	hi = xfrm_replay_seqhi(x, htonl(lower_32_bits(seq)));
	spin_unlock(&x->lock);
	return hi == upper_32_bits(seq);
}

/*
 * A packet that fails does not move the window, so no advance_esn follows. But
 * the window may have been set behind our back (XFRM_MSG_NEWAE calls no driver),
 * and then no packet would be right any more.
 */
static void isim_drv_rx_resync(struct xfrm_state *x)
{
	if (!(x->props.flags & XFRM_STATE_ESN))
		return;
	spin_lock(&x->lock);
	isim_drv_xfrm_advance_esn(x);
	spin_unlock(&x->lock);
}

/**
 * isim_drv_rx_secpath() - tell XFRM what the adapter has done with a frame
 * @q: queue pair
 * @skb: the frame
 * @cpl: completion of its last buffer, with ISIM_RX_CRYPTO_DONE
 *
 * Context: NAPI.
 * Return: false when that fails, counted; of a frame that has been decrypted nothing
 * else can be made, so it is to be dropped.
 */
bool isim_drv_rx_secpath(struct isim_drv_queue *q, struct sk_buff *skb,
			 const struct isim_hw_rx_cpl *cpl)
{
	struct isim_drv_rx_ring *rx = &q->rx;
	struct xfrm_offload *xo;
	struct xfrm_state *x;
	struct sec_path *sp;

	x = isim_drv_rx_state(q->adapter, cpl);
	if (unlikely(!x)) {
		isim_drv_rx_count(rx, &rx->stats.stale_sa);
		return false;
	}

	sp = secpath_set(skb);
	if (unlikely(!sp || sp->len == XFRM_MAX_DEPTH || sp->olen)) {
		xfrm_state_put(x);
		isim_drv_rx_count(rx, &rx->stats.no_mem);
		return false;
	}

	/* the secpath owns the reference from here */
	sp->xvec[sp->len++] = x;
	sp->olen++;

	xo = xfrm_offload(skb);
	xo->flags = CRYPTO_DONE;
	if (cpl->flags & ISIM_RX_NEXT_CRYPTO_DONE)
		xo->flags |= CRYPTO_NEXT_DONE;
	if (cpl->flags & ISIM_RX_SA_DELETE_REQ)
		xo->flags |= SA_DELETE_REQ;
	xo->status = isim_drv_rx_crypto_status(cpl->status);
	if (xo->status == CRYPTO_SUCCESS && !isim_drv_rx_esn_ok(x, cpl)) {
		isim_drv_rx_count(rx, &rx->stats.esn_mismatch);
		xo->status = x->props.mode == XFRM_MODE_TUNNEL ?
			     CRYPTO_TUNNEL_ESP_AUTH_FAILED :
			     CRYPTO_TRANSPORT_ESP_AUTH_FAILED;
	}
	if (unlikely(xo->status != CRYPTO_SUCCESS))
		isim_drv_rx_resync(x);
	return true;
}
