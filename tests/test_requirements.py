"""The two requirement files agree, and the package leaves versions to its surroundings."""

import tomllib

from packaging.requirements import Requirement

from book.tools import pins
from book.tools.notebooks import ROOT


def test_pins():
    assert [str(problem) for problem in pins.problems()] == []
    assert pins.pinned(pins.ALL)["torch"] == "2.13.0"
    assert len(pins.pinned(pins.SITE)) > 20


def test_a_disagreement_is_seen(tmp_path, monkeypatch):
    everything, site = tmp_path / "requirements.txt", tmp_path / "site.txt"
    for path, text in (
        (everything, "numpy==2.4.6\n"),
        (site, "numpy==2.4.5\ntorch==2.13.0\nlax>=1\n"),
        (tmp_path / "requirements.in", "numpy\n-r site.in\n"),
        (tmp_path / "site.in", "sphinx\n"),
    ):
        path.write_text(text)
    monkeypatch.setattr(pins, "ALL", everything)
    monkeypatch.setattr(pins, "SITE", site)
    report = "\n".join(map(str, pins.problems()))
    for part in (
        "numpy==2.4.5, in requirements.txt 2.4.6",
        "must not need torch",
        "sphinx of requirements.in is not pinned",
        "not an exact version: lax>=1",
    ):
        assert part in report


def test_package_has_lower_bounds_only():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    bounds = {need.name: str(need.specifier) for need in map(Requirement, project["dependencies"])}
    assert bounds == {
        "torch": "",
        "numpy": ">=2.0",
        "matplotlib": ">=3.10",
        "ipywidgets": ">=7.7",
        "anywidget": ">=0.9",
        "joblib": ">=1.4",
        "tqdm": ">=4.64",
    }
    assert project["requires-python"] == ">=3.11"
