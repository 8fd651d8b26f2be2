#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Request and response over TCP, 64 octets each: rr.py serve | rr.py ask HOST ROUNDS.

"ask" prints the median round trip in ns, as the asking process sees it: both
system calls, both ways, and the wakeups of both processes.
"""

import socket
import statistics
import sys
import time

PORT, SIZE = 5202, 64


def serve():
    lsn = socket.socket()
    lsn.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    lsn.bind(("", PORT))
    lsn.listen()
    while True:
        sock = lsn.accept()[0]
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with sock:
            while data := sock.recv(SIZE):
                sock.send(data)


def ask(host, rounds):
    took, data = [], bytes(SIZE)
    with socket.create_connection((host, PORT)) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(rounds):
            start = time.monotonic_ns()
            sock.send(data)
            sock.recv(SIZE)
            took.append(time.monotonic_ns() - start)
    print(round(statistics.median(took[rounds // 3:])))


if sys.argv[1] == "serve":
    serve()
else:
    ask(sys.argv[2], int(sys.argv[3]))
