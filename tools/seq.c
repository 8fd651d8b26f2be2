// SPDX-License-Identifier: GPL-2.0
/*
 * Verb seq: move the sequence number of an SA.
 *
 * With crypto offload XFRM owns the numbers, so this is a request to XFRM
 * (XFRM_MSG_NEWAE). What the adapter has of them is the epoch of an inbound SA,
 * which the driver programs as packets move the window on; XFRM does not tell it
 * of this, so the adapter is told here.
 */
#include <linux/genetlink.h>
#include <linux/xfrm.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../uapi/ipsecsim.h"
#include "adapter.h"
#include "tool.h"

static const struct nl_attr_spec sa_specs[IPSECSIM_A_SA_ESN_OVERLAP + 1] = {
	[IPSECSIM_A_SA_HANDLE]	= { "handle", MNL_TYPE_U32, true },
	[IPSECSIM_A_SA_SPI]	= { "spi", MNL_TYPE_U32, true },
	[IPSECSIM_A_SA_DIR]	= { "dir", MNL_TYPE_U32, true },
	[IPSECSIM_A_SA_FAMILY]	= { "family", MNL_TYPE_U32, true },
	[IPSECSIM_A_SA_DST]	= { "dst", MNL_TYPE_BINARY, true },
	[IPSECSIM_A_SA_ESN]	= { "esn", MNL_TYPE_FLAG, false },
};

static const struct nl_attr_set sa_set = {
	.hdr_len	= sizeof(struct genlmsghdr),
	.device		= IPSECSIM_A_SA_IFINDEX,
	.max		= ARRAY_SIZE(sa_specs) - 1,
	.spec		= sa_specs,
};

static const struct nl_attr_spec ae_specs[XFRMA_REPLAY_ESN_VAL + 1] = {
	[XFRMA_REPLAY_VAL]	= { "replay", MNL_TYPE_BINARY, false },
	[XFRMA_REPLAY_ESN_VAL]	= { "replay-esn", MNL_TYPE_BINARY, false },
};

static const struct nl_attr_set ae_set = {
	.hdr_len	= sizeof(struct xfrm_aevent_id),
	.max		= ARRAY_SIZE(ae_specs) - 1,
	.spec		= ae_specs,
};

#define REPLAY_MAX	(sizeof(struct xfrm_replay_state_esn) + 4096 / 8)

/* The SA that was asked for, and its replay state as XFRM has it */
struct target {
	uint32_t		spi;
	unsigned int		found;
	uint32_t		handle;
	bool			outbound;
	bool			esn;
	struct xfrm_usersa_id	id;
	uint16_t		kind;	/* attribute that was there */
	size_t			len;
	union {
		struct xfrm_replay_state	old;
		struct xfrm_replay_state_esn	esn;
		char				buf[REPLAY_MAX];
	} replay;
};

static bool on_sa(const struct nlattr *const *tb, void *arg)
{
	struct target *sa = arg;
	size_t len = mnl_attr_get_payload_len(tb[IPSECSIM_A_SA_DST]);

	if (mnl_attr_get_u32(tb[IPSECSIM_A_SA_SPI]) != sa->spi ||
	    len > sizeof(sa->id.daddr))
		return true;
	sa->found++;
	sa->handle = mnl_attr_get_u32(tb[IPSECSIM_A_SA_HANDLE]);
	sa->outbound = mnl_attr_get_u32(tb[IPSECSIM_A_SA_DIR]) ==
		       IPSECSIM_SA_DIR_OUT;
	sa->esn = tb[IPSECSIM_A_SA_ESN];
	sa->id.spi = htonl(sa->spi);
	sa->id.family = mnl_attr_get_u32(tb[IPSECSIM_A_SA_FAMILY]);
	sa->id.proto = IPPROTO_ESP;
	memcpy(&sa->id.daddr, mnl_attr_get_payload(tb[IPSECSIM_A_SA_DST]), len);
	return true;
}

static bool find_sa(struct nl *nl, const struct adapter *ad, struct target *sa)
{
	union nl_request req;

	nl_begin(nl, &req, IPSECSIM_CMD_SA_GET, true);
	mnl_attr_put_u32(&req.nlh, IPSECSIM_A_SA_IFINDEX, ad->ifindex);
	if (!nl_talk(nl, &req, ad->ifname, &sa_set, on_sa, sa))
		return false;
	if (sa->found == 1)
		return true;
	complain("%s: the adapter has %s of SPI 0x%08x", ad->ifname,
		 sa->found ? "several SAs" : "no SA", sa->spi);
	return false;
}

static bool on_ae(const struct nlattr *const *tb, void *arg)
{
	const struct nlattr *attr = tb[XFRMA_REPLAY_ESN_VAL];
	struct target *sa = arg;
	size_t least = sizeof(sa->replay.esn);

	sa->kind = XFRMA_REPLAY_ESN_VAL;
	if (!attr) {
		sa->kind = XFRMA_REPLAY_VAL;
		attr = tb[XFRMA_REPLAY_VAL];
		least = sizeof(sa->replay.old);
	}
	sa->len = attr ? mnl_attr_get_payload_len(attr) : 0;
	if (sa->len < least || sa->len > sizeof(sa->replay)) {
		complain("the kernel's reply has no replay state");
		return false;
	}
	memcpy(&sa->replay, mnl_attr_get_payload(attr), sa->len);
	return true;
}

