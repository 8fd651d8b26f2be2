// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink family "ipsecsim", described in uapi/ipsecsim.yaml.
 *
 * An adapter is named by the ifindex of its port in the caller's network
 * namespace; whoever may administer that namespace may administer the adapter.
 */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/platform_device.h>
#include <linux/socket.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "compat/genl.h"
#include "ctl/ctl.h"
#include "ctl/netlink_gen.h"
#include "emu/api.h"
#include "hw/admin.h"

/* Algorithms are reported as the data sheet numbers them. */
static_assert(IPSECSIM_ENC_NULL == (int)ISIM_ENC_NULL);
static_assert(IPSECSIM_ENC_3DES_CBC == (int)ISIM_ENC_3DES_CBC);
static_assert(IPSECSIM_AUTH_NONE == (int)ISIM_AUTH_NONE);
static_assert(IPSECSIM_AUTH_AES_XCBC == (int)ISIM_AUTH_AES_XCBC);

/* Every request names its adapter in the same place. */
#define ISIM_CTL_NL_IFINDEX	IPSECSIM_A_ADAPTER_IFINDEX
static_assert(IPSECSIM_A_SA_IFINDEX == (int)ISIM_CTL_NL_IFINDEX);
static_assert(IPSECSIM_A_FAULT_IFINDEX == (int)ISIM_CTL_NL_IFINDEX);

static struct genl_family isim_ctl_nl_family __ro_after_init = {
	.name		= IPSECSIM_GENL_NAME,
	.version	= IPSECSIM_GENL_VERSION,
	.netnsok	= true,
	.module		= THIS_MODULE,
	.ops		= isim_ctl_nl_ops,
	.n_ops		= ARRAY_SIZE(isim_ctl_nl_ops),
};

/**
 * struct isim_ctl_nl_dump - where a dump stands between two messages
 * @next: id of the adapter, or slot of the SA table, to go on with
 * @adapter: SA dump: id + 1 of the adapter it began with; 0 before it began
 */
struct isim_ctl_nl_dump {
	unsigned int	next;
	unsigned int	adapter;
};

static struct isim_ctl_nl_dump *isim_ctl_nl_dump(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct isim_ctl_nl_dump) > sizeof(cb->ctx));
	return (struct isim_ctl_nl_dump *)cb->ctx;
}

/* The adapter and port that a request is about. isim_ctl_lock held. */
static struct isim_ctl_adapter *
isim_ctl_nl_find(const struct net *net, struct nlattr **attrs,
		 struct isim_ctl_port *port, struct netlink_ext_ack *extack)
{
	struct isim_ctl_adapter *ad;

	if (NL_REQ_ATTR_CHECK(extack, NULL, attrs, ISIM_CTL_NL_IFINDEX)) {
		NL_SET_ERR_MSG(extack, "The request names no adapter: ifindex is missing");
		return ERR_PTR(-EINVAL);
	}
	ad = isim_ctl_find(net, nla_get_u32(attrs[ISIM_CTL_NL_IFINDEX]), port);
	if (!ad) {
		NL_SET_ERR_MSG_ATTR(extack, attrs[ISIM_CTL_NL_IFINDEX],
				    "No port of an ipsecsim adapter in this network namespace");
		return ERR_PTR(-ENODEV);
	}
	return ad;
}

/* What a do request does to its adapter. @msg: the reply to fill, if any. */
typedef int (*isim_ctl_nl_op)(struct genl_info *info, struct sk_buff *msg,
			      const struct isim_ctl_adapter *ad,
			      const struct isim_ctl_port *port);

static int isim_ctl_nl_do(struct genl_info *info, struct sk_buff *msg,
			  isim_ctl_nl_op op)
{
	struct isim_ctl_adapter *ad;
	struct isim_ctl_port port;
	int err;

	mutex_lock(&isim_ctl_lock);
	ad = isim_ctl_nl_find(genl_info_net(info), info->attrs, &port,
			      info->extack);
	err = IS_ERR(ad) ? PTR_ERR(ad) : op(info, msg, ad, &port);
	mutex_unlock(&isim_ctl_lock);
	return err;
}

/* The same, and send the reply that @op filled. */
static int isim_ctl_nl_get(struct genl_info *info, isim_ctl_nl_op op)
{
	struct sk_buff *msg;
	int err = -ENOMEM;
	void *hdr;

	msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg)
		return err;
	hdr = genlmsg_put_reply(msg, info, &isim_ctl_nl_family, 0,
				info->genlhdr->cmd);
	if (!hdr)
		goto err_free;
	err = isim_ctl_nl_do(info, msg, op);
	if (err)
		goto err_free;
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);

err_free:
	nlmsg_free(msg);
	return err;
}

