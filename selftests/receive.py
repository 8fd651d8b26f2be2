#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What a port tells of received packets.

receive.py inject DEV DST-MAC SPI KEYMAT tunnel|transport good|bad N
    sends N ESP packets of AES-GCM with a 16-octet ICV, 192.0.2.1 to 192.0.2.2,
    from DEV, which has no SA.  The UDP datagrams inside go to port 9, with a
    right or a wrong checksum.
receive.py rxhash|csum FROM SRC TO DEV DST
    sends a datagram from SRC in namespace FROM to DST; prints what a packet
    socket on DEV in namespace TO is told with it, once it is in clear: its hash,
    or 1 if somebody vouches for its checksum, else 0
"""
import mmap
import os
import select
import socket
import struct
import sys

import esp
import traffic

SRC, DST = bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])
SRC_IN, DST_IN = bytes([198, 51, 100, 1]), bytes([198, 51, 100, 2])
SPORT, DPORT = 4660, 9
SOL_PACKET, PACKET_RX_RING, PACKET_VERSION = 263, 5, 10
TPACKET_V3, FILL_RXHASH, ETH_P_ALL = 2, 1, 3
TP_STATUS_CSUM_VALID = 1 << 7
BLOCK, BLOCKS = 1 << 16, 4


def inject(dev, mac, spi, keymat, mode, kind, number):
    sa = esp.Sa(int(spi, 16), keymat, 128, False)
    src, dst = (SRC_IN, DST_IN) if mode == "tunnel" else (SRC, DST)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
        sock.bind((dev, 0))
        link = (bytes.fromhex(mac.replace(":", "")) + sock.getsockname()[4] +
                b"\x08\x00")
        for seq in range(1, int(number) + 1):
            # every length of padding
            data = bytearray(esp.udp(src, dst, SPORT, DPORT,
                                     bytes(100 + seq)))
            if kind == "bad":
                data[-1] ^= 1
            proto = 17
            if mode == "tunnel":
                data = esp.ip_header(src, dst, proto, len(data)) + data
                proto = 4
            packet = sa.seal(seq, bytes(data), proto)
            sock.send(link + esp.ip_header(SRC, DST, esp.PROTO_ESP,
                                           len(packet)) + packet)


def seen(ring, mem, block):
    """The packets of the next block of the ring, each with its status and its hash."""
    if not select.select([ring], [], [], traffic.LIMIT)[0]:
        sys.exit("nothing was received")
    at = block * BLOCK
    _, _, number, off = struct.unpack_from("=4I", mem, at + 4)
    at += off
    for _ in range(number):
        step, _, _, size, _, status, mac, _, value = struct.unpack_from(
            "=6IHHI", mem, at)
        yield mem[at + mac:at + mac + size], status, value
        at += step
    # back to the kernel
    struct.pack_into("=I", mem, block * BLOCK + 8, 0)


def told(sender, src, receiver, dev, dst):
    """Status and hash of a datagram."""
    for end in sender, receiver:
        traffic.namespaces[end] = os.open("/run/netns/" + end, os.O_RDONLY)
    traffic.enter(receiver)
    ring = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    ring.setsockopt(SOL_PACKET, PACKET_VERSION, TPACKET_V3)
    ring.setsockopt(SOL_PACKET, PACKET_RX_RING, struct.pack(
        "=7I", BLOCK, BLOCKS, 2048, BLOCK * BLOCKS // 2048, 10, 0,
        FILL_RXHASH))
    mem = mmap.mmap(ring.fileno(), BLOCK * BLOCKS)
    ring.bind((dev, ETH_P_ALL))
    traffic.enter(sender)
    with socket.socket(traffic.family(src), socket.SOCK_DGRAM) as out:
        out.bind((src, SPORT))
        out.sendto(b"hash me", (dst, DPORT))
    for block in range(1 << 30):
        for frame, status, value in seen(ring, mem, block % BLOCKS):
            if struct.pack("!HH", SPORT, DPORT) in frame:
                return status, value


def rxhash(*args):
    print(f"{told(*args)[1]:#x}")


def csum(*args):
    print(int(bool(told(*args)[0] & TP_STATUS_CSUM_VALID)))


if __name__ == "__main__":
    {f.__name__: f for f in (inject, rxhash, csum)}[sys.argv[1]](*sys.argv[2:])
