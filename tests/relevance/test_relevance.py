"""Quality does not fall: the quick subset of measure.py against floors.

The floors are the figures of the day they were set (0.683, 0.767, 0.850) less about two standard
errors of a paired difference; raise them when the ranking improves. They hold for the subset only:
its pools are small, so its figures are higher than those of the whole sets.
Needs a built program with its model (HONGNIANG_BIN, default build/hongniang) and the evaluation data
(HONGNIANG_EVAL_DATA, default ../shared/data); without either the tests are skipped and say so.
"""

import os
import shutil
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)

DATA = os.environ.get("HONGNIANG_EVAL_DATA", os.path.join(ROOT, "..", "shared", "data"))
BINARY = os.path.abspath(os.environ.get("HONGNIANG_BIN", os.path.join(ROOT, "build", "hongniang")))
CACHE = os.environ.get("HONGNIANG_EVAL_CACHE",
                       os.path.join(os.path.dirname(BINARY), "relevance-cache"))

FLOORS = [
    ("ccf_bdci", "nDCG@10", 0.66),
    ("ccf_bdci", "AUC level>=3", 0.75),
    ("csl_kw_absent", "hit@1", 0.80),
]


@pytest.fixture(scope="module")
def results():
    if not os.path.isdir(DATA):
        pytest.skip(f"no evaluation data at {DATA}: ranking quality not measured")
    if not shutil.which(BINARY):
        pytest.skip(f"no program at {BINARY}: ranking quality not measured")
    embed = subprocess.run([BINARY, "embed", "--kind", "query"], input=b"", capture_output=True,
                           check=False)
    if embed.returncode != 0:
        pytest.skip("the model is not there: the floors are those of words and meaning together")
    measure = pytest.importorskip("measure", reason="ir_measures or numpy is not installed")
    os.makedirs(CACHE, exist_ok=True)
    found = measure.measure(BINARY, DATA, CACHE, quick=True)
    print(measure.table(found))
    return found


@pytest.mark.parametrize("task, name, floor", FLOORS, ids=[f"{t}-{n}" for t, n, _ in FLOORS])
def test_floor(results, task, name, floor):
    measured = results[task][name]
    assert measured["value"] >= floor, f"{task} {name}: {measured} is below {floor}"


def test_every_judged_pair_is_scored(results):
    assert results["ccf_bdci"]["pairs missing"]["value"] == 0
