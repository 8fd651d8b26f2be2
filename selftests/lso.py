#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Large packets, and the frames that must come of them.

lso.py send DEV DST-MAC    hands each large packet of cases() to DEV through a
                           packet socket (PACKET_VNET_HDR); prints its name, and
                           "hw" if the adapter is to cut it, "sw" if the kernel
lso.py judge PCAP NAMES    compares the frames in PCAP, octet by octet, with what
                           cut() makes of the packets in the file NAMES
lso.py ids PCAP SPEC       for each SA of SPEC (see wire_judge.py) without ESN, a
                           TCP connection: the identifications in the IPv4 header
                           next to TCP count on by one; in that of a tunnel, they
                           may start again with each large packet
lso.py damaged DEV DST-MAC N    N large packets as a hostile guest would make
                           them: some octets of their headers are random, but the
                           length in the IP header is right in most; prints how
                           many the kernel took
lso.py guest               makes a tun device and writes one large TCP packet to
                           it, to be forwarded
lso.py extension NSA NSB SRC DST BYTES    TCP from SRC in namespace NSA to DST in
                           NSB, each segment behind a header of IPv6 destination
                           options
lso.py forwarded FROM TO   large UDP packets from SRC4 in namespace FROM; the
                           datagrams must arrive at DST4 in namespace TO
