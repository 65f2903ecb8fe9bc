"""The data sets: their counts, their one split, and the batches that they yield."""

import inspect
import re
from collections import Counter

import pytest
import torch
from torch.nn.functional import ctc_loss

from book.tools.data import texts
from rnnbook import data
from rnnbook.data import parts

CLASSIFIED = ["japanese_vowels", "surnames", "digits"]
SERIES = ["glucose", "sunspots", "co2", "heartbeat"]
SHUFFLED = [*CLASSIFIED, "python_source", "cmudict", "chorales"]


def epoch(stream, examples):
    """Batches until as many examples have come."""
    batches, count = [], 0
    while count < examples:
        batches.append(next(stream))
        count += len(batches[-1][0])
    assert count == examples, "an epoch ends within a batch"
    return batches


def rows(batch):
    """The unpadded examples of a batch, as something to count."""
    x, y, _, lengths, *_ = batch
    return [(x[i, : lengths[i]].numpy().tobytes(), y[i].numpy().tobytes()) for i in range(len(x))]


@pytest.mark.parametrize("name", data.SETS)
def test_a_set_is_loaded_once_and_tells_its_licence(name):
    found = data.load(name)
    assert found is data.load(name) is getattr(data, name)()
    assert found.licence and "==" in found.source
    assert inspect.getdoc(data.SETS[name])


@pytest.mark.parametrize(
    "name, train, valid, test",
    [
        ("japanese_vowels", 216, 54, 370),
        ("surnames", 5193, 649, 649),
        ("python_source", 55, 6, 10),
        ("cmudict", 112_926, 6000, 6000),
        ("glucose", 36_456, 7812, 7812),
        ("sunspots", 221, 35, 53),
        ("co2", 1390, 417, 418),
        ("heartbeat", 4000, 1500, 2000),
        ("chorales", 259, 51, 51),
        ("digits", 1157, 258, 382),
        ("strips", 1157, 258, 382),
    ],
)
def test_the_parts_have_the_sizes_that_the_docstrings_tell(name, train, valid, test):
    found = data.load(name)
    assert (len(found.train), len(found.valid), len(found.test)) == (train, valid, test)


@pytest.mark.parametrize("name", SHUFFLED)
def test_no_example_is_in_two_parts(name):
    found = data.load(name)
    names = []
    for split in parts.SPLITS:
        for first, *_ in found.part(split):
            names.append(first if isinstance(first, str) else first.numpy().tobytes())
    assert len(set(names)) == len(names)


def test_no_surname_is_spelled_with_other_accents_or_another_language_elsewhere():
    names = data.surnames()
    plain = [texts.plain(n) for split in parts.SPLITS for n, _ in names.part(split)]
    assert len(set(plain)) == len(plain)


def test_no_chorale_is_in_two_parts_in_another_key():
    chorales = data.chorales()
    shapes = [
        tuple((v - v[v > 0][0]).masked_fill(v == 0, 99).flatten().tolist())
        for split in parts.SPLITS
        for _, v in chorales.part(split)
    ]
    assert len(set(shapes)) == len(shapes)


def test_speakers_languages_and_digits_are_as_their_sources_say():
    vowels = data.japanese_vowels()
    assert (vowels.D, vowels.K) == (12, 9)
    assert set(Counter(speaker for _, speaker in vowels.train).values()) == {24}
    assert set(Counter(speaker for _, speaker in vowels.valid).values()) == {6}
    asked = Counter(speaker for _, speaker in vowels.test)
    assert [asked[k] for k in vowels.classes] == [31, 35, 88, 44, 29, 24, 40, 50, 29]
    lengths = [len(x) for split in parts.SPLITS for x, _ in vowels.part(split)]
    assert (min(lengths), max(lengths), len(lengths)) == (7, 29, 640)
    names = data.surnames()
    counts = Counter(language for _, language in names.train)
    assert set(counts) == set(names.classes) and len(names.classes) == 11
    assert max(counts.values()) < len(names.train) / 5
    images = [image for split in parts.SPLITS for image, _ in data.digits().part(split)]
    assert len(images) == 1797 and torch.stack(images).max() == 16
    total = Counter(d for split in parts.SPLITS for _, d in data.digits().part(split))
    assert [total[d] for d in "0123456789"] == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_every_part_of_the_digits_begins_with_a_form():
    for split in parts.SPLITS:
        labels = "".join(digit for _, digit in data.digits().part(split))
        assert labels.startswith("01234567890123456789")


