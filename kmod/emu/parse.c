// SPDX-License-Identifier: GPL-2.0
/*
 * Frame parser: Ethernet, one VLAN tag or none, IPv4 with options, IPv6 with
 * extension headers, and the first words of what follows.
 */
#include "emu/parse.h"

#define VLAN_HLEN		4u
#define VLAN_TAGS_MAX		1u
#define TYPE_IPV4		0x0800u
#define TYPE_IPV6		0x86ddu
#define TYPE_8021Q		0x8100u
#define TYPE_8021AD		0x88a8u

#define PROTO_HOPOPTS		0u
#define PROTO_IPIP		4u
#define PROTO_IPV6		41u
#define PROTO_ROUTING		43u
#define PROTO_FRAGMENT		44u
#define PROTO_ESP		50u
#define PROTO_DSTOPTS		60u

#define IPV4_FRAG_OFFSET	0x1fffu
#define IPV6_FRAG_OFFSET	0xfff8u
#define PORT_UDP_ESP		4500u	/* RFC 3948 */

#define OPTION_END		0u
#define OPTION_NOP		1u
#define OPTION_LSRR		131u
#define OPTION_SSRR		137u

/* More than any sane packet has; bounds the walk on an insane one */
#define EXTHDRS_MAX		8u

static u32 be16(const u8 *p)
{
	return (u32)p[0] << 8 | p[1];
}

static u32 be32(const u8 *p)
{
	return be16(p) << 16 | be16(p + 2);
}

static void parse_esp(const u8 *hdr, u32 off, struct isim_emu_parse *p)
{
	p->esp_off = off;
	p->spi = be32(hdr + off);
	p->seq = be32(hdr + off + 4);
}

/*
 * Can this UDP datagram be ESP (RFC 3948)? Not with a checksum, which decryption
 * would make wrong: the host can check it and decrypt by itself. IKE has a zero in
 * place of the SPI, and what is no longer than the header of ESP is not ESP; that
 * includes keepalives.
 */
static void parse_udp_esp(const u8 *hdr, u32 end, struct isim_emu_parse *p)
{
	u32 off = p->l4_off + ISIM_UDP_HLEN;
	const u8 *udp = hdr + p->l4_off;

	if (p->ipv6 || off + ISIM_ESP_HLEN >= end ||
	    be16(udp + 4) != p->l3_end - p->l4_off || be16(udp + 6))
		return;
	p->udp_esp = be32(hdr + off);
	if (p->udp_esp)
		parse_esp(hdr, off, p);
}

/* Ports or ESP header at l4_off. Fragments do not come here. */
static void parse_l4(const u8 *hdr, u32 hdr_len, struct isim_emu_parse *p)
{
	u32 end = p->l3_end;

	if (end > hdr_len)
		end = hdr_len;
	if (p->proto == PROTO_ESP) {
		if (p->l4_off + ISIM_ESP_HLEN > end) {
			p->kind = ISIM_PARSE_BAD;
			return;
		}
		parse_esp(hdr, p->l4_off, p);
		p->kind = ISIM_PARSE_ESP;
	} else if (p->proto != ISIM_PROTO_TCP && p->proto != ISIM_PROTO_UDP) {
		return;
	} else if (p->l4_off + 4 > end) {
		return;
	}
	p->port_word = be32(hdr + p->l4_off);
	p->ports = true;
	if (p->proto == ISIM_PROTO_UDP)
		parse_udp_esp(hdr, end, p);
}

/*
 * Has a source route hops left? Then the packet is to be forwarded, and what it
 * carries is not for this host.
 */
static bool ipv4_source_route(const u8 *opt, u32 len)
{
	u32 opt_len;

	while (len && *opt != OPTION_END) {
		opt_len = 1;
		if (*opt != OPTION_NOP) {
			if (len < 3 || opt[1] < 2 || opt[1] > len)
				break;
			if ((*opt == OPTION_LSRR || *opt == OPTION_SSRR) &&
			    opt[2] <= opt[1])
				return true;
			opt_len = opt[1];
		}
		opt += opt_len;
		len -= opt_len;
	}
	return false;
}

static void parse_ipv4(const u8 *hdr, u32 hdr_len, u32 frame_len,
		       struct isim_emu_parse *p)
{
	const u8 *ip = hdr + p->l3_off;
	u32 ihl, total, frag;

