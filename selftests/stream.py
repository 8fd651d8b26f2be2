#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A TCP connection that lives through a test, see stream_start in lib_lifecycle.sh.

stream.py serve ADDR
    sends back what it gets, one connection after the other
stream.py run ADDR PROGRESS MARKER SIZE GAP
    sends blocks of SIZE bytes made of MARKER, expects each back unchanged, and
    keeps the number of blocks that made it in the file PROGRESS; waits GAP
    seconds between two. Ends, with a reason, when the connection is lost.
"""

import os
import select
import socket
import struct
import sys

PORT = 7777
TCP_THIN_LINEAR_TIMEOUTS = 16


def tcp_socket(addr):
    family = socket.AF_INET6 if ":" in addr else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    tune(sock)
    return sock


def tune(sock):
    # After an outage a retransmission follows soon: no growing timeouts.
    sock.setsockopt(socket.IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # One that is closed while its far end is gone would hold its namespace, and
    # the port in it, for minutes.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def serve(addr):
    listener = tcp_socket(addr)
    listener.bind((addr, PORT))
    listener.listen()
    print("listening", flush=True)
    while True:
        sock = listener.accept()[0]
        tune(sock)
        try:
            while data := sock.recv(65536):
                sock.sendall(data)
        except OSError as err:
            print("connection:", err, flush=True)
        sock.close()


def receive(sock, size):
    parts = []
    while size:
        part = sock.recv(size)
        if not part:
            sys.exit("closed by the far end")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def run(addr, progress, marker, size, gap):
    file = os.open(progress, os.O_WRONLY | os.O_CREAT)
    sock = tcp_socket(addr)
    sock.connect((addr, PORT))
    block = (marker.encode() * (size // len(marker) + 1))[:size]
    count = 0
    while True:
        sock.sendall(block)
        if receive(sock, size) != block:
            sys.exit("a block came back changed")
        count += 1
        os.pwrite(file, b"%d\n" % count, 0)
        if gap:
            select.select([], [], [], gap)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    else:
        run(sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5]), float(sys.argv[6]))