@pytest.mark.parametrize("name", CLASSIFIED)
@pytest.mark.parametrize("split", parts.SPLITS)
def test_classified_batches_pad_with_0_and_show_each_example_once(name, split):
    found = data.load(name)
    examples = found.part(split)
    batches = epoch(found.batches(B=50, split=split), len(examples))
    assert len(batches[-1][0]) == len(examples) % 50
    for x, y, first, lengths in batches:
        assert first and x.shape[:2] == (len(lengths), lengths.max()) and y.shape == lengths.shape
        assert y.dtype == torch.int64 and 0 <= y.min() and y.max() < found.K
        for row, length in zip(x, lengths):
            assert (row[length:] == 0).all()
    wanted = []
    for sequence, label in examples:
        x = found.encode(sequence).contiguous().numpy().tobytes()
        wanted.append((x, torch.tensor(found.classes.index(label)).numpy().tobytes()))
    assert sorted(sum(map(rows, batches), [])) == sorted(wanted)


@pytest.mark.parametrize("name", data.SETS)
def test_the_seed_decides_the_batches(name):
    found = data.load(name)
    one, same, other = (found.batches(B=7, seed=seed) for seed in (3, 3, 4))
    for _ in range(3):
        a, b, c = next(one), next(same), next(other)
        tensors = [i for i, part in enumerate(a) if torch.is_tensor(part)]
        assert all(torch.equal(a[i], b[i]) for i in tensors)
        assert not all(a[i].shape == c[i].shape and torch.equal(a[i], c[i]) for i in tensors)


def test_two_epochs_come_in_two_orders():
    stream = data.digits().batches(B=1157)
    one, two = next(stream), next(stream)
    assert not torch.equal(one[1], two[1])
    assert Counter(rows(one)) == Counter(rows(two))


@pytest.mark.parametrize("name", ["japanese_vowels", *SERIES])
def test_the_scaler_knows_the_training_part_only(name):
    found = data.load(name)
    train = found.train if name in SERIES else torch.cat([x for x, _ in found.train])
    scaled = found.scaler.scale(train.double())
    assert torch.allclose(scaled.mean(0), torch.zeros(found.D).double(), atol=1e-4)
    assert torch.allclose(scaled.std(0, correction=0), torch.ones(found.D).double(), atol=1e-4)
    test = found.test if name in SERIES else torch.cat([x for x, _ in found.test])
    assert (found.scaler.scale(test).mean(0) - 0).abs().max() > 1e-3
    assert torch.allclose(found.scaler.unscale(found.scaler.scale(test)), test, atol=1e-3)


@pytest.mark.parametrize("name", SERIES)
@pytest.mark.parametrize("split", parts.SPLITS)
@pytest.mark.parametrize("horizon", [1, 3])
def test_windows_stay_in_their_part_and_over_no_gap(name, split, horizon):
    found, T = data.load(name), 11
    span, step = found.span(split), found.step
    starts = found.starts(T, horizon, split)
    assert starts[0] >= span.start and starts[-1] + T + horizon <= span.stop
    whole = [
        s
        for s in range(span.start, span.stop - T - horizon + 1)
        if (found.time[s : s + T + horizon].diff() == step).all()
    ]
    assert starts == whole
    x, y, first = next(found.batches(len(starts), split=split, T=T, horizon=horizon))
    assert first and x.shape == y.shape == (len(starts), T, 1)
    scaled = found.scaler.scale(found.values)
    for got, shift in ((x, 0), (y, horizon)):
        windows = scaled.unfold(0, T, 1)[[s + shift for s in starts]]
        assert torch.equal(got[..., 0].sort(0).values, windows[:, 0].sort(0).values)
    assert torch.equal(x[:, horizon:], y[:, :-horizon])


