"""An organisation that one types commands for, and whose people sit at their apps beside it."""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.household import DEADLINE, PROGRAM, Household
from tests.support.serving import BEGIN_ACME, words_after

ON, OFF = r"People +E2EE calls: on", r"People +E2EE calls: off \(policy\)"
"""What the app shows of whether somebody may have E2EE calls."""

_PEOPLE = """\
name,address,groups
Clerk Smith,clerk@acme,finance;staff
Temp Jones,temp@acme,staff
"""


@contextmanager
def organisation() -> Iterator[Household]:
    """Have acme, without E2EE calls: Chief administers it, "clerk" is a profile of finance."""
    with Household({"TUI_CALL_AUDIO__PORT": "files"}) as home, _service(home) as link:
        _join(home, link, "Chief")
        people = home.home / "people.csv"
        people.write_text(_PEOPLE, encoding="utf-8")
        administer(home, "user", "import", str(people))
        invited = home.json("admin", "user", "invite", "clerk@acme")
        _join(home, invited["links"][0]["link"], "Clerk Smith", "clerk")
        yield home


def administer(home: Household, *words: str) -> str:
    """Change something, and return the number of the change."""
    said = home.command("admin", *words, "--yes")
    told = re.match(r"change (\d+): ", said)
    assert told is not None, said
    return told[1]


@contextmanager
def _service(home: Household) -> Iterator[str]:
    """Begin acme, and give the link of its first administrator."""
    service = subprocess.Popen(
        [PROGRAM, *BEGIN_ACME, "Chief", "--public-address", "127.0.0.1"],
        env={**os.environ, **home.environment},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert service.stdout is not None
        said = [service.stdout.readline().rstrip() for _ in range(2)]
        assert said[0] == "Organisation acme (Acme). E2EE calls: disabled for everybody."
        yield words_after(said[1], "First administrator, once")[-1]
    finally:
        service.terminate()
        service.communicate(timeout=DEADLINE)


def _join(home: Household, link: str, name: str, profile: str = "default") -> None:
    home.command("join", link, "--name", name, "--protection", "plain", profile=profile)
