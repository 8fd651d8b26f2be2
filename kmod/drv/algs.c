// SPDX-License-Identifier: GPL-2.0
/*
 * Algorithms: from the XFRM stack's names and attributes to the data sheet's
 * numbers (hw/admin.h), and why one cannot be offloaded.
 */
#include <net/xfrm.h>

#include "drv.h"

/**
 * struct isim_drv_alg - an algorithm by its XFRM name
 * @name: as in struct xfrm_algo, xfrm_algo_auth or xfrm_algo_aead
 * @id: enum isim_hw_enc_alg or isim_hw_auth_alg
 * @iv_len: encryption: octets of IV in the packet
 * @key_lens: bit n set: key of n octets, salt or nonce included; 0: any that
 *	fits in SA_ADD
 * @icv_lens: bit n set: ICV of n octets
 */
struct isim_drv_alg {
	const char	*name;
	u8		id;
	u8		iv_len;
	u64		key_lens;
	u64		icv_lens;
};

#define ISIM_DRV_AES_KEYS(salt)						\
	((BIT_ULL(16) | BIT_ULL(24) | BIT_ULL(32)) << (salt))
#define ISIM_DRV_ICV_8_12_16	(BIT_ULL(8) | BIT_ULL(12) | BIT_ULL(16))

static const struct isim_drv_alg isim_drv_aead_algs[] = {
	{ "rfc4106(gcm(aes))", ISIM_ENC_AES_GCM, 8,
	  ISIM_DRV_AES_KEYS(4), ISIM_DRV_ICV_8_12_16 },
	{ "rfc4543(gcm(aes))", ISIM_ENC_AES_GMAC, 8,
	  ISIM_DRV_AES_KEYS(4), BIT_ULL(16) },
	{ "rfc4309(ccm(aes))", ISIM_ENC_AES_CCM, 8,
	  ISIM_DRV_AES_KEYS(3), ISIM_DRV_ICV_8_12_16 },
	{ "rfc7539esp(chacha20,poly1305)", ISIM_ENC_CHACHA20_POLY1305, 8,
	  BIT_ULL(32 + 4), BIT_ULL(16) },
};

static const struct isim_drv_alg isim_drv_enc_algs[] = {
	{ "ecb(cipher_null)", ISIM_ENC_NULL, 0, BIT_ULL(0) },
	{ "cbc(aes)", ISIM_ENC_AES_CBC, 16, ISIM_DRV_AES_KEYS(0) },
	{ "rfc3686(ctr(aes))", ISIM_ENC_AES_CTR, 8, ISIM_DRV_AES_KEYS(4) },
	{ "cbc(des3_ede)", ISIM_ENC_3DES_CBC, 8, BIT_ULL(24) },
};

static const struct isim_drv_alg isim_drv_auth_algs[] = {
	{ "hmac(md5)", ISIM_AUTH_HMAC_MD5, 0, 0, BIT_ULL(12) | BIT_ULL(16) },
	{ "hmac(sha1)", ISIM_AUTH_HMAC_SHA1, 0, 0, BIT_ULL(12) | BIT_ULL(20) },
	{ "hmac(sha256)", ISIM_AUTH_HMAC_SHA256, 0, 0, BIT_ULL(12) | BIT_ULL(16) },
	{ "hmac(sha384)", ISIM_AUTH_HMAC_SHA384, 0, 0, BIT_ULL(24) },
	{ "hmac(sha512)", ISIM_AUTH_HMAC_SHA512, 0, 0, BIT_ULL(32) },
	{ "cmac(aes)", ISIM_AUTH_AES_CMAC, 0, BIT_ULL(16), BIT_ULL(12) },
	{ "xcbc(aes)", ISIM_AUTH_AES_XCBC, 0, BIT_ULL(16), BIT_ULL(12) },
};

static const struct isim_drv_alg *isim_drv_alg_find(const struct isim_drv_alg *algs,
						    unsigned int num,
						    const char *name)
{
	unsigned int i;

	for (i = 0; i < num; i++)
		if (!strcmp(algs[i].name, name))
			return &algs[i];
	return NULL;
}

static const struct isim_drv_alg *isim_drv_alg_aead(const struct xfrm_state *x)
{
	return isim_drv_alg_find(isim_drv_aead_algs, ARRAY_SIZE(isim_drv_aead_algs),
				 x->aead->alg_name);
}

static const struct isim_drv_alg *isim_drv_alg_enc(const struct xfrm_state *x)
{
	return isim_drv_alg_find(isim_drv_enc_algs, ARRAY_SIZE(isim_drv_enc_algs),
				 x->ealg->alg_name);
}

