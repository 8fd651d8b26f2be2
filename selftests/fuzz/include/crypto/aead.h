/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FUZZ_CRYPTO_AEAD_H
#define FUZZ_CRYPTO_AEAD_H

/* An AEAD of which only the size of its blocks matters. */
#define CRYPTO_MINALIGN		8

typedef void (*crypto_completion_t)(void *data, int err);

struct crypto_aead {
	unsigned int	blocksize;
};

static inline unsigned int crypto_aead_blocksize(const struct crypto_aead *aead)
{
	return aead->blocksize;
}

#endif
