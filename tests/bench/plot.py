"""plot.py - small SVG plots without a library, readable on light and on dark pages."""
WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 150, 50, 55
COLORS = ("a", "b", "c")
STYLE = """<style>
.page { fill: #ffffff; } .grid { stroke: #d8dee4; } .axis { stroke: #57606a; }
text { fill: #1f2328; font: 12px sans-serif; } .title { font-weight: bold; font-size: 15px; }
.a { stroke: #0969da; fill: #0969da; } .b { stroke: #bc4c00; fill: #bc4c00; } .c { stroke: #1a7f37; fill: #1a7f37; }
.line { fill: none; stroke-width: 2; } .bar, .dot, .name { stroke: none; }
@media (prefers-color-scheme: dark) {
.page { fill: #0d1117; } .grid { stroke: #30363d; } .axis { stroke: #9198a1; } text { fill: #e6edf3; }
.a { stroke: #58a6ff; fill: #58a6ff; } .b { stroke: #f0883e; fill: #f0883e; } .c { stroke: #3fb950; fill: #3fb950; }
.line { fill: none; } .bar, .dot, .name { stroke: none; } }
</style>"""


def escape(text):
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def nice_step(top, steps=5):
    """A round step, so that about so many of them make TOP."""
    raw, size = top / steps, 1.0
    while size > raw:
        size /= 10
    while size * 10 <= raw:
        size *= 10
    return next(size * m for m in (1, 2, 5, 10) if size * m >= raw)


class Plot:
    def __init__(self, title, x_label, y_label, height=HEIGHT):
        self.height, self.parts = height, []
        self.title, self.x_label, self.y_label = title, x_label, y_label

    def text(self, x, y, words, css="", anchor="start"):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" class="{css}" text-anchor="{anchor}">{escape(words)}</text>')

    def segment(self, x1, y1, x2, y2, css):
        self.parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{css}"/>')

    def svg(self, description):
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height}" role="img">\n'
                f'<title>{escape(self.title)}</title>\n<desc>{escape(description)}</desc>\n{STYLE}\n'
                f'<rect width="{WIDTH}" height="{self.height}" class="page"/>\n' + "\n".join(self.parts) + "\n</svg>\n")


def lines(title, x_label, y_label, series, description, marks=None):
    """SERIES: [(name, [(x, y), ...], with_line)]; the axes begin at zero.  MARKS: places on the x axis."""
    plot = Plot(title, x_label, y_label)
    top_x, top_y = (max(p[i] for _, points, _ in series for p in points) for i in (0, 1))
    step_y = nice_step(top_y)
    step_x = nice_step(top_x)
    high = step_y * -(-top_y // step_y)
    wide = top_x

    def at(x, y):
        return (LEFT + x / wide * (WIDTH - LEFT - RIGHT), plot.height - BOTTOM - y / high * (plot.height - TOP - BOTTOM))

    plot.text(LEFT, 28, title, "title")
    value = 0.0
    while value <= high * 1.001:
        _, y = at(0, value)
        plot.segment(LEFT, y, WIDTH - RIGHT, y, "grid")
        plot.text(LEFT - 8, y + 4, f"{value:,.6g}", "", "end")
        value += step_y
    for value in marks or [i * step_x for i in range(int(wide / step_x) + 1)]:
        x, y = at(value, 0)
        plot.segment(x, y, x, y + 5, "axis")
        plot.text(x, y + 20, f"{value:,.6g}", "", "middle")
    plot.segment(*at(0, 0), *at(wide, 0), "axis")
    plot.text((LEFT + WIDTH - RIGHT) / 2, plot.height - 12, x_label, "", "middle")
    middle = (TOP + plot.height - BOTTOM) / 2
    plot.parts.append(f'<text text-anchor="middle" transform="translate(18 {middle:.0f}) rotate(-90)">{escape(y_label)}</text>')
    for color, (_, points, with_line) in zip(COLORS, series):
        if with_line:
            plot.parts.append(f'<polyline class="line {color}" points="' + " ".join("%.1f,%.1f" % at(*p) for p in points) + '"/>')
        else:
            plot.parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" class="dot {color}"/>' for x, y in (at(*p) for p in points)]
    # The names at the right ends, from the lowest up, so that none lies on another.
    free = float(plot.height)
    for color, (name, points, _) in sorted(zip(COLORS, series), key=lambda s: s[1][1][-1][1]):
        x, y = at(*points[-1])
        free = min(y, free - 17)
        plot.text(x + 12, free + 4, name, f"name {color}")
    return plot.svg(description)


def bars(title, x_label, rows, description):
    """ROWS: [(name, value, text)]; ours, whose names begin with mon-, in another colour."""
    left, line = 280, 26
    plot = Plot(title, x_label, "", height=TOP + line * len(rows) + 40)
    top = max(value for _, value, _ in rows)
    plot.text(16, 28, title, "title")
    for i, (name, value, text) in enumerate(rows):
        y = TOP + i * line
        width = value / top * (WIDTH - left - 90)
        plot.text(left - 10, y + 14, name, "", "end")
        color = "a" if name.startswith("mon-") else "b"
        plot.parts.append(f'<rect x="{left}" y="{y:.1f}" width="{max(width, 1):.1f}" height="{line - 8}" class="bar {color}"/>')
        plot.text(left + width + 8, y + 14, text)
    plot.segment(left, TOP - 4, left, TOP + line * len(rows), "axis")
    plot.text(left, plot.height - 14, x_label)
    return plot.svg(description)