/* The window's top moves; nothing in it has been received. */
static void move(struct target *sa, uint64_t seq)
{
	uint32_t hi = seq >> 32, lo = seq;
	struct xfrm_replay_state_esn *esn = &sa->replay.esn;

	if (sa->kind == XFRMA_REPLAY_VAL) {
		if (sa->outbound)
			sa->replay.old.oseq = lo;
		else
			sa->replay.old = (struct xfrm_replay_state) {
				.oseq = sa->replay.old.oseq, .seq = lo,
			};
	} else if (sa->outbound) {
		esn->oseq = lo;
		esn->oseq_hi = hi;
	} else {
		esn->seq = lo;
		esn->seq_hi = hi;
		memset(esn->bmp, 0, sa->len - sizeof(*esn));
	}
}

static bool move_xfrm(struct target *sa, const struct adapter *ad, uint64_t seq)
{
	struct xfrm_aevent_id *ae;
	union nl_request req;
	struct nl nl;
	bool ok;

	if (!nl_open_xfrm(&nl))
		return false;
	ae = nl_begin_xfrm(&nl, &req, XFRM_MSG_GETAE, sizeof(*ae));
	ae->sa_id = sa->id;
	ok = nl_talk(&nl, &req, ad->ifname, &ae_set, on_ae, sa);
	if (ok) {
		move(sa, seq);
		ae = nl_begin_xfrm(&nl, &req, XFRM_MSG_NEWAE, sizeof(*ae));
		req.nlh.nlmsg_flags |= NLM_F_REPLACE;
		ae->sa_id = sa->id;
		mnl_attr_put(&req.nlh, sa->kind, sa->len, &sa->replay);
		ok = nl_talk(&nl, &req, ad->ifname, &ae_set, NULL, NULL);
	}
	nl_close(&nl);
	return ok;
}

/* The half range of the window's bottom, as the driver would have it */
static bool move_epoch(struct nl *nl, const struct adapter *ad,
		       const struct target *sa, uint64_t seq)
{
	uint32_t window = sa->replay.esn.replay_window;
	uint64_t bottom = seq < window ? 0 : seq - (window - 1);
	union nl_request req;

	nl_begin(nl, &req, IPSECSIM_CMD_SA_EPOCH_SET, false);
	mnl_attr_put_u32(&req.nlh, IPSECSIM_A_SA_IFINDEX, ad->ifindex);
	mnl_attr_put_u32(&req.nlh, IPSECSIM_A_SA_HANDLE, sa->handle);
	mnl_attr_put_u32(&req.nlh, IPSECSIM_A_SA_ESN_HI, bottom >> 32);
	if (bottom >> 31 & 1)
		mnl_attr_put(&req.nlh, IPSECSIM_A_SA_ESN_OVERLAP, 0, NULL);
	return nl_talk(nl, &req, ad->ifname, &sa_set, NULL, NULL);
}

static bool move_seq(struct nl *nl, const char *dev, struct target *sa,
		     uint64_t seq)
{
	struct adapter ad;

	if (!adapter_get(nl, dev, &ad) || !find_sa(nl, &ad, sa))
		return false;
	if (!sa->esn && seq >> 32) {
		complain("%s: without ESN the number ends at 4294967295", dev);
		return false;
	}
	return move_xfrm(sa, &ad, seq) &&
	       (sa->outbound || !sa->esn || move_epoch(nl, &ad, sa, seq));
}

static int run_seq(int argc, char **argv)
{
	struct target sa = {};
	struct nl nl;
	uint64_t seq;
	bool ok;

	if (argc < 3)
		return missing_word(&verb_seq, argc < 1 ? "DEV" :
				    argc < 2 ? "SPI" : "N");
	if (argc > 3)
		return extra_word(&verb_seq, argv[3]);
	if (!parse_u32(argv[1], &sa.spi) || !sa.spi) {
		complain("seq: SPI is a number from 1 to 4294967295, not \"%s\"",
			 argv[1]);
		return EX_MISUSE;
	}
	if (!parse_u64(argv[2], &seq)) {
		complain("seq: \"%s\" is no number of 64 bits", argv[2]);
		return EX_MISUSE;
	}
	if (!nl_open_ipsecsim(&nl))
		return EX_FAILED;
	ok = move_seq(&nl, argv[0], &sa, seq);
	nl_close(&nl);
	return ok ? EX_DONE : EX_FAILED;
}

const struct verb verb_seq = {
	.name	= "seq",
	.args	= "DEV SPI N",
	.help	= "move the sequence number of an SA\n"
		  "\n"
		  "Of an outbound SA: the next packet gets N + 1. Of an inbound one: N becomes the\n"
		  "highest number received, the window behind it is empty, and the adapter's\n"
		  "epoch goes with it. N has up to 64 bits with ESN, such as 0x1fffffff0.\n",
	.run	= run_seq,
};
