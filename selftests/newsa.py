#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Add, delete and count SAs, set links up and down, one request a line.

iproute2 shows either the kernel's extack or the errno, never both, and cannot
arm fault injection for the request alone. This does: it reads requests from
stdin and answers each with one line on stdout,

    ERRNO <tab> LEFT <tab> EXTACK

ERRNO is a name such as EINVAL, or 0. LEFT is empty without nth=; otherwise the
number that /proc/thread-self/fail-nth still held after the request, so 0 says
that an allocation was made to fail.

Requests, all keys optional:

    add  dev= dir=in|out oflags=N proto=esp|ah|comp spi= src= dst= sel=
         mode=transport|tunnel|beet aead=NAME:KEYBITS:ICVBITS enc=NAME:KEYBITS
         auth=NAME:KEYBITS[:ICVBITS] comp=NAME encap=TYPE dport=N
         esn=WINDOW|none tfc=N xflags=N nth=N sproto=N reqid=N
         key=HEX: of aead
         sel=ADDRESS: family, sproto: protocol of the selector
    del  proto= spi= dst=
    ae   proto= spi= dst= oseq=HIGH:LOW seq=HIGH:LOW esn=WINDOW
         sets sequence numbers of an ESN SA, its window empty
    up   dev= nth=N
    down dev= nth=N
    flags dev=
         LEFT is what SIOCGIFFLAGS says
    sas  dev=
         LEFT is the number of SAs that the port has by "ethtool -S", EXTACK
         the number that XFRM has
