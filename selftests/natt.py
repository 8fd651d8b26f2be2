#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Play ESP in UDP (RFC 3948) into a port.

natt.py NSA DEV-A NSB DEV-B: as replay.py, but every ESP packet is in a UDP
datagram from and to port 4500.  What the socket there hears instead of XFRM is
counted as Socket+LENGTH,...  Two commands more:

  open
      make the socket that receives ESP in UDP, in both namespaces, as IKE daemons
      do
  close
      the one in NSB again
"""
import select
import socket
import struct
import sys

import esp
import replay
import traffic

PORT = 4500
UDP_ENCAP, UDP_ENCAP_ESPINUDP = 100, 2
IP_XFRM_POLICY = 17


class Maker(replay.Maker):
    """Makes frames with ESP in UDP."""

    PROTO = replay.UDP

    def carried(self, packet, sport=PORT, dport=PORT, csum=False):
        whole = esp.udp(self.src, self.dst, sport, dport, packet)
        return whole if csum else whole[:6] + b"\0\0" + whole[8:]

    def datagram_frame(self, data):
        """A frame around a UDP datagram."""
        return (self.macs + struct.pack("!H", esp.ETH_IP) + esp.ip_header(
            self.src, self.dst, self.PROTO, len(data)) + data)


def not_esp(make):
    """What shares the port with ESP, or has its SPI elsewhere."""
    packet = make.packet(2)
    others = [make.carried(data) for data in (
        b"", b"\xff", bytes(4) + b"IKE", bytes(200), packet[:4], packet[:8])]
    others += [make.carried(packet, dport=PORT + 1),
               make.carried(packet, dport=9)]
    return (make.frames(1) + list(map(make.datagram_frame, others)) +
            make.frames(3), 2)


def with_checksum(make):
    """Senders should send none, receivers must not depend on it (RFC 3948, 2.1).

    A wrong one is for UDP to refuse.
    """
    right = [make.carried(make.packet(n), csum=True) for n in range(2, 6)]
    wrong = [replay.flip(make.carried(make.packet(n), csum=True), 6)
             for n in range(6, 9)]
    return (make.frames(1) + list(map(make.datagram_frame, right + wrong)) +
            make.frames(9), 6)


def other_source_port(make):
    """A NAT may choose any, and another one at any time."""
    return [make.datagram_frame(make.carried(make.packet(n), sport=sport))
            for n, sport in enumerate((4500, 1, 40000, 65535), 1)], 4


def wrong_length(make):
    """The datagram is shorter than the IP packet; or longer, for UDP to refuse."""
    whole = [make.carried(make.packet(n)) for n in range(2, 4)]
    return (make.frames(1) + [
        make.datagram_frame(data[:4] + struct.pack("!H", len(data) + n) +
                            data[6:] + bytes(more))
        for data, n, more in ((whole[0], 0, 4), (whole[1], 1, 0))] +
            make.frames(4), 3)


class Player(replay.Player):
    """With sockets for ESP in UDP."""

    def __init__(self, *args):
        super().__init__(*args)
        self.encap = {}

    @staticmethod
    def encap_socket(end):
        traffic.enter(end)
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for direction in 0, 1:
            # In and out: policies are not for the outer datagrams.
            forever = b"\xff" * 32 + bytes(32)
            policy = (bytes(56 - 16) + struct.pack("=H", socket.AF_INET) +
                      bytes(14) + forever + bytes(32) +
                      struct.pack("=IIBBBB", 0, 0, direction, 0, 0, 0))
            sock.setsockopt(socket.IPPROTO_IP, IP_XFRM_POLICY,
                            policy.ljust(168, b"\0"))
        sock.bind(("0.0.0.0", PORT))
        sock.setsockopt(socket.IPPROTO_UDP, UDP_ENCAP, UDP_ENCAP_ESPINUDP)
        return sock

    def play(self, frames):
        heard, counted = super().play(frames)
        sock, sizes = self.encap.get("b"), []
        while sock and select.select([sock], [], [], 0)[0]:
            sizes.append(str(len(sock.recv(65536))))
        if sizes:
            counted.append("Socket+" + ",".join(sizes))
        return heard, counted

    def open(self):
        self.encap = {end: self.encap_socket(end) for end in "ab"}

    def close(self):
        self.encap.pop("b").close()


OWN = (not_esp, with_checksum, other_source_port, wrong_length)
replay.SCENARIOS.update((f.__name__, f) for f in OWN)
replay.DEVICE.update(not_esp=(2, 0), with_checksum=(2, 0),
                     other_source_port=(4, 0), wrong_length=(2, 0))
replay.serve(Player(*sys.argv[1:5]), Maker)
