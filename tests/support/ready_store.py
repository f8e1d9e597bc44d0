"""Stores of SQLite that are made at once: most tests of a service begin with an empty one.

To carry out every migration takes 70 ms, and to write what they leave 5: so the first store of a
test process is made by the migrations, and the others are made as that one was. Processes of their
own, PostgreSQL and every store that is there already are left to the migrations.
"""

import sqlite3
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import Connection, create_engine, inspect

from tui_call.service.database import connection as opening

Migrate = Callable[[Connection], None]


@pytest.fixture(scope="session", autouse=True)
def _ready_stores() -> Iterator[None]:
    """Make new stores at once, in the tests of whose conftest.py this is imported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "_migrate", _made_at_once(opening._migrate))
        yield


def _made_at_once(migrate: Migrate) -> Migrate:
    """Return what stands in for the migrations where there is nothing to migrate."""

    def make(connection: Connection) -> None:
        if connection.dialect.name != "sqlite" or inspect(connection).get_table_names():
            migrate(connection)
            return
        for statement in _statements(migrate):
            connection.exec_driver_sql(statement)

    return make


@cache
def _statements(migrate: Migrate) -> tuple[str, ...]:
    with TemporaryDirectory() as directory:
        file = Path(directory) / "store"
        engine = create_engine(f"sqlite:///{file}")
        with engine.begin() as connection:
            migrate(connection)
        engine.dispose()
        store = sqlite3.connect(file)
        try:
            return tuple(store.iterdump())[1:-1]  # but for BEGIN and COMMIT
        finally:
            store.close()
