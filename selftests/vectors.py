#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Published test vectors as ESP frames.

vectors.py list
    lines NAME<tab>SPI<tab>ESN-HIGH-WORD<tab>WORDS: "-" without ESN, and the
    algorithm in the words of "ip xfrm state add"
vectors.py play NSA DEV-A NSB DEV-B
    reads lines HOW<tab>NAME, sends the vector's frame raw from DEV-A, and looks
    at what a packet socket on DEV-B sees of it: "ok DECRYPTED FORGED MALFORMED"
    when that has the published plaintext in the place of the ciphertext, with
    what the counters of DEV-B have moved by; else "error ...".
    With "!" for HOW it turns a bit of the ICV over before, and any frame will do.
    With a number it leaves as many octets of the ciphertext out and makes a right
    ICV for the rest, which must come as it was sent: only where the ICV is
    computed here.

What is in the table is the publication's.  Where it has a cipher alone, the ICV
around it is computed here, by Python; where it has a MAC of some text, that text
is taken for an ESP packet with NULL encryption, its first octets for SPI and
sequence number.
"""
import hashlib
import hmac
import os
import select
import socket
import struct
import sys

import esp
import traffic

SRC, DST = (socket.inet_aton(a) for a in ("192.0.2.1", "192.0.2.2"))
GCM, GMAC, CCM = "rfc4106(gcm(aes))", "rfc4543(gcm(aes))", "rfc4309(ccm(aes))"
CHACHA = "rfc7539esp(chacha20,poly1305)"
CBC, CTR, DES3 = "cbc(aes)", "rfc3686(ctr(aes))", "cbc(des3_ede)"
SHA1_KEY = bytes(range(20))


class Vector:
    """WORDS are those of "ip xfrm state add"; the packet is whole ESP."""

    def __init__(self, words, header, plain, sealed, esn_high="-"):
        self.words, self.esn_high = words, esn_high
        self.spi = int.from_bytes(header[:4], "big")
        self.packet, self.plain = header + sealed, plain
        self.around = len(header)


def aead(name, key, header, plain, cipher, icv, esn_high="-"):
    """HEADER is SPI, sequence number and IV."""
    key, header, plain, cipher, icv = map(
        bytes.fromhex, (key, header, plain, cipher, icv))
    return Vector(f"aead {name} 0x{key.hex()} {8 * len(icv)}", header, plain,
                  cipher + icv, esn_high)


def sha1_96(message):
    return message + hmac.digest(SHA1_KEY, message, hashlib.sha1)[:12]


def cipher_only(name, key, header, plain, cipher):
    """With HMAC-SHA1-96 around it."""
    key, header, plain, cipher = map(bytes.fromhex,
                                     (key, header, plain, cipher))
    return Vector(f"enc {name} 0x{key.hex()} auth-trunc hmac(sha1) "
                  f"0x{SHA1_KEY.hex()} 96", header, plain,
                  sha1_96(header + cipher)[len(header):])


def mac_only(name, key, text, size, mac):
    """SIZE is the truncation in octets."""
    mac = bytes.fromhex(mac)[:size]
    return Vector(f'enc ecb(cipher_null) "" auth-trunc {name} 0x{key} '
                  f"{8 * size}", text[:8], text[8:], text[8:] + mac)


def hashed(name, size, mac):
    """Test case 2 of RFC 2202 and RFC 4231."""
    return mac_only(name, b"Jefe".hex(), b"what do ya want for nothing?", size,
                    mac)


DNS_LONG = """45000048699a000080114db7c0a80102c0a801010a9bf15638d30100000100000000
    0000045f736970045f756470037369700963796265726369747902646b00002100010102
    0201"""
DNS_SHORT = """4500003e698f000080114dccc0a80102c0a801010a980035002a2343b2d001000001
    000000000000037369700963796265726369747902646b00000100010001"""
SYN = """4500003069a6400080062690c0a801029389155e0a9e008b2dc57ee00000000070024000
    20bf0000020405b40101040201020201"""
PING = """45000030da3a00008001df3bc0a80005c0a800010800c6cd02000700616263646566676869
    6a6b6c6d6e6f707172737401020201"""
COUNT_64 = bytes(range(8, 0x38)).hex()

VECTORS = {
    "AES-GCM 128 ESN (draft-mcgrew-gcm-test-01)": aead(
        GCM, "4c80cdefbb5d10da906ac73c3613a634 2e443b68",
        "00004321 00000000 4956ed7e3b244cfe", DNS_LONG,
        """fecf537e729d5b07dc30df528dd22b768d1b98736696a6fd348509fa13ceac34cfa2
        436f14a3f3cf65925bf1f4a13c5d15b21e1884f5ff6247aeabb786b93bce61bc17d768fd
        9732""", "459018148f6cbe722fd04796562dfdb4", 0x87654321),
    "AES-GCM 128 (draft-mcgrew-gcm-test-01)": aead(
        GCM, "feffe9928665731c6d6a8f9467308308 cafebabe",
        "0000a5f8 0000000a facedbaddecaf888", DNS_SHORT,
        """deb22cd9b07c72c16e3a65beeb8df304a5a5897d33ae530f1ba76d5d114d2a5c3de8
        1827c10e9a4f51330d0eec416642cfbb85a5b47e48a4ec3b9ba95d918bd1""",
        "83b70d3aa8bc6ee4c309e9d85a41ad4a"),
    "AES-GCM 256 (draft-mcgrew-gcm-test-01)": aead(
        GCM, "abbccddef0011223344556677889 9aababbccddef0011223344556677889"
        "9aab 11223344", "4a2cbfe3 00000002 0102030405060708", SYN,
        """ff425c9b724599df7a3bcd510194e00d6a78107f1b0b1cbf06efae9d65a5d763748a
        637985771d347f0545659f14e99def842d8e""",
        "b335f4eecfdbf831824b4c4915956c96"),
    "AES-GMAC 128 (draft-mcgrew-gcm-test-01)": aead(
        GMAC, "4c80cdefbb5d10da906ac73c3613a634 22433c64",
        "00004321 00000007 0000000000000000", PING, PING,
        "f2a9a836e155106aa8dcd618e4099aaa"),
    "AES-CCM 128 ESN (Linux crypto/testmgr.h)": aead(
        CCM, "4c80cdefbb5d10da906ac73c3613a634 2e443b",
        "00004321 00000000 4956ed7e3b244cfe", DNS_LONG,
        """89ba3eefe6d6cfdb8360f5ba3a5679e67e0c53cf9e87e04e1a260124c72e3dbf292c
        91c1b8a8cfe039f8536d31222bbf9881fc34ee8536cd26db6c7a0c778a35188554b2bcdd
        3f43""", "61068adf863fb4ac97dcbdfd9210c5ff", 0x87654321),
    "AES-CCM 256 (Linux crypto/testmgr.h)": aead(
        CCM, "abbccddef0011223344556677889 9aababbccddef0011223344556677889"
        "9aab 112233", "4a2cbfe3 00000002 0102030405060708", SYN,
        """d6310d2b3d6fbd2f58417eff9a9e09b41af7f64231cdbfad270e2cf2db10df558f0d
        d7ac23bd4210d0b2afd837ac6b0b11d40b12""",
        "ecb4b19223a610b026d6d9265a486a3e"),
    "ChaCha20-Poly1305 (RFC 7634, appendix A)": aead(
        CHACHA, bytes(range(0x80, 0xa4)).hex(),
        "01020304 00000005 1011121314151617",
        "45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec100007"
        "3627" + COUNT_64 + "01020204",
        """24039428b97f417e3c13753a4f05087b67c352e6a7fab1b982d466ef407ae5c614ee
        8099d52844eb61aa95dfab4c02f72aa71e7c4c4f64c9befe2facc638e8f3cbec163fac46
        9b502773f6fb94e664da9165b82829f641e0""",
        "76aaa8266b7fb0f7b11b369907e1ad43"),
    "AES-CBC 128, transport (RFC 3602, case 5)": cipher_only(
        CBC, "90d382b410eeba7ad938c46cec1a82bf",
        "00004321 00000001 e96e8c08ab465763fd098d45dd3ff893",
        "08000ebda70a00008e9c083db95b0700" + COUNT_64 +
        "0102030405060708090a0b0c0d0e0e01",
        """f663c25d325c18c6a9453e194e120849a4870b66cc6b9965330013b4898dc856a469
        9e523a55db080b59ec3a8e4b7e52775b07d1db34ed9c538ab50c551b874aa269add047ad
        2d5913ac19b7cfbad4a6"""),
    "AES-CBC 128, tunnel (RFC 3602, case 7)": cipher_only(
        CBC, "0123456789abcdef0123456789abcdef",
        "00008765 00000002 f4e765244f6407adf13dc1380f673f37",
        "45000054090400004001f988c0a87b03c0a87bc808009f76a90a0100b49c083d02a2"
        "0400" + COUNT_64 + "0102030405060708090a0a04",
        """773b5241a4c449225e4f3ce5ed611b0c237ca96cf74a93013c1b0ea1a0cf70f8e4ec
        aec78ac53aad7a0f022b859243c647752e94a859352b8a4d4d2decd136e5c177f132ad3f
        bfb2201ac9904c74ee0a109e0ca1e4dfe9d5a100b842f1c22f0d"""),
    "AES-CTR 128 (RFC 3686, vector 2)": cipher_only(
        CTR, "7e24067817fae0d743d6ce1f32539163 006cb6db",
        "00003686 00000002 c0543b59da48d90b", bytes(range(32)).hex(),
        "5104a106168a72d9790d41ee8edad388eb2e1efc46da57c8fce630df9141be28"),
    "AES-CTR 256 (RFC 3686, vector 8)": cipher_only(
        CTR, "f6d66d6bd52d59bb0796365879eff886c66dd51a5b6a99744b50590c87a23884"
        "00faac24", "00003686 00000008 c1585ef15a43d875",
        bytes(range(32)).hex(),
        "f05e231b3894612c49ee000b804eb2a9b8306b508f839d6a5530831d9344af1c"),
    "3DES-CBC (NIST examples, TCBC)": cipher_only(
        DES3, "0123456789abcdef 23456789abcdef01 456789abcdef0123",
        "00002451 00000001 f69f2445df4f9b17",
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
        "2079c3d53aa763e193b79e2569ab5262516570481f25b50f73c0bda85c8e0da7"),
    "HMAC-MD5-96, NULL (RFC 2202)": hashed(
        "hmac(md5)", 12, "750c783e6ab0b503eaa86e310a5db738"),
    "HMAC-SHA1-96, NULL (RFC 2202)": hashed(
        "hmac(sha1)", 12, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
    "HMAC-SHA256-128, NULL (RFC 4231)": hashed(
        "hmac(sha256)", 16,
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    "HMAC-SHA384-192, NULL (RFC 4231)": hashed(
        "hmac(sha384)", 24,
        """af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e22
        40ca5e69e2c78b3239ecfab21649"""),
    "HMAC-SHA512-256, NULL (RFC 4231)": hashed(
        "hmac(sha512)", 32,
        """164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758
        bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"""),
    "AES-CMAC-96, NULL (RFC 4493, example 4)": mac_only(
        "cmac(aes)", "2b7e151628aed2a6abf7158809cf4f3c", bytes.fromhex(
            """6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51
            30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"""
        ), 12, "51f0bebf7e3b9d92fc49741779363cfe"),
    "AES-XCBC-MAC-96, NULL (RFC 3566, test case 4)": mac_only(
        "xcbc(aes)", bytes(range(16)).hex(), bytes(range(20)), 12,
        "47f51b4564966215b8985c63055ed308"),
}


class Player:
    """Sends frames in one namespace and sees what came in the other."""

    def __init__(self, ns_a, dev_a, ns_b, dev_b):
        for end, name in ("a", ns_a), ("b", ns_b):
            traffic.namespaces[end] = os.open("/run/netns/" + name, os.O_RDONLY)
        self.near, self.far = self.tap("a", dev_a), self.tap("b", dev_b)
        self.macs = self.far.getsockname()[4] + self.near.getsockname()[4]
        self.dev = dev_b

    def counters(self):
        stats = dict(traffic.ethtool_stats("b", self.dev))
        return [stats["hw_rx_esp" + name]
                for name in ("", "_auth_err", "_syntax_err")]

    @staticmethod
    def tap(end, dev):
        traffic.enter(end)
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                             socket.htons(esp.ETH_IP))
        sock.bind((dev, esp.ETH_IP))
        return sock

    def play(self, vector, how):
        def frame(packet):
            return (self.macs + struct.pack("!H", esp.ETH_IP) +
                    esp.ip_header(SRC, DST, esp.PROTO_ESP, len(packet)) +
                    packet)

        packet, want = vector.packet, vector.plain
        if how == "!":
            packet, want = packet[:-1] + bytes([packet[-1] ^ 0x10]), b""
        elif how:
            packet = sha1_96(packet[:-12 - int(how)])
            want = packet[vector.around:]
        before = self.counters()
        self.near.send(frame(packet))
        # XFRM goes on with the same memory: it may have moved the IP header
        # over that of ESP. The ICV behind the plaintext is of no interest.
        at = 14 + 20 + vector.around
        while True:
            if not select.select([self.far], [], [], traffic.LIMIT)[0]:
                return "error nothing came"
            got = self.far.recv(65536)
            if got[14 + 9] != esp.PROTO_ESP:
                continue
            if got[at:at + len(want)] == want:
                moved = map(int.__sub__, self.counters(), before)
                return " ".join(["ok", *map(str, moved)])
            return f"error got {got[at:].hex()}, want {want.hex()}"


def main():
    verb, *args = sys.argv[1:]
    if verb == "list":
        for name, vector in VECTORS.items():
            whole = vector.plain[-2] + 2 <= len(vector.plain)
            print(name, hex(vector.spi), vector.esn_high,
                  "whole" if whole else "none", vector.words, sep="\t")
    else:
        player = Player(*args)
        for line in sys.stdin:
            how, _, name = line.rstrip("\n").partition("\t")
            print(player.play(VECTORS[name], how), flush=True)


main()