static int isim_ctl_nl_fill_peer(struct sk_buff *msg, const struct net *net,
				 const struct isim_ctl_adapter *peer)
{
	struct isim_ctl_port port;

	if (!peer)
		return 0;
	/*
	 * Devices are of no namespace, and in sysfs for all to see. A port in
	 * another namespace is not the caller's to know.
	 */
	if (nla_put_string(msg, IPSECSIM_A_ADAPTER_PEER_DEVICE,
			   dev_name(&peer->pdev->dev)))
		return -EMSGSIZE;
	if (!isim_ctl_port(peer, net, &port))
		return 0;
	if (nla_put_u32(msg, IPSECSIM_A_ADAPTER_PEER_IFINDEX, port.ifindex) ||
	    nla_put_string(msg, IPSECSIM_A_ADAPTER_PEER_IFNAME, port.ifname))
		return -EMSGSIZE;
	return 0;
}

static int isim_ctl_nl_fill_adapter(struct sk_buff *msg, const struct net *net,
				    const struct isim_ctl_adapter *ad,
				    const struct isim_ctl_port *port)
{
	if (nla_put_u32(msg, IPSECSIM_A_ADAPTER_IFINDEX, port->ifindex) ||
	    nla_put_string(msg, IPSECSIM_A_ADAPTER_IFNAME, port->ifname) ||
	    nla_put_string(msg, IPSECSIM_A_ADAPTER_DEVICE,
			   dev_name(&ad->pdev->dev)) ||
	    nla_put_u32(msg, IPSECSIM_A_ADAPTER_QUEUES, ad->queues) ||
	    nla_put_u32(msg, IPSECSIM_A_ADAPTER_SA_CAPACITY, ad->sa_capacity) ||
	    nla_put_u32(msg, IPSECSIM_A_ADAPTER_SA_COUNT,
			isim_emu_sa_count(ad->emu)))
		return -EMSGSIZE;
	return isim_ctl_nl_fill_peer(msg, net, ad->peer);
}

static int isim_ctl_nl_adapter_get(struct genl_info *info, struct sk_buff *msg,
				   const struct isim_ctl_adapter *ad,
				   const struct isim_ctl_port *port)
{
	return isim_ctl_nl_fill_adapter(msg, genl_info_net(info), ad, port);
}

int isim_ctl_nl_adapter_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return isim_ctl_nl_get(info, isim_ctl_nl_adapter_get);
}

/*
 * One message of a dump; -EMSGSIZE when the buffer is full. That is an error of
 * the dump only if the buffer holds nothing yet.
 */
