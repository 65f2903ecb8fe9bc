"""How fast the package is beside what a reader would pick instead: ``make bench``.

It prints tables and writes ``experiments/results/bench.json``: milliseconds (medians of
interleaved repeats), and how many times faster than the reference each is, from one run. One
thread on the CPU; where there is a GPU the layers and scans are measured there too. About six
minutes. ``python -m experiments.bench layers scans`` measures those parts alone and keeps the rest.
"""

import json
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import torch
from torch import nn

from experiments.bench import rivals
from experiments.bench.timing import machine, medians, rows
from rnnbook import GRU, LSTM, RNN, MinGRU, Stream, scan
from rnnbook.layers import LRU

RESULT = Path(__file__).parents[1] / "results" / "bench.json"
SHAPES = [(32, 128, 64, 128), (64, 35, 256, 256), (16, 1000, 32, 64)]  # B T D H
LENGTHS, STEPS = [128, 512, 2048, 8192], 200


def devices():
    gpu = [torch.device("cuda")] if torch.cuda.is_available() else []
    return [torch.device("cpu"), *gpu]


def passes(module, function, x_BTD, dy_BTH):
    """A function of no arguments: forward and backward, gradients set to None before."""

    def run():
        for p in module.parameters() if isinstance(module, nn.Module) else ():
            p.grad = None
        function(x_BTD.detach().requires_grad_()).backward(dy_BTH)

    return run


def of_layer(layer):
    return layer, lambda x_BTD: layer(x_BTD)[0]


def copies(layer, names):
    """The same layer in each implementation."""
    made = {}
    for name in names:
        other = type(layer)(layer.D, layer.H, implementation=name).to(layer.W_xh)
        other.load_state_dict(layer.state_dict())
        made[f"rnnbook {name or 'default'}"] = of_layer(other)
    return made


def same(candidates, x_BTD):
    """Raise AssertionError where a candidate computes something else than the first."""
    results = {name: function(x_BTD) for name, (_, function) in candidates.items()}
    first = next(iter(results.values()))
    for name, y_BTH in results.items():
        torch.testing.assert_close(y_BTH, first, rtol=1e-3, atol=1e-4, msg=name)


def layers():
    """Forward and backward, and forward alone, of RNN, LSTM and GRU at three shapes."""
    for device in devices():
        for B, T, D, H in SHAPES:
            x_BTD, dy_BTH = torch.randn(B, T, D, device=device), torch.randn(B, T, H, device=device)
            for kind in (RNN, LSTM, GRU):
                layer, name = kind(D, H).to(device), kind.__name__
                both = {f"nn.{name}": rivals.torch_nn(layer)}
                both |= copies(layer, [None, "by_hand", "library", "loop"])
                both |= {"textbook loop": rivals.textbook(layer), "Keras": rivals.keras(layer)}
                about = {"part": "layers", "device": device.type, "shape": [B, T, D, H]}
                same(both, x_BTD)
                calls = {n: passes(m, f, x_BTD, dy_BTH) for n, (m, f) in both.items()}
                taken, rounds = medians(calls, device)
                yield from rows(taken, f"nn.{name}", rounds, **about, what="forward + backward")
                if device.type == "cpu":
                    both["onnxruntime"] = rivals.onnxruntime(layer)
                    same(both, x_BTD)
                taken, rounds = medians(forwards(both, x_BTD), device, budget=10)
                yield from rows(taken, f"nn.{name}", rounds, **about, what="forward")


