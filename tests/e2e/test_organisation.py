"""An organisation in real processes: E2EE calls for nobody, for a group, for all, and back again.

Two people sit at their apps while an administrator types commands beside them.
"""

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.household import DEADLINE, PROGRAM, App, Household
from tui_call.sentences import sentence

pytestmark = pytest.mark.e2e

TOLD_WITHIN = 2.0
"""Seconds from the end of an administrator's command to the screens of those concerned."""

PEOPLE = """\
name,address,groups
Clerk Smith,clerk@acme,finance;staff
Temp Jones,temp@acme,staff
"""
ON, OFF = r"People +E2EE calls: on", r"People +E2EE calls: off \(policy\)"


@contextmanager
def organisation() -> Iterator[tuple[Household, str]]:
    """Begin acme, and give the link of its first administrator."""
    begin = ("serve", "--init", "--organisation", "acme", "--name", "Acme", "--admin", "Chief")
    with Household({"TUI_CALL_AUDIO__PORT": "files"}) as home:
        service = subprocess.Popen(
            [PROGRAM, *begin, "--public-address", "127.0.0.1"],
            env={**os.environ, **home.environment},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert service.stdout is not None
            said = [service.stdout.readline() for _ in range(2)]
            assert said[0] == "Organisation acme (Acme). E2EE calls: disabled for everybody.\n"
            yield home, shlex.split(said[1])[-1]
        finally:
            service.terminate()
            service.communicate(timeout=DEADLINE)


def join(home: Household, link: str, name: str, profile: str = "default") -> None:
    home.command("join", link, "--name", name, "--protection", "plain", profile=profile)


def administer(home: Household, *words: str) -> str:
    """Change something, and return the number of the change."""
    said = home.command("admin", *words, "--yes")
    told = re.match(r"change (\d+): ", said)
    assert told is not None, said
    return told[1]


def call(caller: App, callee: str) -> None:
    caller.wait_for(f"> {callee}")
    caller.use("enter", "Call")


def reads(app: App, code: str, audience: str, **fields: str) -> None:
    app.wait_for(re.escape(sentence(code, audience, **fields).text))


def test_e2ee_calls_are_given_to_a_group_then_to_all_and_taken_back() -> None:
    with organisation() as (home, link):
        join(home, link, "Chief")
        people = home.home / "people.csv"
        people.write_text(PEOPLE, encoding="utf-8")
        administer(home, "user", "import", str(people))
        invited = home.json("admin", "user", "invite", "clerk@acme")
        join(home, invited["links"][0]["link"], "Clerk Smith", "clerk")
        with home.app() as chief, home.app("clerk") as clerk:
            for app in (chief, clerk):
                app.wait_for(OFF)  # whoever joined, with E2EE calls turned on

            administer(home, "policy", "new", "finance-e2ee", "--e2ee-calls", "user_choice")
            administer(home, "policy", "grant", "finance-e2ee", "--group", "finance")
            clerk.wait_for(ON, TOLD_WITHIN)
            reads(clerk, "G_POLICY_E2EE_ON", "on", policy="finance-e2ee")
            explained = home.command("admin", "policy", "explain", "clerk@acme", "--call", "chief")
            assert "clerk@acme: user_choice, by finance-e2ee\n" in explained
            assert (
                "standard, not E2EE, Y_OWN_POLICY at chief@acme (organisation: disabled)"
                in explained
            )

            for_all = administer(home, "policy", "grant", "finance-e2ee", "--org")
            chief.wait_for(ON, TOLD_WITHIN)
            call(clerk, "Chief")
            chief.use("a", "Answer")
            for app in (clerk, chief):
                app.wait_for("^ ⛨ E2EE new .*MIC ON")
            administer(home, "audit", "revert", for_all)
            reads(chief, "G_POLICY_E2EE_OFF", "policy", who="you")  # this call stays E2EE
            assert "⛨ E2EE new" in chief.screen()
            clerk.use("ctrl+x", "End")
            for app in (clerk, chief):
                app.use("esc", "Back")
            chief.wait_for(OFF)
            clerk.wait_for(ON)
            both_are_asked_before_a_standard_call(clerk, chief)


def both_are_asked_before_a_standard_call(clerk: App, chief: App) -> None:
    """Show one code at both ends, where each knows the other's key."""
    call(clerk, "Chief")
    reads(clerk, "Q_FIRST", "caller", peer="Chief", org="acme")
    reads(clerk, "Y_OWN_POLICY", "other side sees", peer="Chief", org="acme")
    clerk.use("y", "Call")
    reads(chief, "Q_FIRST", "callee", peer="Clerk Smith", org="acme")
    chief.use("n", "No")
    reads(clerk, "R_DECLINED", "caller", peer="Chief")
