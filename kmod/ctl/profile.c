// SPDX-License-Identifier: GPL-2.0
/*
 * Profiles: which SAs the drivers of real NICs take, read from their sources in Linux
 * 6.12 (cn10k: 7.0), and what they answer when they are full. Else they refuse with
 * EINVAL, as our driver does what is switched off, but for inbound SAs. What a profile
 * does not restrict is on. What it does not imitate is told in ipsecsim(8).
 */
#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "../uapi/ipsecsim.h"
#include "ctl/netlink.h"
#include "emu/api.h"
#include "hw/admin.h"

#define CAPS_EVERYONE	(ISIM_CAP_ESP | ISIM_CAP_TRANSPORT | ISIM_CAP_IPV6 | \
			 ISIM_CAP_IPV4_OPTIONS | ISIM_CAP_IPV6_EXTHDRS | \
			 ISIM_CAP_LSO | ISIM_CAP_ANY_PROTO)
#define CAPS_RX		(ISIM_CAP_INBOUND | ISIM_CAP_RX)
/* Drivers that do not look at encapsulation take it. */
#define CAPS_UNCHECKED	ISIM_CAP_UDP_ESP
#define AES_ALL		(ISIM_SIZE_AES_128 | ISIM_SIZE_AES_192 | ISIM_SIZE_AES_256)

#define ENC_GCM		BIT(ISIM_ENC_AES_GCM)
#define ENC_NFP		(ENC_GCM | BIT(ISIM_ENC_AES_GMAC) | BIT(ISIM_ENC_AES_CBC) | \
			 BIT(ISIM_ENC_NULL))
#define AUTH_NONE	BIT(ISIM_AUTH_NONE)
#define AUTH_NFP	(AUTH_NONE | BIT(ISIM_AUTH_HMAC_SHA1) | \
			 BIT(ISIM_AUTH_HMAC_SHA256) | BIT(ISIM_AUTH_HMAC_SHA384) | \
			 BIT(ISIM_AUTH_HMAC_SHA512))

