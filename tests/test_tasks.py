"""Synthetic tasks: the known answer by brute force, and what a blind answer scores."""

import hashlib
import itertools
import math
import re

import pytest
import torch

from rnnbook import data, tasks

LANGUAGES = [
    tasks.reber(),
    tasks.embedded_reber(),
    tasks.a_n_b_n(T=21),
    tasks.a_n_b_n(T=22, letters=3),
]
ALL = [
    *(tasks.adding(T=9), tasks.recall(T=9), tasks.lag(T=9, steps=2), tasks.register(T=5)),
    *(tasks.copy(T=12, S=5), tasks.xor(T=31), tasks.parity(T=9), tasks.noise(T=6), *LANGUAGES),
    *(tasks.dyck(T=20), tasks.dyck(T=7, kinds=3, deepest=1), tasks.letters(T=60)),
]


def blind_score(task, y):
    """The loss of the best constant answer, from the targets alone."""
    if y.is_floating_point():
        return ((y - y.mean()) ** 2).mean().item()
    counts = torch.bincount(y[y != -100], minlength=task.K).double()
    p = counts[counts > 0] / counts.sum()
    return -(p * p.log()).sum().item()


@pytest.mark.parametrize("task", ALL, ids=str)
def test_the_baseline_is_what_a_blind_answer_scores(task):
    y = task.batch(3000 if isinstance(task, tasks.Task) else 500)[1]
    if isinstance(task, tasks.copy):  # blind to the symbols, not to the place
        assert task.baseline == pytest.approx(
            blind_score(task, y[:, -task.S :]) * task.S / 22, rel=0.01
        )
    elif isinstance(task, tasks.register):
        assert (y**2).mean().item() == pytest.approx(task.baseline, rel=0.06)
    else:
        assert blind_score(task, y) == pytest.approx(task.baseline, rel=0.06)
    assert 0 <= task.best <= task.baseline


def test_adding_recall_lag_and_register_give_the_known_answer():
    x, y = tasks.adding(T=9).batch(50)
    assert ((x[..., 0] * x[..., 1]).sum(1, keepdim=True) == y).all()
    assert (x[..., 1].sum(1) == 2).all()
    x, y = tasks.recall(T=9).batch(50)
    assert (x[:, 0].argmax(-1) == y).all() and (x[:, 1:].argmax(-1) >= 4).all()
    x, y = tasks.lag(T=9, steps=2).batch(50)
    assert (x.argmax(-1)[:, :-2] == y[:, 2:]).all() and (y[:, :2] == -100).all()
    x, y = tasks.register(T=30).batch(20)
    held = x[:, 0, 0]
    for t in range(30):
        value, write, read = x[:, t].unbind(1)
        held = value * write + held * (1 - write)
        assert (y[:, t, 0] == held * read).all()


def test_copy_asks_for_the_symbols_after_the_sign():
    x_BTD, y_BT = tasks.copy(T=7, S=3).batch(40)
    assert x_BTD.shape == (40, 13, 10) and y_BT.shape == (40, 13)
    for row, answer in zip(x_BTD.argmax(-1).tolist(), y_BT.tolist()):
        symbols, pause = row[:3], row[3:]
        assert max(symbols) < 8 and pause == [8] * 6 + [9] + [8] * 3
        assert answer == [8] * 10 + symbols


def test_every_third_bit_is_the_xor_of_the_two_before():
    task = tasks.xor(T=32)
    x_BTD, y_BT = task.batch(50)
    bits = torch.cat([x_BTD[..., 0], y_BT[:, -1:].float()], dim=1).long()
    assert (bits[:, 1:] == y_BT).all() and bits.shape[1] == 33
    assert (bits[:, 2::3] == bits[:, 0::3] ^ bits[:, 1::3]).all()
    known = len(range(2, 33, 3))  # among the 32 targets
    assert task.best == pytest.approx(math.log(2) * (32 - known) / 32)


def test_parity_counts_the_ones():
    x_BTD, y_BT = tasks.parity(T=11).batch(30)
    for bits, answer in zip(x_BTD[..., 0].tolist(), y_BT.tolist()):
        assert answer == [sum(bits[: t + 1]) % 2 for t in range(11)]


def test_noise_tells_nothing():
    x_BTD, y_BT = tasks.noise(T=40).batch(500)
    together = torch.bincount(4 * x_BTD.argmax(-1).flatten() + y_BT.flatten(), minlength=16)
    assert (together / together.sum()).sub(1 / 16).abs().max() < 0.005
    assert tasks.noise.best == tasks.noise.baseline == pytest.approx(math.log(4))


@pytest.mark.parametrize("task", LANGUAGES, ids=str)
def test_a_batch_holds_the_strings_and_their_next_symbols(task):
    x_BTD, y_BT, lengths = task.batch(20, seed=4)
    for row, string in enumerate(task.strings(20, seed=4)):
        n = int(lengths[row])
        assert n == len(string) - 1
        read = "".join(task.symbols[i] for i in x_BTD[row, :n].argmax(-1))
        told = "".join(task.symbols[i] for i in y_BT[row, :n])
        assert (read, told) == (string[:-1], string[1:])
        assert (x_BTD[row, n:] == 0).all() and (y_BT[row, n:] == -100).all()
        legal = task.legal(string)
        assert all(after in allowed for allowed, after in zip(legal, string[1:]))
        assert legal[-1] == set()


