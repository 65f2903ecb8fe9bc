"""Draw the pictures of the page "in ten minutes": ``python -m book.tools.overview``.

Each is 340 wide with words of 16, which are still 12 on the narrowest telephone. The inks mean
what they mean in all figures: blue a plain network, vermilion an LSTM or a gradient, black a
Transformer, orchid a linear recurrence.
"""

from html import escape
from math import sqrt, tanh

from book.tools.notebooks import ROOT

FOLDER = ROOT / "book" / "figures"
WIDTH = 340
BLUE, VERMILION, BLACK, ORCHID = "#004C8C", "#D95F02", "#222222", "#C774B4"
TEXT = "currentColor"
WAYS = {"right": (1, 0), "left": (-1, 0), "up": (0, -1), "down": (0, 1)}
STEPS = 14
KEPT = 1 / sqrt(3)  # of a vector's length, by the usual recurrent weights (chapter 5)


def page(height, label, *parts):
    """The whole file."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"\n'
        f' aria-label="{escape(label)}"\n style="max-width: 24rem" fill="currentColor"'
        ' font-family="sans-serif" font-size="16">\n'
    )
    return head + "\n".join(parts) + "\n</svg>\n"


def line(d, ink=TEXT, width=2, more=""):
    return f'<path d="{d}" fill="none" stroke="{ink}" stroke-width="{width:g}"{more}/>'


def head(x, y, way, ink=TEXT, size=6):
    """The head of an arrow that ends at (x, y) and goes right, left, up or down."""
    dx, dy = WAYS[way]
    corners = [(x, y)] + [
        (x - size * (1.4 * dx + side * dy), y - size * (1.4 * dy + side * dx)) for side in (1, -1)
    ]
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in corners)
    return f'<polygon points="{points}" fill="{ink}"/>'


def arrow(x, y, length, way, ink=TEXT, width=2, size=6):
    """A straight arrow of some length that starts at (x, y)."""
    dx, dy = WAYS[way]
    shaft = length - size
    d = f"M{x:g} {y:g}l{dx * shaft:g} {dy * shaft:g}"
    return line(d, ink, width) + head(x + dx * length, y + dy * length, way, ink, size)


def words(x, y, text, anchor="start", more=""):
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{more}>{escape(text)}</text>'


def code(x, y, text):
    return words(x, y, text, "middle", ' style="font-family: monospace !important"')


def box(x, y, width, height, ink=TEXT):
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6" fill="{ink}"'
        f' fill-opacity="0.08" stroke="{ink}" stroke-width="2"/>'
    )


def sign(x, y, text, ink):
    """A small circle with what happens there."""
    shape = {"×": "m-5-5l10 10m0-10l-10 10", "+": "m-6 0h12m-6-6v12"}[text]
    return (
        f'<circle cx="{x}" cy="{y}" r="13" fill="{ink}" fill-opacity="0.12" stroke="{ink}"'
        f' stroke-width="2"/>' + line(f"M{x} {y}{shape}")
    )


def loop():
    """One cell unrolled over four letters."""
    parts = [words(0, 30, "guess"), words(0, 100, "state"), words(0, 170, "input")]
    parts.append(arrow(47, 95, 18, "right", BLUE, 3))
    for number, (letter, guess) in enumerate(zip("quee", "ueen")):
        x = 67 + 68 * number
        parts += [box(x, 70, 46, 50, BLUE), code(x + 23, 170, letter), code(x + 23, 30, guess)]
        parts += [arrow(x + 23, 152, 29, "up"), arrow(x + 23, 69, 29, "up")]
        parts.append(arrow(x + 48, 95, 20, "right", BLUE, 3))
    label = (
        "Four equal boxes in a row read the letters q, u, e, e from below. A blue arrow leads from"
        " each box to the next, and each box guesses the following letter above: u, e, e, n."
    )
    return page(182, label, *parts)


def old_parts():
    """From the old state and the input to their sum."""
    return [
        words(0, 68, "old h"),
        arrow(46, 62, 18, "right", BLUE, 3),
        box(65, 46, 54, 32),
        code(92, 67, "W_hh"),
        line("M120 62H150V83", BLUE, 3),
        words(0, 138, "x"),
        arrow(16, 132, 48, "right"),
        box(65, 116, 54, 32),
        code(92, 137, "W_xh"),
        line("M120 132H150V111"),
        words(176, 148, "b"),
        line("M176 131L160 108"),
    ]


def new_parts():
    """From the sum to the new state, the answer and the next step."""
    return [
        sign(150, 97, "+", BLUE),
        arrow(164, 97, 24, "right", BLUE, 3),
        box(189, 81, 52, 32),
        code(215, 102, "tanh"),
        arrow(242, 97, 46, "right", BLUE, 3),
        words(340, 103, "new h", "end"),
        line("M318 84V18H18V46", BLUE, 2, ' stroke-dasharray="5 4"'),
        head(18, 52, "down", BLUE),
        words(168, 38, "for the next input", "middle"),
        line("M262 97V131"),
        head(262, 138, "down"),
        box(235, 139, 54, 32),
        code(262, 160, "W_hy"),
        arrow(290, 155, 24, "right"),
        words(320, 160, "y"),
    ]


def step():
    """What happens inside one box."""
    label = (
        "The old state h goes through the matrix W_hh and the input x through W_xh. Both are added"
        " with a bias b, tanh squashes the sum, and the new state h comes out. It returns as the"
        " old state of the next input, and through W_hy it gives the answer y."
    )
    return page(176, label, *old_parts(), *new_parts())


def orbit(w, h, steps):
    """The states of h = tanh(w h) from h on."""
    path = [h]
    for _ in range(steps):
        path.append(tanh(w * path[-1]))
    return path


def orbits(left, w, ends):
    """The states of one unit from nine starts, with the values at which they end."""
    parts = [words(left, 18, f"w = {w}"), line(f"M{left} 30V170M{left} 100h100", width=1)]
    for number in range(9):
        path = orbit(w, 0.95 * (number - 4) / 4, STEPS)
        points = [f"{left + 100 * t / STEPS:.1f} {100 - 68 * h:.1f}" for t, h in enumerate(path)]
        parts.append(line("M" + "L".join(points), BLUE, 1.6))
    parts += [words(left + 105, 106 - 68 * end, minus(end)) for end in ends]
    parts.append(words(left + 50, 194, f"{STEPS} steps", "middle"))
    return parts


def minus(value):
    return f"{value:g}".replace("-", "−")


def rest():
    """One unit with two weights."""
    parts = [words(24, 106 - 68 * value, minus(value), "end") for value in (1, 0, -1)]
    parts += orbits(30, 0.8, [0]) + orbits(184, 1.5, [0.86, 0, -0.86])
    label = (
        "Two line charts of the state of one unit against the step, from nine starts. With weight"
        " 0.8 all lines run together at 0; with weight 1.5 they part towards 0.86 and −0.86, and"
        " only the one that starts at 0 stays there."
    )
    return page(202, label, *parts)


def gradient():
    """The way back along the unrolled loop, with what is left of the gradient as thickness."""
    parts = [words(340, 20, "the error", "end"), arrow(309, 28, 30, "down", VERMILION, 7, 9)]
    for number in range(5):
        x = 8 + 73 * number
        parts.append(box(x, 62, 38, 46, BLUE))
        if number:
            width = 7 * KEPT ** (5 - number)
            parts.append(arrow(x - 33, 74, 31, "right", BLUE, 2))
            parts.append(arrow(x - 2, 97, 31, "left", VERMILION, width, max(5, width)))
    shares = [KEPT**k for k in (4, 3, 2, 1, 0)]
    for number, share in enumerate(shares):
        parts.append(words(27 + 73 * number, 132, f"{share:.2f}".replace("1.00", "1"), "middle"))
    parts.append(words(0, 20, "0.58 of it is left"))
    parts.append(words(0, 40, "after each step back"))
    label = (
        "Five boxes in a row. Thin blue arrows lead forwards. Vermilion arrows lead back from the"
        " last box and get thinner at each step: 1, 0.58, 0.33, 0.19, 0.11 of the gradient."
    )
    return page(140, label, *parts)


def lstm():
    """The cell as a line with three gates."""
    parts = [
        words(0, 20, "old cell"),
        words(340, 20, "new cell", "end"),
        line("M0 48H43M71 48H157M183 48H328", VERMILION, 5),
        head(340, 48, "right", VERMILION, 9),
        sign(57, 48, "×", VERMILION),
        sign(170, 48, "+", VERMILION),
    ]
    deeds = {"forget gate": "keep", "input gate": "write", "output gate": "show"}
    for (name, deed), x in zip(deeds.items(), (57, 170, 283)):
        parts += [box(x - 52, 94, 104, 52), words(x, 116, name, "middle")]
        parts += [words(x, 137, deed, "middle", ' font-style="italic"')]
        parts += [arrow(x - 22, 178, 31, "up")]
    parts += [arrow(57, 93, 31, "up"), arrow(170, 93, 31, "up"), arrow(283, 51, 42, "down")]
    parts += [line("M35 179H262", width=2), words(0, 204, "input x and old h")]
    parts += [arrow(305, 147, 38, "down", VERMILION, 3), words(340, 204, "new h", "end")]
    label = (
        "The cell is a thick vermilion line from left to right. The forget gate multiplies it, the"
        " input gate adds to it, and the output gate shows part of it as the new state h. All"
        " three gates read the input and the old h."
    )
    return page(212, label, *parts)


def dots(y, ink, count=8):
    return [f'<circle cx="{16 + 44 * i}" cy="{y}" r="5" fill="{ink}"/>' for i in range(count)]


def after():
    """Eight inputs, taken in by a chain, by attention and by a tree."""
    at = [16 + 44 * i for i in range(8)]
    parts = [words(0, 16, "recurrent: one after the other"), *dots(38, BLUE)]
    parts += [arrow(x + 6, 38, 31, "right", BLUE, 2, 5) for x in at[:-1]]
    parts += [words(0, 82, "attention: all steps seen at once"), *dots(144, BLACK)]
    parts += [
        line(f"M{x} 138Q{(x + at[7]) / 2:g} {138 - 11 * (7 - i)} {at[7]} 138", BLACK, 1.5)
        for i, x in enumerate(at[:-1])
    ]
    parts += [words(0, 188, "linear recurrence: pairs, in 3 rounds"), *dots(210, ORCHID)]
    level, y = at, 210
    while len(level) > 1:
        joined = [(a + b) / 2 for a, b in zip(level[::2], level[1::2])]
        for a, b, m in zip(level[::2], level[1::2], joined):
            parts.append(line(f"M{a:g} {y}L{m:g} {y + 24}L{b:g} {y}", ORCHID, 2))
            parts.append(f'<circle cx="{m:g}" cy="{y + 24}" r="4" fill="{ORCHID}"/>')
        level, y = joined, y + 24
    label = (
        "Three rows of eight dots. In the first, arrows lead from each dot to the next. In the"
        " second, arcs join the last dot with every other. In the third, a tree joins the dots in"
        " pairs, in three rounds."
    )
    return page(292, label, *parts)


PICTURES = {f.__name__: f for f in (loop, step, rest, gradient, lstm, after)}


def main():
    FOLDER.mkdir(exist_ok=True)
    for name, draw in PICTURES.items():
        (FOLDER / f"overview-{name}.svg").write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
