"""An organisation in real processes: E2EE calls for nobody, for a group, for all, and back again.

Two people sit at their apps while an administrator types commands beside them.
"""

import re

import pytest

from tests.support.household import App
from tests.support.organisation import OFF, ON, administer, organisation
from tui_call.sentences import sentence

pytestmark = pytest.mark.e2e


def call(caller: App, callee: str) -> None:
    caller.wait_for(f"> {callee}")
    caller.use("enter", "Call")


def reads(app: App, code: str, audience: str, **fields: str) -> None:
    app.wait_for(re.escape(sentence(code, audience, **fields).text))


def test_e2ee_calls_are_given_to_a_group_then_to_all_and_taken_back() -> None:
    with organisation() as home, home.app() as chief, home.app("clerk") as clerk:
        for app in (chief, clerk):
            app.wait_for(OFF)  # whoever joined, with E2EE calls turned on

        administer(home, "policy", "new", "finance-e2ee", "--e2ee-calls", "user_choice")
        administer(home, "policy", "grant", "finance-e2ee", "--group", "finance")
        clerk.wait_for(ON)
        reads(clerk, "G_POLICY_E2EE_ON", "on", policy="finance-e2ee")
        explained = home.command("admin", "policy", "explain", "clerk@acme", "--call", "chief")
        assert "clerk@acme: user_choice, by finance-e2ee\n" in explained
        assert (
            "standard, not E2EE, Y_OWN_POLICY at chief@acme (organisation: disabled)" in explained
        )

        for_all = administer(home, "policy", "grant", "finance-e2ee", "--org")
        chief.wait_for(ON)
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