def reber_strings(longest):
    """All Reber strings of at most ``longest`` symbols, by the arrows of the drawing."""
    arrows = ["0B1", "1T2", "1P3", "2S2", "2X4", "3T3", "3V5", "4X3", "4S6", "5P4", "5V6", "6E7"]
    found, open_ones = [], [("0", "")]
    while open_ones:
        node, text = open_ones.pop()
        if node == "7":
            found.append(text)
        elif len(text) < longest:
            open_ones += [(a[2], text + a[1]) for a in arrows if a[0] == node]
    return set(found)


def test_reber_strings_are_those_of_the_drawing():
    known, drawn = reber_strings(9), set(tasks.reber(T=9).strings(3000))
    assert drawn == known
    inside = {f"B{way}{string}{way}E" for way in "TP" for string in reber_strings(7)}
    assert set(tasks.embedded_reber(T=11).strings(4000)) == inside
    everything = ("B" + "".join(rest) for rest in itertools.product("TPSXVE", repeat=5))
    for string in everything:
        if re.search("E.", string) or not string.endswith("E"):
            continue
        allowed = string in known
        try:
            assert all(map(len, tasks.reber().legal(string)[:-1])) and allowed
        except ValueError:
            assert not allowed


def test_the_best_loss_of_a_grammar_is_that_of_its_own_probabilities():
    for task in (tasks.reber(), tasks.embedded_reber()):
        bits, asked = 0.0, 0
        for string in task.strings(3000):
            bits += sum(math.log(len(allowed)) for allowed in task.legal(string)[:-1])
            asked += len(string) - 1
        assert task.best == pytest.approx(bits / asked, rel=0.02)


@pytest.mark.parametrize("letters", [2, 3])
def test_counting_strings_and_what_may_follow(letters):
    task = tasks.a_n_b_n(T=4 * letters + 1, letters=letters)
    known = {f"S{'a' * n}{'b' * n}{'c' * n * (letters - 2)}T" for n in range(1, 5)}
    assert set(task.strings(300)) == known
    for string in known:
        for at, allowed in enumerate(task.legal(string)):
            begun = string[: at + 1]
            n = begun.count("a")
            more = {
                other[at + 1 :][:1]
                for other in known | {task.string_of(9)}
                if other.startswith(begun)
            }
            if begun.endswith("a"):
                more |= {"b"} if n else set()
            assert allowed == more - {""}
    assert task.best == pytest.approx(math.log(4) / (2.5 * letters + 1))
    with pytest.raises(ValueError, match="does not begin"):
        task.legal("SabbT")


@pytest.mark.parametrize("kinds, deepest", [(1, 3), (2, 4), (3, 1)])
def test_brackets_close_in_the_right_order(kinds, deepest):
    task = tasks.dyck(T=25, kinds=kinds, deepest=deepest)
    x_BTD, y_BT = task.batch(60)
    bits = 0.0
    for row, last in zip(x_BTD.argmax(-1).tolist(), y_BT[:, -1].tolist()):
        walk = [*row, last]
        text = "".join("([{"[i] if i < kinds else ")]}"[i - kinds] for i in walk)
        for at in range(len(text)):  # cancel pairs until only open brackets are left
            left = text[: at + 1]
            while len(shorter := re.sub(r"\(\)|\[\]|\{\}", "", left)) < len(left):
                left = shorter
            assert not re.search(r"[)\]}]", left) and len(left) <= deepest
            opens = set(range(kinds)) if len(left) < deepest else set()
            closes = {kinds + "([{".index(left[-1])} if left else set()
            assert task.legal(walk[: at + 1])[-1] == opens | closes
            if at < 25:
                p_open = 1 if not left else 0 if len(left) == deepest else 0.5
                after = walk[at + 1]
                bits -= math.log(p_open / kinds if after < kinds else 1 - p_open)
    assert task.best == pytest.approx(bits / 1500, rel=0.05, abs=1e-9)
    with pytest.raises(ValueError, match="closes what is not open"):
        task.legal([kinds])


def test_letters_are_whole_words_and_onsets_are_where_words_begin():
    task = tasks.letters(T=50)
    assert len(set(task.lexicon)) == 15
    for one, other in itertools.permutations(task.lexicon, 2):
        assert not other.startswith(one)
    x_BTD, y_BT = task.batch(20, seed=2)
    onsets = task.onsets(x_BTD)
    for row in range(20):
        indices = [*x_BTD[row].argmax(-1).tolist(), int(y_BT[row, -1])]
        text = "".join(chr(97 + i) for i in indices)
        begins = [0, *(t + 1 for t in range(50) if onsets[row, t]), len(text)]
        words = [text[a:b] for a, b in itertools.pairwise(begins)]
        assert all(word in task.lexicon for word in words[:-1])
        assert any(word.startswith(words[-1]) for word in task.lexicon)
        assert (y_BT[row, :-1] == x_BTD[row, 1:].argmax(-1)).all()


