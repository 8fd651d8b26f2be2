// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz target: the frame parser of the adapter.
 *
 * Input: two octets that choose how much of the frame may be read, two for how
 * much longer the frame is than what follows, then the frame. What may be read
 * lies in memory of just that size, so that an octet too far is noticed.
 *
 * What the parser says must hold for the receive path, which trusts it: offsets
 * in order and inside the frame, addresses inside of what may be read, and an ESP
 * header that is all there. What an ESP packet carries is parsed, too, as each of
 * the protocols that it may be. What policies are told of a frame does not contradict
 * that.
 */
#include <string.h>

#include "emu/parse.h"
#include "fuzz.h"

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

static void check_ip(const uint8_t *hdr, uint32_t hdr_len, uint32_t frame_len,
		     const struct isim_emu_parse *p)
{
	uint32_t alen = p->ipv6 ? 16 : 4;

	must(p->l3_off >= ISIM_ETH_HLEN && p->l3_off <= ISIM_ETH_HLEN + 4);
	must(p->l3_end <= frame_len);
	must(p->l4_off > p->l3_off);
	must(p->saddr >= hdr + p->l3_off && p->saddr + alen <= hdr + hdr_len);
	/* One hash covers both. */
	must(p->daddr == p->saddr + alen && p->daddr + alen <= hdr + hdr_len);
	must(hdr[p->l3_off] >> 4 == (p->ipv6 ? 6 : 4));
	if (p->ports) {
		must(p->l4_off + 4 <= hdr_len && p->l4_off + 4 <= p->l3_end);
		must(p->port_word == get32(hdr + p->l4_off));
	}
	must(!p->udp_esp || p->kind == ISIM_PARSE_IP);
}

static void check_esp(const uint8_t *hdr, uint32_t hdr_len,
		      const struct isim_emu_parse *p)
{
	must(p->esp_off + ISIM_ESP_HLEN <= hdr_len);
	must(p->esp_off + ISIM_ESP_HLEN <= p->l3_end);
	must(p->spi == get32(hdr + p->esp_off));
	must(p->seq == get32(hdr + p->esp_off + 4));
}

/* RFC 3948: the ports are known, and a UDP header is in front of ESP. */
static void check_udp_esp(const uint8_t *hdr, const struct isim_emu_parse *p)
{
	const uint8_t *udp = hdr + p->l4_off;

	must(!p->ipv6 && p->ports && p->proto == 17);
	must(p->esp_off == p->l4_off + ISIM_UDP_HLEN);
	must(get32(udp + 4) == (p->l3_end - p->l4_off) << 16);
	must(p->spi && p->l3_end > p->esp_off + ISIM_ESP_HLEN);
}

/* What is inside ends where the trailer begins, which is anywhere. */
static void check_payload(const uint8_t *hdr, uint32_t hdr_len,
			  const struct isim_emu_parse *p)
{
	static const uint8_t protos[] = { 4, 41, 6, 17, 50, 60 };
	uint32_t off = p->esp_off + ISIM_ESP_HLEN, end;
	struct isim_emu_parse in;
	unsigned int i;

	end = off + (p->l3_end - off) / 4 * 3;
	for (i = 0; i < sizeof(protos); i++) {
		isim_emu_parse_payload(hdr, hdr_len, end, off, protos[i], p, &in);
		must(in.kind == ISIM_PARSE_IP || in.kind == ISIM_PARSE_ESP ||
		     in.kind == ISIM_PARSE_BAD);
		if (in.kind != ISIM_PARSE_IP)
			continue;
		must(in.l4_off >= off && in.l3_end <= end);
		must(in.saddr >= hdr && in.daddr > in.saddr &&
		     in.daddr + (in.ipv6 ? 16 : 4) <= hdr + hdr_len);
		if (!in.ports)
			continue;
		must(in.l4_off + 4 <= hdr_len && in.l4_off + 4 <= in.l3_end);
		must(in.port_word == get32(hdr + in.l4_off));
	}
}

