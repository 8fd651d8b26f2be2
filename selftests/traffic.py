#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Traffic between two namespaces, byte by byte compared.

traffic.py NSA NSB: reads one command a line on stdin, answers each with one
line, "ok ..." or "error ...".  One process for a whole file, with sockets in
both namespaces, because starting an interpreter takes a second on a slow
machine.

  ping SRC DST SIZE[,SIZE]...   ICMP echo from A; the reply must be identical
  tcp SRC DST BYTES             BYTES each way at once through one connection
  bulk SRC DST BYTES [N]        the same, but from A to B only; through each of N
                                connections at once
  exhaust SRC DST BYTES N       as bulk until XFRM at A has refused N packets for
                                want of sequence numbers: "ok RECEIVED" bytes
  udp SRC DST SIZE[,SIZE]...    one datagram of each size from A, and back
  stream SRC DST SECONDS        as tcp for that time: "ok A-to-B B-to-A" bytes
  count SRC DST N SIZE          N numbered datagrams from SRC, wherever that
                                is: "ok RECEIVED DUPLICATES"
  send SRC DST SIZE[,SIZE]...   one datagram of each size; nobody has to hear
                                them.  marked() says what is in them
  mark DEV                      a frame of the experimental Ethernet type from
                                DEV in A, with the text END-OF-CAPTURE
  reach SRC DST                 may one datagram from SRC arrive?  "ok 0|1"
  errors                        "ok" and the non-zero counters of xfrm_stat at
                                both ends, as A.NAME=VALUE and B.NAME=VALUE
  value a|b DEV NAME            one counter of ethtool
  counters DEV-A DEV-B          the same behind those of ethtool, a.NAME=VALUE
                                and b.NAME=VALUE
