"""The one form in which an executed notebook is stored, so that a diff shows what changed.

Cell ids stay, counts run from 1, and whatever differs between two runs of the same code (ids of
widget models, dates in pictures, times of execution) is replaced or left out.
"""

import hashlib
import json
import re

from book.tools.notebooks import STATE, VIEW, is_code

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
CELL_METADATA = ("mystnb", "rnnbook", "tags")
REFERENCE = "IPY_MODEL_"
ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
DATE = re.compile(r"\s*<dc:date>.*?</dc:date>", re.S)


def canonical(nb, name):
    """Bring ``nb`` into canonical form, in place. ``name`` seeds the ids of its widgets."""
    state = nb.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    kept = {
        key: nb.metadata[key] for key in ("description", "mystnb", "rnnbook") if key in nb.metadata
    }
    nb.nbformat, nb.nbformat_minor = 4, 5
    nb.metadata.clear()
    nb.metadata.update(kept, kernelspec=KERNEL, language_info={"name": "python"})
    code = [cell for cell in nb.cells if is_code(cell)]
    for count, cell in enumerate(code, start=1):
        cell.execution_count = count
        cell.outputs = merged(cell.outputs)
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = count
            if "image/svg+xml" in output.get("data", {}):
                output.data["image/svg+xml"] = DATE.sub("", output.data["image/svg+xml"])
    for cell in nb.cells:
        extra = [key for key in cell.metadata if key not in CELL_METADATA]
        for key in extra:
            del cell.metadata[key]
    store_widgets(nb, code, state, name)
    return nb


def merged(outputs):
    """Neighbouring pieces of the same stream as one: how text is cut is a matter of timing."""
    result = []
    for output in outputs:
        last = result[-1] if result else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            result.append(output)
    return result


def store_widgets(nb, code, state, name):
    """Keep the models that the outputs show, under ids that every run repeats."""
    outputs = [output.get("data", {}) for cell in code for output in cell.outputs]
    shown = [data for data in outputs if VIEW in data]
    views = [data[VIEW] for data in shown]
    order = []
    for view in views:
        visit(view["model_id"], state, order)
    new = {
        old: hashlib.sha256(f"{name}:{number}".encode()).hexdigest()[:32]
        for number, old in enumerate(order)
    }
    for data in shown:
        data["text/plain"] = ADDRESS.sub("", data.get("text/plain", ""))
    for view in views:
        view["model_id"] = new[view["model_id"]]
    if new:
        text = json.dumps({new[old]: state[old] for old in order}, sort_keys=True)
        for old in order:
            text = text.replace(REFERENCE + old, REFERENCE + new[old])
        nb.metadata["widgets"] = {
            STATE: {"state": json.loads(text), "version_major": 2, "version_minor": 0}
        }


def visit(model, state, order):
    """Append ``model`` and then every model it refers to, each once."""
    if model in order:
        return
    if model not in state:
        raise ValueError(f"an output shows the widget model {model}, whose state was not stored")
    order.append(model)
    found = re.findall(REFERENCE + r"([\w-]+)", json.dumps(state[model], sort_keys=True))
    for other in found:
        if other in state:
            visit(other, state, order)