@pytest.mark.parametrize("name", SERIES)
def test_time_runs_forward_in_steps_or_gaps(name):
    found = data.load(name)
    gaps = found.time.diff()
    assert (gaps >= found.step).all() and len(found.time) == len(found.values)
    assert found.span("train").stop == found.span("valid").start == found.ends[0]
    assert found.span("valid").stop == found.span("test").start == found.ends[1]


def test_series_are_dated_as_their_sources_say():
    sunspots = data.sunspots()
    years = [int(sunspots.time[sunspots.span(s)][0]) for s in parts.SPLITS]
    assert years == [1700, 1921, 1956] and sunspots.time[-1] == 2008
    peak = sunspots.time[sunspots.values[:, 0].argmax()]
    assert int(peak) == 1957 and sunspots.values.max() == pytest.approx(190.2)
    assert data.co2().time[-1] == 2283  # 2,284 weeks
    assert data.glucose().values.min() == 40 and data.glucose().values.max() == 400


def test_the_anomaly_is_in_the_test_part():
    series = data.heartbeat()
    assert list(series.anomaly) == list(range(6936, 7288))
    test = series.span("test")
    assert test.start < series.anomaly.start and series.anomaly.stop < test.stop
    assert data.glucose().anomaly is None


@pytest.mark.parametrize("name", ["surnames", "python_source"])
def test_decode_undoes_encode_for_characters(name):
    found = data.load(name)
    for split in parts.SPLITS:
        text = found.part(split)[0][0 if name == "surnames" else 1]
        assert found.decode(found.encode(text)) == text


def test_source_is_cut_in_pieces_with_no_answer_on_padding():
    source = data.python_source()
    T = 700
    pieces = [text[i : i + T] for _, text, _ in source.valid for i in range(0, len(text), T)]
    seen = []
    for x, y, first, lengths in epoch(source.batches(B=9, split="valid", T=T), len(pieces)):
        assert first and x.shape == y.shape
        real = torch.arange(x.shape[1]) < lengths[:, None]
        assert (y[real] >= 0).all() and (y[real] < source.K).all()
        assert (y[~real] == -100).all() and (x[~real] == 0).all()
        seen += [source.decode(row[:length]) for row, length in zip(x, lengths)]
    assert sorted(seen) == sorted(pieces)


@pytest.mark.parametrize("index", [0, 3, 8])
def test_the_tokenizer_gives_the_stored_labels(index):
    source = data.python_source()
    _, text, labels = source.test[index]
    assert texts.label(text, source.keywords, source.builtins) == labels
    assert list(source.classes) == texts.CLASSES


def test_every_word_is_spelled_and_spoken_with_known_symbols():
    cmudict = data.cmudict()
    assert (cmudict.V, cmudict.K) == (27, 41)
    words = dict(cmudict.train + cmudict.valid + cmudict.test)
    assert words["read"] == [["R", "EH", "D"], ["R", "IY", "D"]]
    phones = cmudict.encode_phones(["R", "IY", "D"])
    assert phones[-1] == 1 and cmudict.decode_phones(phones) == ["R", "IY", "D"]
    assert cmudict.decode_phones([*phones.tolist(), 5, -100]) == ["R", "IY", "D"]
    assert {p for ways in words.values() for way in ways for p in way} == set(cmudict.phones[2:])


def test_words_come_with_one_of_their_pronunciations():
    cmudict = data.cmudict()
    ways = dict(cmudict.valid)
    drawn = {}
    for x, y, first, x_lengths, y_lengths in epoch(cmudict.batches(B=999, split="valid"), 6000):
        assert first and (y.gather(1, y_lengths[:, None] - 1) == 1).all()
        assert ((y == -100) == (torch.arange(y.shape[1]) >= y_lengths[:, None])).all()
        for letters, phones, length in zip(x, y, x_lengths):
            word = "".join(cmudict.chars[i] for i in letters[:length])
            drawn[word] = cmudict.decode_phones(phones)
    assert drawn.keys() == ways.keys()
    assert all(phones in ways[word] for word, phones in drawn.items())
    second = [drawn[word] == way[1] for word, way in ways.items() if len(way) == 2]
    assert 0.4 < sum(second) / len(second) < 0.6


