#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Play ESP frames, good and bad ones, into a port.

replay.py NSA DEV-A NSB DEV-B: reads commands on stdin, answers each with a line.

  sa SPI KEYMAT ICV-BITS ESN FIRST-SEQ SRC DST INNER-SRC|- INNER-DST|-
      the SA to make frames for, from now on
  play SCENARIO
      build its frames, send them raw from DEV-A, and wait until DEV-B has had
      all: "ok SENT EXPECTED DECRYPTED FAILED DELIVERED NAME+COUNT...".
      DELIVERED is a list of datagram numbers in the order in which a socket in
      NSB received them, EXPECTED their number; DECRYPTED and FAILED what a
      device has to count; then all that UDP and XFRM have counted there

The frames are made by OpenSSL (esp.py).  Each scenario below is a list of them,
and how many datagrams a receiver by the book delivers.
"""
import ipaddress
import os
import select
import socket
import struct
import sys
import time

import esp
import traffic

PORT = 4444
UDP = 17


class Maker:
    """Makes the frames of one SA."""

    PROTO = esp.PROTO_ESP

    def __init__(self, macs, words):
        self.sa = esp.Sa(int(words[0], 16), words[1], int(words[2]),
                         words[3] == "1")
        self.first = int(words[4], 0)
        self.src, self.dst, *self.inner = (
            None if w == "-" else ipaddress.ip_address(w).packed
            for w in words[5:9])
        self.macs = macs
        self.number = 0

    def datagram(self, spoil=0):
        """The next numbered datagram, as the protocol and bytes inside ESP."""
        src, dst = (self.src, self.dst) if not self.inner[0] else self.inner
        data = esp.udp(src, dst, 5555, PORT, b"%06d" % self.number +
                       traffic.marked(self.number, self.number * 5 % 89))
        self.number += 1
        if spoil:
            data = data[:6] + bytes([data[6] ^ spoil]) + data[7:]
        if not self.inner[0]:
            return UDP, data
        return (4 if len(src) == 4 else 41,
                esp.ip_header(src, dst, UDP, len(data)) + data)

    def packet(self, seq, pad=None, proto=None, high=0, spoil=0):
        """The ESP packet number SEQ, counted from the SA's start."""
        is_proto, data = self.datagram(spoil)
        return self.sa.seal(self.first + seq + (high << 32), data,
                            is_proto if proto is None else proto, pad)

    def carried(self, packet):
        """What IP carries: PROTO, with an ESP packet inside."""
        return packet

    def wrap(self, packet, trailing=b""):
        """A frame around an ESP packet."""
        packet = self.carried(packet)
        kind = esp.ETH_IP if len(self.src) == 4 else esp.ETH_IP6
        return (self.macs + struct.pack("!H", kind) +
                esp.ip_header(self.src, self.dst, self.PROTO, len(packet)) +
                packet + trailing)

    def frame(self, seq, **kind):
        return self.wrap(self.packet(seq, **kind))

    def frames(self, *seqs):
        return [self.frame(seq) for seq in seqs]


def flip(data, at, bit=0):
    at %= len(data)
    return data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1:]


def in_order(make):
    return make.frames(*range(1, 41)), 40


def reordered(make):
    return make.frames(1, 3, 2, 10, 4, 9, 5, 8, 6, 7, 33, 12, 11, 34), 14


def replayed(make):
    sent = make.frames(*range(1, 21))
    return sent + [sent[4], sent[19]] + sent, 20


def outside_window(make):
    """A jump, then one that is too old for any window of 32 to 64 packets."""
    old = make.frames(3, 4)
    return make.frames(1, 2, 300) + old + make.frames(299, 290), 5


def tampered(make):
    """One bit in the IV, the ciphertext, the trailer, the ICV; all refused."""
    bad = []
    for at in (8, 15, 16, 17, 24, -1, -4, -make.sa.icv, -make.sa.icv - 1,
               -make.sa.icv - 2):
        bad.append(make.wrap(flip(make.packet(len(bad) + 2), at, at % 8)))
    return make.frames(1) + bad + make.frames(2, 11, 12), 4


