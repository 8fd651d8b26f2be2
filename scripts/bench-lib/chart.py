# SPDX-License-Identifier: GPL-2.0
"""The chart: bars by column, as multiples of software XFRM over veth."""

from xml.sax.saxutils import escape

WIDTH, BAR, GAP, LEFT, RIGHT = 780, 16, 6, 230, 130
ROWS = (("veth + software XFRM", "#9aa5b1"), ("ipsecsim + software XFRM", "#c9a227"),
        ("ipsecsim crypto offload", "#1f6feb"))


def bars(figs, column, base):
    """(row, colour, multiple) of one column; for the latency less is better."""
    one = figs.value(base, column)
    for row, colour in ROWS:
        value = figs.value(row, column)
        if value and one:
            yield row, colour, value / one, value


def amount(value, unit):
    if unit == "kpps":
        return "%.3g kpps" % (value / 1000)
    if unit == "us":
        return "%.3g us" % (value / 1000)
    return "%d %s" % (round(value), unit)


def draw(figs, columns, base):
    found = [(title, unit, list(bars(figs, key, base))) for key, title, unit in columns]
    found = [f for f in found if f[2]]
    most = max((b[2] for f in found for b in f[2]), default=1)
    scale, y, parts = (WIDTH - LEFT - RIGHT) / most, 64, []
    for title, unit, group in found:
        note = ", less is better" if unit == "us" else ""
        parts.append('<text x="8" y="%d" font-weight="bold">%s</text>'
                     % (y, escape(title + note)))
        y += GAP
        for row, colour, multiple, value in group:
            parts.append('<text x="%d" y="%d" text-anchor="end">%s</text>'
                         '<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>'
                         '<text x="%.1f" y="%d" stroke="#ffffff" stroke-width="4" '
                         'paint-order="stroke">%.2fx, %s</text>'
                         % (LEFT - 8, y + BAR - 4, escape(row), LEFT, y, multiple * scale, BAR,
                            colour, LEFT + multiple * scale + 6, y + BAR - 4, multiple,
                            amount(value, unit)))
            y += BAR + 3
        y += BAR + GAP
    one = LEFT + scale
    return ('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" '
            'font-family="sans-serif" font-size="12">\n'
            '<rect width="100%%" height="100%%" fill="#ffffff"/>\n'
            '<text x="8" y="20" font-size="15">ipsecsim: ESP with AES-GCM-128, one processor, '
            '1 flow</text>\n'
            '<text x="8" y="38">multiples of %s; kernel %s, instructions counted</text>\n'
            '<line x1="%.1f" x2="%.1f" y1="48" y2="%d" stroke="#57606a" '
            'stroke-dasharray="3 3"/>\n'
            '%s\n</svg>\n'
            % (WIDTH, y, escape(base), escape(figs.kernel or ""), one, one, y - BAR,
               "\n".join(parts)))
