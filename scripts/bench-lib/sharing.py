# SPDX-License-Identifier: GPL-2.0
"""What sharing.c wrote: cache lines that both processors write."""

import functions


def shared(lines, symbols, frames):
    """The lines, busiest first: stores per frame of the processor that makes fewer, and
    of each function. Which processor had which frames is not known: half of them each.
    """
    name_of = functions.names(symbols)
    writes = {}
    with open(lines, encoding="ascii") as f:
        for words in map(str.split, f):
            cpus = writes.setdefault(words[0], ({}, {}))
            writer = cpus[int(words[2])]
            name = name_of(int(words[1], 16))
            writer[name] = writer.get(name, 0) + int(words[3])
    found = []
    for cpus in writes.values():
        less = min(2 * sum(writer.values()) / frames for writer in cpus)
        if less < 0.01:
            continue
        both = {}
        for writer in cpus:
            for name, n in writer.items():
                both[name] = both.get(name, 0) + n / frames
        found.append({"per_frame": round(less, 3),
                      "writers": {k: round(v, 3) for k, v in
                                  sorted(both.items(), key=lambda kv: -kv[1])}})
    return sorted(found, key=lambda line: -line["per_frame"])
