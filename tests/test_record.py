"""Long runs that were interrupted go on from what they stored."""

import time

from experiments import record


def test_a_run_goes_on_from_what_it_stored(tmp_path):
    path = tmp_path / "results" / "run.json"
    result = record.begun(path, {"error": {}})
    assert result["error"] == {} and result["seconds"] == 0 and "torch" in result["machine"]
    result["error"]["0.01"] = [0.5]
    record.keep(path, result, time.perf_counter() - 3)
    again = record.begun(path, {"error": {}})
    assert again == result and again["error"] == {"0.01": [0.5]} and again["seconds"] == 3
    record.keep(path, again, time.perf_counter() - 4)
    assert record.begun(path, {})["seconds"] == 7
