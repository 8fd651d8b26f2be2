// SPDX-License-Identifier: GPL-2.0
/*
 * Alarm: a sequence number is used twice with an outbound SA. With a counter-mode
 * algorithm it is the IV, so two packets then share a nonce, and their keystream.
 *
 * Queues send with one SA at a time, and not in order. So the adapter remembers the
 * latest numbers, without a lock: 32 of them in each word, which has the lower
 * bits of the number of its block, and a bit for each. A number that lies further
 * back cannot be told from one that is only late; those are counted apart. A host
 * that goes back to numbers from long before makes many of them.
 */
#include "emu/emu.h"

#define BLOCK_BITS	5

/* Put a number in. Returns the alarm, ISIM_CNT_NUM for none. */
static enum isim_hw_counter watch_see(struct isim_emu_seq_watch *watch, u64 seq)
{
	u32 block = seq >> BLOCK_BITS, bit = BIT(seq % BIT(BLOCK_BITS));
	atomic64_t *word = &watch->word[block % ISIM_EMU_SEQ_WORDS];
	s64 top = atomic64_read(&watch->top), old, new;

	while (seq > (u64)top)
		if (atomic64_try_cmpxchg_relaxed(&watch->top, &top, seq))
			top = seq;
	if (top - seq >= (ISIM_EMU_SEQ_WORDS - 1) << BLOCK_BITS)
		return ISIM_CNT_TX_SEQ_OLD;

	old = atomic64_read(word);
	do {
		/* This near to the top, another block is one from before. */
		new = old;
		if (upper_32_bits(old) != block)
			new = (u64)block << 32;
		if (new & bit)
			return ISIM_CNT_TX_SEQ_REUSE;
		new |= bit;
	} while (!atomic64_try_cmpxchg_relaxed(word, &old, new));
	return ISIM_CNT_NUM;
}

/**
 * isim_emu_seq_check() - look whether a sequence number was used before
 * @txq: TX queue, its lock held
 * @sa: outbound SA
 * @seq: of the packet to send
 *
 * The packet is sent all the same, as silicon would.
 */
void isim_emu_seq_check(struct isim_emu_txq *txq, struct isim_emu_sa *sa, u64 seq)
{
	enum isim_hw_counter alarm = watch_see(sa->seq_watch, seq);

	if (unlikely(alarm != ISIM_CNT_NUM))
		isim_emu_count(&txq->cnt, alarm, 1);
}