def test_frames_are_the_keys_that_sound_and_targets_the_next_frame():
    chorales = data.chorales()
    assert chorales.frames(torch.tensor([[60, 60, 0, 21], [108, 0, 0, 0]])).nonzero().tolist() == [
        [0, 0],
        [0, 39],
        [1, 87],
    ]
    assert 19_658 == sum(len(v) for split in parts.SPLITS for _, v in chorales.part(split))
    for x, y, first, lengths in epoch(chorales.batches(B=20, split="test"), 51):
        assert first and x.shape == y.shape and x.shape[2] == chorales.D == chorales.K
        for i, length in enumerate(lengths):
            assert torch.equal(x[i, 1:length], y[i, : length - 1])
            assert (x[i, length:] == 0).all() and (y[i, length:] == 0).all()
            assert ((1 <= y[i, :length].sum(1)) & (y[i, :length].sum(1) <= 4)).float().mean() > 0.9


def test_strips_hold_the_columns_of_their_digits():
    strips, digits = data.strips(), data.digits()
    known = {digits.encode(image).contiguous().numpy().tobytes(): d for image, d in digits.test}
    x, y, first, lengths, label_lengths = next(strips.batches(B=40, split="test"))
    assert first and set(label_lengths.tolist()) == {2, 3, 4, 5, 6}
    for columns, labels, length, count in zip(x, y, lengths, label_lengths):
        assert (columns[length:] == 0).all() and (labels[count:] == -100).all()
        assert 8 * count <= length <= 8 * count + 2 * (count - 1)
        wanted, at = strips.decode(labels), 0
        for digit in wanted:
            while known.get(columns[at : at + 8].numpy().tobytes()) != digit:
                assert (columns[at] == 0).all()
                at += 1
            at += 8
        assert at == length and len(wanted) == count


def test_ctc_reads_the_labels_past_their_padding():
    x, y, _, lengths, label_lengths = next(data.strips().batches(B=6))
    scores = torch.randn(x.shape[1], 6, 11, dtype=torch.float64).log_softmax(-1)
    padded = ctc_loss(scores, y, lengths, label_lengths)
    joined = torch.cat([row[:count] for row, count in zip(y, label_lengths)])
    assert torch.isclose(padded, ctc_loss(scores, joined, lengths, label_lengths))


def test_an_unknown_set_split_or_symbol_lists_the_known_ones():
    with pytest.raises(ValueError, match="'mnist' is unknown.*'surnames'.*'cmudict'"):
        data.load("mnist")
    for name in data.SETS:
        with pytest.raises(ValueError, match="split 'dev' is unknown.*'valid'"):
            next(iter(data.load(name).batches(2, split="dev")))
    with pytest.raises(ValueError, match="unknown symbols.*'ö'"):
        data.cmudict().encode("schön")
    with pytest.raises(ValueError, match="unknown symbols.*'Q'.*AA, AE"):
        data.cmudict().encode_phones(["Q"])


@pytest.mark.parametrize("name", data.SETS.keys() - {"shakespeare", "strips"})
def test_too_large_a_batch_says_how_many_examples_there_are(name):
    with pytest.raises(ValueError, match="B=1000000 is more than the .* make B smaller"):
        data.load(name).batches(1_000_000)
    with pytest.raises(ValueError, match="B is 0; expected at least 1"):
        data.load(name).batches(0)
    with pytest.raises(TypeError, match="expected a whole number"):
        data.load(name).batches(2.5)


def test_a_window_longer_than_its_part_is_refused():
    with pytest.raises(ValueError, match=re.escape("needs 36 values, the valid part has 35")):
        data.sunspots().batches(2, split="valid", T=33, horizon=3)