static const struct isim_drv_alg *isim_drv_alg_auth(const struct xfrm_state *x)
{
	return isim_drv_alg_find(isim_drv_auth_algs, ARRAY_SIZE(isim_drv_auth_algs),
				 x->aalg->alg_name);
}

/* Is a length in bits among those of a set of lengths in octets? */
static bool isim_drv_alg_len_ok(u64 lens, unsigned int bits)
{
	return !(bits % 8) && bits / 8 < 64 && (lens & BIT_ULL(bits / 8));
}

static bool isim_drv_alg_key_ok(const struct isim_drv_alg *alg, unsigned int bits)
{
	struct isim_hw_sa_add *add;

	if (alg->key_lens)
		return isim_drv_alg_len_ok(alg->key_lens, bits);
	return bits && !(bits % 8) && bits / 8 <= sizeof(add->auth_key);
}

static int isim_drv_algs_check_sizes(struct isim_drv_adapter *adapter, u32 sizes,
				     struct netlink_ext_ack *extack)
{
	u32 missing = sizes & ~READ_ONCE(adapter->caps_sizes);

	if (!missing)
		return 0;
	if (missing & (ISIM_SIZE_AES_128 | ISIM_SIZE_AES_192 | ISIM_SIZE_AES_256))
		NL_SET_ERR_MSG_MOD(extack,
				   "Key length cannot be offloaded, it is switched off in the adapter");
	else
		NL_SET_ERR_MSG_MOD(extack,
				   "ICV length cannot be offloaded, it is switched off in the adapter");
	return -EINVAL;
}

static int isim_drv_algs_check_aead(struct isim_drv_adapter *adapter,
				    struct xfrm_state *x,
				    struct netlink_ext_ack *extack)
{
	const struct isim_drv_alg *alg = isim_drv_alg_aead(x);

	/* The core of 6.1 to 7.3 knows no other AEAD, nor other lengths of its ICV. */
	if (!alg) {
		NL_SET_ERR_MSG_MOD(extack,
				   "AEAD algorithm cannot be offloaded, only AES-GCM, AES-GMAC, AES-CCM and ChaCha20-Poly1305");
		return -EINVAL;
	}
	if (!(READ_ONCE(adapter->caps_enc) & BIT(alg->id))) {
		NL_SET_ERR_MSG_MOD(extack,
				   "AEAD algorithm cannot be offloaded, it is missing or switched off in the adapter");
		return -EINVAL;
	}
	if (!(READ_ONCE(adapter->caps_auth) & BIT(ISIM_AUTH_NONE))) {
		NL_SET_ERR_MSG_MOD(extack,
				   "AEAD algorithm cannot be offloaded, authentication algorithm none, which it goes with, is switched off in the adapter");
		return -EINVAL;
	}
	if (!isim_drv_alg_key_ok(alg, x->aead->alg_key_len)) {
		NL_SET_ERR_MSG_MOD(extack,
				   "Key length cannot be offloaded, only 128, 192 and 256 bits (ChaCha20: 256) plus 32 bits of salt (CCM: 24)");
		return -EINVAL;
	}
	if (!isim_drv_alg_len_ok(alg->icv_lens, x->aead->alg_icv_len)) {
		NL_SET_ERR_MSG_MOD(extack,
				   "ICV length cannot be offloaded, only 128 bits, with GCM and CCM also 64 and 96");
		return -EINVAL;
	}
	return isim_drv_algs_check_sizes(adapter,
					 isim_hw_sa_sizes(alg->id,
							  x->aead->alg_key_len / 8,
							  x->aead->alg_icv_len / 8),
					 extack);
}

static int isim_drv_algs_check_enc(struct isim_drv_adapter *adapter,
				   struct xfrm_state *x,
				   struct netlink_ext_ack *extack)
{
	const struct isim_drv_alg *alg = isim_drv_alg_enc(x);

	if (!alg) {
		NL_SET_ERR_MSG_MOD(extack,
				   "Encryption algorithm cannot be offloaded, only cbc(aes), rfc3686(ctr(aes)), cbc(des3_ede) and ecb(cipher_null)");
		return -EINVAL;
	}
	if (!(READ_ONCE(adapter->caps_enc) & BIT(alg->id))) {
		NL_SET_ERR_MSG_MOD(extack,
				   "Encryption algorithm cannot be offloaded, it is missing or switched off in the adapter");
		return -EINVAL;
	}
	if (!isim_drv_alg_key_ok(alg, x->ealg->alg_key_len)) {
		NL_SET_ERR_MSG_MOD(extack,
				   "Encryption key length cannot be offloaded, only 128, 192 and 256 bits (CTR: plus 32 bits of nonce), 192 for 3DES");
		return -EINVAL;
	}
	return isim_drv_algs_check_sizes(adapter,
					 isim_hw_sa_sizes(alg->id,
							  x->ealg->alg_key_len / 8, 0),
					 extack);
}

