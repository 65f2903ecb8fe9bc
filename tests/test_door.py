"""Bad input meets an error that says what came, what was expected and what to do."""

import inspect
import pkgutil
import types
import typing

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import rnnbook
from rnnbook import GRU, LSTM, RNN, Classifier, MinGRU, Tagger, cells, door, layers, models, scan
from rnnbook.layers import LRU, Jordan

# ---------------------------------------------------------------- the checks themselves


@door.checked
def greet(name: str, times: int, pause: float = 0.0, loud: bool = False, to: Tensor | None = None):
    return name, times, pause, loud, to


def test_good_arguments_pass_untouched():
    assert greet("a", 2) == ("a", 2, 0.0, False, None)
    assert greet("a", times=np.int64(2), pause=np.float32(0.5), loud=np.bool_(True))[1:3] == (
        2,
        0.5,
    )
    assert greet("a", 2, 1)[2] == 1  # a whole number is a number
    greet("a", 2, to=torch.zeros(1))
    greet("a", 2, to=nn.Parameter(torch.zeros(1)))
    assert greet.__name__ == "greet" and str(inspect.signature(greet)).startswith("(name: str")


@pytest.mark.parametrize(
    "args, options, says",
    [
        ((2, 2), {}, "greet: name is 2 (int); expected text"),
        (("a", 2.0), {}, "greet: times is 2.0 (float); expected a whole number"),
        (("a", True), {}, "greet: times is True (bool); expected a whole number"),
        (("a", None), {}, "greet: times is None (NoneType); expected a whole number"),
        (("a", 2), {"pause": "1"}, "greet: pause is '1' (str); expected a number"),
        (("a", 2), {"pause": False}, "greet: pause is False (bool); expected a number"),
        (("a", 2), {"pause": 1j}, "greet: pause is 1j (complex); expected a number"),
        (("a", 2), {"loud": 1}, "greet: loud is 1 (int); expected True or False"),
        (("a", 2), {"to": np.zeros((2, 3))}, "to is a ndarray of shape (2, 3); expected a Tensor"),
        (("a", torch.zeros(3)), {}, "times is a Tensor of shape (3,); expected a whole number"),
        (("a" * 99, "b" * 99), {}, "times is 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb... (str)"),
        (("a",), {}, "greet: missing a required argument: 'times'"),
        (("a", 2), {"soft": 1}, "greet: got an unexpected keyword argument 'soft'"),
        (("a", 2, 0, False, None, 7), {}, "greet: too many positional arguments"),
    ],
)
def test_a_wrong_type_is_named_with_what_came_and_what_was_expected(args, options, says):
    with pytest.raises(TypeError) as error:
        greet(*args, **options)
    assert says in str(error.value)


def test_ranges_and_choices_are_checked():
    assert door.within("rate", 0.5, 0, 1) == 0.5 and door.choice("x", "a", ("a", "b")) == "a"
    with pytest.raises(ValueError, match="rate is 1.5; expected 0 to 1"):
        door.within("rate", 1.5, 0, 1)
    with pytest.raises(ValueError, match="rate is nan; expected at least 1"):
        door.within("rate", float("nan"), 1)
    with pytest.raises(ValueError, match="x 'c' is unknown; expected one of 'a', 'b'"):
        door.choice("x", "c", ("a", "b"))


def test_whole_numbers_are_told_from_others():
    for dtype in (torch.uint8, torch.int16, torch.int64):
        assert door.integral(torch.zeros(2, dtype=dtype))
    for dtype in (torch.bool, torch.float16, torch.float64, torch.complex64):
        assert not door.integral(torch.zeros(2, dtype=dtype))


def test_shapes_types_and_devices_of_tensors_are_checked():
    like = torch.zeros(1)
    door.matches("x", torch.zeros(2, 3), ("B", 3), like)
    for shape in ((2, 4), (2,), (2, 3, 1), (0, 3)):
        with pytest.raises(ValueError, match=r"x has shape .*; expected \(B, 3\), with at least"):
            door.matches("x", torch.zeros(shape), ("B", 3), like)
    with pytest.raises(ValueError, match=r"x has shape \(2, 4\); expected \(2, 3\)$"):
        door.matches("x", torch.zeros(2, 4), (2, 3), like)
    for other in (torch.zeros(2, 3).double(), torch.zeros(2, 3, device="meta")):
        with pytest.raises(ValueError, match=r"expected torch.float32 on cpu.*\.to\(\.\.\.\)"):
            door.matches("x", other, ("B", 3), like)


