// SPDX-License-Identifier: GPL-2.0
/* Crypto engine: algorithms, keyed transforms, operations of a pipe. */
#include <linux/err.h>
#include <linux/slab.h>
#include "emu/emu.h"

#define GCM_KEYS	(BIT_ULL(16 + 4) | BIT_ULL(24 + 4) | BIT_ULL(32 + 4))
#define GCM_ICVS	(BIT(8) | BIT(12) | BIT(16))

/* Indexed by enum isim_hw_enc_alg: the combined-mode algorithms */
static const struct isim_emu_alg isim_emu_algs[] = {
	[ISIM_ENC_AES_GCM] = {
		.aead		= "rfc4106(gcm(aes))",
		.key_lens	= GCM_KEYS,
		.icv_lens	= GCM_ICVS,
		.iv_len		= 8,
	},
};

/**
 * isim_emu_alg_find() - is this combination implemented?
 * @enc_alg: enum isim_hw_enc_alg
 * @auth_alg: enum isim_hw_auth_alg
 *
 * Return: its description or NULL.
 */
const struct isim_emu_alg *isim_emu_alg_find(u8 enc_alg, u8 auth_alg)
{
	if (auth_alg != ISIM_AUTH_NONE || enc_alg >= ARRAY_SIZE(isim_emu_algs) ||
	    !isim_emu_algs[enc_alg].aead)
		return NULL;
	return &isim_emu_algs[enc_alg];
}

/**
 * isim_emu_enc_algs() - capability word
 *
 * Return: bit n set for each enum isim_hw_enc_alg value n that is implemented.
 */
u32 isim_emu_enc_algs(void)
{
	u32 algs = 0, i;

	for (i = 0; i < ARRAY_SIZE(isim_emu_algs); i++)
		if (isim_emu_algs[i].aead)
			algs |= BIT(i);
	return algs;
}

/* Has an operation room for a request of this transform? */
static bool aead_fits(struct crypto_aead *tfm)
{
	return sizeof(struct aead_request) + crypto_aead_reqsize(tfm) <=
	       ISIM_EMU_REQ_SIZE &&
	       crypto_aead_ivsize(tfm) <= ISIM_EMU_IV_MAX;
}

/**
 * isim_emu_aead_alloc() - make a keyed transform
 * @alg: from isim_emu_alg_find()
 * @cmd: SA_ADD with the key; its lengths are checked here
 * @aead: the transform
 *
 * Context: process; sleeps, may load a module.
 * Return: ISIM_ST_OK, or the status to answer SA_ADD with.
 */
enum isim_hw_status isim_emu_aead_alloc(const struct isim_emu_alg *alg,
					const struct isim_hw_sa_add *cmd,
					struct crypto_aead **aead)
{
	enum isim_hw_status st = ISIM_ST_UNSUPPORTED;
	struct crypto_aead *tfm;

	if (cmd->enc_key_len > sizeof(cmd->enc_key) ||
	    !(alg->key_lens & BIT_ULL(cmd->enc_key_len)) ||
	    cmd->icv_len > 31 || !(alg->icv_lens & BIT(cmd->icv_len)))
		return ISIM_ST_UNSUPPORTED;

	tfm = crypto_alloc_aead(alg->aead, 0, 0);
	if (!IS_ERR(tfm) && !aead_fits(tfm)) {
		/* Some accelerator. The processor's own will do. */
		crypto_free_aead(tfm);
		tfm = crypto_alloc_aead(alg->aead, 0, CRYPTO_ALG_ASYNC);
	}
	if (IS_ERR(tfm))
		return PTR_ERR(tfm) == -ENOMEM ? ISIM_ST_NO_MEMORY :
						 ISIM_ST_UNSUPPORTED;
	if (!aead_fits(tfm))
		goto free_aead;
	if (crypto_aead_setauthsize(tfm, cmd->icv_len))
		goto free_aead;
	switch (crypto_aead_setkey(tfm, cmd->enc_key, cmd->enc_key_len)) {
	case 0:
		*aead = tfm;
		return ISIM_ST_OK;
	case -ENOMEM:
		st = ISIM_ST_NO_MEMORY;
		break;
	default:
		st = ISIM_ST_BAD_KEY;
	}
free_aead:
	crypto_free_aead(tfm);
	return st;
}

/**
 * isim_emu_pipe_exit() - free a pipe
 * @pipe: empty pipe, or one that isim_emu_pipe_init() left half made
 */
void isim_emu_pipe_exit(struct isim_emu_pipe *pipe)
{
	unsigned int i;

	for (i = 0; i < ISIM_EMU_PIPE_DEPTH; i++) {
		/* The last packet's plaintext head and request state */
		kfree_sensitive(pipe->op[i]);
		pipe->op[i] = NULL;
	}
}

/**
 * isim_emu_pipe_init() - make a pipe
 * @pipe: zeroed
 * @queue: queue it belongs to
 *
 * Return: 0 or -ENOMEM.
 */
int isim_emu_pipe_init(struct isim_emu_pipe *pipe, void *queue)
{
	unsigned int i;

	pipe->head = 0;
	pipe->tail = 0;
	for (i = 0; i < ISIM_EMU_PIPE_DEPTH; i++) {
		pipe->op[i] = kzalloc(sizeof(*pipe->op[i]), GFP_KERNEL);
		if (!pipe->op[i]) {
			isim_emu_pipe_exit(pipe);
			return -ENOMEM;
		}
		pipe->op[i]->queue = queue;
	}
	return 0;
}
