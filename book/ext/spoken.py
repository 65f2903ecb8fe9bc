r"""Formulas as plain text: ``plain(r"W_{hh}\,h_{t-1}")`` is ``W_hh h_(t−1)``.

It is what search indexes and shows of a formula. It need not be set well, only read: names of
symbols become the signs themselves, what only sets the formula goes away.
"""

import re

SIGNS = {
    **{"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "eta": "η"},
    **{"theta": "θ", "lambda": "λ", "mu": "μ", "nu": "ν", "pi": "π", "rho": "ρ", "sigma": "σ"},
    **{"tau": "τ", "phi": "φ", "varphi": "φ", "psi": "ψ", "omega": "ω", "Delta": "Δ"},
    **{"Gamma": "Γ", "Lambda": "Λ", "Sigma": "Σ", "Phi": "Φ", "Omega": "Ω", "Theta": "Θ"},
    **{"partial": "∂", "nabla": "∇", "odot": "⊙", "otimes": "⊗", "cdot": "·", "times": "×"},
    **{"sum": "∑", "prod": "∏", "sqrt": "√", "infty": "∞", "in": "∈", "pm": "±", "approx": "≈"},
    **{"le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠", "gg": "≫", "ll": "≪"},
    **{"to": "→", "rightarrow": "→", "leftarrow": "←", "gets": "←", "mapsto": "↦", "top": "ᵀ"},
    **{"dots": "…", "cdots": "…", "ldots": "…", "vdots": "…", "lVert": "‖", "rVert": "‖"},
    **{"Vert": "‖", "|": "‖", "lvert": "|", "rvert": "|", "mid": "|", "prime": "′", "sim": "∼"},
    **{"{": "{", "}": "}", "%": "%", "_": "_", "&": "&", "#": "#", "\\": ";"},
}
SPACES = {"quad", "qquad", ",", ";", ":", "!", " ", ">", "limits", "displaystyle", "textstyle"}
WORDS = {"tanh", "log", "exp", "max", "min", "sin", "cos", "det", "ln", "arg", "lim", "dim"}
FONTS = "operatorname|mathrm|mathbf|mathcal|mathbb|mathit|text|textit|bm|boldsymbol|tilde|hat|bar"
SIZES = r"\\(?:left|right|middle|[bB]igg?[lr]?)(?![a-zA-Z])\.?"
PIECE = r"\{([^{}]*)\}"
SIMPLE = r"[∂d]?\s*\w+(_\([\w−]+\))?(\|_\w+)?"


def fraction(match):
    above, below = (part.strip() for part in match.groups())
    return "/".join(part if re.fullmatch(SIMPLE, part) else f"({part})" for part in (above, below))


def script(match):
    sign, inside = match[1], match[2].replace(" ", "")
    if sign == "^" and inside in ("ᵀ", "′"):
        return inside
    return f"{sign}{inside}" if re.fullmatch(r"\w+", inside) else f"{sign}({inside})"


def command(match):
    name = match[1]
    if name in SPACES:
        return " "
    return f" {name} " if name in WORDS else SIGNS.get(name, f" {name} ")


def plain(tex):
    """The formula as one line of text."""
    text = re.sub(r"\\(?:begin|end)\{[^{}]*\}(?:\{[^{}]*\})?", " ", tex)
    text = re.sub(SIZES, "", text)
    text = re.sub(rf"\\(?:{FONTS})\*?\s*{PIECE}", r" \1", text)
    text = re.sub(r"\\tfrac12|\\frac12", "1/2", text)
    text = re.sub(r"\\([a-zA-Z]+|.)", command, text.replace("\\\\", ";").replace("&", " "))
    text = text.replace("-", "−")
    before = None
    while before != text:  # from the inside out
        before = text
        text = re.sub(rf"([_^])\s*{PIECE}", script, text)
        text = re.sub(rf"\b[td]?frac\s*{PIECE}\s*{PIECE}", fraction, text)
        text = re.sub(rf"\bbinom\s*{PIECE}\s*{PIECE}", r"(\1 over \2)", text)
    return tidy(text)


def tidy(text):
    """Spaces as in print."""
    text = re.sub(r"[{}~]", "", text)
    text = re.sub(r"\^([ᵀ′])", r"\1", text)
    text = re.sub(r"\s*([=≤≥≠<>→←≈])\s*", r" \1 ", text)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"\s+([,.;)_])|([(])\s+", lambda m: m[1] or m[2], text)
    text = re.sub(rf"\b({'|'.join(WORDS)}) \(", r"\1(", text)
    text = re.sub(r"([∂√‖]) (?=\w)", r"\1", text)
    return re.sub(r",;", ";", text).strip(" ;")