"""
import fcntl
import os
import random
import socket
import struct
import subprocess
import sys

import esp
import traffic

SRC_MAC = bytes.fromhex("02005e005301")
SRC4, DST4 = bytes([203, 0, 113, 1]), bytes([203, 0, 113, 2])
SRC6 = bytes.fromhex("20010db800aa") + bytes(9) + b"\1"
DST6 = bytes.fromhex("20010db800aa") + bytes(9) + b"\2"
TCP, UDP, DSTOPTS = 6, 17, 60
PADDING = bytes([1, 4, 0, 0, 0, 0])     # PadN
FIN, PSH, ACK, CWR = 1, 8, 16, 128
TIMESTAMPS = bytes.fromhex("0101080a0102030405060708")
SOL_PACKET, PACKET_VNET_HDR = 263, 15
UDP_SEGMENT = 103
IPV6_DSTOPTS = 59
TUNSETIFF, IFF_TUN, IFF_NO_PI, IFF_VNET_HDR = 0x400454ca, 1, 0x1000, 0x4000
VNET_TCP4, VNET_TCP6, VNET_UDP, VNET_ECN = 1, 4, 5, 0x80


def fold(data):
    return ~esp.checksum(data) & 0xffff


class Case:
    """One large packet: headers as octets, payload, and how to cut it."""

    def __init__(self, name, mss, size, proto=TCP, six=False, **more):
        self.name, self.mss, self.proto, self.six = name, mss, proto, six
        self.tags = more.get("tags", b"")
        self.ip_id = more.get("ip_id", 0x1234)
        self.ip_options = more.get("ip_options", b"")
        self.dstopts = more.get("dstopts", False)
        self.seq = more.get("seq", 0x01020304)
        self.flags = more.get("flags", ACK)
        self.options = more.get("options", b"")
        self.hw = more.get("hw", True)
        data = bytes((i * 7 + (i >> 8) * 13) & 0xff for i in range(size))
        self.data = more.get("data", data)

    def l4(self, at, data, last, whole):
        """Header for DATA at offset AT; WHOLE: as the host writes it."""
        if self.proto == UDP:
            return struct.pack("!HHHH", 4660, 9, 8 + len(data), 0)
        flags = self.flags
        if not whole:
            flags &= ~0 if last else ~(FIN | PSH)
            flags &= ~CWR if at else ~0
        return struct.pack("!HHIIBBHHH", 4660, 9, (self.seq + at) & 0xffffffff,
                           0x55667788, (20 + len(self.options)) // 4 << 4,
                           flags, 0x2000, 0, 0) + self.options

    def l3(self, number, length):
        if self.six:
            proto, more = self.proto, b""
            if self.dstopts:
                proto, more = DSTOPTS, bytes([proto, 0]) + PADDING
            return struct.pack("!IHBB", 6 << 28 | 0x12345, len(more) + length,
                               proto, 64) + SRC6 + DST6 + more
        head = struct.pack("!BBHHHBBH", 0x45 + len(self.ip_options) // 4, 2,
                           20 + len(self.ip_options) + length,
                           (self.ip_id + number) & 0xffff, 0x4000, 64,
                           self.proto, 0) + SRC4 + DST4 + self.ip_options
        return head[:10] + struct.pack("!H", esp.checksum(head)) + head[12:]

    def frame(self, dst, number, at, data, whole=False):
        last = at + len(data) == len(self.data)
        head = self.l4(at, data, last, whole)
        ends = SRC6 + DST6 if self.six else SRC4 + DST4
        pseudo = ends + struct.pack("!II", len(head) + len(data), self.proto)
        if whole:
            csum = fold(pseudo)
        else:
            csum = esp.checksum(pseudo + head + data)
            if not csum:
                csum = 0xffff
        field = 6 if self.proto == UDP else 16
        head = head[:field] + struct.pack("!H", csum) + head[field + 2:]
        kind = b"\x86\xdd" if self.six else b"\x08\x00"
        link = dst + SRC_MAC + self.tags + kind
        return (link + self.l3(number, len(head) + len(data)) + head + data,
                len(link), len(head))

    def large(self, dst):
        """The packet behind its struct virtio_net_hdr."""
        frame, link, head = self.frame(dst, 0, 0, self.data, True)
        start = len(frame) - len(self.data) - head
        kind = VNET_UDP
        if self.proto == TCP:
            kind = VNET_TCP6 if self.six else VNET_TCP4
        if self.flags & CWR:
            kind |= VNET_ECN
        return struct.pack("=BBHHHH", 1, kind, start + head, self.mss, start,
                           6 if self.proto == UDP else 16) + frame

    def cut(self, dst):
        for number, at in enumerate(range(0, len(self.data), self.mss)):
            yield self.frame(dst, number, at, self.data[at:at + self.mss])[0]


def zero_sum(size):
    """A datagram whose checksum comes out as 0, and has to be sent as 0xffff."""
    head = struct.pack("!HHHH", 4660, 9, 8 + size, 0)
    data = bytes(i & 0xff for i in range(size - 2))
    rest = fold(SRC4 + DST4 + struct.pack("!II", 8 + size, UDP) + head + data)
    return data + struct.pack("!H", ~rest & 0xffff)


def cases():
    all_flags = ACK | FIN | PSH | CWR
    yield Case("tcp4", 1448, 14481, flags=all_flags, options=TIMESTAMPS)
    yield Case("tcp4-even", 1460, 14600, flags=all_flags)
    yield Case("tcp4-odd-mss", 1357, 20001)
    yield Case("tcp4-two", 1000, 1001, flags=all_flags)
    # the kernel makes 8 of anything less
    yield Case("tcp4-mss-8", 8, 1024, flags=ACK | PSH)
    yield Case("tcp4-mss-9", 9, 1001)
    yield Case("tcp4-largest", 1460, 65400, flags=all_flags)
    yield Case("tcp4-seq-wraps", 1448, 9000, seq=0xfffff000)
    yield Case("tcp4-id-wraps", 536, 5000, ip_id=0xfffd)
    yield Case("tcp4-ip-options", 1400, 7001, ip_options=b"\1\1\1\0")
    yield Case("tcp4-tcp-options", 1400, 7001, options=b"\1" * 40)
    yield Case("tcp4-jumbo", 8948, 60000)
    yield Case("tcp4-129-frames", 100, 12801, flags=all_flags, hw=False)
    yield Case("tcp6", 1428, 14281, six=True, flags=all_flags,
               options=TIMESTAMPS)
    yield Case("tcp6-odd-mss", 999, 30001, six=True)
    yield Case("tcp6-destination-options", 1420, 14201, six=True, dstopts=True,
               flags=all_flags, hw=False)
    yield Case("tcp4-vlan", 1448, 14481, tags=b"\x81\0\0\7", flags=all_flags)
    yield Case("tcp6-vlan", 1428, 14281, six=True, tags=b"\x81\0\0\7")
    yield Case("udp4", 1472, 14721, UDP)
    yield Case("udp4-size-1", 1, 100, UDP)
    yield Case("udp4-odd-size", 1001, 60000, UDP)
    yield Case("udp4-checksum-0", 300, 0, UDP, data=zero_sum(300) * 3)
    yield Case("udp6", 1452, 14521, UDP, True)
    yield Case("udp4-vlan", 1000, 5500, UDP, tags=b"\x81\0\0\7")


def send(dev, mac):
    dst = bytes.fromhex(mac.replace(":", ""))
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
        sock.bind((dev, 0))
        sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
        for case in cases():
            try:
                sock.send(case.large(dst))
            except OSError as err:
                # UDP_L4 came to packet sockets with Linux 6.2
                if case.proto != UDP or err.errno != 22:
                    raise
                continue
            print(case.name, "hw" if case.hw else "sw")


def judge(path, names):
    with open(names, encoding="ascii") as file:
        sent = {line.split()[0] for line in file}
    got = [f for f in esp.pcap(path) if f[6:12] == SRC_MAC]
    for case in cases():
        if case.name not in sent:
            continue
        for number, want in enumerate(case.cut(got[0][:6] if got else b"")):
            frame = got.pop(0) if got else b""
            if frame != want:
                at = next((i for i, (x, y) in enumerate(zip(frame, want))
                           if x != y), min(len(frame), len(want)))
                sys.exit(f"{case.name}: frame {number} differs at {at}, "
                         f"{len(frame)} of {len(want)} octets:\n"
                         f"got  {frame[:120].hex()}\nwant {want[:120].hex()}")
        print(case.name, "ok")
    if got:
        sys.exit(f"{len(got)} frames too many")


def ids(path, spec):
    seen = {}
    with open(spec, encoding="ascii") as file:
        words = [line.split() for line in file]
    sas = {int(w[0], 16): esp.Sa(int(w[0], 16), w[1], int(w[2]), False)
           for w in words if w[3] == "-"}
    for frame in esp.pcap(path):
        if frame[12:14] not in (b"\x08\x00", b"\x86\xdd"):
            continue
        packet = frame[14:]
        data = esp.ip_parse(packet)[3]
        sa = sas.get(struct.unpack("!I", data[:4])[0])
        if not sa:
            continue
        _, _, inner, _, proto = sa.open(data)
        heads = {"tunnel": packet, "flow": inner}
        if proto == TCP:
            heads = {"flow": packet}
        for place, head in heads.items():
            if head[0] >> 4 == 4:
                seen.setdefault((sa.spi, place), []).append(
                    struct.unpack("!H", head[4:6])[0])
    for (spi, place), got in seen.items():
        steps = [(y - x) & 0xffff for x, y in zip(got[1:], got[2:])]
        wrong = sum(step != 1 for step in steps)
        print(f"{spi:#x} {place}: {len(got)} packets, {wrong} breaks")
        # Each large packet starts anew in the tunnel's header, and may be of two
        # frames only on a slow machine.
        most = len(got) * 2 // 3 if place == "tunnel" else 0
        if len(got) < 40 or wrong > most:
            sys.exit(f"{spi:#x} {place}: identifications {got}")
    print(len(seen), "headers")


def right_length(packet):
    """Let the IP header behind a struct virtio_net_hdr tell the length."""
    at = 10 + 12
    while packet[at:at + 2] == b"\x81\0":
        at += 4
    kind, at = bytes(packet[at:at + 2]), at + 2
    if kind == b"\x86\xdd":
        struct.pack_into("!H", packet, at + 4, len(packet) - at - 40)
    elif kind == b"\x08\0":
        struct.pack_into("!HHHBBH", packet, at + 2, len(packet) - at,
                         0x1234, 0x4000, 64, packet[at + 9], 0)
        head = bytes(packet[at:at + (packet[at] & 15) * 4])
        struct.pack_into("!H", packet, at + 10, esp.checksum(head))


def damaged(dev, mac, number):
    dst = bytes.fromhex(mac.replace(":", ""))
    rand = random.Random(int(number))
    large = [case.large(dst)[:4096] for case in cases()]
    sent = 0
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
        sock.bind((dev, 0))
        sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
        for _ in range(int(number)):
            packet = bytearray(rand.choice(large))
            packet = packet[:rand.choice((100, 1000, 2000, 4096))]
            for _ in range(rand.randint(0, 3)):
                # not the addresses: they shall get there
                at = rand.choice((rand.randrange(10), rand.randrange(22, 90)))
                packet[at % len(packet)] = rand.randrange(256)
            if rand.randrange(8):
                right_length(packet)
            try:
                sock.send(packet)
                sent += 1
            except OSError:
                pass
    print(sent)


def extension(ns_a, ns_b, src, dst, size):
    for end, name in zip("ab", (ns_a, ns_b)):
        traffic.namespaces[end] = os.open("/run/netns/" + name, os.O_RDONLY)
    client, server = traffic.connect(src, dst)
    with client, server:
        client.setsockopt(socket.IPPROTO_IPV6, IPV6_DSTOPTS,
                          bytes(2) + PADDING)
        traffic.pump([traffic.Way(client, server, int(size))])


def guest():
    with open("/dev/net/tun", "r+b", buffering=0) as tun:
        fcntl.ioctl(tun, TUNSETIFF, struct.pack(
            "16sH22x", b"guest", IFF_TUN | IFF_NO_PI | IFF_VNET_HDR))
        subprocess.run(["ip", "link", "set", "guest", "up"], check=True)
        packet = Case("", 1000, 10000).large(bytes(6))
        head = struct.unpack("=BBHHHH", packet[:10])
        # no Ethernet header here
        tun.write(struct.pack("=BBHHHH", *head[:2], head[2] - 14, head[3],
                              head[4] - 14, head[5]) + packet[24:])


def forwarded(sender, receiver):
    for end in sender, receiver:
        traffic.namespaces[end] = os.open("/run/netns/" + end, os.O_RDONLY)
    src, dst = socket.inet_ntoa(SRC4), socket.inet_ntoa(DST4)
    with traffic.make(sender, socket.SOCK_DGRAM, src) as out, \
            traffic.make(receiver, socket.SOCK_DGRAM, dst) as into:
        out.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 1201)
        for _ in range(4):
            data = traffic.piece(40000)
            out.sendto(data, into.getsockname())
            for at in range(0, len(data), 1201):
                if traffic.receive(into, 65536)[0] != data[at:at + 1201]:
                    sys.exit(f"datagram at {at} is missing or wrong")


if __name__ == "__main__":
    {f.__name__: f for f in (send, judge, ids, damaged, extension, guest,
                                forwarded)}[sys.argv[1]](*sys.argv[2:])
