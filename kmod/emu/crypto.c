// SPDX-License-Identifier: GPL-2.0
/* Crypto engine: algorithms, keyed transforms, operations of a pipe. */
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <crypto/authenc.h>
#include "emu/emu.h"

/* Key lengths, octets, salt or nonce included */
#define AES_KEYS(salt)	((BIT_ULL(16) | BIT_ULL(24) | BIT_ULL(32)) << (salt))

/**
 * struct isim_emu_alg - an encryption algorithm of the engine
 * @name: crypto API name, of an AEAD for combined-mode algorithms
 * @built: this kernel's crypto API has it
 * @key_lens: bit n set: key of n octets, salt or nonce included
 * @icv_lens: combined mode: bit n set: ICV of n octets; else 0
 * @iv_len: octets of explicit IV in the packet
 * @random_iv: the IV must be unpredictable; else it is the sequence number
 */
struct isim_emu_alg {
	const char	*name;
	bool		built;
	u64		key_lens;
	u32		icv_lens;
	u8		iv_len;
	bool		random_iv;
};

/* Indexed by enum isim_hw_enc_alg */
static const struct isim_emu_alg isim_emu_enc[] = {
	[ISIM_ENC_NULL] = {
		.name		= "ecb(cipher_null)",
		.built		= IS_ENABLED(CONFIG_CRYPTO_AUTHENC) &&
				  IS_ENABLED(CONFIG_CRYPTO_NULL),
		.key_lens	= BIT_ULL(0),
	},
	[ISIM_ENC_AES_GCM] = {
		.name		= "rfc4106(gcm(aes))",
		.built		= IS_ENABLED(CONFIG_CRYPTO_GCM),
		.key_lens	= AES_KEYS(4),
		.icv_lens	= BIT(8) | BIT(12) | BIT(16),
		.iv_len		= 8,
	},
	[ISIM_ENC_AES_GMAC] = {
		.name		= "rfc4543(gcm(aes))",
		.built		= IS_ENABLED(CONFIG_CRYPTO_GCM),
		.key_lens	= AES_KEYS(4),
		.icv_lens	= BIT(16),
		.iv_len		= 8,
	},
	[ISIM_ENC_AES_CCM] = {
		.name		= "rfc4309(ccm(aes))",
		.built		= IS_ENABLED(CONFIG_CRYPTO_CCM),
		.key_lens	= AES_KEYS(3),
		.icv_lens	= BIT(8) | BIT(12) | BIT(16),
		.iv_len		= 8,
	},
	[ISIM_ENC_CHACHA20_POLY1305] = {
		.name		= "rfc7539esp(chacha20,poly1305)",
		.built		= IS_ENABLED(CONFIG_CRYPTO_CHACHA20POLY1305),
		.key_lens	= BIT_ULL(32 + 4),
		.icv_lens	= BIT(16),
		.iv_len		= 8,
	},
	[ISIM_ENC_AES_CBC] = {
		.name		= "cbc(aes)",
		.built		= IS_ENABLED(CONFIG_CRYPTO_AUTHENC) &&
				  IS_ENABLED(CONFIG_CRYPTO_CBC),
		.key_lens	= AES_KEYS(0),
		.iv_len		= 16,
		.random_iv	= true,
	},
	[ISIM_ENC_AES_CTR] = {
		.name		= "rfc3686(ctr(aes))",
		.built		= IS_ENABLED(CONFIG_CRYPTO_AUTHENC) &&
				  IS_ENABLED(CONFIG_CRYPTO_CTR),
		.key_lens	= AES_KEYS(4),
		.iv_len		= 8,
	},
	[ISIM_ENC_3DES_CBC] = {
		.name		= "cbc(des3_ede)",
		.built		= IS_ENABLED(CONFIG_CRYPTO_AUTHENC) &&
				  IS_ENABLED(CONFIG_CRYPTO_DES) &&
				  IS_ENABLED(CONFIG_CRYPTO_CBC),
		.key_lens	= BIT_ULL(24),
		.iv_len		= 8,
		.random_iv	= true,
	},
};

/**
 * struct isim_emu_auth - an authentication algorithm of the engine
 * @name: crypto API name
 * @built: this kernel's crypto API has it
 * @key_min: octets
 * @key_max: octets
 * @icv_lens: bit n set: truncation to n octets
 */
struct isim_emu_auth {
	const char	*name;
	bool		built;
	u8		key_min;
	u8		key_max;
	u64		icv_lens;
};

#define HMAC(hash, config, icvs) {					\
	.name		= "hmac(" hash ")",				\
	.built		= IS_ENABLED(CONFIG_CRYPTO_HMAC) &&		\
			  (config),					\
	.key_min	= 1,						\
	.key_max	= sizeof_field(struct isim_hw_sa_add, auth_key), \
	.icv_lens	= icvs,						\
}

