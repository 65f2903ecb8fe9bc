"""What a reader would pick instead: torch.nn, the textbook loop, Keras and onnxruntime.

Each function takes one of the book's layers and returns a function of x_BTD with the same
weights and the same result, so that equality can be checked before anything is timed.
"""

import os

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnnbook.layers import GRU, LSTM, RNN, to_torch

KIND = {RNN: "RNN", LSTM: "LSTM", GRU: "GRU"}


def torch_nn(layer):
    module = to_torch(layer)
    return module, lambda x_BTD: module(x_BTD)[0]


def packed_torch_nn(layer, lengths):
    """torch.nn with the sequences packed on the way in and padded on the way out."""
    module = to_torch(layer)

    def run(x_BTD):
        packed = pack_padded_sequence(x_BTD, lengths, batch_first=True, enforce_sorted=False)
        y, _ = module(packed)
        return pad_packed_sequence(y, batch_first=True, total_length=x_BTD.shape[1])[0]

    return module, run


class Textbook(nn.Module):
    """The loop of a textbook: a product for every gate, a slice of the input for every step."""

    def __init__(self, layer):
        super().__init__()
        cell = layer.cells[0]
        self.H, self.names = cell.H, cell.rows
        blocks = zip(cell.W_xh.split(cell.H), cell.W_hh.split(cell.H), cell.b_h.split(cell.H))
        for name, (W_x, W_h, b) in zip(cell.rows, blocks):
            for key, weight in (("x", W_x.T), ("h", W_h.T), ("b", b)):
                self.register_parameter(f"{key}_{name}", nn.Parameter(weight.detach().clone()))
        if "r" in cell.rows:
            self.b_hn = nn.Parameter(cell.b_hn.detach().clone())

    def of_input(self, name, x):
        return x @ getattr(self, f"x_{name}") + getattr(self, f"b_{name}")

    def gate(self, name, x, h):
        return self.of_input(name, x) + h @ getattr(self, f"h_{name}")

    def step(self, x, h, c):
        if self.names == "h":
            return torch.tanh(self.gate("h", x, h)), c
        if self.names == "ifgo":
            i, f, o = (torch.sigmoid(self.gate(name, x, h)) for name in "ifo")
            c = f * c + i * torch.tanh(self.gate("g", x, h))
            return o * torch.tanh(c), c
        r, z = (torch.sigmoid(self.gate(name, x, h)) for name in "rz")
        n = torch.tanh(self.of_input("n", x) + r * (h @ self.h_n + self.b_hn))
        return (1 - z) * n + z * h, c

    def forward(self, x_BTD):
        h = c = x_BTD.new_zeros(len(x_BTD), self.H)
        outputs = []
        for t in range(x_BTD.shape[1]):
            h, c = self.step(x_BTD[:, t], h, c)
            outputs.append(h)
        return torch.stack(outputs, dim=1)


def textbook(layer):
    module = Textbook(layer).to(layer.W_xh)
    return module, module


def keras(layer):
    """Keras 3 on the torch backend; its gates are i f c o and z r h."""
    os.environ["KERAS_BACKEND"] = "torch"
    from keras import layers as keras_layers

    kind, cell = KIND[type(layer)], layer.cells[0]
    made = getattr(keras_layers, "SimpleRNN" if kind == "RNN" else kind)
    module = made(cell.H, return_sequences=True)
    module.build((None, None, cell.D))
    order = {"RNN": [0], "LSTM": [0, 1, 2, 3], "GRU": [1, 0, 2]}[kind]
    weights = [reordered(w, order, cell.H) for w in (cell.W_xh, cell.W_hh, cell.b_h)]
    weights[:2] = [w.T for w in weights[:2]]
    if kind == "GRU":
        hidden = torch.cat([torch.zeros_like(cell.b_hn), torch.zeros_like(cell.b_hn), cell.b_hn])
        weights[2] = torch.stack([weights[2], hidden])
    module.set_weights([w.detach().cpu().numpy() for w in weights])
    return module, module


def onnxruntime(layer):
    """onnxruntime's own operator, forward only; its gates are i o f c and z r h."""
    import onnx
    import onnxruntime as ort
    from onnx import TensorProto, helper, numpy_helper

    kind, cell = KIND[type(layer)], layer.cells[0]
    order = {"RNN": [0], "LSTM": [0, 3, 1, 2], "GRU": [1, 0, 2]}[kind]
    W, R, b = (reordered(w, order, cell.H).detach() for w in (cell.W_xh, cell.W_hh, cell.b_h))
    hidden = torch.zeros_like(b)
    if kind == "GRU":
        hidden[2 * cell.H :] = cell.b_hn.detach()
    arrays = {"W": W[None], "R": R[None], "B": torch.cat([b, hidden])[None]}
    more = {"linear_before_reset": 1} if kind == "GRU" else {}
    node = helper.make_node(kind, ["x", *arrays], ["y"], hidden_size=cell.H, **more)
    graph = helper.make_graph(
        [node],
        "layer",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["T", "B", cell.D])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["T", 1, "B", cell.H])],
        [numpy_helper.from_array(a.cpu().numpy(), name) for name, a in arrays.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = ort.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])

    def run(x_BTD):
        (y,) = session.run(None, {"x": x_BTD.detach().transpose(0, 1).contiguous().numpy()})
        return torch.from_numpy(y[:, 0]).transpose(0, 1)

    return None, run


def reordered(weight, order, H):
    """The blocks of H rows in another order."""
    blocks = weight.split(H)
    return torch.cat([blocks[k] for k in order])