static int isim_ctl_nl_dump_adapter(struct sk_buff *skb,
				    struct netlink_callback *cb,
				    const struct isim_ctl_adapter *ad)
{
	const struct net *net = sock_net(skb->sk);
	struct isim_ctl_port port;
	void *hdr;
	int err;

	if (!isim_ctl_port(ad, net, &port))
		return 0;
	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &isim_ctl_nl_family, NLM_F_MULTI,
			  IPSECSIM_CMD_ADAPTER_GET);
	if (!hdr)
		return -EMSGSIZE;
	err = isim_ctl_nl_fill_adapter(skb, net, ad, &port);
	if (err) {
		genlmsg_cancel(skb, hdr);
		return err;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

int isim_ctl_nl_adapter_get_dumpit(struct sk_buff *skb,
				   struct netlink_callback *cb)
{
	struct isim_ctl_nl_dump *dump = isim_ctl_nl_dump(cb);
	struct nlattr **attrs = isim_compat_dump_attrs(cb);
	struct isim_ctl_adapter *ad;
	int err = 0;

	if (attrs[IPSECSIM_A_ADAPTER_IFINDEX]) {
		NL_SET_ERR_MSG_ATTR(cb->extack, attrs[IPSECSIM_A_ADAPTER_IFINDEX],
				    "A dump of all adapters takes no ifindex");
		return -EINVAL;
	}

	/* The list is ordered by id. */
	mutex_lock(&isim_ctl_lock);
	list_for_each_entry(ad, &isim_ctl_adapters, list) {
		if (ad->id < dump->next)
			continue;
		err = isim_ctl_nl_dump_adapter(skb, cb, ad);
		if (err)
			break;
		dump->next = ad->id + 1;
	}
	mutex_unlock(&isim_ctl_lock);
	return skb->len ?: err;
}

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
	    nla_put_u32(msg, IPSECSIM_A_SA_ENC_ALG, sa->enc_alg) ||
	    nla_put_u32(msg, IPSECSIM_A_SA_AUTH_ALG, sa->auth_alg) ||
	    nla_put_u32(msg, IPSECSIM_A_SA_ICV_LEN, sa->icv_len) ||
	    isim_ctl_nl_fill_esn(msg, sa) ||
	    nla_put_u64_64bit(msg, IPSECSIM_A_SA_PACKETS, sa->packets,
			      IPSECSIM_A_SA_PAD) ||
	    nla_put_u64_64bit(msg, IPSECSIM_A_SA_BYTES, sa->bytes,
			      IPSECSIM_A_SA_PAD) ||
	    nla_put_u64_64bit(msg, IPSECSIM_A_SA_AUTH_ERRORS, sa->auth_errors,
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
			      const struct isim_ctl_adapter *ad,
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

/* SAs from dump->next to the end of the table; -EMSGSIZE when the buffer is full. */
static int isim_ctl_nl_dump_sas(struct sk_buff *skb, struct netlink_callback *cb,
				struct isim_emu *emu, u32 ifindex)
{
	struct isim_ctl_nl_dump *dump = isim_ctl_nl_dump(cb);
	unsigned int slot = dump->next;
	struct isim_emu_sa_info sa;
	void *hdr;

	while (isim_emu_sa_next(emu, &slot, &sa)) {
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				  cb->nlh->nlmsg_seq, &isim_ctl_nl_family,
				  NLM_F_MULTI, IPSECSIM_CMD_SA_GET);
		if (!hdr)
			return -EMSGSIZE;
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
	struct isim_ctl_nl_dump *dump = isim_ctl_nl_dump(cb);
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
	ad = isim_ctl_nl_find(sock_net(skb->sk), attrs, &port, cb->extack);
	if (IS_ERR(ad)) {
		err = PTR_ERR(ad);
		goto out_unlock;
	}
	/* The ifindex may have gone to another adapter between two messages. */
	if (dump->adapter && dump->adapter != ad->id + 1) {
		NL_SET_ERR_MSG_ATTR(cb->extack, attrs[IPSECSIM_A_SA_IFINDEX],
				    "The port changed its adapter during the dump");
		err = -ENODEV;
		goto out_unlock;
	}
	dump->adapter = ad->id + 1;
	err = isim_ctl_nl_dump_sas(skb, cb, ad->emu, port.ifindex);

out_unlock:
	mutex_unlock(&isim_ctl_lock);
	return skb->len ?: err;
}

static int isim_ctl_nl_fill_faults(struct sk_buff *msg, u32 ifindex,
				   const struct isim_emu_wire_faults *faults)
{
	if (nla_put_u32(msg, IPSECSIM_A_FAULT_IFINDEX, ifindex) ||
	    nla_put_u32(msg, IPSECSIM_A_FAULT_CORRUPT_PPM, faults->corrupt_ppm) ||
	    nla_put_u32(msg, IPSECSIM_A_FAULT_DROP_PPM, faults->drop_ppm) ||
	    nla_put_u32(msg, IPSECSIM_A_FAULT_SEED, faults->seed))
		return -EMSGSIZE;
	return 0;
}

static int isim_ctl_nl_fault_get(struct genl_info *info, struct sk_buff *msg,
				 const struct isim_ctl_adapter *ad,
				 const struct isim_ctl_port *port)
{
	struct isim_emu_wire_faults faults;

	isim_emu_get_wire_faults(ad->emu, &faults);
	return isim_ctl_nl_fill_faults(msg, port->ifindex, &faults);
}

int isim_ctl_nl_fault_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return isim_ctl_nl_get(info, isim_ctl_nl_fault_get);
}

/* What the request does not name keeps its value. */
static bool isim_ctl_nl_parse_faults(struct nlattr **attrs,
				     struct isim_emu_wire_faults *faults)
{
	bool any = false;

	if (attrs[IPSECSIM_A_FAULT_CORRUPT_PPM]) {
		faults->corrupt_ppm = nla_get_u32(attrs[IPSECSIM_A_FAULT_CORRUPT_PPM]);
		any = true;
	}
	if (attrs[IPSECSIM_A_FAULT_DROP_PPM]) {
		faults->drop_ppm = nla_get_u32(attrs[IPSECSIM_A_FAULT_DROP_PPM]);
		any = true;
	}
	if (attrs[IPSECSIM_A_FAULT_SEED]) {
		faults->seed = nla_get_u32(attrs[IPSECSIM_A_FAULT_SEED]);
		any = true;
	}
	return any;
}

static int isim_ctl_nl_fault_set(struct genl_info *info, struct sk_buff *msg,
				 const struct isim_ctl_adapter *ad,
				 const struct isim_ctl_port *port)
{
	struct isim_emu_wire_faults faults;

	isim_emu_get_wire_faults(ad->emu, &faults);
	if (!isim_ctl_nl_parse_faults(info->attrs, &faults)) {
		NL_SET_ERR_MSG(info->extack, "The request names no fault point");
		return -EINVAL;
	}
	isim_emu_set_wire_faults(ad->emu, &faults);
	return 0;
}

int isim_ctl_nl_fault_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return isim_ctl_nl_do(info, NULL, isim_ctl_nl_fault_set);
}

int __init isim_ctl_nl_init(void)
{
	return genl_register_family(&isim_ctl_nl_family);
}

void isim_ctl_nl_exit(void)
{
	genl_unregister_family(&isim_ctl_nl_family);
}
