# SPDX-License-Identifier: GPL-2.0
"""Namespaces, links, SAs and traffic of the benchmark. Runs as root in a test box.

A pair is two namespaces with a link between them: a veth pair, or two wired
adapters. Both pairs stay for the whole boot, and so do their iperf3 servers, so
that every row finds the same machine.
"""

import ctypes
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LOCAL, REMOTE = "192.0.2.1", "192.0.2.2"
FIRST_PORT = 20001	# source port of flow 0
KEYFILL = "1f2e3d4c5b6a79880112233445566778899aabbccddeeff00f1e2d3c4b5a697"


class Failure(Exception):
    """A command failed, or the figures make no sense."""


def run(*args, stdin=None, ns=None, check=True):
    """Run a command, in a namespace or here; its output."""
    cmd = [str(a) for a in args]
    if ns:
        cmd = ["ip", "netns", "exec", ns] + cmd
    done = subprocess.run(cmd, input=stdin, text=True, capture_output=True)
    if check and done.returncode:
        raise Failure("%s: %s" % (" ".join(cmd), done.stderr.strip() or done.stdout.strip()))
    return done.stdout


def hexkey(spi, octets):
    """A key of its own for each SPI: a test vector, no secret."""
    return ("0x%08x" % spi) + (KEYFILL * 2)[:2 * octets - 8]


ALGS = {
    "gcm-128": lambda spi: "aead rfc4106(gcm(aes)) %s 128" % hexkey(spi, 20),
    "chacha20-poly1305":
        lambda spi: "aead rfc7539esp(chacha20,poly1305) %s 128" % hexkey(spi, 36),
    "cbc-256+sha-256":
        lambda spi: "enc cbc(aes) %s auth-trunc hmac(sha256) %s 128"
                    % (hexkey(spi, 32), hexkey(spi ^ 0x5a5a, 32)),
}


# What XFRM makes of these: name for the crypto API, octets of key, block of the padding
AEADS = {
    "gcm-128": ("rfc4106(gcm(aes))", 20, 4),
    "chacha20-poly1305": ("rfc7539esp(chacha20,poly1305)", 36, 4),
    "cbc-256+sha-256": ("authenc(hmac(sha256),cbc(aes))", 32, 16),
}


def has_dir():
    """Newer iproute2 knows the direction of an SA, and newer kernels want it."""
    done = subprocess.run(["ip", "xfrm", "state", "help"], capture_output=True, text=True)
    return "[ dir DIR ]" in done.stderr + done.stdout


