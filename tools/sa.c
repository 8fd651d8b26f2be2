// SPDX-License-Identifier: GPL-2.0
/*
 * Verb sa: the SAs that an adapter holds.
 */
#include <arpa/inet.h>
#include <linux/genetlink.h>
#include <stdlib.h>
#include <string.h>

#include "../uapi/ipsecsim.h"
#include "adapter.h"
#include "tool.h"

static const struct nl_attr_spec sa_specs[] = {
	[IPSECSIM_A_SA_IFINDEX]	    = { "ifindex", MNL_TYPE_U32, true },
	[IPSECSIM_A_SA_HANDLE]	    = { "handle", MNL_TYPE_U32, true },
	[IPSECSIM_A_SA_TAG]	    = { "tag", MNL_TYPE_U32, true },
	[IPSECSIM_A_SA_SPI]	    = { "spi", MNL_TYPE_U32, true },
	[IPSECSIM_A_SA_DIR]	    = { "dir", MNL_TYPE_U32, true },
	[IPSECSIM_A_SA_MODE]	    = { "mode", MNL_TYPE_U32, true },
	[IPSECSIM_A_SA_FAMILY]	    = { "family", MNL_TYPE_U32, true },
	[IPSECSIM_A_SA_SRC]	    = { "src", MNL_TYPE_BINARY, true },
	[IPSECSIM_A_SA_DST]	    = { "dst", MNL_TYPE_BINARY, true },
	[IPSECSIM_A_SA_ENC_ALG]	    = { "enc-alg", MNL_TYPE_U32, true },
	[IPSECSIM_A_SA_AUTH_ALG]    = { "auth-alg", MNL_TYPE_U32, true },
	[IPSECSIM_A_SA_ICV_LEN]	    = { "icv-len", MNL_TYPE_U32, true },
	[IPSECSIM_A_SA_ESN]	    = { "esn", MNL_TYPE_FLAG, false },
	[IPSECSIM_A_SA_ESN_HI]	    = { "esn-hi", MNL_TYPE_U32, false },
	[IPSECSIM_A_SA_PACKETS]	    = { "packets", MNL_TYPE_U64, true },
	[IPSECSIM_A_SA_BYTES]	    = { "bytes", MNL_TYPE_U64, true },
	[IPSECSIM_A_SA_AUTH_ERRORS] = { "auth-errors", MNL_TYPE_U64, true },
	[IPSECSIM_A_SA_ERRORS]	    = { "errors", MNL_TYPE_U64, true },
	[IPSECSIM_A_SA_ENCAP]	    = { "encap", MNL_TYPE_U32, false },
	[IPSECSIM_A_SA_ENCAP_SPORT] = { "encap-sport", MNL_TYPE_U16, false },
	[IPSECSIM_A_SA_ENCAP_DPORT] = { "encap-dport", MNL_TYPE_U16, false },
};

static const struct nl_attr_set sa_set = {
	.hdr_len	= sizeof(struct genlmsghdr),
	.device		= IPSECSIM_A_SA_IFINDEX,
	.max		= ARRAY_SIZE(sa_specs) - 1,
	.spec		= sa_specs,
};

#define NAMES_MAX	ALG_NAMES

static const char *const dirs[NAMES_MAX] = {
	[IPSECSIM_SA_DIR_IN]		= "in",
	[IPSECSIM_SA_DIR_OUT]		= "out",
};

static const char *const modes[NAMES_MAX] = {
	[IPSECSIM_SA_MODE_TRANSPORT]	= "transport",
	[IPSECSIM_SA_MODE_TUNNEL]	= "tunnel",
};

static const char *const encaps[NAMES_MAX] = {
	[IPSECSIM_SA_ENCAP_UDP]		= "udp",
};

const char *const enc_alg_names[ALG_NAMES] = {
	[IPSECSIM_ENC_NULL]		= "null",
	[IPSECSIM_ENC_AES_GCM]		= "aes-gcm",
	[IPSECSIM_ENC_AES_GMAC]		= "aes-gmac",
	[IPSECSIM_ENC_AES_CCM]		= "aes-ccm",
	[IPSECSIM_ENC_CHACHA20_POLY1305] = "chacha20-poly1305",
	[IPSECSIM_ENC_AES_CBC]		= "aes-cbc",
	[IPSECSIM_ENC_AES_CTR]		= "aes-ctr",
	[IPSECSIM_ENC_3DES_CBC]		= "3des-cbc",
};

