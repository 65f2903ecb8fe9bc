"""The Hopfield network of the live figure against its JavaScript and against plain NumPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from traitlets import TraitError

from rnnbook.widgets.hopfield import (
    KINDS,
    LETTERS,
    MOST,
    Hopfield,
    N,
    energy,
    likeness,
    patterns,
    pixels,
    probe,
    recall,
    staying,
    turned,
)
from tests.widgets.engine import run

SETTINGS = {
    "kind": st.sampled_from(KINDS),
    "stored": st.integers(1, MOST),
    "cue": st.integers(0, MOST),
    "wrong": st.integers(0, N),
    "drawn": st.text("0123456789abcdef", min_size=16, max_size=16),
    "seed": st.integers(0, 9999),
}


@settings(max_examples=60, deadline=None)
@given(**SETTINGS)
def test_recall_is_the_same_in_both_languages(kind, stored, cue, wrong, drawn, seed):
    script = """(() => {
      const X = patterns(k, p), start = probe(k, c, w, d, s);
      const { flips, energies } = recall(X, start, s);
      const end = turned(start, flips);
      return { X, start, flips, energies, end, stay: staying(X), like: likeness(X),
        said: outcome(k, c, X, end) };
    })()"""
    theirs = run("hopfield", script, k=kind, p=stored, c=cue, w=wrong, d=drawn, s=seed)
    figure = Hopfield(kind=kind, stored=stored, cue=cue, wrong=wrong, drawn=drawn, seed=seed)
    X_PN, start, flips, energies = figure.run()
    assert X_PN.tolist() == theirs["X"] and start.tolist() == theirs["start"]
    assert flips == theirs["flips"] and energies == theirs["energies"]
    assert turned(start, flips).tolist() == theirs["end"] and staying(X_PN) == theirs["stay"]
    assert likeness(X_PN) == pytest.approx(theirs["like"], abs=1e-12)
    assert figure.shown()["outcome"] == theirs["said"]


@settings(max_examples=40, deadline=None)
@given(**SETTINGS)
def test_every_flip_follows_the_field_and_lowers_the_energy(kind, stored, cue, wrong, drawn, seed):
    X_PN, s = patterns(kind, stored), probe(kind, cue, wrong, drawn, seed)
    W = np.array([[sum(x[i] * x[j] for x in X_PN) / N for j in range(N)] for i in range(N)])
    np.fill_diagonal(W, 0)
    flips, energies = recall(X_PN, s, seed)
    for i, before, after in zip(flips, energies, energies[1:]):
        assert before == pytest.approx(-0.5 * s @ W @ s, abs=1e-9)
        field = W[i] @ s
        assert field * s[i] < 0 and after - before == pytest.approx(-2 * abs(field), abs=1e-9)
        s = turned(s, [i])
    assert np.all(s * (W @ s) > -1e-9)  # settled
    assert energies[-1] == pytest.approx(energy(X_PN, s), abs=1e-9)


def test_pictures_and_probe():
    for kind, letters in LETTERS.items():
        assert len(set(letters.values())) == MOST, kind
    assert pixels("8000000000000001").tolist() == [1, *[-1] * 62, 1]
    x = patterns("distinct", 1)[0]
    assert (probe("distinct", 1, 6, "0" * 16, 3) != x).sum() == 6
    assert np.array_equal(probe("distinct", 1, 0, "f" * 16, 3), -x)
    assert abs(patterns("random", MOST).mean()) < 0.1


def test_number_and_likeness_decide_what_comes_back():
    def right(kind, stored):
        ends = [
            Hopfield(kind=kind, stored=stored, cue=cue + 1, seed=s)
            for cue in range(stored)
            for s in range(5)
        ]
        return np.mean([figure.shown()["outcome"].endswith("as asked") for figure in ends])

    assert right("distinct", 5) > 0.9 and right("random", 5) > 0.9
    assert right("similar", 5) <= 0.2  # only the one that all others end in
    assert right("distinct", MOST) < 0.5
    assert sum(staying(patterns("similar", 5))) == 1 and sum(staying(patterns("distinct", 5))) == 5


def test_views_say_what_they_promise():
    said = [Hopfield(**view).shown()["outcome"] for view in Hopfield.views.values()]
    assert said == [
        "the stored picture O, a wrong memory",
        "the stored picture X, as asked",
        "the majority vote of all stored pictures",
        "a mixture that nobody stored",
        "the stored picture no. 3, as asked",
        "the negative of L",
        "the stored picture L",
    ]
    for name, view in Hopfield.views.items():
        assert len(Hopfield(**view)._still_svg()) < 40_000, name


def test_a_drawing_must_be_sixteen_digits():
    with pytest.raises(TraitError, match="drawn is 'xyz'; expected 16 hexadecimal digits"):
        Hopfield(drawn="xyz")
    assert Hopfield(drawn="FF" * 8).drawn == "ff" * 8
