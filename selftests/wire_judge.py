#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Judge captured ESP.

wire_judge.py PCAP SPEC [tamper|openssl]: for each line of SPEC,

  SPI KEYMAT ICV-BITS ESN-HIGH|- FIRST-SEQ SRC DST INNER-SRC INNER-DST WHAT

prints "SPI ok PACKETS" or "SPI error WHY".  INNER-SRC is "-" in transport mode.
WHAT is "udp:SIZE,..." (traffic.py's "send"), "tcp:BYTES" (its "tcp", A to B), or
"dstopts:BYTES": the same, all data behind IPv6 destination options.
Packets with a whole ICV are opened by scapy, too, and must come out the same:
"scapy" and their number.  Then "other" and the number of frames that are neither ESP of these SAs nor IPv6
multicast, and "readable" and the number of those with plaintext in them.  With
"tamper", one bit of each packet is turned over first: none may pass.  With
"openssl", scapy, which is slow, is not asked.
"""
import ipaddress
import struct
import sys

import esp
import traffic

ETH_MARK = 0x88b5
TAMPER = sys.argv[3:] == ["tamper"]
ASK_SCAPY = sys.argv[3:] != ["openssl"]
if ASK_SCAPY:
    from scapy.layers.ipsec import (ESP, IPSecIntegrityError,
                                    SecurityAssociation)


def packed(text):
    return ipaddress.ip_address(text).packed


def require(condition, text):
    if not condition:
        raise esp.Wrong(text)


class Judge:
    """The expectations of one line of SPEC, and what was seen of it."""

    def __init__(self, line):
        word = line.split()
        self.spi = int(word[0], 16)
        self.high = 0 if word[3] == "-" else int(word[3], 0)
        self.sa = esp.Sa(self.spi, word[1], int(word[2]), word[3] != "-")
        self.next_seq = self.high << 32 | int(word[4], 0)
        self.ends = packed(word[5]), packed(word[6])
        self.inner = None
        if word[7] != "-":
            self.inner = packed(word[7]), packed(word[8])
        what, arg = word[9].split(":")
        self.sizes = list(map(int, arg.split(","))) if what == "udp" else None
        self.stream = None if what == "udp" else bytearray(int(arg))
        self.dstopts = what == "dstopts"
        self.scapy = None
        if ASK_SCAPY and int(word[2]) == 128:
            self.scapy = SecurityAssociation(
                ESP, self.spi, crypt_algo="AES-GCM",
                crypt_key=self.sa.key + self.sa.salt, esn_en=self.sa.esn)
        self.by_scapy = 0
        self.first = None
        self.ivs = set()
        self.number = 0

    def open(self, data):
        """What is in an ESP packet, in the opinion of both of us."""
        found = self.sa.open(data, self.high)
        if not self.scapy:
            return found
        plain = self.ask_scapy(data)
        seq, iv, inner, pad, proto = found
        require((plain.seq, plain.iv, plain.data, plain.padlen, plain.nh) ==
                (seq & 0xffffffff, iv, inner, len(pad), proto),
                f"seq {seq:#x}: scapy reads {plain!r}")
        self.by_scapy += 1
        return found

    def ask_scapy(self, data):
        """Its SecurityAssociation.decrypt() would put an IP header in front."""
        try:
            return self.scapy.crypt_algo.decrypt(
                self.scapy, ESP(data), self.scapy.crypt_key, None,
                esn_en=self.sa.esn, esn=self.high)
        except IPSecIntegrityError as err:
            raise esp.Wrong("scapy: bad ICV") from err

    def both_refuse(self, data):
        """Whether neither of us opens DATA."""
        judges = [lambda: self.sa.open(data, self.high)]
        if self.scapy:
            judges.append(lambda: self.ask_scapy(data))
        for judge in judges:
            try:
                judge()
            except esp.Wrong:
                continue
            return False
        return True

    def packet(self, src, dst, data):
        """One ESP packet, in the order of the wire."""
        require((src, dst) == self.ends, "outer addresses")
        if struct.unpack("!I", data[4:8])[0] == 0 and self.number:
            self.high += 1
        seq, iv, inner, pad, proto = self.open(data)
        require(seq == self.next_seq, f"seq {seq:#x}, not {self.next_seq:#x}")
        self.next_seq += 1
        require(iv not in self.ivs, f"seq {seq:#x}: IV used before")
        self.ivs.add(iv)
        require(pad == bytes(range(1, len(pad) + 1)), f"padding {pad.hex()}")
        require(len(pad) < 4, f"{len(pad)} bytes of padding")
        if self.inner:
            require(proto == (4 if len(self.inner[0]) == 4 else 41),
                    f"next header {proto}")
            src, dst, proto, inner = esp.ip_parse(inner)
            require((src, dst) == self.inner, "inner addresses")
        with_options = self.dstopts and proto != 6
        if with_options:
            proto, inner = esp.skip_options(proto, inner)
        require(not esp.l4_checksum(src, dst, proto, inner),
                f"seq {seq:#x}: checksum of protocol {proto}")
        if self.sizes is not None:
            self.datagram(proto, inner)
        else:
            has_data = self.segment(proto, inner)
            require(not self.dstopts or with_options or not has_data,
                    f"seq {seq:#x}: no destination options")
        self.number += 1

    def datagram(self, proto, data):
        require(proto == 17, f"protocol {proto}")
        require(self.number < len(self.sizes), "more packets than sent")
        want = traffic.marked(self.number, self.sizes[self.number])
        require(data[8:] == want, f"datagram {self.number} differs")

    def segment(self, proto, data):
        """Take it into the stream. Returns whether it has data."""
        require(proto == 6, f"protocol {proto}")
        seq, = struct.unpack("!I", data[4:8])
        if self.first is None:
            require(data[13] & 2, "no SYN")
            self.first = seq + 1
            return False
        data = data[(data[12] >> 4) * 4:]
        at = (seq - self.first) & 0xffffffff
        require(at + len(data) <= len(self.stream) or not data,
                "TCP data beyond the end")
        if data:
            self.stream[at:at + len(data)] = data
        return bool(data)

    def verdict(self):
        if self.sizes is not None:
            require(self.number == len(self.sizes),
                    f"{self.number} packets, not {len(self.sizes)}")
            return
        want = (traffic.POOL * (len(self.stream) // len(traffic.POOL) + 1))
        require(self.stream == want[:len(self.stream)], "TCP data differ")


def plaintext_in(frame):
    """Whether anything of what was sent can be read in FRAME."""
    return b"PLAINTEXT" in frame or any(
        traffic.POOL[at:at + 12] in frame for at in range(0, 1 << 20, 1 << 14))


def main():
    with open(sys.argv[2], encoding="ascii") as file:
        judges = {j.spi: j for j in map(Judge, file)}
    wrong, other, readable = {}, 0, 0
    for frame in esp.pcap(sys.argv[1]):
        readable += plaintext_in(frame)
        kind, = struct.unpack("!H", frame[12:14])
        if frame[:2] == b"\x33\x33" or kind == ETH_MARK:
            continue
        if kind not in (esp.ETH_IP, esp.ETH_IP6):
            other += 1
            continue
        src, dst, proto, data = esp.ip_parse(frame[14:])
        judge = judges.get(struct.unpack("!I", data[:4])[0])
        if proto != esp.PROTO_ESP or not judge:
            other += 1
            continue
        if TAMPER:
            at = 4 + judge.number * 7 % (len(data) - 4)
            data = data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1:]
            judge.number += 1
            if not judge.both_refuse(data):
                wrong[judge.spi] = f"packet {judge.number} passed, tampered"
        elif judge.spi not in wrong:
            try:
                judge.packet(src, dst, data)
            except esp.Wrong as err:
                wrong[judge.spi] = err
    for spi, judge in judges.items():
        try:
            if not TAMPER and spi not in wrong:
                judge.verdict()
        except esp.Wrong as err:
            wrong[spi] = err
        print(f"{spi:#x}", "error" if spi in wrong else "ok",
              wrong.get(spi, judge.number))
    print("scapy", sum(judge.by_scapy for judge in judges.values()))
    print("other", other)
    print("readable", readable)


if __name__ == "__main__":
    main()
