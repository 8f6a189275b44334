"""Diagnoses of needs stay as good as they are: health/measure_health.py's figures against floors.

Floors are set below the figures of the day (health/README.md) by about a standard error. Needs a built
program and the evaluation data; without either the tests are skipped and say so."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "health"))
import measure_health as measure  # noqa: E402

PRECISION = {"no_indicator": 0.9, "no_efficacy": 0.8, "vague": 0.5}


@pytest.fixture(scope="module")
def read():
    if not Path(measure.shared.program()).exists():
        pytest.skip("no built program")
    if not (measure.DATA / "needs/needs_shared.jsonl").exists():
        pytest.skip("no evaluation data")
    needs = measure.read(measure.DATA / "needs/needs_shared.jsonl")
    patents = measure.read(measure.DATA / "patents_cn/patents.jsonl")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HONGNIANG_MODEL", "/nonexistent")
        with measure.Diagnoser() as diagnose:
            yield {"needs": {n["id"]: diagnose(n["title"], n["text"]) for n in needs},
                   "planted": measure.planted(needs, diagnose),
                   "patents": {p["id"]: diagnose(p["title"], p["abstract"]) for p in patents}}


def test_findings_are_right(read):
    counts, results = measure.judge(measure.labels(), read["needs"])
    for code, floor in PRECISION.items():
        right, wrong, _, _ = counts[code]
        assert right / (right + wrong) >= floor, code
    assert results[0] / results[1] >= 0.85


def test_the_leak_check_does_not_cry_wolf(read):
    """The needs name two academicians and a professor; nothing else in them, or in patents, gives anybody away."""
    assert {code for _, code, _, _ in measure.leaks(read["needs"])} == {"leak_name"}
    assert len({id for id, *_ in measure.leaks(read["needs"])}) == 3
    assert measure.leaks(read["patents"]) == []


def test_planted_leaks_are_found(read):
    found, all_ = (sum(c[i] for c in read["planted"].values()) for i in (0, 1))
    assert all_ == 252 and found / all_ >= 0.97