#define AES_MAC(mac, config) {						\
	.name		= mac "(aes)",					\
	.built		= config,					\
	.key_min	= 16,						\
	.key_max	= 16,						\
	.icv_lens	= BIT_ULL(12),					\
}

/* Indexed by enum isim_hw_auth_alg */
static const struct isim_emu_auth isim_emu_auth[] = {
	[ISIM_AUTH_HMAC_MD5] = HMAC("md5", IS_ENABLED(CONFIG_CRYPTO_MD5),
		BIT_ULL(12) | BIT_ULL(16)),
	[ISIM_AUTH_HMAC_SHA1] = HMAC("sha1", IS_ENABLED(CONFIG_CRYPTO_SHA1),
		BIT_ULL(12) | BIT_ULL(20)),
	[ISIM_AUTH_HMAC_SHA256] = HMAC("sha256", IS_ENABLED(CONFIG_CRYPTO_SHA256),
		BIT_ULL(12) | BIT_ULL(16)),
	[ISIM_AUTH_HMAC_SHA384] = HMAC("sha384", IS_ENABLED(CONFIG_CRYPTO_SHA512),
		BIT_ULL(24)),
	[ISIM_AUTH_HMAC_SHA512] = HMAC("sha512", IS_ENABLED(CONFIG_CRYPTO_SHA512),
		BIT_ULL(32)),
	[ISIM_AUTH_AES_CMAC] = AES_MAC("cmac", IS_ENABLED(CONFIG_CRYPTO_CMAC)),
	[ISIM_AUTH_AES_XCBC] = AES_MAC("xcbc", IS_ENABLED(CONFIG_CRYPTO_XCBC)),
};

/**
 * isim_emu_enc_algs() - capability word
 *
 * Asking the crypto API itself would load every module that it has.
 *
 * Return: bit n set for each enum isim_hw_enc_alg value n that the engine
 * implements and this kernel is configured with.
 */
u32 isim_emu_enc_algs(void)
{
	u32 algs = 0, i;

	for (i = 0; i < ARRAY_SIZE(isim_emu_enc); i++)
		if (isim_emu_enc[i].built)
			algs |= BIT(i);
	return algs;
}

/**
 * isim_emu_auth_algs() - capability word
 *
 * Return: bit n set for each enum isim_hw_auth_alg value n that the engine
 * implements and this kernel is configured with.
 */
u32 isim_emu_auth_algs(void)
{
	u32 algs = BIT(ISIM_AUTH_NONE), i;

	for (i = ISIM_AUTH_NONE + 1; i < ARRAY_SIZE(isim_emu_auth); i++)
		if (isim_emu_auth[i].built)
			algs |= BIT(i);
	return algs;
}

/* Is this combination implemented, with these lengths? */
static bool alg_ok(const struct isim_hw_sa_add *cmd)
{
	const struct isim_emu_auth *auth;
	const struct isim_emu_alg *enc;

	if (cmd->enc_alg >= ARRAY_SIZE(isim_emu_enc) ||
	    cmd->auth_alg >= ARRAY_SIZE(isim_emu_auth) ||
	    cmd->enc_key_len > sizeof(cmd->enc_key) || cmd->icv_len > 63)
		return false;
	enc = &isim_emu_enc[cmd->enc_alg];
	if (!(enc->key_lens & BIT_ULL(cmd->enc_key_len)))
		return false;
	if (enc->icv_lens)
		return cmd->auth_alg == ISIM_AUTH_NONE && !cmd->auth_key_len &&
		       enc->icv_lens & BIT_ULL(cmd->icv_len);
	/* ISIM_AUTH_NONE has no ICV length: never without authentication */
	auth = &isim_emu_auth[cmd->auth_alg];
	return auth->icv_lens & BIT_ULL(cmd->icv_len) &&
	       cmd->auth_key_len >= auth->key_min &&
	       cmd->auth_key_len <= auth->key_max;
}

/* Has an operation room for a request of this transform? */
static bool aead_fits(struct crypto_aead *tfm, const struct isim_emu_alg *enc)
{
	return sizeof(struct aead_request) + crypto_aead_reqsize(tfm) <=
	       ISIM_EMU_REQ_SIZE && crypto_aead_ivsize(tfm) == enc->iv_len;
}

