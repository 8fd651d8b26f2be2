// SPDX-License-Identifier: GPL-2.0
/* Generic netlink: the SA tables of adapters. */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/socket.h>

#include "compat/genl.h"
#include "ctl/ctl.h"
#include "ctl/netlink.h"
#include "ctl/netlink_gen.h"
#include "emu/api.h"
#include "hw/admin.h"

/* Algorithms are reported as the data sheet numbers them. */
static_assert(IPSECSIM_ENC_NULL == (int)ISIM_ENC_NULL);
static_assert(IPSECSIM_ENC_3DES_CBC == (int)ISIM_ENC_3DES_CBC);
static_assert(IPSECSIM_AUTH_NONE == (int)ISIM_AUTH_NONE);
static_assert(IPSECSIM_AUTH_AES_XCBC == (int)ISIM_AUTH_AES_XCBC);

static int isim_ctl_nl_fill_addr(struct sk_buff *msg,
				 const struct isim_emu_sa_info *sa)
{
	bool ipv6 = sa->flags & ISIM_SA_IPV6;
	int len = ipv6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);

	if (nla_put_u32(msg, IPSECSIM_A_SA_FAMILY, ipv6 ? AF_INET6 : AF_INET) ||
	    nla_put(msg, IPSECSIM_A_SA_SRC, len, sa->saddr) ||
	    nla_put(msg, IPSECSIM_A_SA_DST, len, sa->daddr))
		return -EMSGSIZE;
	return 0;
}

static int isim_ctl_nl_fill_encap(struct sk_buff *msg,
				  const struct isim_emu_sa_info *sa)
{
	if (!sa->encap_dport)
		return 0;
	if (nla_put_u32(msg, IPSECSIM_A_SA_ENCAP, IPSECSIM_SA_ENCAP_UDP) ||
	    nla_put_u16(msg, IPSECSIM_A_SA_ENCAP_SPORT, sa->encap_sport) ||
	    nla_put_u16(msg, IPSECSIM_A_SA_ENCAP_DPORT, sa->encap_dport))
		return -EMSGSIZE;
	return 0;
}

static int isim_ctl_nl_fill_esn(struct sk_buff *msg,
				const struct isim_emu_sa_info *sa)
{
	if (!(sa->flags & ISIM_SA_ESN))
		return 0;
	if (nla_put_flag(msg, IPSECSIM_A_SA_ESN))
		return -EMSGSIZE;
	/* Outbound, each packet carries its own. */
	if (!(sa->flags & ISIM_SA_INBOUND))
		return 0;
	return nla_put_u32(msg, IPSECSIM_A_SA_ESN_HI, sa->esn_hi);
}

static int isim_ctl_nl_fill_sa(struct sk_buff *msg, u32 ifindex,
			       const struct isim_emu_sa_info *sa)
{
	u32 dir = sa->flags & ISIM_SA_INBOUND ? IPSECSIM_SA_DIR_IN :
						IPSECSIM_SA_DIR_OUT;
	u32 mode = sa->flags & ISIM_SA_TUNNEL ? IPSECSIM_SA_MODE_TUNNEL :
						IPSECSIM_SA_MODE_TRANSPORT;

	if (nla_put_u32(msg, IPSECSIM_A_SA_IFINDEX, ifindex) ||
	    nla_put_u32(msg, IPSECSIM_A_SA_HANDLE, sa->handle) ||
	    nla_put_u32(msg, IPSECSIM_A_SA_TAG, sa->tag) ||
	    nla_put_u32(msg, IPSECSIM_A_SA_SPI, sa->spi) ||
	    nla_put_u32(msg, IPSECSIM_A_SA_DIR, dir) ||
	    nla_put_u32(msg, IPSECSIM_A_SA_MODE, mode) ||
	    isim_ctl_nl_fill_addr(msg, sa) ||
	    isim_ctl_nl_fill_encap(msg, sa) ||
	    nla_put_u32(msg, IPSECSIM_A_SA_ENC_ALG, sa->enc_alg) ||
	    nla_put_u32(msg, IPSECSIM_A_SA_AUTH_ALG, sa->auth_alg) ||
	    nla_put_u32(msg, IPSECSIM_A_SA_ICV_LEN, sa->icv_len) ||
	    isim_ctl_nl_fill_esn(msg, sa) ||
	    nla_put_u64_64bit(msg, IPSECSIM_A_SA_PACKETS, sa->packets,
			      IPSECSIM_A_SA_PAD) ||
	    nla_put_u64_64bit(msg, IPSECSIM_A_SA_BYTES, sa->bytes,
			      IPSECSIM_A_SA_PAD) ||
	    nla_put_u64_64bit(msg, IPSECSIM_A_SA_AUTH_ERRORS, sa->auth_errors,
			      IPSECSIM_A_SA_PAD) ||
	    nla_put_u64_64bit(msg, IPSECSIM_A_SA_ERRORS, sa->errors,
			      IPSECSIM_A_SA_PAD))
		return -EMSGSIZE;
	return 0;
}

