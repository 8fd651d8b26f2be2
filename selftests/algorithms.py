#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Every algorithm, offloaded in NSA and in software in NSB.

algorithms.py full|pairs batch A|B OUT-WORDS IN-WORDS OFFLOAD-OUT OFFLOAD-IN
    lines for "ip -batch" that give end A or B all its SAs and policies
algorithms.py full|pairs run NSA NSB DEV-B
    traffic over each of them, A to B and back: one line each,
    "NAME<tab>ok" or "NAME<tab>what was wrong".  Without GRO on DEV-B the IVs from
    A are seen there, too: they must be as the data sheet says.
algorithms.py full|pairs judge JSON
    the same lines, from what "ipsecsim -j sa" of end A says afterwards

A case is one algorithm with its key and ICV lengths, with or without ESN.  Case
N has UDP and TCP port 10000 + N, reqid N + 1, and SPIs of its own, so all
of them are installed at the same time, and a packet that takes another's SA is
seen.  "pairs" has every encryption with every authentication, but each of these
with or without ESN only, in turns.
"""
import hashlib
import json
import os
import select
import socket
import struct
import sys

import traffic

A, B = "192.0.2.1", "192.0.2.2"
PORT, SPI = 10000, 0x20000
# Around the blocks of ciphers and hashes, and the MTU
SIZES = (0, 1, 2, 13, 14, 15, 16, 17, 22, 23, 64, 127, 1000, 1372)
TCP_BYTES = 20000

# Name, what "ipsecsim sa" calls it, octets of key and salt, octets of ICV
AEADS = (
    ("rfc4106(gcm(aes))", "aes-gcm", (20, 28, 36), (8, 12, 16)),
    ("rfc4543(gcm(aes))", "aes-gmac", (20, 28, 36), (16,)),
    ("rfc4309(ccm(aes))", "aes-ccm", (19, 27, 35), (8, 12, 16)),
    ("rfc7539esp(chacha20,poly1305)", "chacha20-poly1305", (36,), (16,)),
)
ENCS = (
    ("ecb(cipher_null)", "null", (0,)),
    ("cbc(aes)", "aes-cbc", (16, 24, 32)),
    ("rfc3686(ctr(aes))", "aes-ctr", (20, 28, 36)),
    ("cbc(des3_ede)", "3des-cbc", (24,)),
)
AUTHS = (
    ("hmac(md5)", "hmac-md5", 16, (12, 16)),
    ("hmac(sha1)", "hmac-sha1", 20, (12, 20)),
    ("hmac(sha256)", "hmac-sha256", 32, (12, 16)),
    ("hmac(sha384)", "hmac-sha384", 48, (24,)),
    ("hmac(sha512)", "hmac-sha512", 64, (32,)),
    ("cmac(aes)", "aes-cmac", 16, (12,)),
    ("xcbc(aes)", "aes-xcbc", 16, (12,)),
)


class Case:
    """One algorithm with its lengths.  WORDS(spi) are those of "ip xfrm"."""

    def __init__(self, number, esn, enc, auth, icv):
        self.number, self.esn, self.enc, self.auth = number, esn, enc, auth
        self.icv = icv
        self.port = PORT + number
        self.spi = {"out": SPI + 2 * number, "in": SPI + 2 * number + 1}

    def name(self):
        bits = 8 * (self.enc[2] - self.enc[2] % 8)  # without salt
        auth = f" {self.auth[1]}" if self.auth else ""
        return (f"{self.enc[1]}{f'-{bits}' if bits else ''}{auth}"
                f" icv {8 * self.icv}{' esn' if self.esn else ''}")

    def algorithm(self, spi):
        def key(what, size):
            seed = f"{what} {spi}".encode()
            data = hashlib.shake_128(seed).hexdigest(size)
            return f"0x{data}" if size else '""'

        if not self.auth:
            return f"aead {self.enc[0]} {key('enc', self.enc[2])} {8 * self.icv}"
        return (f"enc {self.enc[0]} {key('enc', self.enc[2])} "
                f"auth-trunc {self.auth[0]} {key('auth', self.auth[2])} "
                f"{8 * self.icv}")


def combinations():
    for name, ours, keys, icvs in AEADS:
        for key in keys:
            for icv in icvs:
                yield (name, ours, key), None, icv
    for name, ours, keys in ENCS:
        for key in keys:
            for auth, its, size, icvs in AUTHS:
                for icv in icvs:
                    yield (name, ours, key), (auth, its, size), icv


def cases(which):
    number = 0
    # An odd number of authentications: each meets both.
    for turn, (enc, auth, icv) in enumerate(combinations()):
        both = which == "full" or not auth
        for esn in (False, True) if both else (bool((turn + turn // 10) % 2),):
            yield Case(number, esn, enc, auth, icv)
            number += 1


def batch(which, end, *words):
    out_words, in_words, out_offload, in_offload = words
    near, far = (A, B) if end == "A" else (B, A)
    for case in cases(which):
        there, back = case.spi["out"], case.spi["in"]
        if end == "B":
            there, back = back, there
        more = f"mode transport reqid {case.number + 1}"
        if case.esn:
            more += " flag esn"
        tmpl = f"tmpl proto esp mode transport reqid {case.number + 1}"
        for src, dst, spi, extra in (
                (near, far, there, f"{out_words} {out_offload}"),
                (far, near, back, f"{in_words} {in_offload}")):
            print(f"xfrm state add src {src} dst {dst} proto esp spi {spi:#x}",
                  case.algorithm(spi), more, extra)
        for src, dst, way in (near, far, "out"), (far, near, "in"):
            for proto in "udp", "tcp":
                # B's ports: A's are any.
                port = "dport" if src == A else "sport"
                print(f"xfrm policy add src {src} dst {dst} proto {proto}",
                      f"{port} {case.port} dir {way} {tmpl}")


def exchange(case):
    """Datagrams to B and back, then a TCP connection."""
    traffic.enter("b")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there, \
            traffic.make("a", socket.SOCK_DGRAM, A) as here:
        there.bind((B, case.port))
        for size in SIZES:
            data = traffic.piece(size)
            here.sendto(data, (B, case.port))
            got, peer = traffic.receive(there, 65536)
            if got != data:
                raise traffic.Failed(f"{size} bytes of UDP did not arrive at B")
            there.sendto(data, peer)
            if traffic.receive(here, 65536)[0] != data:
                raise traffic.Failed(f"{size} bytes of UDP did not arrive at A")
    traffic.enter("b")
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener, \
            traffic.make("a", socket.SOCK_STREAM, A) as here:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((B, case.port))
        listener.listen(1)
        here.setblocking(True)
        here.settimeout(traffic.LIMIT)
        listener.settimeout(traffic.LIMIT)
        here.connect((B, case.port))
        there, _ = listener.accept()
        with there:
            there.settimeout(traffic.LIMIT)
            for one, other in (here, there), (there, here):
                data, got = traffic.piece(TCP_BYTES), b""
                one.sendall(data)
                while len(got) < len(data):
                    more = other.recv(65536)
                    if not more:
                        raise traffic.Failed("TCP was cut off")
                    got += more
                if got != data:
                    raise traffic.Failed("TCP came out different")


def judge_ivs(case, tap):
    """No IV twice; that of CBC has nothing to do with the sequence number."""
    size = {"null": 0, "aes-cbc": 16}.get(case.enc[1], 8)
    seen = set()
    while select.select([tap], [], [], 0)[0]:
        esp = tap.recv(65536)[14 + 20:]
        spi, seq = struct.unpack("!II", esp[:8])
        if spi != case.spi["out"]:
            continue
        iv, number = esp[8:8 + size], struct.pack("!Q", seq)
        if size and (iv in seen or ("cbc" in case.enc[1]) == (iv[-8:] == number)):
            raise traffic.Failed(f"IV {iv.hex()} of packet {seq}")
        seen.add(iv)
    if not seen:
        raise traffic.Failed("no IV was seen")


def run(which, ns_a, ns_b, dev_b):
    for end, name in ("a", ns_a), ("b", ns_b):
        traffic.namespaces[end] = os.open("/run/netns/" + name, os.O_RDONLY)
    traffic.enter("b")
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
    tap.setsockopt(socket.SOL_SOCKET, traffic.SO_RCVBUFFORCE, 1 << 24)
    tap.bind((dev_b, 0x0800))
    errors = traffic.errors()
    for case in cases(which):
        try:
            exchange(case)
            if not os.environ.get("SOFT"):
                judge_ivs(case, tap)
            now, verdict = traffic.errors(), "ok"
            if now != errors:
                errors, verdict = now, f"XFRM counts {now}"
        except (traffic.Failed, OSError) as err:
            verdict = f"{err or 'timeout'} {traffic.errors()}"
        print(case.name(), verdict, sep="\t", flush=True)


def judge(which, path):
    with open(path, encoding="utf-8") as file:
        sas = {sa["spi"]: sa for sa in json.load(file)}
    for case in cases(which):
        verdict = "ok"
        for way, spi in case.spi.items():
            sa = sas.get(spi)
            want = {"dir": way, "enc_alg": case.enc[1], "icv_len": case.icv,
                    "auth_alg": case.auth[1] if case.auth else "none",
                    "esn": case.esn, "auth_errors": 0}
            if not sa:
                verdict = f"the device has no SA {spi:#x}"
                continue
            wrong = {k: sa[k] for k in want if sa[k] != want[k]}
            # Each datagram, and TCP's handshake, data and end at least
            if wrong or sa["packets"] < len(SIZES) + 8:
                verdict = f"SA {spi:#x}: {wrong} packets {sa['packets']}"
        print(case.name(), verdict, sep="\t")


def main():
    which, verb, *args = sys.argv[1:]
    {"batch": batch, "run": run, "judge": judge}[verb](which, *args)


main()