"""

import array
import errno
import fcntl
import os
import socket
import struct
import sys

NETLINK_XFRM = 6
SOL_NETLINK = 270
NETLINK_EXT_ACK = 11
NLMSG_ERROR = 2
NLMSGERR_ATTR_MSG = 1
NLM_F_REQUEST, NLM_F_ACK, NLM_F_REPLACE = 1, 4, 0x100
NLM_F_CAPPED, NLM_F_ACK_TLVS = 0x100, 0x200

XFRM_MSG_NEWSA, XFRM_MSG_DELSA, XFRM_MSG_NEWAE = 0x10, 0x11, 0x1e
XFRM_MSG_NEWSADINFO, XFRM_MSG_GETSADINFO = 0x22, 0x23
XFRMA_SAD_CNT = 1
XFRMA_ALG_AUTH, XFRMA_ALG_CRYPT, XFRMA_ALG_COMP, XFRMA_ENCAP = 1, 2, 3, 4
XFRMA_ALG_AEAD, XFRMA_ALG_AUTH_TRUNC, XFRMA_TFCPAD = 18, 20, 22
XFRMA_REPLAY_ESN_VAL, XFRMA_SA_EXTRA_FLAGS, XFRMA_OFFLOAD_DEV = 23, 24, 28
XFRM_OFFLOAD_IPV6, XFRM_OFFLOAD_INBOUND = 1, 2
XFRM_STATE_ESN = 128

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
SIOCETHTOOL = 0x8946
ETHTOOL_GSTRINGS, ETHTOOL_GSTATS, ETHTOOL_GSSET_INFO = 0x1b, 0x1d, 0x37
ETH_SS_STATS = 1

PROTO = {"esp": 50, "ah": 51, "comp": 108}
MODE = {"transport": 0, "tunnel": 1, "beet": 4}


def family(addr):
    return socket.AF_INET6 if ":" in addr else socket.AF_INET


def address(addr):
    return socket.inet_pton(family(addr), addr).ljust(16, b"\0")


def attr(kind, payload):
    size = 4 + len(payload)
    return struct.pack("=HH", size, kind) + payload.ljust((size + 3) // 4 * 4 - 4, b"\0")


def algo(kind, spec, key=None):
    """NAME[:KEYBITS[:ICVBITS]] as the struct that the attribute wants."""
    name, *bits = spec.split(":")
    bits = [int(b) for b in bits]
    if key is None:
        key = bytes(0x30 + i % 10 for i in range((bits[0] + 7) // 8 if bits else 0))
    head = name.encode().ljust(64, b"\0")
    return attr(kind, head + b"".join(struct.pack("=I", b) for b in bits or [0]) + key)


def replay_esn(args):
    window = int(args["esn"])
    words = (window + 31) // 32
    ohigh, olow = (int(n, 0) for n in args.get("oseq", "0:0").split(":"))
    high, low = (int(n, 0) for n in args.get("seq", "0:0").split(":"))
    return attr(XFRMA_REPLAY_ESN_VAL,
                struct.pack("=6I", words, olow, low, ohigh, high, window) +
                bytes(4 * words))


def selector(fam, proto):
    return bytes(32) + struct.pack("=4HH3B3xiI", 0, 0, 0, 0, fam, 0, 0, proto, 0, 0)


def add_message(args):
    src = args.get("src", "192.0.2.1")
    dst = args.get("dst", "192.0.2.2")
    fam = family(dst)
    infinite = b"\xff" * 8
    info = selector(family(args["sel"]) if "sel" in args else fam,
                    int(args.get("sproto", "0")))
    info += address(dst) + struct.pack("=IB3x", socket.htonl(int(args.get("spi", "0x1001"), 0)),
                                       PROTO[args.get("proto", "esp")])
    info += address(src) + infinite * 4 + bytes(32) + bytes(32 + 12)
    info += struct.pack("=IIHBBB7x", 0, int(args.get("reqid", "0")), fam,
                        MODE[args.get("mode", "transport")],
                        0 if "esn" in args else 32,
                        XFRM_STATE_ESN if "esn" in args else 0)
    if "aead" in args:
        info += algo(XFRMA_ALG_AEAD, args["aead"],
                     bytes.fromhex(args["key"]) if "key" in args else None)
    if "enc" in args:
        info += algo(XFRMA_ALG_CRYPT, args["enc"])
    if "auth" in args:
        trunc = args["auth"].count(":") == 2
        info += algo(XFRMA_ALG_AUTH_TRUNC if trunc else XFRMA_ALG_AUTH, args["auth"])
    if "comp" in args:
        info += algo(XFRMA_ALG_COMP, args["comp"])
    if "encap" in args:
        dport = socket.htons(int(args.get("dport", "4500")))
        info += attr(XFRMA_ENCAP, struct.pack("=HHHxx", int(args["encap"]),
                                              socket.htons(4500), dport) + bytes(16))
    if "tfc" in args:
        info += attr(XFRMA_TFCPAD, struct.pack("=I", int(args["tfc"])))
    if "xflags" in args:
        info += attr(XFRMA_SA_EXTRA_FLAGS, struct.pack("=I", int(args["xflags"])))
    if args.get("esn", "none") != "none":
        info += replay_esn(args)
    if "dev" in args:
        flags = int(args.get("oflags", "0"), 0)
        if args.get("dir", "out") == "in":
            flags |= XFRM_OFFLOAD_INBOUND
        if fam == socket.AF_INET6:
            flags |= XFRM_OFFLOAD_IPV6
        dev = args["dev"]
        index = int(dev[1:]) if dev.startswith("#") else socket.if_nametoindex(dev)
        info += attr(XFRMA_OFFLOAD_DEV, struct.pack("=iB3x", index, flags))
    return XFRM_MSG_NEWSA, info


def sa_id(args):
    dst = args.get("dst", "192.0.2.2")
    return address(dst) + struct.pack(
        "=IHBx", socket.htonl(int(args.get("spi", "0x1001"), 0)), family(dst),
        PROTO[args.get("proto", "esp")])


def del_message(args):
    return XFRM_MSG_DELSA, sa_id(args)


def ae_message(args):
    return XFRM_MSG_NEWAE, sa_id(args) + bytes(24) + replay_esn(args)


class FailNth:
    """Makes the nth allocation of what runs inside it fail."""

    def __init__(self, args):
        self.nth = args.get("nth")
        self.left = ""

    def __enter__(self):
        if self.nth:
            # pylint: disable=attribute-defined-outside-init
            self.file = os.open("/proc/thread-self/fail-nth", os.O_RDWR)
            os.pwrite(self.file, self.nth.encode(), 0)
        return self

    def __exit__(self, *exc):
        if self.nth:
            left = os.pread(self.file, 16, 0)
            os.pwrite(self.file, b"0", 0)
            os.close(self.file)
            self.left = left.decode().strip()


def extack(reply):
    """The text in a NLMSG_ERROR message, or ''."""
    length, _, flags = struct.unpack_from("=IHH", reply)
    pos = 36
    if not flags & NLM_F_ACK_TLVS:
        return ""
    if not flags & NLM_F_CAPPED:
        pos = 20 + (struct.unpack_from("=I", reply, 20)[0] + 3) // 4 * 4
    while pos + 4 <= length:
        size, kind = struct.unpack_from("=HH", reply, pos)
        if kind == NLMSGERR_ATTR_MSG:
            return reply[pos + 4:pos + size].split(b"\0")[0].decode()
        pos += (size + 3) // 4 * 4
    return ""


def transact(sock, message, fail):
    kind, payload = message
    flags = NLM_F_REQUEST | NLM_F_ACK
    if kind == XFRM_MSG_NEWAE:
        flags |= NLM_F_REPLACE
    request = struct.pack("=IHHII", 16 + len(payload), kind, flags, 1, 0) + payload
    with fail:
        sock.send(request)
    while True:
        reply = sock.recv(65536)
        if struct.unpack_from("=IH", reply)[1] == NLMSG_ERROR:
            return -struct.unpack_from("=i", reply, 16)[0], extack(reply)


def ethtool(sock, dev, *words, room=0):
    data = array.array("B", struct.pack("=%dI" % len(words), *words) + bytes(room))
    fcntl.ioctl(sock, SIOCETHTOOL,
                struct.pack("=16sQ", dev.encode(), data.buffer_info()[0]))
    return data.tobytes()


def port_sas(sock, dev):
    info = ethtool(sock, dev, ETHTOOL_GSSET_INFO, 0, 1 << ETH_SS_STATS, 0, 0)
    num = struct.unpack_from("=I", info, 16)[0]
    names = ethtool(sock, dev, ETHTOOL_GSTRINGS, ETH_SS_STATS, num, room=32 * num)
    values = ethtool(sock, dev, ETHTOOL_GSTATS, num, room=8 * num)
    for i in range(num):
        if names[12 + 32 * i:].startswith(b"drv_sa_count\0"):
            return struct.unpack_from("=Q", values, 8 + 8 * i)[0]
    raise OSError(errno.ENOENT, "no such counter")


def xfrm_sas(sock):
    sock.send(struct.pack("=IHHIII", 20, XFRM_MSG_GETSADINFO, NLM_F_REQUEST, 1, 0,
                          0xffffffff))
    reply = sock.recv(65536)
    kind, pos = struct.unpack_from("=H", reply, 4)[0], 20
    while kind == XFRM_MSG_NEWSADINFO and pos < len(reply):
        size, kind_of = struct.unpack_from("=HH", reply, pos)
        if kind_of == XFRMA_SAD_CNT:
            return struct.unpack_from("=I", reply, pos + 4)[0]
        pos += (size + 3) // 4 * 4
    raise OSError(errno.EPROTO, "no answer to GETSADINFO")


def link_flags(sock, dev):
    request = bytearray(dev.encode().ljust(40, b"\0"))
    fcntl.ioctl(sock, SIOCGIFFLAGS, request)
    return struct.unpack_from("=H", request, 16)[0]


def set_link(sock, args, is_up, fail):
    request = bytearray(args["dev"].encode().ljust(40, b"\0"))
    flags = link_flags(sock, args["dev"])
    struct.pack_into("=H", request, 16, flags | IFF_UP if is_up else flags & ~IFF_UP)
    with fail:
        fcntl.ioctl(sock, SIOCSIFFLAGS, request)


def main():
    xfrm = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_XFRM)
    xfrm.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
    xfrm.settimeout(20)
    inet = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for line in sys.stdin:
        verb, *pairs = line.split()
        args = dict(p.split("=", 1) for p in pairs)
        fail = FailNth(args)
        err, text = 0, ""
        try:
            if verb == "add":
                err, text = transact(xfrm, add_message(args), fail)
            elif verb == "del":
                err, text = transact(xfrm, del_message(args), fail)
            elif verb == "ae":
                err, text = transact(xfrm, ae_message(args), fail)
            elif verb == "flags":
                fail.left = link_flags(inet, args["dev"])
            elif verb == "sas":
                fail.left, text = port_sas(inet, args["dev"]), xfrm_sas(xfrm)
            else:
                set_link(inet, args, verb == "up", fail)
        except OSError as exc:
            err = exc.errno or errno.EIO
        print(errno.errorcode.get(err, err), fail.left, text, sep="\t", flush=True)


if __name__ == "__main__":
    main()
