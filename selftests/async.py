#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Make the crypto API asynchronous for AES-GCM as ESP uses it, and keep it busy.

async.py add|del    make the parallel instance, or delete it; exit status 0, or 4
                    where the kernel cannot do it
async.py left       how many instances there are, those made of others among them
async.py busy NSA NSB SRC DST more|end COMMAND...
    runs COMMAND in namespace NSA while large packets from SRC to DST wait for
    isim0's engine: prints how many frames of them were not on the wire when it
    began.  Then, with "more", the connection must go on: what was lost is sent
    again, and the data must be right.
"""
import errno
import os
import select
import socket
import struct
import subprocess
import sys
import time

import traffic

NETLINK_CRYPTO = 21
NLM_F_REQUEST, NLM_F_ACK, NLM_F_CREATE = 1, 4, 0x400
MSG_NEWALG, MSG_DELALG, MSG_UPDATEALG = 0x10, 0x11, 0x12
PRIORITY_VAL = 1
TYPE_AEAD, TYPE_MASK = 3, 0xf


def pcrypt():
    """The driver name of the parallel instance, or of what it would be."""
    with open("/proc/crypto", encoding="ascii") as file:
        for block in file.read().split("\n\n"):
            alg = dict(map(str.strip, line.split(":", 1))
                       for line in block.splitlines())
            # Not one that is made of it, such as seqiv(pcrypt(...)).
            if (alg.get("name") == "rfc4106(gcm(aes))" and
                    alg["driver"].startswith("pcrypt(")):
                return alg["driver"]
    return "pcrypt(rfc4106(gcm(aes)))"


def request(kind):
    alg = struct.pack("=64s64s64sIIII", b"", pcrypt().encode(), b"", TYPE_AEAD,
                      TYPE_MASK, 0, 0)
    if kind != MSG_DELALG:
        alg += struct.pack("=HHI", 8, PRIORITY_VAL, 9000)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_CRYPTO) as sock:
        sock.send(struct.pack("=IHHII", 16 + len(alg), kind, NLM_F_REQUEST |
                              NLM_F_ACK | NLM_F_CREATE, 1, 0) + alg)
        return -struct.unpack_from("=i", sock.recv(4096), 16)[0]


def left():
    with open("/proc/crypto", encoding="ascii") as file:
        print(sum("pcrypt(rfc4106" in line for line in file
                  if line.startswith("driver")))


def frames():
    return int(traffic.value("a", "isim0", "hw_tx_frames"))


def unacked(sock):
    """tcpi_unacked: segments that TCP has given to the stack."""
    return struct.unpack_from("=I", sock.getsockopt(
        socket.IPPROTO_TCP, socket.TCP_INFO, 104), 24)[0]


def transfer(way, upto):
    """Open the window of congestion; returns when all is acknowledged."""
    end = time.monotonic() + traffic.LIMIT
    while way.sent < upto or way.got < way.sent or unacked(way.out):
        if way.sent < upto:
            try:
                way.send()
            except BlockingIOError:
                pass
        if select.select([way.into], [], [], 0.05)[0]:
            way.recv()
        if time.monotonic() > end:
            sys.exit(f"TCP stalled: {way.got} of {way.sent}")


def busy(ns_a, ns_b, src, dst, then, *command):
    for end, name in zip("ab", (ns_a, ns_b)):
        traffic.namespaces[end] = os.open("/run/netns/" + name, os.O_RDONLY)
    client, server = traffic.connect(src, dst)
    with client, server:
        way = traffic.Way(client, server, 1 << 60)
        transfer(way, 300000)
        before = frames()
        # The workers of the engine do not get this processor from us.
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        try:
            for _ in range(4):
                way.send()
        except BlockingIOError:
            pass
        waiting = unacked(client) - (frames() - before)
        traffic.enter("a")
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        print(waiting, flush=True)
        if then == "more":
            way.total = way.sent + 100000
            traffic.pump([way])


def change(what):
    kind = MSG_NEWALG if what == "add" else MSG_DELALG
    # A new instance may be under test; freed SAs let go in the background.
    again = errno.EAGAIN if what == "add" else errno.EBUSY
    try:
        for _ in range(100):
            err = request(kind)
            if err == errno.EEXIST:
                err = request(MSG_UPDATEALG)
            if err != again:
                break
            time.sleep(0.1)
    except OSError as error:
        err = error.errno
    if err in (errno.EPROTONOSUPPORT, errno.ENOENT) and what == "add":
        sys.exit(4)
    sys.exit(f"{what}: {errno.errorcode.get(err, err)}" if err else 0)


if __name__ == "__main__":
    if sys.argv[1] in ("add", "del"):
        change(sys.argv[1])
    else:
        {f.__name__: f for f in (left, busy)}[sys.argv[1]](*sys.argv[2:])
