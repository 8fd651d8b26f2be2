#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Make the crypto API asynchronous for AES-GCM as ESP uses it, or undo that.

async.py add|del: exit status 0, or 4 where the kernel cannot do it.
"""
import errno
import socket
import struct
import sys
import time

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


def main(what):
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
    main(sys.argv[1])