	if (p->l3_off + 20 > hdr_len || ip[0] >> 4 != 4)
		return;
	ihl = (ip[0] & 15) * 4;
	total = be16(ip + 2);
	if (ihl < 20 || p->l3_off + ihl > hdr_len || total < ihl ||
	    p->l3_off + total > frame_len)
		return;

	p->kind = ISIM_PARSE_IP;
	p->proto = ip[9];
	p->saddr = ip + 12;
	p->daddr = ip + 16;
	p->l4_off = p->l3_off + ihl;
	p->l3_end = p->l3_off + total;
	frag = be16(ip + 6) & 0x3fff;	/* MF and offset */
	if (!frag && !ipv4_source_route(ip + 20, ihl - 20))
		parse_l4(hdr, hdr_len, p);
}

static void parse_ipv6(const u8 *hdr, u32 hdr_len, u32 frame_len,
		       struct isim_emu_parse *p)
{
	const u8 *ip = hdr + p->l3_off;
	unsigned int i;

	if (p->l3_off + 40 > hdr_len || ip[0] >> 4 != 6)
		return;
	p->l3_end = p->l3_off + 40 + be16(ip + 4);
	if (p->l3_end > frame_len)
		return;

	p->ipv6 = true;
	p->kind = ISIM_PARSE_IP;
	p->proto = ip[6];
	p->saddr = ip + 8;
	p->daddr = ip + 24;
	p->l4_off = p->l3_off + 40;
	for (i = 0; i <= EXTHDRS_MAX; i++) {
		if (p->proto == PROTO_FRAGMENT)
			return;
		if (p->proto != PROTO_HOPOPTS && p->proto != PROTO_ROUTING &&
		    p->proto != PROTO_DSTOPTS) {
			parse_l4(hdr, hdr_len, p);
			return;
		}
		if (p->l4_off + 8 > hdr_len || p->l4_off + 8 > p->l3_end)
			break;
		/* Segments left: to be forwarded, as in ipv4_source_route() */
		if (p->proto == PROTO_ROUTING && hdr[p->l4_off + 3])
			return;
		p->proto = hdr[p->l4_off];
		p->l4_off += (hdr[p->l4_off + 1] + 1u) * 8;
	}
	p->kind = ISIM_PARSE_BAD;
}

/**
 * isim_emu_parse() - find the headers of a frame
 * @hdr: start of the frame
 * @hdr_len: octets at @hdr that may be read
 * @frame_len: octets of the frame, @hdr_len or more
 * @p: filled in; its addresses point into @hdr
 *
 * Headers that reach beyond @hdr_len count as cut. Octets behind the IP packet
 * (Ethernet padding) are tolerated. A fragment is never ISIM_PARSE_ESP. Behind
 * more than one VLAN tag a frame is ISIM_PARSE_OTHER.
 */
void isim_emu_parse(const u8 *hdr, u32 hdr_len, u32 frame_len,
		    struct isim_emu_parse *p)
{
	u32 off = ISIM_ETH_HLEN - 2, tags, type;

	*p = (struct isim_emu_parse){ .kind = ISIM_PARSE_OTHER };
	for (tags = 0; ; tags++) {
		if (off + 2 > hdr_len)
			return;
		type = be16(hdr + off);
		if ((type != TYPE_8021Q && type != TYPE_8021AD) ||
		    tags == VLAN_TAGS_MAX)
			break;
		off += VLAN_HLEN;
	}
	p->l3_off = off + 2;
	if (type != TYPE_IPV4 && type != TYPE_IPV6)
		return;

	p->kind = ISIM_PARSE_BAD;
	if (type == TYPE_IPV4)
		parse_ipv4(hdr, hdr_len, frame_len, p);
	else
		parse_ipv6(hdr, hdr_len, frame_len, p);
}

/**
 * isim_emu_parse_payload() - find the headers inside an ESP packet
 * @hdr: start of the frame
 * @hdr_len: octets at @hdr that may be read
 * @end: offset of the end of the payload, at most the frame's length
 * @off: offset of the payload, at most @end
 * @proto: next header of the ESP trailer
 * @outer: headers of the frame
 * @p: filled in; any kind but that of a frame without an IP header
 */