const char *const auth_alg_names[ALG_NAMES] = {
	[IPSECSIM_AUTH_NONE]		= "none",
	[IPSECSIM_AUTH_HMAC_MD5]	= "hmac-md5",
	[IPSECSIM_AUTH_HMAC_SHA1]	= "hmac-sha1",
	[IPSECSIM_AUTH_HMAC_SHA256]	= "hmac-sha256",
	[IPSECSIM_AUTH_HMAC_SHA384]	= "hmac-sha384",
	[IPSECSIM_AUTH_HMAC_SHA512]	= "hmac-sha512",
	[IPSECSIM_AUTH_AES_CMAC]	= "aes-cmac",
	[IPSECSIM_AUTH_AES_XCBC]	= "aes-xcbc",
};

/* A newer kernel may know values that these tables do not. */
static const char *name_of(const char *const table[NAMES_MAX],
			   const struct nlattr *attr)
{
	uint32_t val = mnl_attr_get_u32(attr);

	return val < NAMES_MAX && table[val] ? table[val] : "unknown";
}

struct sa {
	uint32_t	handle;
	uint32_t	tag;
	uint32_t	spi;
	const char	*dir;
	const char	*mode;
	char		src[INET6_ADDRSTRLEN];
	char		dst[INET6_ADDRSTRLEN];
	const char	*enc_alg;
	const char	*auth_alg;
	uint32_t	icv_len;
	const char	*encap;
	uint16_t	encap_sport;
	uint16_t	encap_dport;
	bool		esn;
	bool		has_esn_hi;
	uint32_t	esn_hi;
	uint64_t	packets;
	uint64_t	bytes;
	uint64_t	auth_errors;
	uint64_t	errors;
};

static bool read_addr(uint32_t family, const struct nlattr *attr,
		      char str[INET6_ADDRSTRLEN])
{
	size_t len = family == AF_INET6 ? sizeof(struct in6_addr) :
					  sizeof(struct in_addr);

	if ((family == AF_INET || family == AF_INET6) &&
	    mnl_attr_get_payload_len(attr) == len &&
	    inet_ntop(family, mnl_attr_get_payload(attr), str, INET6_ADDRSTRLEN))
		return true;
	complain("the kernel's reply has a malformed address");
	return false;
}

/* sa->encap is NULL if there is none. */
static void read_encap(const struct nlattr *const *tb, struct sa *sa)
{
	const struct nlattr *sport = tb[IPSECSIM_A_SA_ENCAP_SPORT];
	const struct nlattr *dport = tb[IPSECSIM_A_SA_ENCAP_DPORT];
	const struct nlattr *encap = tb[IPSECSIM_A_SA_ENCAP];

	sa->encap = encap ? name_of(encaps, encap) : NULL;
	sa->encap_sport = sport ? mnl_attr_get_u16(sport) : 0;
	sa->encap_dport = dport ? mnl_attr_get_u16(dport) : 0;
}

