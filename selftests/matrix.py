#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The cells of interop.sh, one a line: ENDS MODE KEY ICV ESN PATH.

matrix.py full    every combination of the first five with plain traffic;
                  every (MODE, PATH) with KEY, ICV and ESN taking turns
matrix.py pairs   the table below: every pair of values of any two of the six
                  occurs in some cell
matrix.py greedy  compute such a table

What full and pairs promise is verified each time, and also that every cell is
judged by software: for each set of the last five values there are all three
ENDS.
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
ENDS, REST = FACTORS[0], FACTORS[1:]
# Without ENDS: a cell of each is made of every line.
PAIRS = """
transport4 128 64 0 plain
transport4 192 96 1 frag
transport6 128 128 1 jumbo
transport6 256 96 0 vlan
tunnel4in4 192 64 0 jumbo
tunnel4in4 256 128 1 plain
tunnel6in6 128 64 1 vlan
tunnel6in6 192 128 0 frag
tunnel4in6 256 64 0 frag
tunnel4in6 128 96 1 plain
tunnel6in4 192 128 0 vlan
tunnel6in4 256 96 1 jumbo
transport6 192 64 0 plain
tunnel4in4 128 96 0 frag
transport4 256 128 0 jumbo
tunnel6in6 256 96 0 plain
tunnel4in6 192 128 0 jumbo
tunnel6in4 128 64 0 plain
transport4 128 64 0 vlan
transport6 128 64 0 frag
tunnel4in4 128 64 0 vlan
tunnel6in6 128 64 0 jumbo
tunnel4in6 128 64 0 vlan
tunnel6in4 128 64 0 frag
"""


def pairs(cell):
    return set(itertools.combinations(enumerate(cell), 2))


def all_pairs(factors):
    found = set()
    for (i, one), (j, two) in itertools.combinations(enumerate(factors), 2):
        found |= {((i, x), (j, y)) for x in one for y in two}
    return found


def with_all_ends(rows):
    return [(ends, *row) for row in rows for ends in ENDS]


def table():
    return with_all_ends(line.split() for line in PAIRS.split("\n") if line)


def greedy():
    """Take the row with most new pairs, the first of equals, until done."""
    open_pairs = all_pairs(REST)
    while open_pairs:
        best = max(itertools.product(*REST),
                   key=lambda row: len(pairs(row) & open_pairs))
        open_pairs -= pairs(best)
        yield best


def full():
    modes, keys, icvs, esns, paths = REST
    rows = list(itertools.product(modes, keys, icvs, esns, ("plain",)))
    # In steps of 7, which divides nothing here: each path meets every value.
    every = list(itertools.product(keys, icvs, esns))
    turns = (every[7 * i % len(every)] for i in itertools.count())
    for path, mode in itertools.product(paths[1:], modes):
        rows.append((mode, *next(turns), path))
    return with_all_ends(rows)


def verify(cells):
    missing = all_pairs(FACTORS).difference(*map(pairs, cells))
    if missing:
        sys.exit(f"pairs not covered: {sorted(missing)}")
    cells = set(cells)
    alone = [cell for cell in cells for ends in ENDS
             if (ends, *cell[1:]) not in cells]
    if alone:
        sys.exit(f"not judged by software: {sorted(alone)}")


def main():
    if sys.argv[1] == "greedy":
        for row in greedy():
            print(*row)
        return
    cells = {"full": full, "pairs": table}[sys.argv[1]]()
    verify(cells)
    for cell in sorted(cells, key=lambda cell: FACTORS[5].index(cell[5])):
        print(*cell)


main()
