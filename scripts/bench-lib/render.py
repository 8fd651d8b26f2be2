#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tables, build/bench.json and build/bench.svg from what the machines measured.

Keys of bench.json:

  kernel    release of the kernel that was measured
  quick     true: a run with QUICK=1
  figures   a list; each figure has
    row, algorithm, column, flows, sas     what was measured: names as in the tables,
              flows at a time, SAs that each port holds, of both directions (2: one for
              all traffic; 34: one for each of 16 flows; null, 0: none)
    machine   sharing: two processors and the frames that came; count: one processor, a nanosecond is an instruction; profile: the same,
              steady traffic, and SAs being added by one call of ip(8); wall: wall time
    unit, runs, value                      of every run, and their median
    spread_percent                         largest less smallest run, of the median
    instructions_per_packet, mss, loss_percent   where they apply; for TCP a packet
              is one segment of MSS octets, its acknowledgements included, for sa_add one SA
    ratio, ratio_to                        value as a multiple of the same column of
              that row
  profile   a list, by row, column and flows: packets, instructions_per_packet, groups and
              functions (name: instructions per packet, largest first)
  sharing   a list of cache lines that two processors write by turns, busiest first:
            per_frame (how often the writer changes), writers (function: of these)
  goals     a list: goal, reached (null: not measured), met, spread_percent (of what was
            measured in wall time, else null), floor (the ratio if nothing but plain veth
            and the AEAD took instructions, or null)