static bool read_sa(const struct nlattr *const *tb, struct sa *sa)
{
	uint32_t family = mnl_attr_get_u32(tb[IPSECSIM_A_SA_FAMILY]);

	sa->handle = mnl_attr_get_u32(tb[IPSECSIM_A_SA_HANDLE]);
	sa->tag = mnl_attr_get_u32(tb[IPSECSIM_A_SA_TAG]);
	sa->spi = mnl_attr_get_u32(tb[IPSECSIM_A_SA_SPI]);
	sa->dir = name_of(dirs, tb[IPSECSIM_A_SA_DIR]);
	sa->mode = name_of(modes, tb[IPSECSIM_A_SA_MODE]);
	sa->enc_alg = name_of(enc_alg_names, tb[IPSECSIM_A_SA_ENC_ALG]);
	sa->auth_alg = name_of(auth_alg_names, tb[IPSECSIM_A_SA_AUTH_ALG]);
	sa->icv_len = mnl_attr_get_u32(tb[IPSECSIM_A_SA_ICV_LEN]);
	read_encap(tb, sa);
	sa->esn = tb[IPSECSIM_A_SA_ESN];
	sa->has_esn_hi = tb[IPSECSIM_A_SA_ESN_HI];
	sa->esn_hi = sa->has_esn_hi ? mnl_attr_get_u32(tb[IPSECSIM_A_SA_ESN_HI]) : 0;
	sa->packets = mnl_attr_get_u64(tb[IPSECSIM_A_SA_PACKETS]);
	sa->bytes = mnl_attr_get_u64(tb[IPSECSIM_A_SA_BYTES]);
	sa->auth_errors = mnl_attr_get_u64(tb[IPSECSIM_A_SA_AUTH_ERRORS]);
	sa->errors = mnl_attr_get_u64(tb[IPSECSIM_A_SA_ERRORS]);
	return read_addr(family, tb[IPSECSIM_A_SA_SRC], sa->src) &&
	       read_addr(family, tb[IPSECSIM_A_SA_DST], sa->dst);
}

static void print_json(const struct sa *sa)
{
	json_object(NULL);
	json_u64("handle", sa->handle);
	json_u64("tag", sa->tag);
	json_str("src", sa->src);
	json_str("dst", sa->dst);
	json_str("proto", "esp");
	json_u64("spi", sa->spi);
	json_str("dir", sa->dir);
	json_str("mode", sa->mode);
	json_str("enc_alg", sa->enc_alg);
	json_str("auth_alg", sa->auth_alg);
	json_u64("icv_len", sa->icv_len);
	if (sa->encap) {
		json_object("encap");
		json_str("type", sa->encap);
		json_u64("sport", sa->encap_sport);
		json_u64("dport", sa->encap_dport);
		json_end();
	}
	json_bool("esn", sa->esn);
	if (sa->has_esn_hi)
		json_u64("esn_hi", sa->esn_hi);
	json_u64("packets", sa->packets);
	json_u64("bytes", sa->bytes);
	json_u64("auth_errors", sa->auth_errors);
	json_u64("errors", sa->errors);
	json_end();
}

static void print_text(const struct sa *sa)
{
	out("%s src %s dst %s spi 0x%08x handle 0x%08x\n", sa->dir, sa->src,
	    sa->dst, sa->spi, sa->handle);
	out("    mode %s  enc %s  auth %s  icv %u", sa->mode, sa->enc_alg,
	    sa->auth_alg, sa->icv_len);
	if (sa->has_esn_hi)
		out("  esn high word %u", sa->esn_hi);
	else if (sa->esn)
		out("  esn");
	if (sa->encap)
		out("  encap %s sport %u dport %u", sa->encap, sa->encap_sport,
		    sa->encap_dport);
	out("\n    packets %llu  bytes %llu  auth-errors %llu  errors %llu\n",
	    (unsigned long long)sa->packets, (unsigned long long)sa->bytes,
	    (unsigned long long)sa->auth_errors, (unsigned long long)sa->errors);
}

struct sa_list {
	struct sa	*sa;
	size_t		num;
	size_t		room;
};

static bool on_sa(const struct nlattr *const *tb, void *arg)
{
	struct sa_list *list = arg;
	struct sa *more;

	more = nl_room(list->sa, list->num, &list->room, sizeof(*more));
	if (!more)
		return false;
	list->sa = more;
	return read_sa(tb, &list->sa[list->num++]);
}

/* All SAs, or the one of a handle. */
static bool get_sas(struct nl *nl, const struct adapter *ad,
		    const uint32_t *handle, struct sa_list *list)
{
	unsigned int tries = 0;
	union nl_request req;
	bool ok;

	do {
		list->num = 0;
		nl_begin(nl, &req, IPSECSIM_CMD_SA_GET, !handle);
		mnl_attr_put_u32(&req.nlh, IPSECSIM_A_SA_IFINDEX, ad->ifindex);
		if (handle)
			mnl_attr_put_u32(&req.nlh, IPSECSIM_A_SA_HANDLE, *handle);
		ok = nl_talk(nl, &req, ad->ifname, &sa_set, on_sa, list);
	} while (ok && nl_again(nl, &tries));
	return ok;
}