/* A handle names the slot of its SA, which another SA may have by now. */
static int isim_ctl_nl_find_sa(struct genl_info *info, struct isim_emu *emu,
			       struct isim_emu_sa_info *sa)
{
	struct nlattr *attr = info->attrs[IPSECSIM_A_SA_HANDLE];
	unsigned int slot;

	if (GENL_REQ_ATTR_CHECK(info, IPSECSIM_A_SA_HANDLE)) {
		NL_SET_ERR_MSG(info->extack, "The request names no SA: handle is missing");
		return -EINVAL;
	}
	slot = nla_get_u32(attr) % ISIM_EMU_SA_CAPACITY_MAX;
	if (isim_emu_sa_next(emu, &slot, sa) && sa->handle == nla_get_u32(attr))
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, attr, "The adapter has no SA of that handle");
	return -ENOENT;
}

static int isim_ctl_nl_sa_get(struct genl_info *info, struct sk_buff *msg,
			      struct isim_ctl_adapter *ad,
			      const struct isim_ctl_port *port)
{
	struct isim_emu_sa_info sa;

	return isim_ctl_nl_find_sa(info, ad->emu, &sa) ?:
	       isim_ctl_nl_fill_sa(msg, port->ifindex, &sa);
}

int isim_ctl_nl_sa_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return isim_ctl_nl_get(info, isim_ctl_nl_sa_get);
}

static int isim_ctl_nl_epoch_set(struct genl_info *info, struct sk_buff *msg,
				 struct isim_ctl_adapter *ad,
				 const struct isim_ctl_port *port)
{
	struct isim_emu_sa_info sa;
	int err;

	err = isim_ctl_nl_find_sa(info, ad->emu, &sa);
	if (err)
		return err;
	if (GENL_REQ_ATTR_CHECK(info, IPSECSIM_A_SA_ESN_HI)) {
		NL_SET_ERR_MSG(info->extack, "The request has no high word: esn-hi is missing");
		return -EINVAL;
	}
	err = isim_emu_sa_epoch_set(ad->emu, sa.handle,
				    nla_get_u32(info->attrs[IPSECSIM_A_SA_ESN_HI]),
				    nla_get_flag(info->attrs[IPSECSIM_A_SA_ESN_OVERLAP]));
	if (err == -EINVAL)
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[IPSECSIM_A_SA_HANDLE],
				    "The SA has no epoch, only inbound SAs with ESN do");
	return err;
}

int isim_ctl_nl_sa_epoch_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return isim_ctl_nl_do(info, NULL, isim_ctl_nl_epoch_set);
}

/* SAs from dump->next to the end of the table; -EMSGSIZE when the buffer is full. */
static int isim_ctl_nl_dump_sas(struct sk_buff *skb, struct netlink_callback *cb,
				struct isim_emu *emu, u32 ifindex)
{
	struct isim_ctl_nl_dump *dump = isim_ctl_nl_dump(cb);
	unsigned int slot = dump->next;
	struct isim_emu_sa_info sa;
	void *hdr;

	while (isim_emu_sa_next(emu, &slot, &sa)) {
		hdr = isim_ctl_nl_dump_put(skb, cb, IPSECSIM_CMD_SA_GET);
		if (!hdr)
			return -EMSGSIZE;
		genl_dump_check_consistent(cb, hdr);
		if (isim_ctl_nl_fill_sa(skb, ifindex, &sa)) {
			genlmsg_cancel(skb, hdr);
			return -EMSGSIZE;
		}
		genlmsg_end(skb, hdr);
		dump->next = slot;
		cond_resched();
	}
	return 0;
}

int isim_ctl_nl_sa_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nlattr **attrs = isim_compat_dump_attrs(cb);
	struct isim_ctl_adapter *ad;
	struct isim_ctl_port port;
	int err;

	if (attrs[IPSECSIM_A_SA_HANDLE]) {
		NL_SET_ERR_MSG_ATTR(cb->extack, attrs[IPSECSIM_A_SA_HANDLE],
				    "A dump of all SAs takes no handle");
		return -EINVAL;
	}

	mutex_lock(&isim_ctl_lock);
	ad = isim_ctl_nl_dump_find(skb, cb, &port);
	if (IS_ERR(ad)) {
		err = PTR_ERR(ad);
		goto out_unlock;
	}
	/* What changes from here on is found by the next call; there is one. */
	cb->seq = isim_emu_sa_changes(ad->emu);
	err = isim_ctl_nl_dump_sas(skb, cb, ad->emu, port.ifindex);

out_unlock:
	mutex_unlock(&isim_ctl_lock);
	return skb->len ?: err;
}
