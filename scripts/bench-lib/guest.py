#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What "make bench" runs inside a test box: guest.py count|profile|sharing|wall [quick].

count    all rows, on one CPU whose nanoseconds are instructions
profile  traffic in windows that the profiler (profile.c) knows of
sharing  two flows on two CPUs in a window that sharing.c knows of
wall     one flow on one CPU and two on two, in wall time

Figures go to build/bench/MODE.json, progress to the terminal.
"""

import json
import os
import statistics
import subprocess
import sys
import time

import net
from net import ALGS, Pair
from functions import Marks, save_symbols

OUT = "/ipsecsim/build/bench"
# Name, kind of pair, SAs: None is plain, False software, True offloaded; what is not
# as the device comes. veth hands large packets on whole; without TSO they are cut to
# frames, as on a wire.
ROWS = (
    ("veth plain", "veth", None, None),
    ("veth plain, TSO off", "veth", None, ("tso", "off", "on")),
    ("ipsecsim plain", "ipsecsim", None, None),
    ("veth + software XFRM", "veth", False, None),
    ("veth + software XFRM, GRO on", "veth", False, ("gro", "on", "off")),
    ("ipsecsim + software XFRM", "ipsecsim", False, None),
    ("ipsecsim crypto offload", "ipsecsim", True, None),
)
SA_ROWS = (("software only", False), ("offload", True))
VETH, PLAIN, SOFTWARE, OFFLOAD = ROWS[0], ROWS[2], ROWS[3], ROWS[6]


class Bench:
    """The pairs, the records made so far, and how much is to be done."""

    def __init__(self, quick):
        self.quick = quick
        self.runs = 2 if quick else 3
        self.records = []
        self.start = time.monotonic()
        self.pairs = {kind: Pair(kind) for kind in ("veth", "ipsecsim")}
        for pair in self.pairs.values():
            pair.serve()

    def say(self, text):
        print("%8.2f s  %s" % (time.monotonic() - self.start, text), flush=True)

    def stop(self):
        for pair in self.pairs.values():
            pair.stop()

    def record(self, **what):
        """A figure: the median of its runs."""
        runs = what["runs"]
        what["value"] = statistics.median(runs)
        what["spread_percent"] = round(100 * (max(runs) - min(runs)) / what["value"], 2)
        self.records.append(what)
        extra = "".join(", %s %s" % (v, k) for k, v in (
            ("instructions/packet", what.get("instructions_per_packet")),
            ("% lost", what.get("loss_percent"))) if v)
        self.say("%-29s %-17s %-12s %2d flow(s) %6d SA(s)  %10.5g %s%s" % (
            what["row"], what["algorithm"] or "-", what["column"], what["flows"],
            what["sas"], what["value"], what["unit"], extra))

    # --- Columns ---------------------------------------------------------------

    def tcp(self, pair, flows, **what):
        runs, mss = pair.tcp(flows)
        self.record(unit="Mbit/s", flows=flows, runs=[round(r, 3) for r in runs], mss=mss,
                    instructions_per_packet=round(8e3 * mss / statistics.median(runs)), **what)

    def udp(self, pair, flows, size, **what):
        runs, lost = pair.udp(size, flows)
        self.record(unit="packets/s", flows=flows, runs=[round(r, 1) for r in runs],
                    instructions_per_packet=round(1e9 / statistics.median(runs)),
                    loss_percent=round(statistics.median(lost), 2), **what)

    def latency(self, pair, **what):
        runs = [pair.latency(300) for _ in range(3)]
        self.record(unit="ns", flows=1, runs=runs, column="latency", **what)

    def columns(self, pair, flows, **what):
        """Every column of a row."""
        self.tcp(pair, flows, column="tcp_bulk", **what)
        pair.mtu(9000)
        self.tcp(pair, flows, column="tcp_mtu9000", **what)
        pair.mtu(1500)
        self.udp(pair, flows, 64, column="udp_64", **what)
        self.udp(pair, flows, 1400, column="udp_1400", **what)
        if flows == 1:
            self.latency(pair, **what)

    # --- Parts -------------------------------------------------------------------

    def row(self, row, alg, flows):
        name, kind, hw, feature = row
        pair = self.pairs[kind]
        if hw is None:
            pair.flush()
        else:
            pair.secure(alg, hw, flows)
        if feature:
            pair.feature(feature[0], feature[1])
        before = pair.esp_frames()
        pair.latency(20)
        self.columns(pair, flows, row=name, algorithm=alg, sas=pair.count(0))
        did = pair.esp_frames() - before
        if (did > 0) != (hw is True):
            raise net.Failure("%s: the adapters encrypted %d frames" % (name, did))
        if feature:
            pair.feature(feature[0], feature[2])

    def rows(self):
        algs = list(ALGS)[:1] if self.quick else list(ALGS)
        for flows in (1,) if self.quick else (1, 16):
            for row in ROWS:
                if self.quick and row[3]:
                    continue
                for alg in (None,) if row[2] is None else algs:
                    self.row(row, alg, flows)

    def fault_points(self):
        """What fault points cost where none strikes: all off, and one set on either port."""
        pair = self.pairs["ipsecsim"]
        pair.secure("gcm-128", True)
        def fault(verb, *words):
            for ns, dev in zip(pair.ns, pair.dev):
                net.run("ipsecsim", "fault", verb, dev, *words, ns=ns)

        def measure(state):
            pair.latency(20)
            self.udp(pair, 1, 64, row=OFFLOAD[0], algorithm="gcm-128", sas=2,
                     column="udp_64_faults_" + state)
        measure("off")
        fault("set", "drop", "nth", 4000000000)
        measure("set")
        fault("clear")

    def aead(self):
        """The kernel's AEAD alone, on the payload of UDP of these sizes."""
        ko = os.path.dirname(os.environ["IPSECSIM_KO"]) + "/../bench/isim_aead.ko"
        for alg in list(ALGS)[:1] if self.quick else ALGS:
            name, key, block = net.AEADS[alg]
            for size in (64, 1400, 8900):
                # UDP header, padding, and the two octets of the trailer
                octets = -(-(size + 8 + 2) // block) * block
                net.run("insmod", ko, "alg=" + name, "keylen=%d" % key, "len=%d" % octets)
                for what in ("encrypt", "decrypt"):
                    with open("/sys/module/isim_aead/parameters/%s_ns" % what,
                              encoding="ascii") as f:
                        self.record(row="AEAD alone", algorithm=alg, flows=1, sas=1,
                                    column="%s_%d" % (what, size), unit="instructions",
                                    runs=[int(f.read())])
                net.run("rmmod", "isim_aead")

    def sa_rate(self, count):
        """SAs added and deleted per second, with and without offload."""
        pair = self.pairs["ipsecsim"]
        alg = "gcm-128"
        for name, hw in SA_ROWS:
            adds, dels = [], []
            for _ in range(self.runs):
                pair.flush()
                quiet()
                add, delete = pair.filler(0, count, alg, hw)
                adds.append(round(count / pair.batch(0, add), 1))
                if pair.count(0) != count:
                    raise net.Failure("%d SAs of %d" % (pair.count(0), count))
                dels.append(round(count / pair.batch(0, delete), 1))
            for column, runs in (("sa_add", adds), ("sa_delete", dels)):
                self.record(row=name, algorithm=alg, column=column, flows=0, sas=count,
                            unit="SAs/s", runs=runs)
        pair.flush()

    def sa_scale(self, count):
        """Traffic while each port has that many SAs, those of the traffic among them."""
        for name, kind, hw, _ in (SOFTWARE, OFFLOAD):
            pair = self.pairs[kind]
            pair.secure("gcm-128", hw, 16)
            self.fill(pair, count, hw, row=name)
            self.full(pair, count, row=name, flows=1)
            if not self.quick:
                pair.policies(16)
                self.full(pair, count, row=name, flows=16)
            self.say("taking %d SAs away again" % (2 * count))
            pair.flush()
            quiet()

    def few(self):
        """The same with the SAs of the traffic alone, to compare with."""
        for name, kind, hw, _ in (SOFTWARE, OFFLOAD):
            pair = self.pairs[kind]
            for flows in (1,) if self.quick else (1, 16):
                pair.secure("gcm-128", hw, flows)
                self.full(pair, pair.count(0), row=name, flows=flows)
            pair.flush()

    def full(self, pair, count, flows, **what):
        pair.latency(20)
        what.update(algorithm="gcm-128", sas=count, flows=flows)
        if not self.quick:
            self.tcp(pair, column="tcp_bulk_full", **what)
        self.udp(pair, size=64, column="udp_64_full", **what)

    def fill(self, pair, count, hw, **what):
        """SAs with other peers until each port has so many; they are older than none."""
        fill = count - pair.count(0)
        free, start = memory(), time.monotonic()
        for end in (0, 1):
            pair.batch(end, pair.filler(end, fill, "gcm-128", hw)[0])
        took, used = time.monotonic() - start, free - memory()
        pair.policies(1)
        if count < 10000:
            return	# too few to tell
        what.update(algorithm="gcm-128", flows=0, sas=count)
        self.record(column="sa_memory", unit="octets/SA", runs=[round(used / (2 * fill))], **what)
        self.record(column="sa_fill", unit="SAs/s", runs=[round(2 * fill / took, 1)], **what)


def memory():
    with open("/proc/meminfo", encoding="ascii") as f:
        for line in f:
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    raise net.Failure("no MemAvailable")


def quiet():
    """Wait until what was deleted is freed, too: the kernel does that later."""
    before = 0
    while abs(memory() - before) > 1 << 20:
        before = memory()
        time.sleep(0.5)


def profile(bench):
    """Windows of steady traffic for the profiler, see functions.py."""
    # Here: nobody else needs a mapping at that address.
    marks = Marks()
    rows = (OFFLOAD, SOFTWARE) if bench.quick else (OFFLOAD, SOFTWARE, PLAIN, VETH)
    window = 0
    for name, kind, hw, _ in rows:
        pair = bench.pairs[kind]
        if hw is None:
            pair.flush()
        received = net.Received(pair)
        udp = ["-u", "-b", "0", "-l", "64"]
        for column, flows, args in (("tcp_bulk", 1, []), ("udp_64", 1, udp),
                                    ("udp_64", 16, udp + net.many(16))):
            if hw is None and flows > 1:
                continue
            if hw is None:
                pair.flush()
            else:
                pair.secure("gcm-128", hw, flows)
            load = pair.start("iperf3", "-c", net.REMOTE, "-t", "100", *args)
            time.sleep(0.25)
            before, start = received.read(), time.monotonic_ns()
            marks.open(window)
            time.sleep(0.2)
            marks.close()
            took = time.monotonic_ns() - start
            octets, packets = (now - was for now, was in zip(received.read(), before))
            end([load])
            # veth counts large packets; on a wire they are frames of 1514 octets.
            packets = octets / 1514 if column == "tcp_bulk" else packets
            bench.record(row=name, algorithm=None if hw is None else "gcm-128", column=column,
                         flows=flows, sas=pair.count(0), unit="packets/s", window=window,
                         packets=round(packets), runs=[round(packets * 1e9 / took, 1)],
                         instructions_per_packet=round(took / packets))
            window += 1
    profile_sas(bench, marks, window)
    save_symbols(OUT + "/profile.symbols.gz")


def profile_sas(bench, marks, window):
    """Windows, from that one on, of SAs being added, the start of ip(8) included."""
    pair = bench.pairs["ipsecsim"]
    count = 1000
    for name, hw in SA_ROWS:
        pair.flush()
        add, delete = pair.filler(0, count, "gcm-128", hw)
        # Once before, for modules to be there.
        for text in (add, delete):
            pair.batch(0, text)
        quiet()
        start = time.monotonic_ns()
        marks.open(window)
        net.run("ip", "-n", pair.ns[0], "-batch", "-", stdin=add)
        marks.close()
        took = time.monotonic_ns() - start
        bench.record(row=name, algorithm="gcm-128", column="sa_add", flows=0, sas=count,
                     unit="SAs/s", window=window, packets=count,
                     runs=[round(count * 1e9 / took, 1)],
                     instructions_per_packet=round(took / count))
        window += 1


def pinned(pair, flows, seconds):
    """Mbit/s of flows, each with a processor of its own: (source port, processor)."""
    clients = [pair.start("iperf3", "-J", "-c", net.REMOTE, "-p", 5210 + cpu, "-A", cpu,
                          "--cport", port, "-t", seconds, "-O", 1, cpu=cpu)
               for port, cpu in flows]
    return sum(json.loads(c.communicate()[0])["end"]["sum_received"]["bits_per_second"]
               for c in clients) / 1e6


def queue_of(pair, port):
    """Which queue of either port the packets of a flow come to."""
    def packets(end, queue):
        return net.counter(pair, end, "rx%d_packets" % queue)
    before = [[packets(end, q) for q in (0, 1)] for end in (0, 1)]
    pair.iperf("-p", 5210, "--cport", port, "-n", "200K")
    moved = [[packets(end, q) - before[end][q] for q in (0, 1)] for end in (0, 1)]
    return tuple(int(m[1] > m[0]) for m in moved)


def spread_flows(pair):
    """Two flows that receive spreading sends to different queues, at both ends."""
    found = {}
    for n in range(16):
        queues = queue_of(pair, net.FIRST_PORT + n)
        found.setdefault(queues, net.FIRST_PORT + n)
        other = (1 - queues[0], 1 - queues[1])
        if other in found:
            return [found[other], found[queues]]
    raise net.Failure("16 flows, and all to one queue")


def spin(cpus):
    """Turns of a loop per second on so many processors: what the machine itself gains."""
    code = ("import time\nend = time.monotonic() + 1\nn = 0\n"
            "while time.monotonic() < end:\n n += sum(range(2000))\n c = n\nprint(n)")
    procs = [subprocess.Popen(["taskset", "-c", str(cpu), sys.executable, "-c", code],
                              stdout=subprocess.PIPE, text=True) for cpu in range(cpus)]
    return sum(int(p.communicate()[0]) for p in procs)


def sharing(bench):
    """A flow on each processor while the plugin notes who writes which cache line."""
    marks = Marks()
    pair = bench.pairs["ipsecsim"]
    received = net.Received(pair)
    servers = servers_of_cpus(pair)
    pair.secure("gcm-128", True, 16)
    ports = spread_flows(pair)
    clients = [pair.start("iperf3", "-c", net.REMOTE, "-p", 5210 + cpu, "-A", cpu,
                          "--cport", ports[cpu], "-t", 100, cpu=cpu) for cpu in (0, 1)]
    time.sleep(3)
    before = received.read()[1]
    marks.open(0)
    time.sleep(3)
    marks.close()
    frames = received.read()[1] - before
    end(clients + servers)
    bench.record(row=OFFLOAD[0], algorithm="gcm-128", column="sharing", flows=2,
                 sas=pair.count(0), unit="frames", packets=frames, runs=[frames])
    save_symbols(OUT + "/sharing.symbols.gz")


def end(procs):
    for proc in procs:
        proc.terminate()
        proc.communicate()


def servers_of_cpus(pair):
    """A server on each processor, which sends on a queue of its own, at both ends."""
    for ns, dev in zip(pair.ns, pair.dev):
        for q in (0, 1):
            net.run("sh", "-c", "echo %x >/sys/class/net/%s/queues/tx-%d/xps_cpus"
                    % (1 << q, dev, q), ns=ns)
    servers = [pair.start("iperf3", "-s", "-p", 5210 + cpu, ns=1, cpu=cpu) for cpu in (0, 1)]
    for cpu in (0, 1):
        net.wait_for(lambda port=5210 + cpu: net.run("ss", "-Hltn", "sport = :%d" % port,
                                                     ns=pair.ns[1]))
    return servers


def wall(bench):
    """One flow on one processor, two on two, by turns."""
    pair = bench.pairs["ipsecsim"]
    servers = servers_of_cpus(pair)
    seconds = 2 if bench.quick else 5
    for name, _, hw, _ in (OFFLOAD,) if bench.quick else (OFFLOAD, PLAIN):
        if hw is None:
            pair.flush()
        else:
            pair.secure("gcm-128", hw, 16)
        ports = spread_flows(pair)
        runs, loop = ([], []), ([], [])
        for _ in range(3 if bench.quick else 5):
            for n in (1, 2):
                loop[n - 1].append(spin(n))
                runs[n - 1].append(round(pinned(pair, list(zip(ports, range(n))), seconds), 2))
        for n in (1, 2):
            what = {"row": name, "algorithm": "gcm-128" if hw else None, "flows": n,
                    "sas": pair.count(0), "cpus": n}
            bench.record(column="wall_tcp_bulk", unit="Mbit/s", runs=runs[n - 1], **what)
            bench.record(column="wall_spin", unit="turns/s", runs=loop[n - 1], **what)
    end(servers)


def count(bench):
    bench.rows()
    if not bench.quick:
        bench.fault_points()
    bench.aead()
    bench.sa_rate(1000)
    bench.few()
    for sas in (1000,) if bench.quick else (1000, 100000):
        bench.sa_scale(sas)


def main():
    mode, quick = sys.argv[1], "quick" in sys.argv
    os.makedirs(OUT, exist_ok=True)
    net.load(131072 if mode == "count" and not quick else 4096,
             2 if mode in ("wall", "sharing") else None)
    net.settle()
    bench = Bench(quick)
    try:
        {"count": count, "profile": profile, "sharing": sharing, "wall": wall}[mode](bench)
    finally:
        bench.stop()
    with open("%s/%s.json" % (OUT, mode), "w", encoding="ascii") as f:
        json.dump({"kernel": os.uname().release, "quick": quick,
                   "guest_seconds": round(time.monotonic() - bench.start, 2),
                   "records": bench.records}, f, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