Columns: tcp_bulk, tcp_mtu9000 (Mbit/s), udp_64, udp_1400 (packets/s that arrived),
latency (ns, median round trip of TCP requests of 64 octets); tcp_bulk_full and
udp_64_full: the same with "sas" SAs on either port; udp_64_faults_off, _set: no fault
point is set, one is that never strikes; sa_add, sa_delete, sa_fill (SAs/s),
sa_memory (octets/SA); encrypt_N and decrypt_N: instructions of one AEAD call for UDP
of N octets; sharing (frames that came meanwhile); wall_tcp_bulk (Mbit/s), wall_spin (turns/s of a loop that needs nothing but
the processor).
"""

import json
import os
import sys

import functions
import chart
import sharing

BENCH = "build/bench"
SOFTWARE, OFFLOAD, PLAIN = "veth + software XFRM", "ipsecsim crypto offload", "ipsecsim plain"
COLUMNS = (("tcp_bulk", "TCP bulk", "Mbit/s"), ("tcp_mtu9000", "TCP, MTU 9000", "Mbit/s"),
           ("udp_64", "UDP 64 B", "kpps"), ("udp_1400", "UDP 1400 B", "kpps"),
           ("latency", "request/response", "us"))


class Figures:
    """All figures, to be looked up."""

    def __init__(self):
        self.list, self.kernel, self.quick = [], None, False
        for mode in ("count", "profile", "sharing", "wall"):
            path = "%s/%s.json" % (BENCH, mode)
            if not os.path.exists(path):
                continue
            with open(path, encoding="ascii") as f:
                told = json.load(f)
            self.kernel, self.quick = told["kernel"], told["quick"]
            for figure in told["records"]:
                self.list.append(dict(figure, machine=mode))
        for figure in self.list:
            self.compare(figure)

    def find(self, row, column, algorithm="gcm-128", flows=1, machine="count", **more):
        for f in self.list:
            if (f["row"], f["column"], f["algorithm"], f["flows"], f["machine"]) == \
                    (row, column, algorithm, flows, machine) and \
                    all(f[k] == v for k, v in more.items()):
                return f
        return None

    def value(self, *args, **more):
        f = self.find(*args, **more)
        return f and f["value"]

    def compare(self, figure):
        """Each figure beside that of the row that does without the adapter."""
        if figure["machine"] != "count" or figure["row"].startswith("AEAD"):
            return
        to = "veth plain" if not figure["algorithm"] else \
            "software only" if figure["row"] == "offload" else SOFTWARE
        same = {"sas": figure["sas"]} if figure["column"].endswith("_full") else {}
        other = self.find(to, figure["column"], figure["algorithm"], figure["flows"], **same)
        if other and other is not figure:
            figure["ratio"] = round(figure["value"] / other["value"], 3)
            figure["ratio_to"] = to


def div(a, b):
    return a / b if a and b else None


# --- Goals -------------------------------------------------------------------

def goals(figs):
    """Every goal, what was reached, whether that is enough."""
    def ratio(column, row=OFFLOAD, to=SOFTWARE, alg="gcm-128"):
        return div(figs.value(row, column, alg), figs.value(to, column, alg))

    full = [div(figs.value(OFFLOAD, c, sas=2), figs.value(OFFLOAD, c, sas=100000))
            for c in ("tcp_bulk_full", "udp_64_full")]
    wall = div(figs.value(OFFLOAD, "wall_tcp_bulk", flows=2, machine="wall"),
               figs.value(OFFLOAD, "wall_tcp_bulk", flows=1, machine="wall"))
    def floor(column, size):
        """Nothing but plain veth and the AEAD, to software XFRM."""
        plain, soft = figs.find("veth plain", column, None), figs.find(SOFTWARE, column)
        aead = [figs.value("AEAD alone", "%s_%d" % (what, size)) for what in ("encrypt", "decrypt")]
        if not plain or not soft or not all(aead):
            return None
        return soft["instructions_per_packet"] / (plain["instructions_per_packet"] + sum(aead))

    floors = {"tcp_bulk": floor("tcp_bulk", 1400), "udp_64": floor("udp_64", 64)}
    list_ = (
        ("TCP bulk, offload at both ends, to software XFRM over veth", ">=", 1.9,
         ratio("tcp_bulk"), floors["tcp_bulk"]),
        ("UDP 64 B, the same", ">=", 1.4, ratio("udp_64"), floors["udp_64"]),
        ("plain TCP over ipsecsim, to plain veth", ">=", 0.6,
         ratio("tcp_bulk", PLAIN, "veth plain", None)),
        ("request/response latency, offload to software XFRM over veth", "<=", 1.0,
         ratio("latency")),
        ("cost of a packet with 100 k SAs, to 1 SA (TCP or UDP 64 B, the dearer)", "<=", 1.05,
         max(full) if all(full) else None),
        ("SAs added per second, offload to software only", ">=", 0.8,
         div(figs.value("offload", "sa_add", flows=0),
             figs.value("software only", "sa_add", flows=0))),
        ("2 processors and 2 flows, to 1 and 1, wall time", ">=", 1.6, wall),
    )
    spread = max([f["spread_percent"] for f in figs.list
                  if f["column"] == "wall_tcp_bulk" and f["row"] == OFFLOAD] or [0])
    return [{"goal": "%s %s %gx" % (text, sign, want), "reached": got and round(got, 3),
             "spread_percent": spread if got is not None and got is wall else None,
             "met": None if got is None else got >= want if sign == ">=" else got <= want,
             "floor": round(floor[0], 3) if floor and floor[0] else None}
            for text, sign, want, got, *floor in list_]


# --- Profile -------------------------------------------------------------------

def profile(figs):
    """Instructions per packet by function, of each window."""
    blocks, symbols = BENCH + "/profile.blocks", BENCH + "/profile.symbols.gz"
    if not os.path.exists(blocks) or not os.path.exists(symbols):
        return []
    sums, found = functions.functions(blocks, symbols), []
    for f in figs.list:
        if f["machine"] != "profile":
            continue
        groups, names = {}, {}
        for name, ran in sums[f["window"]].items():
            per = ran / f["packets"]
            names[name] = per
            groups[functions.group(name)] = groups.get(functions.group(name), 0) + per
        def ranked(what):
            return {k: round(v, 1) for k, v in sorted(what.items(), key=lambda kv: -kv[1])}
        found.append({"row": f["row"], "column": f["column"], "flows": f["flows"], "packets": f["packets"],
                      "instructions_per_packet": round(sum(names.values())),
                      "groups": ranked(groups),
                      "functions": dict(list(ranked(names).items())[:80])})
    return found


def shared_lines(figs):
    """Cache lines that change their writer, busiest first."""
    lines, symbols = BENCH + "/sharing.lines", BENCH + "/sharing.symbols.gz"
    told = figs.find(OFFLOAD, "sharing", flows=2, machine="sharing")
    if not told or not os.path.exists(lines):
        return []
    return sharing.shared(lines, symbols, told["packets"])


# --- Tables --------------------------------------------------------------------

def short(f):
    """A figure as the tables show it: value, instructions per packet, ratio."""
    if not f:
        return ""
    value = f["value"]
    if f["unit"] in ("packets/s", "ns"):
        value /= 1000
    text = "%.4g" % value if value < 10000 else "%d" % round(value)
    if "ratio" in f:
        text += " (%.2fx)" % f["ratio"]
    return text


def table(head, rows):
    """Lines of text: the first column to the left, the others to the right."""
    rows = [head] + rows
    width = [max(len(r[i]) for r in rows) for i in range(len(head))]
    for r in rows:
        print("  ".join((c.ljust if i == 0 else c.rjust)(w)
                        for i, (c, w) in enumerate(zip(r, width))).rstrip())


def rows_of(figs, flows):
    """(title, row, algorithm) of what was measured with so many flows."""
    seen = []
    for f in figs.list:
        key = (f["row"], f["algorithm"])
        if f["machine"] == "count" and f["column"] == "tcp_bulk" and f["flows"] == flows \
                and key not in seen:
            seen.append(key)
    return sorted(seen, key=lambda k: (k[1] or "") and (list_of(seen).index(k[1]) + 1) or 0)


def list_of(keys):
    algs = []
    for _, alg in keys:
        if alg and alg not in algs:
            algs.append(alg)
    return algs


def print_rows(figs, flows):
    keys = rows_of(figs, flows)
    if not keys:
        return
    print("\nOne processor, %d flow%s; in brackets the multiple of veth: plain of plain,\n"
          "ESP of software XFRM. Below: instructions per packet.\n" % (flows, "s" * (flows > 1)))
    lines, alg = [], None
    for row, this in keys:
        if this != alg:
            alg = this
            lines.append(["%s" % alg] + [""] * len(COLUMNS))
        found = [figs.find(row, c[0], this, flows) for c in COLUMNS]
        lines.append(["  " * bool(this) + row] + [short(f) for f in found])
        lines.append([""] + [str((f or {}).get("instructions_per_packet", "")) for f in found])
        aead = aead_row(figs, this)
        if row == OFFLOAD and aead and flows == 1:
            lines.append(["  AEAD alone, encrypt + decrypt (the floor)"] + aead)
    table([""] + ["%s %s" % (c[1], c[2]) for c in COLUMNS], lines)


def aead_row(figs, alg):
    """Instructions of both calls, for the frame of each column."""
    cells = []
    for size in (1400, 8900, 64, 1400, 64):
        both = [figs.value("AEAD alone", "%s_%d" % (what, size), alg)
                for what in ("encrypt", "decrypt")]
        cells.append(str(sum(both)) if all(both) else "")
    if cells[4]:
        cells[4] = str(2 * int(cells[4]))	# there and back
    return cells if any(cells) else None


def print_sas(figs):
    lines = []
    for f in figs.list:
        if f["column"] in ("tcp_bulk_full", "udp_64_full"):
            one = figs.value(f["row"], f["column"], flows=f["flows"],
                             sas=2 if f["flows"] == 1 else 34)
            lines.append([f["row"], f["column"][:-5], str(f["flows"]), str(f["sas"]),
                          "%.5g %s" % (f["value"], f["unit"]),
                          str(f["instructions_per_packet"]),
                          "%.3fx" % (one / f["value"]) if one else ""])
    if lines:
        print("\nTable sizes, GCM-128; the last column is the cost of a packet as a multiple\n"
              "of that with the SAs of the traffic alone. (Cache misses cost nothing here.)\n")
        table(["", "column", "flows", "SAs", "value", "instr./packet", "cost"], lines)
    lines = [[f["row"], f["column"], str(f["sas"]), "%.5g %s" % (f["value"], f["unit"]),
              "%.2fx" % f["ratio"] if "ratio" in f else ""]
             for f in figs.list if f["column"].startswith("sa_") and f["machine"] == "count"]
    if lines:
        print()
        table(["SAs", "", "", "", "to software"], lines)


def print_profile(parts):
    for p in parts:
        print("\nWhere the instructions go: %s, %s, %d flow(s), %d per %s"
              % (p["row"], p["column"], p["flows"], p["instructions_per_packet"],
                 "SA" if p["column"] == "sa_add" else "packet"))
        for name, per in p["groups"].items():
            print("  %7.0f %5.1f %%  %s" % (per, 100 * per / p["instructions_per_packet"], name))
        if p["row"] == OFFLOAD:
            print("  by function:")
            for name, per in list(p["functions"].items())[:25]:
                print("  %7.0f %5.1f %%    %s"
                      % (per, 100 * per / p["instructions_per_packet"], name))


def print_shared(lines):
    if not lines:
        return
    print("\nCache lines that go from one processor to the other to be written, with two flows\n"
          "and a queue for each: how often per frame. The busiest:\n")
    for line in lines[:8]:
        print("  %6.3f  %s" % (line["per_frame"], ", ".join(list(line["writers"])[:4])))


def print_fault_points(figs):
    off, on = (figs.find(OFFLOAD, "udp_64_faults_" + state) for state in ("off", "set"))
    if off and on:
        print("\nUDP 64 B, instructions per packet: no fault point set %d, one set at either\n"
              "port that never strikes %d."
              % (off["instructions_per_packet"], on["instructions_per_packet"]))


def print_wall(figs):
    lines = []
    for row in (OFFLOAD, PLAIN):
        one, two = ([f for f in figs.list if f["machine"] == "wall" and f["row"] == row and
                     f["flows"] == n] for n in (1, 2))
        for a, b in zip(one, two):
            name = row if a["column"] == "wall_tcp_bulk" else "  what a bare loop gains here"
            lines.append([name, "%.5g %s" % (a["value"], a["unit"]), "%.5g" % b["value"],
                          "%.2fx" % (b["value"] / a["value"]),
                          "%g %%" % max(a["spread_percent"], b["spread_percent"])])
    if lines:
        print("\nWall time, TCP bulk: a flow on one processor, two flows on two.\n")
        table(["", "1", "2", "gain", "spread"], lines)


def verdict(goal):
    text = {True: "met", False: "not met", None: "not measured"}[goal["met"]]
    if (goal["spread_percent"] or 0) > 10:
        text = "unsure: runs differ by %d %%" % goal["spread_percent"]
    return text


def print_goals(list_):
    print("\nGoals, GCM-128 with an ICV of 16 octets:\n")
    table(["", "reached", "ceiling", ""],
          [[g["goal"], "%.3gx" % g["reached"] if g["reached"] else "-",
            "%.3gx" % g["floor"] if g["floor"] else "",
            verdict(g)] for g in list_])
    print("\nCeiling: if plain veth and the AEAD were all that takes instructions.")


# --- The copy in README.md -------------------------------------------------------

def markdown_table(head, rows):
    """A table; the first column to the left, the others to the right."""
    return ["", "| %s |" % " | ".join(head), "|---" + "|--:" * (len(head) - 1) + "|"] + \
        ["| %s |" % " | ".join(row) for row in rows]


def markdown_rows(figs):
    """AES-GCM and one flow, whole."""
    lines = ["Kernel %s, AES-GCM-128, one processor, one flow. In brackets: the multiple of veth,"
             % figs.kernel, "plain of plain, ESP of software XFRM. Small: instructions per packet."]
    rows = []
    for row, alg in rows_of(figs, 1):
        if alg not in (None, "gcm-128"):
            continue
        cells = []
        for column in COLUMNS:
            f = figs.find(row, column[0], alg) or {}
            per = f.get("instructions_per_packet")
            cells.append(short(f) + (" <sub>%d</sub>" % per if per else ""))
        rows.append([row] + cells)
    aead = aead_row(figs, "gcm-128")
    if aead:
        rows.append(["AEAD alone, encrypt and decrypt, instructions"] + aead)
    return lines + markdown_table([""] + ["%s, %s" % (c[1], c[2]) for c in COLUMNS], rows)


def markdown_algorithms(figs):
    """The offload's rows with other algorithms and more flows, and with more SAs."""
    rows = [["%s, %d flow%s" % (alg, flows, "s" * (flows > 1))] +
            [short(figs.find(OFFLOAD, c[0], alg, flows)) for c in COLUMNS]
            for flows in (1, 16) for row, alg in rows_of(figs, flows) if row == OFFLOAD]
    lines = ["", "Crypto offload with each algorithm, and the multiple of software XFRM over veth:"]
    lines += markdown_table([""] + ["%s, %s" % (c[1], c[2]) for c in COLUMNS], rows)
    rows = []
    for sas in sorted({f["sas"] for f in figs.list if f["column"] == "udp_64_full"}):
        cells = [figs.find(OFFLOAD, c, sas=sas) for c in ("tcp_bulk_full", "udp_64_full")]
        if not all(cells):
            continue
        memory = figs.value(OFFLOAD, "sa_memory", flows=0, sas=sas)
        rows.append(["%d" % sas] + ["%d" % c["instructions_per_packet"] for c in cells] +
                    ["%d" % memory if memory else ""])
    if not rows:
        return lines
    return lines + ["", "Crypto offload by the number of SAs that each port has, one flow:"] + \
        markdown_table(["SAs", "TCP bulk, instructions", "UDP 64 B, instructions",
                        "memory, octets/SA"], rows)


