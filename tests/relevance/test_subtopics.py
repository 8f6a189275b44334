"""Splits into subtopics stay as good as they are: subtopics/measure_subtopics.py's figures against floors.

Needs a built program and, but for the sample, the evaluation data; without either the tests are skipped and say so."""

import collections
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "subtopics"))
import measure_subtopics as measure  # noqa: E402


@pytest.fixture(scope="module", autouse=True)
def program():
    if not Path(measure.shared.program()).exists():
        pytest.skip("no built program")


@pytest.fixture(scope="module")
def real():
    if not measure.NEEDS.exists():
        pytest.skip("no evaluation data")
    return measure.split_all("needs", measure.read(measure.NEEDS))


def titles(splits):
    return [t["title"] for s in splits.values() if len(s) > 1 for t in s]


def test_the_sample_is_split():
    """Its needs name their key technologies; of its bottleneck items, which are one sentence, half can be split."""
    needs = measure.split_all("needs", measure.read(measure.shared.SAMPLE / "needs.jsonl"))
    items = measure.split_all("bottlenecks", measure.read(measure.shared.SAMPLE / "bottlenecks.jsonl"))
    assert sum(len(s) > 1 for s in needs.values()) >= 65
    assert sum(len(s) > 1 for s in items.values()) >= 20
    for title in titles(needs) + titles(items):
        assert measure.length(title) <= measure.TITLE_MAX and not measure.MARK.match(title), title


def test_titles_of_real_needs(real):
    assert all(1 <= len(s) <= 8 for s in real.values())
    assert 0.3 <= sum(len(s) > 1 for s in real.values()) / len(real) <= 0.55
    marked = [t for t in titles(real) if measure.MARK.match(t)]
    assert not marked and max(map(measure.length, titles(real))) <= measure.TITLE_MAX


def test_a_reader_would_take_them(real):
    """Verdicts count while the titles are those that were read; most must be, or it is time to read again."""
    found = collections.Counter(measure.verdicts(real))
    assert found["same"] >= 35
    assert found["accept"] / found["same"] >= 0.6
    assert found["wrong"] / found["same"] <= 0.2