"""
import array
import contextlib
import ctypes
import errno
import fcntl
import os
import random
import select
import socket
import struct
import sys
import time

SLOW = 4 if os.environ.get("KSFT_MACHINE_SLOW") == "yes" else 1
LIMIT = 15 * SLOW
SO_RCVBUFFORCE = 33
POOL = random.Random(1).randbytes(1 << 20)
libc = ctypes.CDLL(None, use_errno=True)
namespaces = {}


class Failed(Exception):
    """A judgement: the traffic did not get through as it should."""


def enter(end):
    if libc.setns(namespaces[end], 0):
        raise OSError(ctypes.get_errno(), "setns " + end)


def family(addr):
    return socket.AF_INET6 if ":" in addr else socket.AF_INET


def make(end, kind, addr, proto=0):
    """A socket in namespace END, bound to ADDR (any port)."""
    enter(end)
    sock = socket.socket(family(addr), kind, proto)
    sock.setblocking(False)
    if kind != socket.SOCK_STREAM:
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 22)
    sock.bind((addr, 0))
    return sock


def home(addr):
    """The namespace that has ADDR."""
    for end in namespaces:
        try:
            make(end, socket.SOCK_DGRAM, addr).close()
        except OSError as err:
            if err.errno != errno.EADDRNOTAVAIL:
                raise
        else:
            return end
    raise Failed("nobody has " + addr)


def piece(size):
    at = random.randrange(len(POOL) - size + 1) if size <= len(POOL) else 0
    return POOL[at:at + size]


def receive(sock, size, secs=LIMIT):
    if not select.select([sock], [], [], secs)[0]:
        return None, None
    return sock.recvfrom(size)


def checksum(data):
    words = array.array("H", data + b"\0" * (len(data) & 1))
    total = sum(words)
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ping(src, dst, sizes):
    six = family(src) == socket.AF_INET6
    proto = socket.IPPROTO_ICMPV6 if six else socket.IPPROTO_ICMP
    request, reply = (128, 129) if six else (8, 0)
    with make("a", socket.SOCK_RAW, src, proto) as sock:
        ident = random.randrange(1, 65536)
        for seq, size in enumerate(map(int, sizes.split(","))):
            data = piece(size)
            rest = struct.pack("!HH", ident, seq) + data
            head = struct.pack("!BBH", request, 0, 0)
            if not six:
                head = (struct.pack("!BB", request, 0) +
                        struct.pack("=H", checksum(head + rest)))
            sock.sendto(head + rest, (dst, 0))
            end = time.monotonic() + LIMIT
            while True:
                got, _ = receive(sock, 65536, end - time.monotonic())
                if got is None:
                    raise Failed(f"no reply to ping of {size} bytes")
                if not six:
                    got = got[(got[0] & 15) * 4:]
                if got[0] == reply and got[4:8] == rest[:4]:
                    break
            if got[4:] != rest:
                raise Failed(f"ping of {size} bytes came back different")
    return ""


def connect(src, dst):
    listener = make("b", socket.SOCK_STREAM, dst)
    listener.listen(1)
    client = make("a", socket.SOCK_STREAM, src)
    try:
        client.connect(listener.getsockname()[:2])
    except BlockingIOError:
        pass
    if not select.select([listener], [], [], LIMIT)[0]:
        raise Failed("no connection")
    server, _ = listener.accept()
    server.setblocking(False)
    listener.close()
    # When both ends have read all, close at once: no late retransmission shall
    # run into the SAs of the next test.
    for sock in client, server:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        struct.pack("ii", 1, 0))
    return client, server


class Way:
    """One direction of a connection: bytes of POOL, over and over."""

    def __init__(self, out, into, total):
        self.out, self.into, self.total = out, into, total
        self.sent = self.got = 0

    def send(self):
        at = self.sent % len(POOL)
        size = min(65536, self.total - self.sent)
        self.sent += self.out.send(POOL[at:at + size])
        if self.sent == self.total:
            self.out.shutdown(socket.SHUT_WR)

    def recv(self):
        data = self.into.recv(262144)
        at = self.got % len(POOL)
        if data != (POOL[at:] + POOL)[:len(data)]:
            raise Failed(f"TCP data differ after byte {self.got}")
        self.got += len(data)
        if not data and self.got != self.total:
            raise Failed(f"TCP ended after {self.got} of {self.total}")
        return bool(data)


def pump(ways, deadline=None):
    """Run both directions to their end; DEADLINE, then drain, in a stream."""
    reading = {way.into: way for way in ways}
    last = time.monotonic()
    while reading:
        if deadline and time.monotonic() > deadline:
            deadline = None
            for way in ways:
                way.total = way.sent
                way.out.shutdown(socket.SHUT_WR)
        writing = {way.out: way for way in ways if way.sent < way.total}
        ready = select.select(list(reading), list(writing), [], 0.2)
        for sock in ready[1]:
            writing[sock].send()
        for sock in ready[0]:
            if not reading[sock].recv():
                del reading[sock]
            last = time.monotonic()
        if time.monotonic() - last > LIMIT:
            state = ", ".join(f"{w.got} of {w.sent}" for w in ways)
            raise Failed("TCP stalled: received " + state)


def tcp(src, dst, size):
    client, server = connect(src, dst)
    with client, server:
        pump([Way(client, server, int(size)), Way(server, client, int(size))])
    return ""


def bulk(src, dst, size, number=1):
    with contextlib.ExitStack() as stack:
        ways = []
        for _ in range(int(number)):
            client, server = map(stack.enter_context, connect(src, dst))
            ways.append(Way(client, server, int(size)))
        pump(ways)
    return ""


def exhaust(src, dst, size, number):
    client, server = connect(src, dst)
    refused = "A.XfrmOutStateSeqError"
    want = int(dict(w.split("=") for w in errors().split()).get(refused, 0))
    want += int(number)
    way = Way(client, server, int(size))
    end = time.monotonic() + LIMIT
    with client, server:
        while True:
            ready = select.select([server], [client], [], 0.05)
            if ready[1] and way.sent < way.total:
                way.send()
            if ready[0]:
                way.recv()
            now = dict(w.split("=") for w in errors().split())
            if int(now.get(refused, 0)) >= want:
                return f"{way.got}"
            if time.monotonic() > end:
                raise Failed(f"{way.got} bytes, and nothing refused")


def stream(src, dst, secs):
    client, server = connect(src, dst)
    with client, server:
        ways = [Way(client, server, 1 << 60), Way(server, client, 1 << 60)]
        pump(ways, time.monotonic() + float(secs))
    return f"{ways[0].got} {ways[1].got}"


def udp(src, dst, sizes):
    with make("a", socket.SOCK_DGRAM, src) as here, \
            make("b", socket.SOCK_DGRAM, dst) as there:
        for size in map(int, sizes.split(",")):
            data = piece(size)
            for out, into, way in (here, there, "there"), (there, here, "back"):
                out.sendto(data, into.getsockname())
                got, _ = receive(into, 65536)
                if got is None:
                    raise Failed(f"UDP of {size} bytes {way}: lost")
                if got != data:
                    raise Failed(f"UDP of {size} bytes {way}: different")
    return ""


def count(src, dst, number, size):
    number, size = int(number), max(int(size), 4)
    seen, again = set(), 0
    with make(home(src), socket.SOCK_DGRAM, src) as out, \
            make(home(dst), socket.SOCK_DGRAM, dst) as into:
        def drain(secs):
            nonlocal again
            while True:
                got = None
                if len(seen) < number:
                    got, _ = receive(into, 65536, secs)
                if got is None:
                    return
                index = struct.unpack("!I", got[:4])[0]
                if got[4:] != POOL[index:index + size - 4]:
                    raise Failed(f"datagram {index} differs")
                again += index in seen
                seen.add(index)
        for index in range(number):
            data = struct.pack("!I", index) + POOL[index:index + size - 4]
            try:
                out.sendto(data, into.getsockname())
            except (PermissionError, ConnectionRefusedError, OSError) as err:
                raise Failed(f"send {index}: {err}") from err
            if index % 16 == 15:
                drain(0)
        # What comes does so at once; the rest was lost.
        drain(0.3 * SLOW)
    return f"{len(seen)} {again}"


def marked(index, size):
    """Data that is easily found where it should not be."""
    return (b"PLAINTEXT%06d-" % index * (size // 16 + 1))[:size]


def stay_here():
    """On one processor, so with one TX queue: what is sent keeps its order."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def send(src, dst, sizes):
    stay_here()
    with make(home(src), socket.SOCK_DGRAM, src) as out:
        # Packets may wait in the device for their turn to be done with.
        out.settimeout(LIMIT)
        for index, size in enumerate(map(int, sizes.split(","))):
            out.sendto(marked(index, size), (dst, 9))
    return ""