static int isim_drv_algs_check_auth(struct isim_drv_adapter *adapter,
				    struct xfrm_state *x,
				    struct netlink_ext_ack *extack)
{
	const struct isim_drv_alg *alg;

	if (!x->aalg || !strcmp(x->aalg->alg_name, "digest_null")) {
		NL_SET_ERR_MSG_MOD(extack,
				   "Encryption without authentication cannot be offloaded, only with an HMAC, CMAC or XCBC");
		return -EINVAL;
	}
	alg = isim_drv_alg_auth(x);
	if (!alg) {
		NL_SET_ERR_MSG_MOD(extack,
				   "Authentication algorithm cannot be offloaded, only HMAC with MD5, SHA1, SHA256, SHA384 and SHA512, cmac(aes) and xcbc(aes)");
		return -EINVAL;
	}
	if (!(READ_ONCE(adapter->caps_auth) & BIT(alg->id))) {
		NL_SET_ERR_MSG_MOD(extack,
				   "Authentication algorithm cannot be offloaded, it is missing or switched off in the adapter");
		return -EINVAL;
	}
	if (!isim_drv_alg_key_ok(alg, x->aalg->alg_key_len)) {
		NL_SET_ERR_MSG_MOD(extack,
				   "Authentication key length cannot be offloaded, only whole octets up to 1024 bits, 128 bits for CMAC and XCBC");
		return -EINVAL;
	}
	if (!isim_drv_alg_len_ok(alg->icv_lens, x->aalg->alg_trunc_len)) {
		NL_SET_ERR_MSG_MOD(extack,
				   "ICV length cannot be offloaded, only MD5 96 and 128, SHA1 96 and 160, SHA256 96 and 128, SHA384 192, SHA512 256, CMAC and XCBC 96 bits");
		return -EINVAL;
	}
	return 0;
}

/**
 * isim_drv_algs_check() - can the adapter do the algorithms of an SA?
 * @adapter: adapter
 * @x: ESP state
 * @extack: may be NULL
 *
 * Return: 0 or -EINVAL.
 */
int isim_drv_algs_check(struct isim_drv_adapter *adapter, struct xfrm_state *x,
			struct netlink_ext_ack *extack)
{
	if (x->aead)
		return isim_drv_algs_check_aead(adapter, x, extack);
	/* The core refuses this first, 6.1 to 7.3; all below looks at ealg. */
	if (!x->ealg) {
		NL_SET_ERR_MSG_MOD(extack,
				   "State without an encryption algorithm cannot be offloaded");
		return -EINVAL;
	}
	return isim_drv_algs_check_enc(adapter, x, extack) ?:
	       isim_drv_algs_check_auth(adapter, x, extack);
}

/**
 * isim_drv_algs_iv_len() - octets of IV in each packet of an SA
 * @x: state that has passed isim_drv_algs_check()
 *
 * Return: 0, 8 or 16.
 */
u8 isim_drv_algs_iv_len(const struct xfrm_state *x)
{
	return (x->aead ? isim_drv_alg_aead(x) : isim_drv_alg_enc(x))->iv_len;
}

/**
 * isim_drv_algs_fill() - put algorithms and keys of an SA into SA_ADD
 * @add: zeroed; contains the keys afterwards
 * @x: state that has passed isim_drv_algs_check()
 */
void isim_drv_algs_fill(struct isim_hw_sa_add *add, const struct xfrm_state *x)
{
	if (x->aead) {
		add->enc_alg = isim_drv_alg_aead(x)->id;
		add->auth_alg = ISIM_AUTH_NONE;
		add->icv_len = x->aead->alg_icv_len / 8;
		add->enc_key_len = x->aead->alg_key_len / 8;
		memcpy(add->enc_key, x->aead->alg_key, add->enc_key_len);
		return;
	}
	add->enc_alg = isim_drv_alg_enc(x)->id;
	add->enc_key_len = x->ealg->alg_key_len / 8;
	memcpy(add->enc_key, x->ealg->alg_key, add->enc_key_len);
	add->auth_alg = isim_drv_alg_auth(x)->id;
	add->icv_len = x->aalg->alg_trunc_len / 8;
	add->auth_key_len = x->aalg->alg_key_len / 8;
	memcpy(add->auth_key, x->aalg->alg_key, add->auth_key_len);
}