static const struct isim_ctl_profile {
	struct isim_emu_caps	on;
	struct isim_emu_room	room;
} isim_ctl_profiles[] = {
	[IPSECSIM_PROFILE_NONE] = {
		.on = { ~0u, ~0u, ~0u, ~0u },
	},
	[IPSECSIM_PROFILE_NETDEVSIM] = {
		.on = {
			.flags = CAPS_EVERYONE | CAPS_RX | CAPS_UNCHECKED |
				 ISIM_CAP_TUNNEL | ISIM_CAP_TX_CSUM,
			.enc_algs = ENC_GCM,
			.auth_algs = AUTH_NONE,
			.sizes = AES_ALL | ISIM_SIZE_ICV_128,
		},
		.room = { .all = 33 },
	},
	[IPSECSIM_PROFILE_IXGBE] = {
		.on = {
			.flags = CAPS_EVERYONE | CAPS_RX | CAPS_UNCHECKED |
				 ISIM_CAP_TX_CSUM,
			.enc_algs = ENC_GCM,
			.auth_algs = AUTH_NONE,
			.sizes = ISIM_SIZE_AES_128 | ISIM_SIZE_ICV_128,
		},
		.room = { .in = 1024, .out = 1024 },
	},
	[IPSECSIM_PROFILE_MLX5] = {
		.on = {
			.flags = (CAPS_EVERYONE & ~ISIM_CAP_ANY_PROTO) | CAPS_RX |
				 ISIM_CAP_TUNNEL | ISIM_CAP_ESN | ISIM_CAP_TX_CSUM,
			.enc_algs = ENC_GCM,
			.auth_algs = AUTH_NONE,
			.sizes = ISIM_SIZE_AES_128 | ISIM_SIZE_AES_256 |
				 ISIM_SIZE_ICV_128,
		},
	},
	[IPSECSIM_PROFILE_CN10K] = {
		.on = {
			.flags = CAPS_EVERYONE | ISIM_CAP_TUNNEL,
			.enc_algs = ENC_GCM,
			.auth_algs = AUTH_NONE,
			.sizes = AES_ALL | ISIM_SIZE_ICV_128,
		},
	},
	[IPSECSIM_PROFILE_NFP] = {
		.on = {
			.flags = CAPS_EVERYONE | CAPS_RX | CAPS_UNCHECKED |
				 ISIM_CAP_TUNNEL | ISIM_CAP_TX_CSUM,
			.enc_algs = ENC_NFP | BIT(ISIM_ENC_3DES_CBC),
			.auth_algs = AUTH_NFP | BIT(ISIM_AUTH_HMAC_MD5),
			.sizes = AES_ALL | ISIM_SIZE_ICV_128,
		},
		.room = { .all = 16384, .busy = true },
	},
	[IPSECSIM_PROFILE_NFP3800] = {
		.on = {
			.flags = CAPS_EVERYONE | CAPS_RX | CAPS_UNCHECKED |
				 ISIM_CAP_TUNNEL | ISIM_CAP_TX_CSUM,
			.enc_algs = ENC_NFP | BIT(ISIM_ENC_CHACHA20_POLY1305),
			.auth_algs = AUTH_NFP,
			.sizes = AES_ALL | ISIM_SIZE_ICV_128,
		},
		.room = { .all = 16384, .busy = true },
	},
	[IPSECSIM_PROFILE_CHCR] = {
		.on = {
			.flags = CAPS_EVERYONE | ISIM_CAP_INBOUND | ISIM_CAP_TUNNEL |
				 ISIM_CAP_ESN,
			/* it looks at the lengths alone */
			.enc_algs = ENC_GCM | BIT(ISIM_ENC_AES_GMAC) |
				    BIT(ISIM_ENC_CHACHA20_POLY1305),
			.auth_algs = AUTH_NONE,
			.sizes = ISIM_SIZE_AES_128 | ISIM_SIZE_AES_256 |
				 ISIM_SIZE_ICV_96 | ISIM_SIZE_ICV_128,
		},
	},
};

static_assert(ARRAY_SIZE(isim_ctl_profiles) == IPSECSIM_PROFILE_CHCR + 1);

/**
 * isim_ctl_profile_apply() - what is off with a profile, and what room there is
 * @profile: enum ipsecsim_profile
 * @all: what the adapter can do
 * @off: filled in
 * @room: filled in
 */
void isim_ctl_profile_apply(u32 profile, const struct isim_emu_caps *all,
			    struct isim_emu_caps *off, struct isim_emu_room *room)
{
	const struct isim_ctl_profile *p = &isim_ctl_profiles[profile];

	off->flags = all->flags & ~p->on.flags;
	off->enc_algs = all->enc_algs & ~p->on.enc_algs;
	off->auth_algs = all->auth_algs & ~p->on.auth_algs;
	off->sizes = all->sizes & ~p->on.sizes;
	*room = p->room;
}

/**
 * isim_ctl_room_equal() - do two mean the same?
 * @a: room
 * @b: room
 *
 * Return: true if they do.
 */
bool isim_ctl_room_equal(const struct isim_emu_room *a, const struct isim_emu_room *b)
{
	return a->in == b->in && a->out == b->out && a->all == b->all &&
	       a->busy == b->busy;
}

/**
 * isim_ctl_profile_find() - the profile that an adapter has
 * @all: what it can do
 * @off: what is switched off
 * @room: its room
 *
 * Return: enum ipsecsim_profile, or -ENOENT.
 */
int isim_ctl_profile_find(const struct isim_emu_caps *all,
			  const struct isim_emu_caps *off,
			  const struct isim_emu_room *room)
{
	struct isim_emu_caps want;
	struct isim_emu_room want_room;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(isim_ctl_profiles); i++) {
		isim_ctl_profile_apply(i, all, &want, &want_room);
		if (!memcmp(&want, off, sizeof(want)) &&
		    isim_ctl_room_equal(&want_room, room))
			return i;
	}
	return -ENOENT;
}