# ---------------------------------------------------------------- every annotated argument

WRAPPER = greet.__code__


def is_checked(function):
    """Whether ``checked`` is around ``function``, alone or among other decorators."""
    while function is not None:
        if getattr(function, "__code__", None) is WRAPPER:
            return True
        function = getattr(function, "__wrapped__", None)
    return False


def modules():
    """The modules that stand on the floors of cells, scan, layers and models."""
    yield from (scan, models)
    for package in (cells, layers):
        for info in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
            yield __import__(info.name, fromlist=["x"])


def doors():
    """(name, function, owner) of all checked functions and methods in these modules."""
    for module in modules():
        for name, value in vars(module).items():
            if getattr(value, "__module__", None) != module.__name__:
                continue
            if inspect.isclass(value):
                for method, function in vars(value).items():
                    if inspect.isfunction(function) and is_checked(function):
                        yield f"{name}.{method}", function, value
            elif is_checked(value):
                yield name, value, None


DOORS = list(doors())
SAMPLES = {
    int: 3,
    float: 2.5,
    str: "text",
    bool: True,
    Tensor: torch.zeros(2),
    nn.Module: nn.Identity(),
    layers.Recurrent: RNN(2, 3),
}


def sample(hint):
    """A value that fits an annotation."""
    if isinstance(hint, types.UnionType):
        return None if types.NoneType in typing.get_args(hint) else sample(typing.get_args(hint)[0])
    return SAMPLES[hint]


def wrong(hint):
    """Values that do not fit an annotation; True and 1.5 only where they are no numbers."""
    hints = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    values = [object(), {"a": 1}, b"bytes", *([] if bool in hints else [True])]
    values += [] if {int, float} & set(hints) else [2]
    values += [] if float in hints else [1.5]
    values += [] if str in hints else ["text"]
    values += [] if list in hints else [["a"]]
    return values + ([] if types.NoneType in hints else [None])


def cases():
    for name, function, owner in DOORS:
        hints = typing.get_type_hints(function)
        for argument in hints:
            yield pytest.param(function, owner, hints, argument, id=f"{name}-{argument}")


@pytest.mark.parametrize("function, owner, hints, argument", list(cases()))
def test_every_annotated_argument_is_checked_and_named(function, owner, hints, argument):
    options = {name: sample(hint) for name, hint in hints.items()}
    first = [] if owner is None else [owner.__new__(owner)]
    for value in wrong(hints[argument]):
        with pytest.raises(TypeError) as error:
            function(*first, **options | {argument: value})
        message = str(error.value)
        assert f": {argument} is " in message and "; expected " in message
        title = owner.__name__ if function.__name__ == "__init__" else function.__name__
        assert title in message.split(":")[0]


def test_every_constructor_and_every_public_function_has_such_a_door():
    names = {name for name, *_ in DOORS}
    wanted = {"loop", "scan", "convolve", "identity_", "orthogonal_", "forget_bias_", "chrono_"}
    wanted |= {"from_torch", "to_torch", "mask_of", "Recurrent.forward", "Recurrent.chosen"}
    assert wanted | {"Cell.forward"} <= names
    for module in modules():
        for name, value in vars(module).items():
            public = (
                inspect.isclass(value) and issubclass(value, nn.Module) and value is not nn.Module
            )
            if public and value.__module__ == module.__name__:
                assert is_checked(value.__init__), name
                own = vars(value).get("__init__")
                parameters = list(inspect.signature(own).parameters.values())[1:] if own else []
                for one in parameters:
                    several = one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
                    assert several or one.annotation is not one.empty, f"{name}: {one}"


# ---------------------------------------------------------------- constructors