void isim_emu_parse_payload(const u8 *hdr, u32 hdr_len, u32 end, u32 off, u8 proto,
			    const struct isim_emu_parse *outer,
			    struct isim_emu_parse *p)
{
	if (proto == PROTO_IPIP || proto == PROTO_IPV6) {
		*p = (struct isim_emu_parse){
			.kind	= ISIM_PARSE_BAD,
			.l3_off	= off,
		};
		if (proto == PROTO_IPIP)
			parse_ipv4(hdr, hdr_len, end, p);
		else
			parse_ipv6(hdr, hdr_len, end, p);
		return;
	}
	*p = *outer;
	p->kind = ISIM_PARSE_IP;
	p->proto = proto;
	p->ports = false;
	p->l4_off = off;
	p->l3_end = end;
	parse_l4(hdr, hdr_len, p);
}

static bool is_exthdr(u8 proto)
{
	return proto == PROTO_HOPOPTS || proto == PROTO_ROUTING ||
	       proto == PROTO_FRAGMENT || proto == PROTO_DSTOPTS;
}

/* The transport header at @off. What is cut stays unknown. */
static void upper_l4(const u8 *hdr, u32 hdr_len, u32 off, u32 l3_end,
		     struct isim_emu_upper *up)
{
	u32 spi_off = off + ISIM_UDP_HLEN;

	if ((up->proto != ISIM_PROTO_TCP && up->proto != ISIM_PROTO_UDP) ||
	    off + 4 > hdr_len || off + 4 > l3_end)
		return;
	up->ports = true;
	up->sport = be16(hdr + off);
	up->dport = be16(hdr + off + 2);
	if (up->proto == ISIM_PROTO_TCP ||
	    (up->sport != PORT_UDP_ESP && up->dport != PORT_UDP_ESP))
		return;
	/* Shorter ones are keepalives, a zero is in front of IKE. */
	if (spi_off + 4 <= hdr_len && spi_off + ISIM_ESP_HLEN < l3_end)
		up->esp = be32(hdr + spi_off);
}

static void upper_ipv4(const u8 *hdr, u32 hdr_len, const struct isim_emu_parse *p,
		       struct isim_emu_upper *up)
{
	up->known = true;
	up->proto = p->proto;
	up->esp = up->proto == PROTO_ESP;
	if (!(be16(hdr + p->l3_off + 6) & IPV4_FRAG_OFFSET))
		upper_l4(hdr, hdr_len, p->l4_off, p->l3_end, up);
}

static void upper_ipv6(const u8 *hdr, u32 hdr_len, const struct isim_emu_parse *p,
		       struct isim_emu_upper *up)
{
	u32 off = p->l3_off + 40, len;
	bool later = false;
	unsigned int i;

	up->proto = hdr[p->l3_off + 6];
	for (i = 0; is_exthdr(up->proto); i++) {
		/* Where the chain goes on in the first fragment nobody knows. */
		if (i > EXTHDRS_MAX || later || off + 8 > hdr_len || off + 8 > p->l3_end)
			return;
		len = (hdr[off + 1] + 1u) * 8;
		if (up->proto == PROTO_FRAGMENT) {
			later = be16(hdr + off + 2) & IPV6_FRAG_OFFSET;
			len = 8;
		}
		up->proto = hdr[off];
		off += len;
	}
	up->known = true;
	up->esp = up->proto == PROTO_ESP;
	if (!later)
		upper_l4(hdr, hdr_len, off, p->l3_end, up);
}

/**
 * isim_emu_parse_upper() - what a frame carries, whoever it is for
 * @hdr: start of the frame
 * @hdr_len: octets at @hdr that may be read
 * @p: what isim_emu_parse() found in it
 * @up: filled in
 *
 * Unlike isim_emu_parse() this looks into fragments and behind source routes. ESP in
 * UDP is told by its port, 4500 at either end, not by what the adapter could
 * decrypt: any datagram without a checksum may begin with what looks like an SPI.
 * Of what is not IP, or ISIM_PARSE_BAD, nothing is known.
 */
void isim_emu_parse_upper(const u8 *hdr, u32 hdr_len, const struct isim_emu_parse *p,
			  struct isim_emu_upper *up)
{
	*up = (struct isim_emu_upper){};
	if (p->kind != ISIM_PARSE_IP && p->kind != ISIM_PARSE_ESP)
		return;
	if (p->ipv6)
		upper_ipv6(hdr, hdr_len, p, up);
	else
		upper_ipv4(hdr, hdr_len, p, up);
}
