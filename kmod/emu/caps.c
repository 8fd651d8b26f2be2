// SPDX-License-Identifier: GPL-2.0
/*
 * Capabilities: what the adapter can do, less what is switched off. Which of
 * them matter for an SA as it is added, and which for every packet, is told in
 * hw/admin.h.
 */
#include <linux/bits.h>
#include "emu/emu.h"

#define IPV4_HLEN	20u
#define IPV6_HLEN	40u

/**
 * isim_emu_caps() - CAPS_GET
 * @emu: adapter
 * @caps: filled in
 */
void isim_emu_caps(struct isim_emu *emu, struct isim_hw_caps *caps)
{
	const struct isim_emu_caps *off = &emu->caps_off;

	isim_emu_caps_all(emu, caps);
	caps->flags &= cpu_to_le32(~READ_ONCE(off->flags));
	caps->enc_algs &= cpu_to_le32(~READ_ONCE(off->enc_algs));
	caps->auth_algs &= cpu_to_le32(~READ_ONCE(off->auth_algs));
	caps->sizes &= cpu_to_le32(~READ_ONCE(off->sizes));
	caps->sa_capacity = cpu_to_le32(isim_emu_sa_capacity(emu));
}

/**
 * isim_emu_caps_sa_ok() - do the capabilities allow an SA to be added?
 * @emu: adapter
 * @cmd: payload of SA_ADD
 *
 * Algorithms that the engine does not have at all are not looked for.
 *
 * Return: false when something that the SA needs is switched off.
 */
bool isim_emu_caps_sa_ok(const struct isim_emu *emu,
			 const struct isim_hw_sa_add *cmd)
{
	const struct isim_emu_caps *off = &emu->caps_off;
	u32 flags = le32_to_cpu(cmd->flags);
	u32 need = ISIM_CAP_ESP;

	need |= flags & ISIM_SA_TUNNEL ? ISIM_CAP_TUNNEL : ISIM_CAP_TRANSPORT;
	if (flags & ISIM_SA_IPV6)
		need |= ISIM_CAP_IPV6;
	if (flags & ISIM_SA_ESN)
		need |= ISIM_CAP_ESN;
	if (flags & ISIM_SA_INBOUND)
		need |= ISIM_CAP_INBOUND;
	if (cmd->encap == ISIM_ENCAP_UDP)
		need |= ISIM_CAP_UDP_ESP;
	return !(need & READ_ONCE(off->flags)) &&
	       !(isim_hw_sa_sizes(cmd->enc_alg, cmd->enc_key_len, cmd->icv_len) &
		 READ_ONCE(off->sizes)) &&
	       !(cmd->enc_alg < 32 &&
		 READ_ONCE(off->enc_algs) & BIT(cmd->enc_alg)) &&
	       !(cmd->auth_alg < 32 &&
		 READ_ONCE(off->auth_algs) & BIT(cmd->auth_alg));
}

/**
 * isim_emu_caps_rx_off() - is a kind of packet switched off?
 * @off: ISIM_CAP_* that are switched off
 * @p: headers of the packet, of kind ISIM_PARSE_ESP or with udp_esp
 * @sa: its SA
 *
 * Return: true when the packet is to be passed up as it came.
 */
bool isim_emu_caps_rx_off(u32 off, const struct isim_emu_parse *p,
			  const struct isim_emu_sa *sa)
{
	u32 hlen = p->l4_off - p->l3_off;
	u32 need = ISIM_CAP_ESP | ISIM_CAP_RX;

	need |= sa->flags & ISIM_SA_TUNNEL ? ISIM_CAP_TUNNEL : ISIM_CAP_TRANSPORT;
	if (p->udp_esp)
		need |= ISIM_CAP_UDP_ESP;
	if (p->ipv6)
		need |= ISIM_CAP_IPV6;
	if (p->ipv6 && hlen > IPV6_HLEN)
		need |= ISIM_CAP_IPV6_EXTHDRS;
	if (!p->ipv6 && hlen > IPV4_HLEN)
		need |= ISIM_CAP_IPV4_OPTIONS;
	return need & off;
}

void isim_emu_get_caps(struct isim_emu *emu, struct isim_emu_caps *all,
		       struct isim_emu_caps *off, struct isim_emu_room *room)
{
	struct isim_hw_caps caps;

	isim_emu_caps_all(emu, &caps);
	all->flags = le32_to_cpu(caps.flags);
	all->enc_algs = le32_to_cpu(caps.enc_algs);
	all->auth_algs = le32_to_cpu(caps.auth_algs);
	all->sizes = le32_to_cpu(caps.sizes);
	*off = emu->caps_off;
	*room = emu->sadb.room;
}

void isim_emu_set_caps(struct isim_emu *emu, const struct isim_emu_caps *off,
		       const struct isim_emu_room *room)
{
	isim_emu_sadb_set_room(&emu->sadb, room);
	WRITE_ONCE(emu->caps_off.flags, off->flags);
	WRITE_ONCE(emu->caps_off.enc_algs, off->enc_algs);
	WRITE_ONCE(emu->caps_off.auth_algs, off->auth_algs);
	WRITE_ONCE(emu->caps_off.sizes, off->sizes);
	isim_emu_cause(emu, ISIM_CAUSE_CAPS);
}