def tampered_seq(make):
    """A sequence number moved ahead must not move the window."""
    bad = [make.wrap(flip(make.packet(5 + n), 7 - n // 8, n % 8))
           for n in (4, 5, 6, 8, 10, 15)]
    return make.frames(1) + bad + make.frames(2, 5, 6), 4


def other_spi(make):
    bad = [make.wrap(flip(make.packet(2), at)) for at in range(4)]
    return make.frames(1) + bad + make.frames(2), 2


def seq_zero(make):
    return make.frames(1, 0, 2), 2


def truncated(make):
    """ESP packets of any length that is too short."""
    whole = make.packet(2)
    return (make.frames(1) +
            [make.wrap(whole[:n]) for n in range(18 + make.sa.icv)] +
            make.frames(3), 2)


def cut_tail(make):
    """Whole packets that lost their last bytes."""
    whole = [make.packet(n) for n in range(2, 12)]
    return (make.frames(1) +
            [make.wrap(p[:-n]) for n, p in enumerate(whole, 1)] +
            make.frames(20), 2)


def bad_pad_length(make):
    """Authentic, but the padding is longer than the packet."""
    return make.frames(1) + [
        make.frame(2 + n, pad=bytes(n) + bytes([255 - n]))
        for n in range(3)] + make.frames(10), 2


def bad_ip_length(make):
    """An IP header that leaves ESP too little of a whole packet."""
    out = []
    for n in range(8, 18 + make.sa.icv):
        frame = bytearray(make.frame(2))
        head = esp.ip_header(make.src, make.dst, esp.PROTO_ESP, n)
        frame[14:14 + len(head)] = head
        out.append(bytes(frame))
    return make.frames(1) + out + make.frames(3), 2


def any_length(make):
    """Bytes of each length, for an SA of 16-byte IV, blocks and ICV."""
    head = struct.pack("!II", make.sa.spi, 1)
    return [make.wrap(head + bytes(16 + n + 16)) for n in range(16, 48)], 0


def bad_next_header(make):
    """Authentic, but no IP packet inside."""
    return (make.frames(1) +
            [make.frame(2 + n, proto=proto)
             for n, proto in enumerate((0, 1, 6, 17, 50, 51, 58, 253, 255))] +
            make.frames(20), 2)


def long_padding(make):
    """Up to 255 bytes of padding are allowed, whatever is in them."""
    out = []
    for n in range(0, 256, 5):
        make.number = n
        _, data = make.datagram()
        make.number = n
        size = n + -(len(data) + n + 2) % 4
        if size < 256:
            out.append(make.frame(n + 1, pad=b"\xa5" * size + bytes([size])))
    return out, len(out)


def no_next_header(make):
    """Dummy packets (RFC 4303, 2.6) and protocols that nobody speaks."""
    return make.frames(1) + [make.frame(2, proto=59), make.frame(3, proto=253),
                             make.frame(4, proto=0)] + make.frames(5), 2


def wrong_family(make):
    """A tunnel's next header says the other IP version."""
    proto = 41 if make.inner[0] and len(make.inner[0]) == 4 else 4
    return make.frames(1) + [make.frame(2, proto=proto)] + make.frames(3), 2


def bad_inner_checksum(make):
    """Authentic, with a wrong UDP checksum: nobody may vouch for it."""
    return (make.frames(1) + [make.frame(2 + n, spoil=1 << n)
                              for n in range(4)] + make.frames(9), 2)


def trailing_bytes(make):
    """Ethernet padding behind the IP packet."""
    return [make.wrap(make.packet(n), bytes(n)) for n in range(1, 20)], 19


def extra_headers(make):
    """IPv4 options (no-operation); a destination options header in IPv6."""
    out = []
    for n in range(1, 6):
        data = make.carried(make.packet(n))
        if len(make.src) == 4:
            head = esp.ip_header(make.src, make.dst, make.PROTO, len(data) + 8)
            head = bytes([0x47]) + head[1:10] + b"\0\0" + head[12:] + b"\1" * 8
            head = (head[:10] + struct.pack("!H", esp.checksum(head)) +
                    head[12:])
            out.append(make.macs + b"\x08\x00" + head + data)
        else:
            head = esp.ip_header(make.src, make.dst, 60, len(data) + 8)
            out.append(make.macs + b"\x86\xdd" + head + b"\x32\0\1\4\0\0\0\0" +
                       data)
    return out, 5


def fragmented(make):
    """ESP cut into IP fragments, the first of which has the ESP header."""
    out = []
    for n in range(1, 6):
        data = make.carried(make.packet(n))
        cut = 24
        for at, part, more in (0, data[:cut], 1), (cut, data[cut:], 0):
            if len(make.src) == 4:
                head = esp.ip_header(make.src, make.dst, make.PROTO, len(part))
                head = (head[:4] + struct.pack("!HHBBH", n, more << 13 | at >> 3,
                                               64, make.PROTO, 0) + head[12:])
                head = (head[:10] + struct.pack("!H", esp.checksum(head)) +
                        head[12:])
            else:
                head = esp.ip_header(make.src, make.dst, 44, len(part) + 8)
                head += struct.pack("!BBHI", 50, 0, at | more, n)
            kind = b"\x08\x00" if len(make.src) == 4 else b"\x86\xdd"
            out.append(make.macs + kind + head + part)
    return out, 5


def esn_wrap(make):
    """From 0xfffffff0 across the wrap, with replays on both sides of it."""
    sent = make.frames(*range(1, 33))
    return sent + [sent[10], sent[14], sent[15], sent[31]], 32


def esn_reordered(make):
    """Packets from before the wrap arrive behind some from after it."""
    return make.frames(1, 17, 2, 16, 15, 20, 14, 19), 8


def esn_wrong_epoch(make):
    """Sealed with another high word than the one to be inferred."""
    return (make.frames(1) +
            [make.frame(n, high=high) for n, high in
             ((2, 1), (3, 2), (20, 1), (21, 0xfff0))] + make.frames(4, 22), 3)


def replayed_and_tampered(make):
    """Both at once: see replay.sh."""
    sent = [make.packet(n) for n in range(1, 9)]
    return ([make.wrap(p) for p in sent] +
            [make.wrap(flip(p, -1)) for p in sent], 8)


SCENARIOS = {f.__name__: f for f in (
    in_order, reordered, replayed, outside_window, tampered, tampered_seq,
    other_spi, seq_zero, truncated, cut_tail, bad_pad_length, bad_ip_length,
    bad_next_header, any_length, long_padding,
    no_next_header, wrong_family, bad_inner_checksum, trailing_bytes,
    extra_headers, fragmented, esn_wrap, esn_reordered, esn_wrong_epoch,
    replayed_and_tampered)}

# Of the packets of a scenario, how many a device decrypts and in how many it
# finds the ICV wrong.  It knows of no replay, and of what is inside only whether
# padding and next header can be right: packets with wrong padding are not among
# those decrypted.  What is a fragment it leaves alone.
DEVICE = {
    "in_order": (40, 0), "reordered": (14, 0), "replayed": (42, 0),
    "outside_window": (7, 0), "tampered": (4, 10), "tampered_seq": (4, 6),
    "other_spi": (2, 0), "seq_zero": (3, 0), "truncated": (2, 0),
    "cut_tail": (2, 10), "bad_pad_length": (2, 0), "long_padding": (52, 0),
    "no_next_header": (5, 0), "wrong_family": (3, 0),
    "bad_inner_checksum": (6, 0), "trailing_bytes": (19, 0),
    "extra_headers": (5, 0), "fragmented": (0, 0), "esn_wrap": (36, 0),
    "esn_reordered": (8, 0), "esn_wrong_epoch": (3, 4),
    "replayed_and_tampered": (8, 8), "bad_ip_length": (2, 0),
    "any_length": (0, 2), "bad_next_header": (11, 0)}


class Player:
    """Sends frames in one namespace, hears datagrams in the other."""

    def __init__(self, ns_a, dev_a, ns_b, dev_b):
        for end, name in ("a", ns_a), ("b", ns_b):
            traffic.namespaces[end] = os.open("/run/netns/" + name, os.O_RDONLY)
        traffic.enter("a")
        self.raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self.raw.bind((dev_a, 0))
        self.dev = dev_b
        self.macs = self.mac("b", dev_b) + self.mac("a", dev_a)
        traffic.enter("b")
        self.hear = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        self.hear.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        self.hear.setsockopt(socket.SOL_SOCKET, traffic.SO_RCVBUFFORCE,
                             1 << 22)
        self.hear.bind(("::", PORT))

    @staticmethod
    def mac(end, dev):
        traffic.enter(end)
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
            sock.bind((dev, 0))
            return sock.getsockname()[4]

    def received(self):
        with open("/proc/thread-self/net/dev", encoding="ascii") as file:
            for line in file:
                name, _, rest = line.partition(":")
                if name.strip() == self.dev:
                    return int(rest.split()[1])
        raise esp.Wrong(f"no {self.dev} here")

    @staticmethod
    def stack_counters():
        """What the stack counts of datagrams and ESP."""
        out = {}
        with open("/proc/thread-self/net/snmp", encoding="ascii") as file:
            names, values = (line.split()[1:] for line in file
                             if line.startswith("Udp:"))
            out.update(zip(("Udp" + name for name in names), values))
        for path in "snmp6", "xfrm_stat":
            with open("/proc/thread-self/net/" + path,
                      encoding="ascii") as file:
                out.update(line.split() for line in file
                           if line.startswith(("Udp6", "Xfrm")))
        return out

    def play(self, frames):
        """Datagram numbers delivered, in order, and what was counted."""
        traffic.enter("b")
        before = self.stack_counters()
        want = self.received() + len(frames)
        for frame in frames:
            self.raw.send(frame)
        end = time.monotonic() + 10 * traffic.SLOW
        while self.received() < want:
            if time.monotonic() > end:
                raise esp.Wrong("frames were lost on the wire")
            time.sleep(0.002)
        heard = []
        while select.select([self.hear], [], [], 0.05 * traffic.SLOW)[0]:
            heard.append(int(self.hear.recv(65536)[:6]))
        counted = [f"{name}+{int(value) - int(before[name])}"
                   for name, value in self.stack_counters().items()
                   if value != before[name]]
        return heard, counted


def serve(player, maker):
    """Do what stdin says, until its end."""
    traffic.stay_here()
    make = None
    for line in sys.stdin:
        words = line.split()
        try:
            if words[0] == "sa":
                make, answer = maker(player.macs, words[1:]), ""
            elif words[0] in ("open", "close"):
                getattr(player, words[0])()
                answer = ""
            else:
                frames, expected = SCENARIOS[words[1]](make)
                heard, counted = player.play(frames)
                answer = " ".join([str(len(frames)), str(expected),
                                   *map(str, DEVICE[words[1]]),
                                   ",".join(map(str, heard)) or "-"] + counted)
            print("ok", answer, flush=True)
        except (esp.Wrong, OSError) as err:
            print("error", err, flush=True)


if __name__ == "__main__":
    serve(Player(*sys.argv[1:5]), Maker)
