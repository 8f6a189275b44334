import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from api_client import CAPABILITY, NEED, ORG, PUBLIC, Client, shared, start, write_jsonl  # noqa: E402


@pytest.fixture(scope="session")
def sealed_data(sample_data, tmp_path_factory):
    """The sample and, of the source local, records with marks of what is sealed."""
    folder = tmp_path_factory.mktemp("sealed")
    data = folder / "data"
    shutil.copytree(sample_data, data, ignore=shutil.ignore_patterns("vectors-*"))
    for kind, records in {"orgs": [ORG], "needs": [NEED], "capabilities": [CAPABILITY, PUBLIC]}.items():
        done = shared.run_program("import", "--data", data, "--kind", kind,
                                  write_jsonl(folder / f"{kind}.jsonl", records))
        assert done.returncode == 0, done.stderr
    return data


@pytest.fixture(scope="session")
def server(sealed_data):
    """One server for the tests that only read."""
    server = start(sealed_data)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def reader(server):
    return Client(server)


@pytest.fixture(scope="session")
def writer(server):
    return Client(server, server.token)


@pytest.fixture
def own(sealed_data, tmp_path):
    """A server of the test's own, over a copy it may change."""
    data = tmp_path / "data"
    shutil.copytree(sealed_data, data)
    server = start(data, "--new-token")
    yield server
    if server.process.poll() is None:
        server.stop()