@pytest.mark.parametrize(
    "use, error, says",
    [
        (lambda: RNN(3, 0), ValueError, "H is 0; expected at least 1"),
        (lambda: RNN(0, 3), ValueError, "D is 0"),
        (lambda: GRU(3, -4), ValueError, "H is -4"),
        (lambda: RNN(3, 4, L=0), ValueError, "L is 0"),
        (lambda: RNN(3.0, 4), TypeError, r"RNN: D is 3.0 \(float\); expected a whole number"),
        (lambda: LSTM("3", 4), TypeError, "LSTM: D is '3'"),
        (lambda: LSTM(3), TypeError, "LSTM: missing a required argument: 'H'"),
        (lambda: LSTM(3, 4, 2), TypeError, "LSTM: too many positional arguments"),
        (lambda: RNN(3, 4, 2), TypeError, "unit is 2"),
        (lambda: RNN(3, 4, num_layers=2), TypeError, "unexpected keyword argument 'num_layers'"),
        (lambda: LSTM(3, 4, forget_bias="1"), TypeError, "LSTM: forget_bias is '1'"),
        (lambda: RNN(3, 4, unit="sin"), ValueError, "expected one of 'tanh', 'ReLU', 'linear'"),
        (lambda: RNN(3, 4, unit=["tanh"]), TypeError, "unit is"),
        (lambda: LSTM(3, 4, form="1999"), ValueError, "'2000', '1997', 'coupled', 'peephole'"),
        (lambda: GRU(3, 4, reset="never"), ValueError, "expected one of 'after', 'before'"),
        (lambda: Jordan(3, 4, 0), ValueError, "K is 0"),
        (lambda: Jordan(3, 4), TypeError, "JordanCell: missing a required argument: 'K'"),
        (lambda: Jordan(3, 4, 2, decay=1.5), ValueError, "decay is 1.5; expected 0 to 1"),
        (lambda: LRU(3, 4, N=0), ValueError, "N is 0"),
        (lambda: LRU(3, 4, most=1.1), ValueError, "most is 1.1; expected 0 to 1"),
        (lambda: LRU(3, 4, least=0.9, most=0.5), ValueError, "least is 0.9; expected 0 to 0.5"),
        (lambda: LRU(3, 4, turn=-1.0), ValueError, "turn is -1.0"),
        (lambda: RNN(3, 4, dropout=1.1), ValueError, "dropout is 1.1; expected 0 to 1"),
        (lambda: RNN(3, 4, zoneout=-0.1), ValueError, "zoneout is -0.1; expected 0 to 1"),
        (lambda: RNN(3, 4, dropout=float("nan")), ValueError, "dropout is nan"),
        (lambda: RNN(3, 4, dropout_mask="all"), ValueError, "'between', 'step', 'variational'"),
        (lambda: RNN(3, 4, implementation="fast"), ValueError, "'loop', 'by_hand', 'library'"),
        (lambda: MinGRU(3, 4, implementation="fft"), ValueError, "expected one of 'loop', 'scan'"),
        (
            lambda: LSTM(3, 4, form="peephole", implementation="library"),
            ValueError,
            "'library' cannot do what the options ask; expected one of loop, or None",
        ),
        (lambda: GRU(3, 4, zoneout=0.1, implementation="by_hand"), ValueError, "cannot do what"),
        (lambda: MinGRU(3, 4, zoneout=0.1), ValueError, "MinGRU has no recurrent matrix"),
    ],
)
def test_what_cannot_be_built_is_refused(use, error, says):
    with pytest.raises(error, match=says):
        use()


def test_the_numbers_of_numpy_are_welcome():
    layer = RNN(np.int64(3), np.int32(4), L=np.int64(2), dropout=np.float32(0.5))
    assert layer(torch.zeros(2, 5, 3))[0].shape == (2, 5, 4)


# ---------------------------------------------------------------- calls

X = torch.zeros(2, 5, 3)
SHAPE = r"expected \(B, T, 3\), with at least one of each: B sequences, T time steps"