def markdown_profile(parts):
    """Where the instructions go, beside what the goals compare with."""
    wanted = [(row, column, 1) for column in ("tcp_bulk", "udp_64")
              for row in ("veth plain", PLAIN, SOFTWARE, OFFLOAD)]
    wanted += [(row, "sa_add", 0) for row in ("software only", "offload")]
    found = {(p["row"], p["column"], p["flows"]): p for p in parts}
    chosen = [found[key] for key in wanted if key in found]
    if not chosen:
        return []
    titles = {"tcp_bulk": "TCP segment", "udp_64": "UDP 64 B", "sa_add": "SA added"}
    names = {name for p in chosen for name in p["groups"]}
    def cells(name):
        return [round(p["groups"].get(name, 0)) for p in chosen]
    rows = [[name] + ["%d" % n for n in cells(name)]
            for name in sorted(names, key=lambda name: -max(cells(name)))]
    rows.append(["all"] + ["%d" % p["instructions_per_packet"] for p in chosen])
    return markdown_table([""] + ["%s: %s" % (titles[p["column"]], p["row"]) for p in chosen], rows)


def folded(title, lines):
    return ["", "<details><summary>%s</summary>" % title, *lines, "", "</details>"] if lines else []


def markdown(figs, parts, lines, list_):
    """Lines for README.md."""
    text = markdown_rows(figs)
    text += markdown_table(
        ["goal", "reached", "ceiling", ""],
        [[g["goal"]] + ["%.3gx" % g[k] if g[k] else "" for k in ("reached", "floor")] +
         [verdict(g)] for g in list_])
    text += ["", "Ceiling: if plain veth and the AEAD were all that takes instructions; XFRM's "
             "own work is not in it."]
    text += folded("Where the instructions go", markdown_profile(parts))
    text += folded("Other algorithms, more flows, and more SAs", markdown_algorithms(figs))
    off, on = (figs.find(OFFLOAD, "udp_64_faults_" + state) for state in ("off", "set"))
    if off and on:
        text += ["", "Fault points, UDP 64 B with crypto offload: %d instructions with none set, "
                 "%d with one at either" % (off["instructions_per_packet"],
                                            on["instructions_per_packet"]),
                 "port that never strikes."]
    if lines:
        ours = [line for line in lines if any("[ipsecsim]" in name for name in line["writers"])]
        text += ["", "Cache lines that two processors write by turns, a flow and a queue on each: the "
                 "busiest changes", "its writer %.2g times a frame (`%s`), the busiest that the module "
                 "writes to %.2g times (`%s`)."
                 % (lines[0]["per_frame"], next(iter(lines[0]["writers"])),
                    ours[0]["per_frame"] if ours else 0,
                    next(iter(ours[0]["writers"])) if ours else "none")]
    return text


