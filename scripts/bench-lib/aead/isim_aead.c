// SPDX-License-Identifier: GPL-2.0
/*
 * What one AEAD operation of the kernel costs, without anything around it: the
 * floor of the benchmark. Loading it measures; the results are parameters.
 *
 * The buffer is laid out as ESP has it, one piece, in place: SPI and sequence
 * number, IV, payload with trailer, ICV.
 */
#include <crypto/aead.h>
#include <crypto/authenc.h>
#include <linux/bottom_half.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#define ESP_HDR		8
#define ICV		16
#define ROUNDS		500
#define MAX_KEY		128

static char *alg = "rfc4106(gcm(aes))";
module_param(alg, charp, 0444);
MODULE_PARM_DESC(alg, "Name of the algorithm");

static int keylen = 20;
module_param(keylen, int, 0444);
MODULE_PARM_DESC(keylen, "Octets of the key, of authenc of each of the two");

static int len = 1024;
module_param(len, int, 0444);
MODULE_PARM_DESC(len, "Octets to encrypt");

static long encrypt_ns;
module_param(encrypt_ns, long, 0444);
MODULE_PARM_DESC(encrypt_ns, "Result: ns of an encryption");

static long decrypt_ns;
module_param(decrypt_ns, long, 0444);
MODULE_PARM_DESC(decrypt_ns, "Result: ns of a decryption");

/* authenc takes both keys in one, behind the length of the second. */
static int set_key(struct crypto_aead *tfm)
{
	struct crypto_authenc_key_param *param;
	u8 key[MAX_KEY] = {};
	struct rtattr *rta = (void *)key;

	memset(key, 0x5a, sizeof(key));
	if (strncmp(alg, "authenc(", 8))
		return crypto_aead_setkey(tfm, key, keylen);
	rta->rta_len = RTA_LENGTH(sizeof(*param));
	rta->rta_type = CRYPTO_AUTHENC_KEYA_PARAM;
	param = RTA_DATA(rta);
	param->enckeylen = cpu_to_be32(keylen);
	return crypto_aead_setkey(tfm, key, RTA_SPACE(sizeof(*param)) + 2 * keylen);
}

static int measure(struct aead_request *req, struct scatterlist *sg, unsigned int ivsize)
{
	u64 start, middle, end, self, encrypt = 0, decrypt = 0;
	DECLARE_CRYPTO_WAIT(wait);
	u8 iv[32] = {};
	int i, err = 0;

	aead_request_set_callback(req, 0, crypto_req_done, &wait);
	aead_request_set_ad(req, ESP_HDR + ivsize);
	/* As on the data path. */
	local_bh_disable();
	for (i = 0; i < ROUNDS && !err; i++) {
		start = ktime_get_ns();
		self = ktime_get_ns() - start;

		aead_request_set_crypt(req, sg, sg, len, iv);
		start = ktime_get_ns();
		err = crypto_aead_encrypt(req);
		middle = ktime_get_ns();
		encrypt += middle - start - self;
		if (err)
			break;

		/* CBC leaves its last block there. */
		memset(iv, 0, sizeof(iv));
		aead_request_set_crypt(req, sg, sg, len + ICV, iv);
		start = ktime_get_ns();
		err = crypto_aead_decrypt(req);
		end = ktime_get_ns();
		decrypt += end - start - self;
		memset(iv, 0, sizeof(iv));
	}
	local_bh_enable();
	/* Nothing else uses the vector registers now, so nothing is put off. */
	if (err == -EINPROGRESS || err == -EBUSY) {
		crypto_wait_req(err, &wait);
		err = -EIO;
	}
	encrypt_ns = div_u64(encrypt, ROUNDS);
	decrypt_ns = div_u64(decrypt, ROUNDS);
	return err;
}

static int __init isim_aead_init(void)
{
	struct aead_request *req = NULL;
	struct crypto_aead *tfm;
	struct scatterlist sg;
	unsigned int ivsize;
	size_t size;
	u8 *buf;
	int err;

	if (keylen < 1 || keylen > 40 || len < 16 || len > 9000)
		return -EINVAL;
	tfm = crypto_alloc_aead(alg, 0, 0);
	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	ivsize = crypto_aead_ivsize(tfm);
	size = ESP_HDR + ivsize + len + ICV;
	buf = kzalloc(size, GFP_KERNEL);
	req = aead_request_alloc(tfm, GFP_KERNEL);
	err = -ENOMEM;
	if (!buf || !req)
		goto out;
	sg_init_one(&sg, buf, size);
	err = set_key(tfm);
	if (!err)
		err = crypto_aead_setauthsize(tfm, ICV);
	if (!err)
		err = measure(req, &sg, ivsize);
out:
	aead_request_free(req);
	kfree(buf);
	crypto_free_aead(tfm);
	return err;
}
module_init(isim_aead_init);

static void __exit isim_aead_exit(void)
{
}
module_exit(isim_aead_exit);

MODULE_DESCRIPTION("Cost of an AEAD operation");
MODULE_LICENSE("GPL");