bool sa_find_inbound(struct nl *nl, const struct adapter *ad, uint32_t spi,
		     const char *dst, uint32_t *handle)
{
	struct sa_list list = {};
	unsigned int found = 0;
	bool ok;
	size_t i;

	ok = get_sas(nl, ad, NULL, &list);
	for (i = 0; ok && i < list.num; i++) {
		const struct sa *sa = &list.sa[i];

		if (strcmp(sa->dir, dirs[IPSECSIM_SA_DIR_IN]) ||
		    sa->spi != spi || (dst && strcmp(sa->dst, dst)))
			continue;
		*handle = sa->handle;
		found++;
	}
	free(list.sa);
	if (ok && !found)
		complain("%s: no inbound SA of SPI 0x%x%s%s", ad->ifname, spi,
			 dst ? " to " : "", dst ?: "");
	else if (found > 1)
		complain("%s: %u inbound SAs of SPI 0x%x; say which by its %shandle",
			 ad->ifname, found, spi, dst ? "" : "dst or ");
	return found == 1;
}

static void print_sas(const struct sa_list *list)
{
	size_t i;

	if (json)
		json_array(NULL);
	for (i = 0; i < list->num; i++) {
		if (json)
			print_json(&list->sa[i]);
		else
			print_text(&list->sa[i]);
	}
	if (json)
		json_end();
}

/* sa WORD..., where WORD is no device */
static const struct {
	const char		*word;
	const struct verb	*order;
} sa_orders[] = {
	{ "delete-req", &order_delete_req },
	{ "limits", &order_limits },
};

static int run_sa(int argc, char **argv)
{
	static const char *const words[] = { "handle" };
	struct sa_list list = {};
	uint32_t handle;
	struct adapter ad;
	struct nl nl;
	size_t i;
	bool ok;

	if (!argc)
		return missing_word(&verb_sa, "DEV");
	for (i = 0; i < ARRAY_SIZE(sa_orders); i++)
		if (!strcmp(argv[0], sa_orders[i].word))
			return sa_orders[i].order->run(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], words[0]))
		return unknown_word("word", argv[1], words, ARRAY_SIZE(words));
	if (argc == 2)
		return missing_word(&verb_sa, "HANDLE");
	if (argc > 3)
		return extra_word(&verb_sa, argv[3]);
	if (argc == 3 && !parse_u32(argv[2], &handle)) {
		complain("sa: handle needs a number, not \"%s\"", argv[2]);
		return EX_MISUSE;
	}
	if (!nl_open_ipsecsim(&nl))
		return EX_FAILED;
	ok = adapter_get(&nl, argv[0], &ad) &&
	     get_sas(&nl, &ad, argc == 3 ? &handle : NULL, &list);
	if (ok)
		print_sas(&list);
	free(list.sa);
	nl_close(&nl);
	return ok ? EX_DONE : EX_FAILED;
}

const struct verb verb_sa = {
	.name	= "sa",
	.args	= "DEV [handle HANDLE] | delete-req dev DEV SA | limits dev DEV [SA] [LIMIT...]",
	.help	= "SAs that an adapter holds, or the one of a handle; never their keys\n"
		  "\n"
		  "  delete-req  the next packet received over the SA asks for its deletion\n"
		  "  limits      at which the adapter asks for the deletion of an SA\n"
		  "\n"
		  "SA is spi SPI [dst ADDRESS], or handle HANDLE: an inbound one; without it,\n"
		  "those installed from now on are meant. LIMIT is packets N, bytes N,\n"
		  "auth-errors N, seq N, each 0 for none, or off for none at all. They count\n"
		  "from the installation of the SA. The limits then in force are shown.\n"
		  "\n"
		  "  bytes        of ESP payload in the packets that were processed with success\n"
		  "  auth-errors  packets that failed authentication\n"
		  "  errors       packets that failed otherwise, inbound\n",
	.run	= run_sa,
};