def mark_here(dev):
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
        sock.bind((dev, 0))
        sock.send(b"\xff" * 6 + sock.getsockname()[4] + b"\x88\xb5" +
                  b"END-OF-CAPTURE".ljust(46, b"."))


def mark(dev):
    enter("a")
    mark_here(dev)
    return ""


def reach(src, dst):
    with make(home(src), socket.SOCK_DGRAM, src) as out, \
            make(home(dst), socket.SOCK_DGRAM, dst) as into:
        try:
            out.sendto(b"hello", into.getsockname())
        except OSError as err:
            return f"0 {err.strerror}"
        return str(int(receive(into, 100, 0.5 * SLOW)[0] is not None))


def ethtool_stats(end, dev):
    """The strings and values of ETHTOOL_GSTRINGS and ETHTOOL_GSTATS."""
    enter(end)

    def ioctl(sock, data):
        buf = array.array("B", data)
        req = struct.pack("16sP", dev.encode(), buf.buffer_info()[0])
        fcntl.ioctl(sock, 0x8946, req)
        return buf.tobytes()

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        info = ioctl(sock, struct.pack("=I", 3) + bytes(192))
        number = struct.unpack_from("=I", info, 180)[0]
        names = ioctl(sock, struct.pack("=III", 0x1b, 1, number) +
                      bytes(32 * number))[12:]
        values = ioctl(sock, struct.pack("=II", 0x1d, number) +
                       bytes(8 * number))[8:]
    for i, value in enumerate(struct.unpack(f"={number}Q", values)):
        yield names[32 * i:32 * i + 32].split(b"\0")[0].decode(), value


def errors():
    out = []
    for end in "ab":
        enter(end)
        with open("/proc/thread-self/net/xfrm_stat", encoding="ascii") as file:
            for line in file:
                name, value = line.split()
                if value != "0":
                    out.append(f"{end.upper()}.{name}={value}")
    return " ".join(out)


def value(end, dev, wanted):
    for name, number in ethtool_stats(end, dev):
        if name == wanted:
            return str(number)
    raise Failed("no counter " + wanted)


def counters(dev_a, dev_b):
    out = [f"{end}.{name}={value}" for end, dev in (("a", dev_a), ("b", dev_b))
           for name, value in ethtool_stats(end, dev) if " " not in name]
    return " ".join(out + [errors()])


COMMANDS = {f.__name__: f for f in
            (ping, tcp, bulk, exhaust, udp, stream, count, send, mark, reach,
             errors, value, counters)}


def main():
    if sys.argv[1] == "mark":
        mark_here(sys.argv[2])
        return
    for end, name in zip("ab", sys.argv[1:3]):
        namespaces[end] = os.open("/run/netns/" + name, os.O_RDONLY)
    while True:
        line = sys.stdin.readline()
        if not line:
            return
        words = line.split()
        try:
            print("ok", COMMANDS[words[0]](*words[1:]), flush=True)
        except (Failed, OSError) as err:
            print("error", err, flush=True)


if __name__ == "__main__":
    main()