static struct crypto_aead *aead_alloc_name(const char *name,
					   const struct isim_emu_alg *enc)
{
	struct crypto_aead *tfm;

	tfm = crypto_alloc_aead(name, 0, 0);
	if (!IS_ERR(tfm) && !aead_fits(tfm, enc)) {
		/* Some accelerator. The processor's own will do. */
		crypto_free_aead(tfm);
		tfm = crypto_alloc_aead(name, 0, CRYPTO_ALG_ASYNC);
	}
	if (!IS_ERR(tfm) && !aead_fits(tfm, enc)) {
		crypto_free_aead(tfm);
		tfm = ERR_PTR(-ENOENT);
	}
	return tfm;
}

static struct crypto_aead *aead_alloc_authenc(const struct isim_hw_sa_add *cmd)
{
	const struct isim_emu_alg *enc = &isim_emu_enc[cmd->enc_alg];
	bool esn = le32_to_cpu(cmd->flags) & ISIM_SA_ESN;
	char name[CRYPTO_MAX_ALG_NAME];

	snprintf(name, sizeof(name), "%s(%s,%s)", esn ? "authencesn" : "authenc",
		 isim_emu_auth[cmd->auth_alg].name, enc->name);
	return aead_alloc_name(name, enc);
}

static struct crypto_aead *aead_alloc(const struct isim_hw_sa_add *cmd)
{
	const struct isim_emu_alg *enc = &isim_emu_enc[cmd->enc_alg];

	return enc->icv_lens ? aead_alloc_name(enc->name, enc) : aead_alloc_authenc(cmd);
}

/*
 * What authenc templates take for a key: a netlink attribute with the length of
 * the encryption key, then both keys. The attribute is spelled out, because its
 * header brings the network stack with it.
 */
struct authenc_key {
	u16	attr_len;
	u16	attr_type;
	__be32	enc_key_len;
	u8	keys[sizeof_field(struct isim_hw_sa_add, auth_key) +
		     sizeof_field(struct isim_hw_sa_add, enc_key)];
};

static int authenc_setkey(struct crypto_aead *tfm,
			  const struct isim_hw_sa_add *cmd)
{
	struct authenc_key key = {
		.attr_len	= offsetof(struct authenc_key, keys),
		.attr_type	= CRYPTO_AUTHENC_KEYA_PARAM,
		.enc_key_len	= cpu_to_be32(cmd->enc_key_len),
	};
	int err;

	memcpy(key.keys, cmd->auth_key, cmd->auth_key_len);
	memcpy(key.keys + cmd->auth_key_len, cmd->enc_key, cmd->enc_key_len);
	err = crypto_aead_setkey(tfm, (u8 *)&key,
				 offsetof(struct authenc_key, keys) +
				 cmd->auth_key_len + cmd->enc_key_len);
	memzero_explicit(&key, sizeof(key));
	return err;
}

static enum isim_hw_status aead_setup(struct crypto_aead *tfm,
				      const struct isim_hw_sa_add *cmd)
{
	int err;

	if (crypto_aead_setauthsize(tfm, cmd->icv_len))
		return ISIM_ST_UNSUPPORTED;
	if (cmd->auth_alg == ISIM_AUTH_NONE)
		err = crypto_aead_setkey(tfm, cmd->enc_key, cmd->enc_key_len);
	else
		err = authenc_setkey(tfm, cmd);
	if (err)
		return err == -ENOMEM ? ISIM_ST_NO_MEMORY : ISIM_ST_BAD_KEY;
	return ISIM_ST_OK;
}

/**
 * isim_emu_sa_crypto() - give an SA its keyed transform
 * @sa: SA; its algorithm's properties are set
 * @cmd: SA_ADD with the keys; algorithms and lengths are checked here
 *
 * Context: process; sleeps, may load modules.
 * Return: ISIM_ST_OK, or the status to answer SA_ADD with.
 */
enum isim_hw_status isim_emu_sa_crypto(struct isim_emu_sa *sa,
				       const struct isim_hw_sa_add *cmd)
{
	enum isim_hw_status st;
	struct crypto_aead *tfm;

	if (!alg_ok(cmd))
		return ISIM_ST_UNSUPPORTED;
	tfm = aead_alloc(cmd);
	if (IS_ERR(tfm))
		return PTR_ERR(tfm) == -ENOMEM ? ISIM_ST_NO_MEMORY :
						 ISIM_ST_UNSUPPORTED;
	st = aead_setup(tfm, cmd);
	if (st != ISIM_ST_OK) {
		crypto_free_aead(tfm);
		return st;
	}
	sa->aead = tfm;
	sa->enc_alg = cmd->enc_alg;
	sa->auth_alg = cmd->auth_alg;
	sa->icv_len = cmd->icv_len;
	sa->iv_len = isim_emu_enc[cmd->enc_alg].iv_len;
	sa->random_iv = isim_emu_enc[cmd->enc_alg].random_iv;
	sa->block_mask = crypto_aead_blocksize(tfm) - 1;
	return ISIM_ST_OK;
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
