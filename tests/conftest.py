"""For every test: no nonce seals two different things, no hurry, no gap in a sentence.

AES-GCM would give both away, and then its authentication. So every cipher that the package makes is
watched, and the test in which it happens fails. A test that does it on purpose, because its keys
and its randomness are written down, has the mark `seals_again` and says so there.
"""

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.support.sealing_spy import SPY
from tui_call import sentences

if TYPE_CHECKING:
    from tests.support.postgresql import PostgreSQLServer

# How long an example takes says how busy a computer is; what hangs is ended by pytest's timeout.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


def forgotten(name: str, template: str) -> str:
    """Stand for a field that the code forgot; a person reads an ellipsis."""
    raise AssertionError(f"nothing is given for {{{name}}} in {template!r}")


def pytest_configure(config: pytest.Config) -> None:
    sentences.instead_of = forgotten
    SPY.begin()
    config.add_cleanup(SPY.end)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    SPY.forget()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    result = yield
    if SPY.reused and item.get_closest_marker("seals_again") is None:
        pytest.fail(f"a nonce was used again {SPY.reused} times; on purpose? see tests/conftest.py")
    return result


@pytest.fixture(scope="session")
def postgresql_server() -> "Iterator[PostgreSQLServer]":
    """Run one server for all tests of a session."""
    from tests.support.postgresql import postgresql  # what needs none does without its driver

    with postgresql() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def store_place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Return where `Database.open` makes a new store: in a file, and in a database of a server."""
    if request.param == "sqlite":
        return tmp_path / "service.db"
    server: PostgreSQLServer = request.getfixturevalue("postgresql_server")
    return server.new_database()
