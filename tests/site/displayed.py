"""What a live figure displays, on a page or in JupyterLab, beside what Python says it shows."""

from rnnbook import widgets

FIGURES = [getattr(widgets, name) for name in widgets.__all__ if name != "LiveFigure"]
# What a figure displays: the texts of all elements of a name, and the names in words or controls.
# Parts of the picture without text, such as bars, have names for other tests.
DISPLAYED = """figure => {
  const texts = {}, told = new Set();
  for (const node of figure.querySelectorAll("[data-name]")) {
    const spoken = node.closest(".words, output");
    if (spoken || node.textContent) (texts[node.dataset.name] ||= []).push(node.textContent);
    if (spoken) told.add(node.dataset.name);
  }
  return { texts, told: [...told] };
}"""


def differences(displayed, shown):
    """Where a page displays other texts than ``shown()`` says, in words."""
    for name, expected in shown.items():
        texts = displayed["texts"].get(name)
        if texts is None:
            yield f"{name}: not on the page, shown() has {expected!r}"
        elif set(texts) != {expected}:
            yield f"{name}: the page has {' and '.join(map(repr, texts))}, shown() {expected!r}"
    for name in sorted(set(displayed["told"]) - set(shown)):
        yield f"{name}: on the page ({displayed['texts'][name][0]!r}), but not in shown()"
