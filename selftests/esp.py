# SPDX-License-Identifier: GPL-2.0
"""ESP with AES-GCM (RFC 4303, RFC 4106) on OpenSSL: the judge of the device.

It owes nothing to the kernel: bytes in, bytes out.
"""
import struct

try:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
except ImportError as err:
    raise SystemExit("missing: python3-cryptography") from err

ETH_IP, ETH_IP6, ETH_VLAN = 0x0800, 0x86dd, 0x8100
PROTO_ESP, PROTO_DSTOPTS = 50, 60


class Wrong(Exception):
    """A packet is not what it should be."""


def checksum(data):
    """The Internet checksum; 0 over data that contains a right one."""
    data += b"\0" * (len(data) & 1)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


class Sa:
    """One SA.  KEYMAT is key and salt in hex, as "ip xfrm" takes it."""

    def __init__(self, spi, keymat, icv_bits, esn):
        raw = bytes.fromhex(keymat.removeprefix("0x"))
        self.spi, self.icv, self.esn = spi, icv_bits // 8, esn
        self.key, self.salt = raw[:-4], raw[-4:]

    def aad(self, seq):
        low = seq & 0xffffffff
        if self.esn:
            return struct.pack("!III", self.spi, seq >> 32, low)
        return struct.pack("!II", self.spi, low)

    def seal(self, seq, data, next_header, pad=None):
        """The ESP packet around DATA; PAD replaces padding and its length."""
        if pad is None:
            size = -(len(data) + 2) % 4
            pad = bytes(range(1, size + 1)) + bytes([size])
        iv = struct.pack("!Q", seq ^ 0x5ea1)
        plain = data + pad + bytes([next_header])
        sealed = AESGCM(self.key).encrypt(self.salt + iv, plain, self.aad(seq))
        body = sealed[:len(sealed) - 16 + self.icv]
        return struct.pack("!II", self.spi, seq & 0xffffffff) + iv + body

    def open(self, packet, high=0):
        """(seq, iv, data, padding, next header) of an ESP packet.

        AESGCM checks whole tags only.  So decrypt by counter mode, and encrypt
        again: ciphertext and the part of the tag that is there must agree.
        """
        if len(packet) < 8 + 8 + 4 + self.icv:
            raise Wrong(f"{len(packet)} bytes are too few")
        spi, low = struct.unpack("!II", packet[:8])
        seq = high << 32 | low
        iv, body, tag = (packet[8:16], packet[16:-self.icv],
                         packet[-self.icv:])
        if spi != self.spi:
            raise Wrong(f"SPI {spi:#x}")
        ctr = Cipher(algorithms.AES(self.key),
                     modes.CTR(self.salt + iv + b"\0\0\0\2")).decryptor()
        plain = ctr.update(body) + ctr.finalize()
        sealed = AESGCM(self.key).encrypt(self.salt + iv, plain, self.aad(seq))
        if sealed[:-16] != body or sealed[-16:][:self.icv] != tag:
            raise Wrong(f"seq {seq:#x}: bad ICV")
        if len(plain) % 4:
            raise Wrong(f"seq {seq:#x}: trailer not aligned")
        size, next_header = plain[-2:]
        if size + 2 > len(plain):
            raise Wrong(f"seq {seq:#x}: pad length {size}")
        data = plain[:len(plain) - 2 - size]
        return seq, iv, data, plain[len(data):-2], next_header


def ip_header(src, dst, proto, length):
    """An IP header for LENGTH bytes between two packed addresses."""
    if len(src) == 16:
        return struct.pack("!IHBB", 6 << 28, length, proto, 64) + src + dst
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, 0, 0, 64, proto, 0)
    csum = checksum(head + src + dst)
    return head[:10] + struct.pack("!H", csum) + src + dst


def ip_parse(packet):
    """(src, dst, proto, payload); checks the header."""
    if packet[0] >> 4 == 6:
        length, proto = struct.unpack("!HB", packet[4:7])
        if 40 + length > len(packet):
            raise Wrong("IPv6 packet cut short")
        return packet[8:24], packet[24:40], proto, packet[40:40 + length]
    head = (packet[0] & 15) * 4
    length, = struct.unpack("!H", packet[2:4])
    if packet[0] >> 4 != 4 or length > len(packet):
        raise Wrong("IPv4 packet cut short")
    if checksum(packet[:head]):
        raise Wrong("IPv4 header checksum")
    return packet[12:16], packet[16:20], packet[9], packet[head:length]


def skip_options(proto, data):
    """(proto, payload) behind a header of IPv6 destination options."""
    if proto != PROTO_DSTOPTS:
        raise Wrong(f"protocol {proto}, not destination options")
    size = 8 + 8 * data[1]
    if size > len(data):
        raise Wrong("destination options cut short")
    return data[0], data[size:]


def l4_checksum(src, dst, proto, data):
    """0 if the checksum inside DATA (UDP, TCP or ICMPv6) is right."""
    if proto == 1:
        return checksum(data)
    return checksum(src + dst + struct.pack("!II", len(data), proto) + data)


def udp(src, dst, sport, dport, data):
    """A UDP datagram with its checksum."""
    head = struct.pack("!HHHH", sport, dport, 8 + len(data), 0)
    csum = l4_checksum(src, dst, 17, head + data) or 0xffff
    return head[:6] + struct.pack("!H", csum) + data


def pcap(path):
    """The frames of a capture file of the classic format."""
    with open(path, "rb") as file:
        raw = file.read()
    order = "<" if raw[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at = 24
    while at + 16 <= len(raw):
        size, = struct.unpack(order + "I", raw[at + 8:at + 12])
        yield raw[at + 16:at + 16 + size]
        at += 16 + size
