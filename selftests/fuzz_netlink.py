#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Random requests to the ipsecsim netlink family.

fuzz_netlink.py SECONDS SEED DEV...: requests that are nearly valid, for that
long, and until some have been answered and some refused. Prints what came of
them: "requests N refused N answered N". The same SEED gives the same requests.
Nothing is judged here: the kernel and its checkers are
the judges, and whoever calls this looks whether the ports still work.

A request has a command of the family, attributes of about the right kind and
size, and once in a while a wrong length, a nested or repeated attribute, a torn
message, or a dump that is not read to its end.
"""
import random
import socket
import struct
import sys
import time

NETLINK_GENERIC, GENL_ID_CTRL, GETFAMILY = 16, 16, 3
REQUEST, ACK, DUMP = 1, 4, 0x300
ATTRS = 24
ENOUGH = 10
ADAPTER_DEL, POLICY_ADD = 12, 18
POLICY_DIR, POLICY_ACTION = 3, 4
SPECIAL = (0, 1, 2, 3, 7, 9, 16, 17, 32, 33, 34, 63, 64, 255, 256, 4095, 4096, 60000,
           65535, 65536, 999999, 1000000, 1000001, 2**31 - 1, 2**31, 2**32 - 1)


def attr(kind, data, size=None):
    size = 4 + len(data) if size is None else size
    return struct.pack("=HH", size & 0xffff, kind) + data + bytes(-len(data) % 4)


def message(kind, flags, cmd, payload, version=1):
    return struct.pack("=IHHIIBBH", 20 + len(payload), kind, flags, 1, 0, cmd,
                       version, 0) + payload


def attrs(data):
    while len(data) >= 4:
        size, kind = struct.unpack_from("=HH", data)
        yield kind & 0x3fff, data[4:size]
        data = data[max(4, (size + 3) & ~3):]


def connect():
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
    sock.bind((0, 0))
    sock.settimeout(60)
    return sock


def family():
    """Its number, and the numbers of its commands."""
    sock = connect()
    sock.send(message(GENL_ID_CTRL, REQUEST, GETFAMILY, attr(2, b"ipsecsim\0")))
    found = dict(attrs(sock.recv(65536)[20:]))
    commands = [struct.unpack("=I", dict(attrs(op))[1])[0]
                for _, op in attrs(found[6])]
    return struct.unpack("=H", found[1])[0], commands


class Fuzzer:
    def __init__(self, seed, devs):
        self.rnd = random.Random(seed)
        self.family, self.commands = family()
        self.indices = [socket.if_nametoindex(dev) for dev in devs]
        self.names = [dev.encode() for dev in devs] + [b"isim9", b"lo", b"", b"x" * 40]
        self.sock = connect()
        self.count = {"requests": 0, "refused": 0, "answered": 0}

    def number(self):
        rnd = self.rnd
        return rnd.choice((rnd.choice(SPECIAL), rnd.randrange(20),
                           rnd.choice(self.indices), rnd.getrandbits(32)))

    def value(self):
        rnd = self.rnd
        kind = rnd.randrange(20)
        if kind < 14:
            return struct.pack("=I", self.number())
        if kind == 14:
            return struct.pack("=Q", rnd.getrandbits(64))
        if kind == 15:
            return rnd.choice(self.names) + b"\0"
        if kind == 16:
            return b""
        if kind == 17:
            return self.attributes(rnd.randrange(4))
        return rnd.randbytes(rnd.choice((1, 2, 3, 4, 5, 8, 16, 17, 200)))

    def attributes(self, number):
        rnd = self.rnd
        out = b""
        for _ in range(number):
            kind = rnd.randrange(1, ATTRS)
            if rnd.random() < 0.03:
                kind = rnd.getrandbits(16)
            data = self.value()
            size = rnd.randrange(40) if rnd.random() < 0.02 else None
            out += attr(kind, data, size)
        return out

    def request(self):
        rnd = self.rnd
        cmd = rnd.choice(self.commands) if rnd.random() < 0.95 else rnd.randrange(256)
        body = b""
        # Without the ports there is little left to ask: seldom a request to take
        # away one of them.
        if rnd.random() < (0.01 if cmd == ADAPTER_DEL else 0.95):
            body = attr(1, struct.pack("=I", rnd.choice(self.indices)))
        # By chance hardly any would have both.
        if cmd == POLICY_ADD and rnd.random() < 0.7:
            body += attr(POLICY_DIR, struct.pack("=I", rnd.randrange(1, 3)))
            body += attr(POLICY_ACTION, struct.pack("=I", rnd.randrange(1, 4)))
        body += self.attributes(rnd.choice((0, 0, 1, 1, 1, 2, 2, 3, 4, 8)))
        flags = REQUEST | ACK
        if rnd.random() < 0.25:
            flags |= DUMP
        if rnd.random() < 0.03:
            flags = rnd.getrandbits(16) | REQUEST | ACK
        data = message(self.family, flags, cmd, body, rnd.choice((1, 1, 1, 0, 2)))
        if rnd.random() < 0.02:
            data = data[:rnd.randrange(16, len(data) + 1)]
        if rnd.random() < 0.02:
            data = struct.pack("=I", rnd.randrange(80)) + data[4:]
        return data

    def drain(self):
        """Up to the acknowledgment or the end of a dump."""
        while True:
            data = self.sock.recv(1 << 17)
            while len(data) >= 16:
                size, kind = struct.unpack_from("=IH", data)
                if kind in (2, 3):
                    err = struct.unpack_from("=i", data, 16)[0] if size >= 20 else 0
                    self.count["refused" if err else "answered"] += 1
                    return
                data = data[max(16, (size + 3) & ~3):]

    def step(self):
        data = self.request()
        self.count["requests"] += 1
        self.sock.send(data)
        # What is no message is not answered.
        size, = struct.unpack_from("=I", data)
        if len(data) < 20 or size < 20 or size > len(data) or self.rnd.random() < 0.02:
            self.sock.close()
            self.sock = connect()
            return
        self.drain()


def main():
    end = time.monotonic() + float(sys.argv[1])
    fuzzer = Fuzzer(int(sys.argv[2]), sys.argv[3:])
    # A request that has made the adapter ignore commands may delay those after it.
    while time.monotonic() < end or min(fuzzer.count.values()) < ENOUGH:
        try:
            fuzzer.step()
        except OSError as err:
            # Answers to a message that claimed to be shorter than it was
            print("# socket:", err)
            fuzzer.sock.close()
            fuzzer.sock = connect()
    print(*(f"{name} {n}" for name, n in fuzzer.count.items()))


if __name__ == "__main__":
    main()