def test_permuted_digits_are_the_pixels_in_another_order():
    digits = data.digits()
    rows = tasks.permuted_digits(digits, seed=None)
    mixed = tasks.permuted_digits(digits, seed=3)
    x_rows, y_rows, first = next(rows.batches(5, seed=1))
    x_mixed, y_mixed, _ = next(mixed.batches(5, seed=1))
    columns = next(digits.batches(5, seed=1))[0]
    assert first and (y_rows == y_mixed).all() and x_rows.shape == (5, 64, 1)
    assert (x_rows.view(5, 8, 8) == columns.transpose(1, 2)).all()
    assert (x_mixed[:, :, 0] == x_rows[:, mixed.order, 0]).all()
    assert sorted(mixed.order.tolist()) == list(range(64)) != mixed.order.tolist()
    with pytest.raises(TypeError, match="expected data.digits"):
        tasks.permuted_digits([1, 2])


@pytest.mark.parametrize("task", ALL, ids=str)
def test_batches_differ_by_seed_and_step_and_are_the_same_again(task):
    def two(seed):
        stream = task.batches(3, seed=seed)
        return [next(stream) for _ in range(2)]

    (a, b), (c, _), (again, _) = two(1), two(2), two(1)
    assert a[2] is True and len(a) == (4 if task in LANGUAGES else 3)
    assert all((left == right).all() for left, right in zip(a[:2], again[:2]))
    for other in (b, c):
        assert a[0].shape != other[0].shape or (a[0] != other[0]).any()


@pytest.mark.parametrize(
    "make, says",
    [
        (lambda: tasks.adding(T=1), "expected at least 2"),
        (lambda: tasks.lag(T=3, steps=3).batch(1), "expected 0 to T - 1"),
        (lambda: tasks.copy(T=5, S=0).batch(1), "S is 0"),
        (lambda: tasks.dyck(T=5, deepest=0), "deepest is 0"),
        (lambda: tasks.dyck(T=5, kinds=0), "kinds is 0"),
        (lambda: tasks.a_n_b_n(T=5, letters=1), "letters is 1"),
        (lambda: tasks.a_n_b_n(T=5, letters=5), "T is 5"),
        (lambda: tasks.embedded_reber(T=8), "expected at least 9"),
        (lambda: tasks.reber().legal("BTV"), "expected one of \\['S', 'X'\\]"),
        (lambda: tasks.noise(T=5).batch(0), "B is 0"),
    ],
)
def test_the_impossible_is_refused(make, says):
    with pytest.raises(ValueError, match=says):
        make()


def test_wrong_types_are_refused():
    with pytest.raises(TypeError, match="T is '9'"):
        tasks.parity(T="9")
    with pytest.raises(TypeError, match="B is 2.0"):
        tasks.parity(T=9).batch(2.0)


def test_the_best_loss_of_letters_is_what_their_text_holds():
    for T in (1, 2, 4, 6):
        task, chance = tasks.letters(T=T), {}
        for words in itertools.product(task.lexicon, repeat=T // 3 + 1):
            text = "".join(words)[: T + 1]
            chance[text] = chance.get(text, 0) + 15 ** -len(words)
        first = {}
        for text, p in chance.items():
            first[text[0]] = first.get(text[0], 0) + p
        held = [-sum(p * math.log(p) for p in table.values()) for table in (chance, first)]
        assert task.best == pytest.approx((held[0] - held[1]) / T)
    assert tasks.letters(T=4000).best == pytest.approx(15 * math.log(15) / 66, rel=1e-3)


def test_embedded_reber_without_memory_costs_one_guess_a_string():
    task = tasks.embedded_reber()
    predicted = sum(len(string) - 1 for string in task.strings(3000)) / 3000
    assert task.forgetful - task.best == pytest.approx(math.log(2) / predicted, rel=0.02)


def test_beginnings_of_strings_have_legal_next_symbols():
    assert tasks.a_n_b_n(T=9).legal("S") == [{"a"}] and tasks.a_n_b_n(T=9).legal("") == []
    assert tasks.reber().legal("B") == [{"T", "P"}]
    for wrong in ([-1], [9], [0, 0]):
        with pytest.raises(ValueError, match="bracket"):
            tasks.dyck(T=5, deepest=1).legal(wrong)
    with pytest.raises(ValueError, match="closes what is not open"):
        tasks.dyck(T=5).legal([0, 1, 2, 3])


@pytest.mark.parametrize(
    "task, digest",
    [
        (tasks.adding(T=9), "8ebab5e17a08735b"),
        (tasks.recall(T=9), "0447d09496d80ec6"),
        (tasks.lag(T=9, steps=2), "d61bbc62dd46ccd0"),
        (tasks.register(T=9), "39b5df22ac5a7c21"),
    ],
    ids=str,
)
def test_the_numbers_that_chapters_have_printed_stay(task, digest):
    found, stream = hashlib.sha256(), task.batches(4, seed=3)
    for _ in range(2):
        for part in next(stream)[:2]:
            found.update(part.numpy().tobytes())
    assert found.hexdigest()[:16] == digest
