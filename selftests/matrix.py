#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The cells of interop.sh, one a line: ENDS MODE KEY ICV ESN PATH.

matrix.py full    every combination of the first five with plain traffic;
                  every (ENDS, MODE, PATH) with the other three taking turns
matrix.py pairs   the table below: every pair of values of any two of the six
                  occurs in some cell, which is verified each time
matrix.py greedy  compute such a table
"""
import itertools
import sys

FACTORS = (
    ("hw-hw", "hw-sw", "sw-hw"),
    ("transport4", "transport6", "tunnel4in4", "tunnel6in6", "tunnel4in6",
     "tunnel6in4"),
    ("128", "192", "256"),
    ("64", "96", "128"),
    ("0", "1"),
    ("plain", "frag", "jumbo", "vlan"),
)
PAIRS = """
hw-hw transport4 128 64 0 plain
hw-sw tunnel4in6 256 96 0 plain
hw-sw tunnel6in4 192 64 1 plain
sw-hw tunnel6in6 192 128 1 plain
hw-sw transport6 128 128 0 plain
hw-hw tunnel4in4 128 64 0 plain
hw-hw transport6 192 96 1 frag
sw-hw transport6 256 64 0 frag
hw-hw tunnel4in6 128 128 1 frag
hw-sw tunnel4in4 128 96 0 frag
hw-hw tunnel6in4 256 128 0 frag
sw-hw transport4 192 96 0 frag
hw-hw tunnel6in6 128 64 0 frag
hw-sw transport4 256 128 1 jumbo
sw-hw tunnel6in4 128 96 0 jumbo
hw-hw tunnel4in4 256 64 1 jumbo
sw-hw tunnel4in6 192 64 0 jumbo
hw-hw transport6 128 64 0 jumbo
hw-hw tunnel6in6 128 64 0 jumbo
sw-hw tunnel4in4 192 128 0 vlan
hw-sw tunnel6in6 128 64 1 vlan
hw-hw tunnel6in6 256 96 0 vlan
hw-hw transport4 128 64 0 vlan
hw-hw transport6 128 64 0 vlan
hw-hw tunnel4in6 128 64 0 vlan
hw-hw tunnel6in4 128 64 0 vlan
"""


def pairs(cell):
    return set(itertools.combinations(enumerate(cell), 2))


def all_pairs():
    found = set()
    for (i, one), (j, two) in itertools.combinations(enumerate(FACTORS), 2):
        found |= {((i, x), (j, y)) for x in one for y in two}
    return found


def table():
    cells = [tuple(line.split()) for line in PAIRS.split("\n") if line]
    missing = all_pairs().difference(*map(pairs, cells))
    if missing:
        sys.exit(f"pairs not covered: {sorted(missing)}")
    return cells


def greedy():
    """Take the cell with most new pairs, the first of equals, until done."""
    open_pairs = all_pairs()
    while open_pairs:
        best = max(itertools.product(*FACTORS),
                   key=lambda cell: len(pairs(cell) & open_pairs))
        open_pairs -= pairs(best)
        yield best


def full():
    ends, modes, keys, icvs, esns, paths = FACTORS
    yield from itertools.product(ends, modes, keys, icvs, esns, ("plain",))
    turns = itertools.cycle(itertools.product(keys, icvs, esns))
    for path in paths[1:]:
        for end, mode in itertools.product(ends, modes):
            yield end, mode, *next(turns), path


def main():
    cells = {"full": full, "pairs": table, "greedy": greedy}[sys.argv[1]]()
    for cell in sorted(cells, key=lambda cell: FACTORS[5].index(cell[5])):
        print(*cell)


main()
