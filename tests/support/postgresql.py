"""A PostgreSQL server for tests: Debian's, as a process of another user than root, on a socket."""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

SOON = 30.0
USER = "tui_call"


@dataclass(frozen=True, slots=True)
class PostgreSQLServer:
    """A server that runs.

    Attributes:
        directory: where its files and its socket are.
    """

    directory: Path

    @property
    def socket(self) -> str:
        return str(self.directory)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{USER}@/{database}?host={self.directory}"

    def connect(self, database: str = "postgres") -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(host=self.socket, user=USER, dbname=database, autocommit=True)

    def new_database(self, language: str = "") -> str:
        """Make an empty database and return its URL.

        Args:
            language: in whose order it sorts, "" for that of the characters' numbers.
        """
        name = f"store_{secrets.token_hex(6)}"
        made = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if language:
            sorts = " TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE {}"
            made += sql.SQL(sorts).format(language)
        with self.connect() as connection:
            connection.execute(made)
        return self.url(name)


@contextlib.contextmanager
def postgresql() -> Iterator[PostgreSQLServer]:
    """Run a server of its own, with its files in a directory that goes with it."""
    with made() as server, running(server):
        yield server


@contextlib.contextmanager
def made() -> Iterator[PostgreSQLServer]:
    """Make the files of a server that does not run yet."""
    directory = Path(tempfile.mkdtemp(prefix="postgresql-"))
    server, account = PostgreSQLServer(directory), _account()
    shutil.chown(directory, account.get("user"), account.get("group"))
    try:
        data = str(directory / "data")
        subprocess.run(
            [
                _program("initdb"), "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8",
                "--locale=C", "--no-sync", "--no-instructions",
            ],
            check=True, capture_output=True, cwd=directory, timeout=SOON, **account,
        )  # fmt: skip
        yield server
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextlib.contextmanager
def running(server: PostgreSQLServer) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the server over its files until the end of the block."""
    with (server.directory / "log").open("ab") as log:
        process = subprocess.Popen(
            [
                _program("postgres"), "-D", str(server.directory / "data"), "-k", server.socket,
                "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200",
            ],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=server.directory, **_account(),
        )  # fmt: skip
    try:
        _wait_until_it_answers(server, process)
        yield process
    finally:
        process.send_signal(signal.SIGINT)  # fast shutdown: does not wait for clients
        process.wait(SOON)


def _wait_until_it_answers(server: PostgreSQLServer, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + SOON
    while True:
        try:
            server.connect().close()
        except psycopg.OperationalError:
            assert process.poll() is None, (server.directory / "log").read_text()
            assert time.monotonic() < deadline, (server.directory / "log").read_text()
            time.sleep(0.05)
        else:
            return


def _account() -> dict[str, object]:
    """Return whose process it is: PostgreSQL refuses to be root's."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = known.get("postgres") or known["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _program(name: str) -> str:
    """Return the path of a program of the server, which Debian keeps off the PATH."""
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = str(places[-1]) if places else shutil.which(name)
    assert found, f"{name} is missing: tools/setup.sh test"
    return found
