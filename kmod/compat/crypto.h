/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Crypto API differences. emu/ includes this file, so it must not reach a header
 * of the network stack.
 */
#ifndef ISIM_COMPAT_CRYPTO_H
#define ISIM_COMPAT_CRYPTO_H

#include <linux/crypto.h>

#include "compat/compat.h"

/**
 * ISIM_CRYPTO_COMPLETION() - define a crypto completion function
 * @name: the function to give to aead_request_set_callback()
 * @handler: void handler(void *data, int err), where data is the last argument
 *	of aead_request_set_callback()
 *
 * The handler runs in whatever context the implementation completes in, softirq
 * as a rule; err is -EINPROGRESS when a backlogged request only starts.
 */
#ifdef HAVE_CRYPTO_COMPLETION_VOID
#define ISIM_CRYPTO_COMPLETION(name, handler)				\
static void name(void *data, int err)					\
{									\
	handler(data, err);						\
}
#else
#define ISIM_CRYPTO_COMPLETION(name, handler)				\
static void name(struct crypto_async_request *req, int err)		\
{									\
	handler(req->data, err);					\
}
#endif

#endif