def lengths():
    """Forward and backward where the sequences last from a quarter of T to T steps."""
    for device in devices():
        for B, T, D, H in SHAPES:
            x_BTD, dy_BTH = torch.randn(B, T, D, device=device), torch.randn(B, T, H, device=device)
            lasts_B = torch.randint(T // 4, T + 1, (B,))
            for kind in (RNN, LSTM, GRU):
                layer = kind(D, H).to(device)
                module = rivals.packed_torch_nn(layer, lasts_B)
                both = {f"nn.{kind.__name__} packed": module}
                for name, (other, _) in copies(layer, [None, "by_hand", "library"]).items():
                    both[name] = other, lambda x, la=other, n=lasts_B: la(x, None, n)[0]
                same(both, x_BTD)
                calls = {n: passes(m, f, x_BTD, dy_BTH) for n, (m, f) in both.items()}
                taken, rounds = medians(calls, device, budget=10)
                about = {"part": "lengths", "device": device.type, "shape": [B, T, D, H]}
                reference = f"nn.{kind.__name__} packed"
                yield from rows(taken, reference, rounds, **about, what="forward + backward")


def forwards(candidates, x_BTD):
    def call(function):
        with torch.no_grad():
            return function(x_BTD)

    return {name: lambda f=function: call(f) for name, (_, function) in candidates.items()}


def others():
    """Forms without a twin in torch.nn, against the nearest it has."""
    for device in devices():
        for B, T, D, H in SHAPES:
            x_BTD, dy_BTH = torch.randn(B, T, D, device=device), torch.randn(B, T, H, device=device)
            near = {
                "nn.LSTM": {f"LSTM {f}": LSTM(D, H, form=f) for f in ("1997", "coupled")}
                | {f"LSTM {f}": LSTM(D, H, form=f) for f in ("peephole", "layer_norm")},
                "nn.GRU": {"GRU, reset before": GRU(D, H, reset="before"), "MinGRU": MinGRU(D, H)}
                | {"MinGRU loop": MinGRU(D, H, implementation="loop"), "LRU": LRU(D, H)}
                | {"LRU fft": LRU(D, H, implementation="fft")},
            }
            for reference, made in near.items():
                twin = getattr(nn, reference[3:])(D, H, batch_first=True).to(device)
                both = {reference: of_layer(twin)}
                both |= {name: of_layer(layer.to(device)) for name, layer in made.items()}
                calls = {n: passes(m, f, x_BTD, dy_BTH) for n, (m, f) in both.items()}
                taken, rounds = medians(calls, device, budget=10)
                about = {"part": "others", "device": device.type, "shape": [B, T, D, H]}
                yield from rows(taken, reference, rounds, **about, what="forward + backward")


def repeated(step):
    for _ in range(STEPS):
        step()


@torch.inference_mode()
def streaming():
    """One step of one sequence, D = H = 128 and 256."""
    for H in (128, 256):
        x_1D = torch.randn(1, H)
        x = x_1D[0].numpy()
        for kind, twin in ((LSTM, nn.LSTMCell), (GRU, nn.GRUCell), (RNN, nn.RNNCell)):
            layer, cell = kind(H, H), twin(H, H)
            state, stream = layer.start(1, like=x_1D), Stream(layer)
            both = {
                f"nn.{twin.__name__}": partial(cell, x_1D, state),
                "layer.step": partial(layer.step, x_1D, state),
                "Stream": partial(stream.step, x),
            }
            calls = {name: partial(repeated, step) for name, step in both.items()}
            taken, rounds = medians(calls, budget=10)
            taken = {name: seconds / STEPS for name, seconds in taken.items()}
            about = {"part": "streaming", "device": "cpu", "shape": [1, 1, H, H]}
            yield from rows(taken, f"nn.{twin.__name__}", rounds, **about, what="one step")


def back_and_forth(function, a, b):
    inputs = a.detach().requires_grad_(), b.detach().requires_grad_()
    function(*inputs).backward(b)


def scans():
    """h_t = a_t h_{t-1} + b_t forward and backward, 8 sequences of 64 numbers."""
    for device in devices():
        for T in LENGTHS:
            a, b = torch.rand(T, 8, 64, device=device), torch.randn(T, 8, 64, device=device)
            fixed = torch.rand(64, device=device)

            calls = {
                "scan.loop": partial(back_and_forth, scan.loop, a, b),
                "scan.scan": partial(back_and_forth, scan.scan, a, b),
                "scan.convolve, a fixed": partial(back_and_forth, scan.convolve, fixed, b),
            }
            taken, rounds = medians(calls, device)
            about = {"part": "scans", "device": device.type, "shape": [8, T, 64]}
            yield from rows(taken, "scan.loop", rounds, **about, what="forward + backward")


def importing():
    """Seconds that ``import rnnbook`` adds to ``import torch``, alone and with its main names."""
    for what, names in (("import rnnbook", ""), ("its main names", "LSTM fit sample sweep data")):
        code = "import torch, time; t = time.perf_counter(); import rnnbook; "
        code += "".join(f"rnnbook.{name}; " for name in names.split())
        code += "print(time.perf_counter() - t)"
        command = [sys.executable, "-c", code]
        seconds = sorted(float(subprocess.check_output(command)) for _ in range(5))[2]
        about = {"part": "importing", "device": "cpu", "shape": [], "name": what, "rounds": 5}
        yield {**about, "ms": round(1e3 * seconds, 1), "what": "beyond torch"}


PARTS = {f.__name__: f for f in (layers, lengths, others, streaming, scans, importing)}


def show(row):
    shape = "x".join(map(str, row["shape"]))
    times = f"{row['times']:6.2f} times {row['against']}" if "times" in row else ""
    head = f"{row['device']:4} {shape:14} {row['what']:18} {row['name']:22}"
    print(f"{head} {row['ms']:9.3f} ms {times}", flush=True)


def main(names):
    torch.set_num_threads(1)
    stored = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {"rows": []}
    for name in names or PARTS:
        torch.manual_seed(0)
        about, started = machine(), time.perf_counter()
        made = []
        for row in PARTS[name]():
            made.append(row)
            show(row)
        about["seconds"] = round(time.perf_counter() - started)
        stored["rows"] = [row for row in stored["rows"] if row["part"] != name] + made
        stored.setdefault("machines", {})[name] = about
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    print(f"{RESULT.name} is written")


if __name__ == "__main__":
    main(sys.argv[1:])
