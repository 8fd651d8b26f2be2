# SPDX-License-Identifier: GPL-2.0
"""What sharing.c wrote: cache lines that two processors write by turns."""

import functions


def shared(lines, symbols, frames):
    """The lines, busiest first: changes of the writer per frame, and who wrote then."""
    name_of = functions.names(symbols)
    changes = {}
    with open(lines, encoding="ascii") as f:
        for words in map(str.split, f):
            writers = changes.setdefault(words[0], {})
            name = name_of(int(words[1], 16))
            writers[name] = writers.get(name, 0) + int(words[2])
    found = []
    for writers in changes.values():
        per_frame = sum(writers.values()) / frames
        if per_frame >= 0.001:
            found.append({"per_frame": round(per_frame, 4),
                          "writers": {k: round(v / frames, 4) for k, v in
                                      sorted(writers.items(), key=lambda kv: -kv[1])}})
    return sorted(found, key=lambda line: -line["per_frame"])