@pytest.mark.parametrize("kind", [RNN, LSTM, GRU, MinGRU, LRU, lambda D, H: Jordan(D, H, 2)])
@pytest.mark.parametrize(
    "x, error, says",
    [
        (torch.zeros(2, 3), ValueError, SHAPE),
        (torch.zeros(2, 5, 4), ValueError, SHAPE),
        (torch.zeros(2, 5, 3, 1), ValueError, SHAPE),
        (torch.zeros(0, 5, 3), ValueError, SHAPE),
        (torch.zeros(2, 0, 3), ValueError, SHAPE),
        (X.double(), ValueError, "input is torch.float64 on cpu; expected torch.float32 on cpu"),
        (X.long(), ValueError, "input is torch.int64 on cpu; expected torch.float32"),
        (X.to("meta"), ValueError, r"input is torch.float32 on meta.*move one with .to\(...\)"),
        (X.numpy(), TypeError, r"x_BTD is a ndarray of shape \(2, 5, 3\); expected a Tensor"),
        ([[[0.0]]], TypeError, "x_BTD is"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(kind, x, error, says):
    with pytest.raises(error, match=says):
        kind(3, 4)(x)


@pytest.mark.parametrize(
    "lengths, error, says",
    [
        ([5, 6], ValueError, "lengths run from 5 to 6; expected 1 to 5"),
        ([0, 5], ValueError, "lengths run from 0 to 5.*leave empty sequences out"),
        ([-1, 5], ValueError, "lengths run from -1"),
        ([5], ValueError, "1 lengths for 2 sequences; expected one for each"),
        ([5, 4, 3], ValueError, "3 lengths for 2 sequences"),
        ([], ValueError, r"expected whole numbers of shape \(2,\)"),
        ([2.0, 3.0], ValueError, "lengths are torch.float32"),
        (["a", "b"], ValueError, r"lengths are \['a', 'b'\] \(list\); expected whole numbers"),
        ([[1], [2, 3]], ValueError, "expected whole numbers"),
        ([[1, 2]], ValueError, r"lengths are torch.int64 of shape \(1, 2\)"),
        ([True, True], ValueError, "lengths are torch.bool"),
        ([1j, 2], ValueError, "lengths are torch.complex64"),
        (torch.tensor(3), ValueError, r"of shape \(\)"),
        (torch.ones(2), ValueError, "lengths are torch.float32"),
        (3, TypeError, "lengths is 3"),
        (np.array([3, 4]), TypeError, r"lengths is a ndarray of shape \(2,\); expected a Tensor"),
    ],
)
def test_lengths_that_do_not_fit_are_refused(lengths, error, says):
    for use in (RNN(3, 4, bidirectional=True), Classifier(LSTM(3, 4), 2)):
        with pytest.raises(error, match=says):
            use(X, None, lengths)


@pytest.mark.parametrize("lengths", [(5, 2), [5, 2], torch.tensor([5, 2], dtype=torch.int16)])
def test_lengths_may_come_in_several_forms(lengths):
    layer = GRU(3, 4)
    assert torch.equal(layer(X, None, lengths)[0], layer(X, None, torch.tensor([5, 2]))[0])


H_BH = torch.zeros(2, 4)


@pytest.mark.parametrize(
    "layer, state, says",
    [
        (RNN(3, 4), (H_BH,), r"the state is \((.|\n)*; expected a tensor \(B, 4\)"),
        (RNN(3, 4), (H_BH, H_BH), r"expected a tensor \(B, 4\)"),
        (RNN(3, 4), [H_BH], r"expected a tensor \(B, 4\)"),
        (RNN(3, 4), torch.zeros(1, 2, 4), r"state has shape \(1, 2, 4\); expected \(2, 4\)"),
        (RNN(3, 4), torch.zeros(4, 2), r"state has shape \(4, 2\); expected \(2, 4\)"),
        (RNN(3, 4), H_BH.double(), "state is torch.float64"),
        (RNN(3, 4), H_BH.to("meta"), "state is torch.float32 on meta"),
        (LSTM(3, 4), H_BH, r"LSTMCell expects 2 tensors in a tuple, as start\(B, like=x\)"),
        (LSTM(3, 4), (H_BH,), "LSTMCell expects 2 tensors in a tuple"),
        (LSTM(3, 4), [H_BH, H_BH], "LSTMCell expects 2 tensors in a tuple"),
        (LSTM(3, 4), (H_BH, None), "LSTMCell expects 2 tensors in a tuple"),
        (LSTM(3, 4), (H_BH, H_BH[:, :3]), r"state has shape \(2, 3\); expected \(2, 4\)"),
        (LSTM(3, 4, L=2), (H_BH, H_BH), "expected a list of 2, one for each layer and direction"),
        (RNN(3, 4, bidirectional=True), [H_BH], "expected a list of 2"),
        (RNN(3, 4, L=2), H_BH, r"the state is a Tensor of shape \(2, 4\); expected a list of 2"),
        (RNN(3, 4, L=2), [H_BH, None], "the state is None"),
        (LRU(3, 4), (H_BH, H_BH), "state is torch.float32 on cpu; expected torch.complex64"),
        (Jordan(3, 4, 2), (H_BH, H_BH), r"state has shape \(2, 4\); expected \(2, 2\)"),
    ],
)
def test_states_that_do_not_fit_are_refused(layer, state, says):
    with pytest.raises(ValueError, match=says):
        layer(X, state)
    if len(layer.cells) == 1 and not isinstance(state, list):
        with pytest.raises(ValueError, match=says):
            layer.cells[0](X[:, 0], state)


@pytest.mark.parametrize("function", [scan.loop, scan.scan])
@pytest.mark.parametrize(
    "a, b, h_0, says",
    [
        (torch.ones(5, 3), torch.ones(5, 2), None, r"a has shape \(5, 3\) and b \(5, 2\)"),
        (torch.ones(4, 3), torch.ones(5, 3), None, "expected one shape"),
        (torch.ones(3), torch.ones(5, 3), None, "time first, with at least one step"),
        (torch.ones(0, 3), torch.ones(0, 3), None, "with at least one step"),
        (torch.ones(()), torch.ones(()), None, "with at least one step"),
        (torch.ones(5, 3), torch.ones(5, 3).double(), None, "a is torch.float32 on cpu"),
        (torch.ones(5, 3), torch.ones(5, 3).cfloat(), None, "expected torch.complex64"),
        (torch.ones(5, 3, device="meta"), torch.ones(5, 3), None, "a is torch.float32 on meta"),
        (torch.ones(5, 3), torch.ones(5, 3), torch.ones(2), r"h_0 has shape \(2,\)"),
        (torch.ones(5, 3), torch.ones(5, 3), torch.ones(1, 3), "h_0 has shape"),
        (torch.ones(5, 3), torch.ones(5, 3), torch.ones(3).double(), "h_0 is torch.float64"),
    ],
)
def test_recurrences_that_do_not_fit_are_refused(function, a, b, h_0, says):
    with pytest.raises(ValueError, match=says):
        function(a, b, h_0)


@pytest.mark.parametrize(
    "a, b, h_0, says",
    [
        (torch.ones(5, 3), torch.ones(5, 3), None, "since it does not change; scan.scan takes"),
        (torch.ones(2), torch.ones(5, 3), None, r"a has shape \(2,\) and b \(5, 3\)"),
        (torch.ones(3), torch.ones(0, 3), None, "with at least one step"),
        (torch.ones(()), torch.ones(()), None, "with at least one step"),
        (torch.ones(3), torch.ones(5, 3).double(), None, "a is torch.float32"),
        (torch.ones(3), torch.ones(5, 3), torch.ones(2), "h_0 has shape"),
    ],
)
def test_convolutions_that_do_not_fit_are_refused(a, b, h_0, says):
    with pytest.raises(ValueError, match=says):
        scan.convolve(a, b, h_0)


@pytest.mark.parametrize(
    "use",
    [
        lambda m, x: m(x[:, :, :2]),
        lambda m, x: m(x, None, [9, 1]),
        lambda m, x: m(x, torch.zeros(1)),
        lambda m, x: m(x.double()),
        lambda m, x: m("text"),
    ],
)
def test_a_refused_call_changes_nothing(use):
    torch.manual_seed(0)
    for model in (
        GRU(3, 4, L=2, dropout=0.5, dropout_mask="variational", zoneout=0.1),
        Tagger(LSTM(3, 4, L=2, learn_start=True), 2),
        Classifier(LRU(3, 4, L=2), 2, "attention"),
    ):
        x_BTD = torch.randn(2, 5, 3)
        before, weights = x_BTD.clone(), {n: w.clone() for n, w in model.state_dict().items()}
        chance = torch.get_rng_state()
        with pytest.raises((ValueError, TypeError)):
            use(model, x_BTD)
        assert torch.equal(torch.get_rng_state(), chance) and torch.equal(x_BTD, before)
        assert all(torch.equal(weights[n], w) for n, w in model.state_dict().items())
        assert all(p.grad is None for p in model.parameters()) and model.training


def test_devices_that_are_none_are_refused():
    with pytest.raises(TypeError, match="chosen: device is 3"):
        RNN(3, 4).chosen(3)
    with pytest.raises(RuntimeError, match="device"):
        RNN(3, 4).chosen("abacus")


def test_the_modules_are_found():
    assert {m.__name__ for m in modules()} >= {"rnnbook.cells.modules", "rnnbook.layers.named"}
    assert rnnbook.scan is scan and len(DOORS) > 20