/* What the parser knows, policies know, and more of fragments. */
static void check_upper(const uint8_t *hdr, uint32_t hdr_len,
			const struct isim_emu_parse *p)
{
	struct isim_emu_upper up;

	isim_emu_parse_upper(hdr, hdr_len, p, &up);
	if (p->kind != ISIM_PARSE_IP && p->kind != ISIM_PARSE_ESP) {
		must(!up.known && !up.ports && !up.esp);
		return;
	}
	must(up.known || (p->ipv6 && !up.ports && !up.esp));
	must(!up.ports || up.proto == 6 || up.proto == 17);
	if (p->kind == ISIM_PARSE_ESP)
		must(up.known && up.proto == 50 && up.esp);
	else if (p->ports)
		must(up.ports && up.proto == p->proto &&
		     p->port_word == ((uint32_t)up.sport << 16 | up.dport));
	if (up.esp && up.proto != 50)
		must(up.proto == 17 && (up.sport == 4500 || up.dport == 4500));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct isim_emu_parse p;
	uint32_t hdr_len, frame_len;
	uint8_t *hdr;

	if (size < 4)
		return 0;
	hdr_len = data[0] << 8 | data[1];
	frame_len = size - 4 + (data[2] << 8 | data[3]);
	if (hdr_len > size - 4)
		hdr_len = size - 4;
	hdr = malloc(hdr_len ? hdr_len : 1);
	must(hdr);
	memcpy(hdr, data + 4, hdr_len);

	isim_emu_parse(hdr, hdr_len, frame_len, &p);
	must(p.kind <= ISIM_PARSE_ESP);
	if (p.kind == ISIM_PARSE_IP || p.kind == ISIM_PARSE_ESP)
		check_ip(hdr, hdr_len, frame_len, &p);
	check_upper(hdr, hdr_len, &p);
	if (p.kind == ISIM_PARSE_ESP || p.udp_esp) {
		check_esp(hdr, hdr_len, &p);
		check_payload(hdr, hdr_len, &p);
	}
	if (p.kind == ISIM_PARSE_ESP)
		must(p.esp_off == p.l4_off && p.ports);
	if (p.udp_esp)
		check_udp_esp(hdr, &p);
	free(hdr);
	return 0;
}

/* --- Seeds: one of each kind of frame --------------------------------------- */

struct frame {
	uint8_t	*data;
	size_t	len;
};

static void put(struct frame *f, const void *octets, size_t len)
{
	memcpy(f->data + f->len, octets, len);
	f->len += len;
}

static void put16(struct frame *f, uint16_t val)
{
	const uint8_t octets[] = { val >> 8, val };

	put(f, octets, sizeof(octets));
}

static void put_ethernet(struct frame *f, unsigned int vlans, bool ipv6)
{
	static const uint8_t macs[12] = { 2, 'i', 's', 'i', 'm', 1, 2, 'i', 's', 'i', 'm', 0 };

	put(f, macs, sizeof(macs));
	while (vlans--) {
		put16(f, vlans ? 0x88a8 : 0x8100);
		put16(f, 7);
	}
	put16(f, ipv6 ? 0x86dd : 0x0800);
}

static void put_ipv4(struct frame *f, uint8_t proto, unsigned int options,
		     uint16_t frag, size_t payload)
{
	static const uint8_t addrs[8] = { 192, 0, 2, 1, 192, 0, 2, 2 };
	static const uint8_t route[] = { 131, 7, 4, 192, 0, 2, 9, 0 };
	const uint8_t head[2] = { 0x45 + options * 2, 0 };
	const uint8_t ttl[4] = { 64, proto, 0, 0 };

	put(f, head, 2);
	put16(f, 20 + options * 8 + payload);
	put16(f, 1);
	put16(f, frag);
	put(f, ttl, 4);
	put(f, addrs, 8);
	while (options--)
		put(f, route, 8);
}

static void put_ipv6(struct frame *f, uint8_t proto, unsigned int extra,
		     size_t payload)
{
	static const uint8_t kinds[] = { 0, 60, 43, 44 };
	const uint8_t head[4] = { 0x60, 0, 0, 0 };
	uint8_t next[2] = { extra ? kinds[0] : proto, 64 };
	uint8_t addrs[32] = { 0x20, 0x01, 0x0d, 0xb8 };
	uint8_t ext[8] = { 0 };
	unsigned int i;

	put(f, head, 4);
	put16(f, extra * 8 + payload);
	put(f, next, 2);
	put(f, addrs, 32);
	for (i = 1; i <= extra; i++) {
		ext[0] = i == extra ? proto : kinds[i % 4];
		put(f, ext, 8);
	}
}

static void put_payload(struct frame *f, size_t len)
{
	while (len--)
		f->data[f->len++] = len;
}

static void put_udp(struct frame *f, size_t len)
{
	put16(f, 4500);
	put16(f, 4500);
	put16(f, len);
	put16(f, 0);
	put_payload(f, len - ISIM_UDP_HLEN);
}

/*
 * n counts: VLAN tags 0 to 2 (one too many), IPv4 or 6, options or headers 0 to 3,
 * 5 protocols, the last of which is ESP in UDP.
 */
size_t fuzz_seed(unsigned int n, uint8_t *data)
{
	static const uint8_t protos[] = { 50, 17, 6, 58, 17 };
	struct frame f = { .data = data };
	unsigned int extra = n / 6 % 4;
	uint8_t proto = protos[n / 24 % 5];
	size_t payload = 64;

	if (n >= 3 * 2 * 4 * 5)
		return 0;
	put16(&f, FUZZ_INPUT_MAX);
	put16(&f, n % 5);
	put_ethernet(&f, n % 3, n / 3 % 2);
	if (n / 3 % 2)
		put_ipv6(&f, proto, extra, payload);
	else
		put_ipv4(&f, proto, extra, n % 7 == 6 ? 0x2000 : 0, payload);
	if (n / 24 == 4)
		put_udp(&f, payload);
	else
		put_payload(&f, payload);
	return f.len;
}