class Pair:
    """Two namespaces and the link between them."""

    def __init__(self, kind):
        self.kind = kind
        self.ns = (kind + "-a", kind + "-b")
        self.dev = ("isim0", "isim1") if kind == "ipsecsim" else ("veth0", "veth1")
        self.with_dir = has_dir()
        for ns in self.ns:
            run("ip", "netns", "add", ns)
        if kind == "veth":
            run("ip", "link", "add", "veth0", "type", "veth", "peer", "name", "veth1")
        for ns, dev in zip(self.ns, self.dev):
            run("ip", "link", "set", dev, "netns", ns)
        self.address()
        self.server = []

    def address(self):
        macs = [self.mac(end) for end in (0, 1)]
        for end, (ip, peer) in enumerate(((LOCAL, REMOTE), (REMOTE, LOCAL))):
            dev = self.dev[end]
            run("ip", "-n", self.ns[end], "-batch", "-", stdin=(
                "link set lo up\n"
                "link set %s addrgenmode none\n"
                "link set %s up\n"
                "addr add %s/24 dev %s\n"
                "neigh replace %s lladdr %s nud permanent dev %s\n"
                % (dev, dev, ip, dev, peer, macs[1 - end], dev)))
            # No run profits from the one before; ports are free again at once.
            run("sysctl", "-qw", "net.ipv4.tcp_no_metrics_save=1",
                "net.ipv4.tcp_max_tw_buckets=0", ns=self.ns[end])
        for end in (0, 1):
            wait_for(lambda end=end: "state UP" in run(
                "ip", "-n", self.ns[end], "-o", "link", "show", self.dev[end]))

    def mac(self, end):
        words = run("ip", "-n", self.ns[end], "-o", "link", "show", self.dev[end]).split()
        return words[words.index("link/ether") + 1]

    def mtu(self, octets):
        for ns, dev in zip(self.ns, self.dev):
            run("ip", "-n", ns, "link", "set", dev, "mtu", octets)

    def feature(self, name, to):
        for ns, dev in zip(self.ns, self.dev):
            run("ethtool", "-K", dev, name, to, ns=ns)

    # --- SAs -----------------------------------------------------------------

    def flush(self):
        for ns in self.ns:
            run("ip", "-n", ns, "-batch", "-",
                stdin="xfrm policy flush\nxfrm state flush\n")

    def state(self, end, src, dst, spi, alg, hw, reqid):
        """The "ip -batch" line of one SA."""
        inbound = dst == (LOCAL, REMOTE)[end]
        words = ["xfrm state add src", src, "dst", dst, "proto esp spi", hex(spi),
                 "mode transport reqid", str(reqid), ALGS[alg](spi)]
        if self.with_dir:
            words.append("dir in replay-window 64" if inbound else "dir out")
        else:
            words.append("replay-window 64")
        if hw:
            words.append("offload dev %s dir %s" % (self.dev[end], "in" if inbound else "out"))
        return " ".join(words)

    def ports(self, flows):
        """Source ports that have an SA of their own; None is everything else."""
        return [None] + ([FIRST_PORT + i for i in range(flows)] if flows > 1 else [])

    def ways(self, end, n):
        """(source, destination, SPI, direction) of the two SAs of number n."""
        here = (LOCAL, REMOTE)[end]
        return [(src, dst, spi, "in" if dst == here else "out") for src, dst, spi in (
            (LOCAL, REMOTE, 0x1000 + 2 * n), (REMOTE, LOCAL, 0x1001 + 2 * n))]

    def states(self, alg, hw, flows):
        for end in (0, 1):
            run("ip", "-n", self.ns[end], "-batch", "-", stdin="\n".join(
                self.state(end, src, dst, spi, alg, hw, n + 1)
                for n, _ in enumerate(self.ports(flows))
                for src, dst, spi, _ in self.ways(end, n)) + "\n")

    def policies(self, flows):
        for end in (0, 1):
            lines = ["xfrm policy flush"]
            for n, port in enumerate(self.ports(flows)):
                for src, dst, _, way in self.ways(end, n):
                    tmpl = "tmpl src %s dst %s proto esp reqid %d mode transport" \
                        % (src, dst, n + 1)
                    match = "%s %s" % ("sport" if src == LOCAL else "dport", port)
                    for sel in ("proto tcp %s priority 1" % match,
                                "proto udp %s priority 1" % match) if port \
                            else ("priority 2",):
                        lines.append("xfrm policy add dir %s src %s dst %s %s %s"
                                     % (way, src, dst, sel, tmpl))
            run("ip", "-n", self.ns[end], "-batch", "-", stdin="\n".join(lines) + "\n")

    def secure(self, alg, hw, flows=1):
        """An SA in each direction for everything; with more flows, one more for each."""
        self.flush()
        self.states(alg, hw, flows)
        self.policies(flows)

    def count(self, end):
        """SAs of one end."""
        return int(run("ip", "-n", self.ns[end], "xfrm", "state", "count").split()[-1])

    def filler(self, end, count, alg, hw):
        """SAs with as many peers, half of them in each direction, as two batches."""
        local, add, delete = (LOCAL, REMOTE)[end], [], []
        for n in range(count):
            peer = "10.%d.%d.%d" % (n >> 16, n >> 8 & 255, n & 255)
            src, dst = (peer, local) if n & 1 else (local, peer)
            spi = 0x100000 + n
            add.append(self.state(end, src, dst, spi, alg, hw, 1000 + n))
            delete.append("xfrm state delete src %s dst %s proto esp spi %#x" % (src, dst, spi))
        return "\n".join(add) + "\n", "\n".join(delete) + "\n"

    def batch(self, end, lines):
        """Seconds that the commands take, without the start of the program."""
        took = []
        for text in ("\n", lines):
            start = time.monotonic()
            run("ip", "-n", self.ns[end], "-batch", "-", stdin=text)
            took.append(time.monotonic() - start)
        return took[1] - took[0]

    def esp_frames(self):
        """What the adapters of both ends have encrypted, or 0."""
        if self.kind == "veth":
            return 0
        return sum(counter(self, end, "hw_tx_esp") for end in (0, 1))

    # --- Traffic ---------------------------------------------------------------

    def serve(self):
        """Start what answers at the far end."""
        for cmd in (["iperf3", "-s", "-J", "-i", "0.25"], [sys.executable, os.path.join(HERE, "rr.py"), "serve"]):
            self.server.append(subprocess.Popen(
                ["ip", "netns", "exec", self.ns[1]] + cmd,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL))
        for port in (5201, 5202):
            wait_for(lambda port=port: run("ss", "-Hltn", "sport = :%d" % port, ns=self.ns[1]))

    def stop(self):
        for proc in self.server:
            proc.kill()
            proc.wait()
        self.server = []

    def iperf(self, *args, flows=1):
        return json.loads(run("iperf3", "-c", REMOTE, "-J", *args, *many(flows), ns=self.ns[0]))

    def windows(self, *args, flows=1):
        """What one second's traffic was in its last three quarters, as the receiver saw it."""
        told = self.iperf("--get-server-output", "-t", "1", *args, flows=flows)
        sums = [i["sum"] for i in told["server_output_json"]["intervals"]][1:4]
        if len(sums) < 3 or not all(w["seconds"] > 0.2 for w in sums):
            raise Failure("iperf3 reports %s" % sums)
        return told["start"], sums

    def tcp(self, flows=1):
        """Mbit/s of each window, and the octets of a segment."""
        start, sums = self.windows(flows=flows)
        return [w["bits_per_second"] / 1e6 for w in sums], start["tcp_mss_default"]

    def udp(self, size, flows=1):
        """Packets per second that arrived, and percent that did not, of each window."""
        sums = self.windows("-u", "-b", "0", "-l", size, flows=flows)[1]
        return ([(w["packets"] - w["lost_packets"]) / w["seconds"] for w in sums],
                [100 * w["lost_packets"] / max(w["packets"], 1) for w in sums])

    def start(self, *args, ns=0, cpu=None):
        """A command in a namespace, left running."""
        pin = ["taskset", "-c", str(cpu)] if cpu is not None else []
        return subprocess.Popen(
            ["ip", "netns", "exec", self.ns[ns]] + pin + [str(a) for a in args],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def latency(self, rounds):
        """Median round trip of TCP requests of 64 octets, in ns."""
        return int(run(sys.executable, os.path.join(HERE, "rr.py"), "ask", REMOTE, rounds,
                       ns=self.ns[0]))


def many(flows):
    """iperf3's arguments for several flows, each from the port that its SA is for."""
    return ["-P", flows, "--cport", FIRST_PORT] if flows > 1 else []


class Received:
    """Octets and packets that the far end of a pair has received."""

    def __init__(self, pair):
        # What is opened in a namespace stays there; only we go back.
        libc, clone_newnet = ctypes.CDLL(None, use_errno=True), 0x40000000
        with open("/proc/self/ns/net", "rb") as home, \
                open("/run/netns/" + pair.ns[1], "rb") as there:
            if libc.setns(there.fileno(), clone_newnet):
                raise OSError(ctypes.get_errno(), "setns")
            self.file = open("/proc/thread-self/net/dev", encoding="ascii")
            libc.setns(home.fileno(), clone_newnet)
        self.dev = pair.dev[1]

    def read(self):
        self.file.seek(0)
        for line in self.file:
            name, _, counters = line.partition(":")
            if name.strip() == self.dev:
                return [int(n) for n in counters.split()[:2]]
        raise Failure("no " + self.dev)


def counter(pair, end, name):
    for line in run("ethtool", "-S", pair.dev[end], ns=pair.ns[end]).splitlines():
        key, _, value = line.strip().partition(": ")
        if key == name:
            return int(value)
    raise Failure("%s has no %s" % (pair.dev[end], name))


def wait_for(true, seconds=20):
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise Failure("gave up waiting")
        time.sleep(0.05)


def settle():
    """One machine for all rows. Sender and receiver take turns on one CPU: a socket
    has to hold what comes in a turn, or UDP would count what is lost.
    """
    run("sysctl", "-qw", "net.core.rmem_max=8388608", "net.core.rmem_default=8388608",
        "kernel.randomize_va_space=0")


def load(capacity, queues=None):
    ko = os.environ["IPSECSIM_KO"]
    # The ciphers as udev would load them: what this processor has instructions for.
    run("modprobe", "-qa", "esp4", "esp4_offload", "xfrm_user", "veth", "aesni_intel",
        "ghash_clmulni_intel", "chacha_x86_64", "poly1305_x86_64", "sha256_ssse3", check=False)
    for dep in run("modinfo", "-F", "depends", ko).strip().split(","):
        if dep:
            run("modprobe", dep)
    run("insmod", ko, "sa_capacity=%d" % capacity, *(["queues=%d" % queues] if queues else []))
