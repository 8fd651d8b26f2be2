/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Frame parser. Pure: it knows octets and lengths, and nothing else of the
 * adapter, so that it also builds in user space.
 */
#ifndef ISIM_EMU_PARSE_H
#define ISIM_EMU_PARSE_H

#include <linux/types.h>

#define ISIM_ETH_HLEN	14u
#define ISIM_ESP_HLEN	8u	/* SPI and sequence number */
#define ISIM_UDP_HLEN	8u
#define ISIM_PROTO_TCP	6u
#define ISIM_PROTO_UDP	17u

enum isim_emu_parse_kind {
	ISIM_PARSE_OTHER,	/* not IP, or behind more than one VLAN tag */
	ISIM_PARSE_BAD,		/* IP, but headers are cut, contradictory or too many */
	ISIM_PARSE_IP,		/* IP, not ESP; addresses valid */
	ISIM_PARSE_ESP,		/* ESP for this hop, whole; everything valid */
};

/**
 * struct isim_emu_parse - what the parser found
 * @kind: which of the following is valid
 * @ipv6: IP version 6, else 4
 * @ports: @port_word holds the ports of TCP or UDP, or the SPI
 * @udp_esp: ISIM_PARSE_IP: a UDP datagram that may carry ESP: @esp_off, @spi and
 *	@seq valid
 * @proto: transport protocol
 * @l3_off: offset of the IP header
 * @l4_off: offset of the transport or ESP header
 * @esp_off: offset of the ESP header
 * @l3_end: offset of the end of the IP packet, at most the frame's length
 * @port_word: first 4 octets of the transport header, or SPI, as a number
 * @spi: SPI, numerical value
 * @seq: low word of the ESP sequence number
 * @saddr: source address in the frame
 * @daddr: destination address in the frame
 */
struct isim_emu_parse {
	enum isim_emu_parse_kind kind;
	bool		ipv6;
	bool		ports;
	bool		udp_esp;
	u8		proto;
	u32		l3_off;
	u32		l4_off;
	u32		esp_off;
	u32		l3_end;
	u32		port_word;
	u32		spi;
	u32		seq;
	const u8	*saddr;
	const u8	*daddr;
};

/**
 * struct isim_emu_upper - what a frame carries, as far as the wire shows it
 * @known: @proto valid
 * @ports: @sport and @dport valid; @proto is TCP or UDP
 * @esp: ESP, or a piece of it, or ESP in UDP
 * @proto: protocol behind all extension headers
 * @sport: source port
 * @dport: destination port
 */
struct isim_emu_upper {
	bool	known;
	bool	ports;
	bool	esp;
	u8	proto;
	u16	sport;
	u16	dport;
};

void isim_emu_parse(const u8 *hdr, u32 hdr_len, u32 frame_len,
		    struct isim_emu_parse *p);
void isim_emu_parse_payload(const u8 *hdr, u32 hdr_len, u32 end, u32 off, u8 proto,
			    const struct isim_emu_parse *outer,
			    struct isim_emu_parse *p);
void isim_emu_parse_upper(const u8 *hdr, u32 hdr_len, const struct isim_emu_parse *p,
			  struct isim_emu_upper *up);

#endif
