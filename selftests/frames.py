#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Frames as no stack would send them, from a packet socket.

frames.py DEV DST-MAC: reads commands on stdin, words with commas, one or more a
line; answers each line with "ok" when it has sent them.

  esp,4|6,SPI,N          N ESP packets of one SPI, of different sizes and numbers
  spis,4|6,SPI,N         one ESP packet for each of N SPIs from SPI on
  esp-to,4|6,SPI,N,DST   as esp, to another address
  ports,4|6,tcp|udp,N    one packet for each of N source ports
  flow,4|6,tcp|udp,N     N packets of one flow
  fragments,4|6,N        N datagrams in two fragments each, of one pair of
                         addresses, each with ports of its own
  hosts,4|6,N            one last fragment from each of N addresses
  esp-fragments,4|6,N    N ESP packets in two fragments each
  udp,4|6,SPORT,DPORT,WORD,N   N datagrams without a checksum that begin with the
                         32 bits of WORD
  bad,4|6,N              N that no parser can read: IPv4 that is longer than its
                         frame, IPv6 with more extension headers than anyone needs
  tagged,N               N datagrams behind two VLAN tags

SPIs are of SAs that nobody has.  Everything goes from and to addresses of the
documentation prefixes.
"""
import ipaddress
import socket
import struct
import sys

import esp

ENDS = {4: ("192.0.2.1", "192.0.2.2"), 6: ("2001:db8::1", "2001:db8::2")}
PROTO = {"tcp": 6, "udp": 17}
FRAGMENT = 44
TAG = b"\x81\x00\x00\x07"


def packed(addr):
    return ipaddress.ip_address(addr).packed


def addresses(version):
    return tuple(packed(addr) for addr in ENDS[version])


def packet(src, dst, proto, data):
    return esp.ip_header(src, dst, proto, len(data)) + data


def fragment(src, dst, ident, offset, more, data, proto=17):
    """A fragment of a UDP datagram or something else; OFFSET is in octets."""
    if len(src) == 16:
        head = struct.pack("!BBHI", proto, 0, offset | more, ident)
        return packet(src, dst, FRAGMENT, head + data)
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(data), ident,
                       more << 13 | offset >> 3, 64, proto, 0)
    csum = esp.checksum(head + src + dst)
    return head[:10] + struct.pack("!H", csum) + src + dst + data


def l4(proto, sport):
    """The headers of a segment or datagram with a wrong checksum."""
    if proto == "tcp":
        return struct.pack("!HHIIHHHH", sport, 9, 1, 1, 0x5010, 0, 1, 0)
    return struct.pack("!HHHH", sport, 9, 16, 1) + bytes(8)


def make_esp(version, spi, number):
    return make_esp_to(version, spi, number, ENDS[int(version)][1])


def make_esp_to(version, spi, number, dst):
    src = addresses(int(version))[0]
    for seq in range(1, int(number) + 1):
        data = struct.pack("!II", int(spi, 0), seq) + bytes(40 + 4 * (seq % 64))
        yield packet(src, packed(dst), esp.PROTO_ESP, data)


def make_spis(version, first, number):
    for spi in range(int(first, 0), int(first, 0) + int(number)):
        yield from make_esp(version, str(spi), 1)


def make_ports(version, proto, number):
    src, dst = addresses(int(version))
    for port in range(int(number)):
        yield packet(src, dst, PROTO[proto], l4(proto, 10000 + port))


def make_flow(version, proto, number):
    src, dst = addresses(int(version))
    for _ in range(int(number)):
        yield packet(src, dst, PROTO[proto], l4(proto, 10000))


def make_fragments(version, number):
    src, dst = addresses(int(version))
    for ident in range(1, int(number) + 1):
        yield fragment(src, dst, ident, 0, 1, l4("udp", 20000 + ident))
        yield fragment(src, dst, ident, 16, 0, bytes(16))


def make_hosts(version, number):
    src, dst = addresses(int(version))
    for host in range(1, int(number) + 1):
        yield fragment(src[:-1] + bytes([host]), dst, host, 16, 0, bytes(16))


def make_esp_fragments(version, number):
    src, dst = addresses(int(version))
    for ident in range(1, int(number) + 1):
        head = struct.pack("!IIQ", 0x1000, ident, ident)
        yield fragment(src, dst, ident, 0, 1, head, esp.PROTO_ESP)
        yield fragment(src, dst, ident, 16, 0, bytes(16), esp.PROTO_ESP)


def make_udp(version, sport, dport, word, number):
    src, dst = addresses(int(version))
    for _ in range(int(number)):
        data = struct.pack("!HHHHI", int(sport), int(dport), 32, 0, int(word, 0))
        yield packet(src, dst, PROTO["udp"], data + bytes(20))


def make_bad(version, number):
    src, dst = addresses(int(version))
    for _ in range(int(number)):
        if version == "4":
            yield packet(src, dst, PROTO["udp"], bytes(40))[:-8]
        else:
            chain = (bytes([esp.PROTO_DSTOPTS]) + bytes(7)) * 20
            yield packet(src, dst, esp.PROTO_DSTOPTS, chain)


def make_tagged(number):
    for data in make_ports(4, "udp", number):
        yield TAG + TAG + struct.pack("!H", esp.ETH_IP) + data


MAKERS = {"esp": make_esp, "spis": make_spis, "esp-to": make_esp_to,
          "ports": make_ports, "flow": make_flow, "fragments": make_fragments,
          "hosts": make_hosts, "esp-fragments": make_esp_fragments,
          "udp": make_udp, "bad": make_bad, "tagged": make_tagged}


def send(sock, ends, command):
    kind, *args = command.split(",")
    for data in MAKERS[kind](*args):
        if not data.startswith(TAG):
            ethertype = esp.ETH_IP6 if data[0] >> 4 == 6 else esp.ETH_IP
            data = struct.pack("!H", ethertype) + data
        sock.send(ends + data)


def main(dev, mac):
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
        sock.bind((dev, 0))
        ends = bytes.fromhex(mac.replace(":", "")) + sock.getsockname()[4]
        for line in sys.stdin:
            for command in line.split():
                send(sock, ends, command)
            print("ok", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
