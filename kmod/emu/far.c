// SPDX-License-Identifier: GPL-2.0
/*
 * A far end of the wire that is no adapter: frames go out through struct
 * isim_emu_far, and come in through isim_emu_far_receive().
 */
#include "emu/emu.h"

/**
 * isim_emu_wire_reserve() - take room for a frame at the far end
 * @emu: sending adapter
 * @hdr: first piece of the frame, with its headers, for the choice of the queue
 * @len: octets of the frame
 * @frame: filled in; for isim_emu_wire_send() or isim_emu_rx_abort()
 *
 * Context: RCU read section, bottom halves disabled; takes rxq->lock.
 * Return: 0; -ENOBUFS when the frame is lost and the far end has counted that; or
 * -ENOLINK when there is no far end.
 */
int isim_emu_wire_reserve(struct isim_emu *emu, const struct isim_emu_seg *hdr,
			  u32 len, struct isim_emu_frame *frame)
{
	struct isim_emu *peer = rcu_dereference(emu->peer);
	struct isim_emu_far *far;
	u8 *va;

	if (likely(peer))
		return isim_emu_rx_reserve(peer, hdr, len, frame) ? 0 : -ENOBUFS;
	far = rcu_dereference(emu->far);
	if (!far)
		return -ENOLINK;
	va = far->reserve(far, len, &frame->cookie);
	if (!va)
		return -ENOBUFS;
	frame->rxq = NULL;
	frame->far = far;
	frame->len = len;
	frame->nsegs = 1;
	frame->seg[0].va = va;
	frame->seg[0].len = len;
	return 0;
}

/* Counterparts of isim_emu_rx_abort() and isim_emu_rx_deliver(), called by them */
void isim_emu_far_abort(struct isim_emu_frame *frame)
{
	frame->far->abort(frame->far, frame->cookie);
}

void isim_emu_far_deliver(struct isim_emu_frame *frame)
{
	frame->far->deliver(frame->far, frame->cookie);
}

bool isim_emu_far_receive(struct isim_emu *emu, const struct isim_emu_seg *seg,
			  unsigned int nsegs, u32 len)
{
	struct isim_emu_frame frame;

	if (seg[0].len < ISIM_ETH_HLEN)
		return false;
	rcu_read_lock();
	if (isim_emu_rx_reserve(emu, seg, len, &frame)) {
		isim_emu_seg_copy(frame.seg, seg, nsegs);
		isim_emu_rx_deliver(&frame);
	}
	rcu_read_unlock();
	return true;
}

int isim_emu_wire_far(struct isim_emu *emu, struct isim_emu_far *far)
{
	if (isim_emu_wired(emu))
		return -EBUSY;
	rcu_assign_pointer(emu->far, far);
	isim_emu_wire_update(emu);
	return 0;
}

void isim_emu_far_link(struct isim_emu *emu, struct isim_emu_far *far, bool link)
{
	WRITE_ONCE(far->link, link);
	/* Not wired to it any more, or not yet: the host looks and sees that. */
	isim_emu_cause(emu, ISIM_CAUSE_LINK);
}