def publish(figs, parts, lines, list_):
    """Put the tables between their marks in README.md, and the chart where that shows it."""
    begin, end = "<!-- bench: made by scripts/bench --publish -->\n", "<!-- /bench -->\n"
    with open("README.md", encoding="utf-8") as f:
        head, _, rest = f.read().partition(begin)
    tail = rest.partition(end)[2]
    if not tail:
        raise SystemExit("README.md has no place for the table")
    with open("README.md", "w", encoding="utf-8") as f:
        f.write(head + begin + "\n".join(markdown(figs, parts, lines, list_)) + "\n" + end + tail)
    with open("scripts/bench-lib/last.svg", "w", encoding="utf-8") as f:
        f.write(chart.draw(figs, COLUMNS, SOFTWARE))


def main():
    figs = Figures()
    parts, list_ = profile(figs), goals(figs)
    print("\nipsecsim benchmark, kernel %s%s" % (figs.kernel, ", quick run" * figs.quick))
    for flows in (1, 16):
        print_rows(figs, flows)
    print_sas(figs)
    print_profile(parts)
    print_fault_points(figs)
    lines = shared_lines(figs)
    print_shared(lines)
    print_wall(figs)
    print_goals(list_)
    with open("build/bench.json", "w", encoding="ascii") as f:
        json.dump({"kernel": figs.kernel, "quick": figs.quick, "figures": figs.list,
                   "profile": parts, "sharing": lines[:20], "goals": list_}, f, indent=1)
        f.write("\n")
    with open("build/bench.svg", "w", encoding="utf-8") as f:
        f.write(chart.draw(figs, COLUMNS, SOFTWARE))
    print("\nbuild/bench.json, build/bench.svg")
    if "--publish" in sys.argv:
        publish(figs, parts, lines, list_)


if __name__ == "__main__":
    main()
