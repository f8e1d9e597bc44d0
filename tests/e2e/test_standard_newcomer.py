"""What a newcomer can try by the bridge: with Echo, and a second person of the same computer.

Two applications in terminals of their own, used by the keys that their screens name.
"""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.support.household import DEADLINE, App, Household
from tests.support.tmux import NeverShown
from tui_call.sentences import sentence

pytestmark = pytest.mark.e2e

AWAKE = r"(?s)\A(?!.*Keys work after a moment).*"


@dataclass(frozen=True, slots=True)
class Two:
    """Ada and Grace, who is the second profile, each with the application open."""

    ada: App
    grace: App

    def speaks_with_echo(self) -> None:
        """Let Ada call Echo by the bridge."""
        self.ada.wait_for("> Echo")
        self.ada.use("s", "Standard")
        in_call(self.ada, "Echo")

    def rest(self) -> None:
        """Go back to People on both sides."""
        for app in (self.ada, self.grace):
            if re.search(r"ctrl\+x +(End|Back)", app.screen()):
                app.press("C-x")
                app.wait_for("ENDED")
            if re.search("ENDED", app.screen()):
                app.use("esc", "Back")
            app.wait_for("^ tui-call +People")


@pytest.fixture(scope="module")
def both() -> Iterator[Two]:
    files = {"TUI_CALL_AUDIO__PORT": "files"}
    with Household(files) as home, home.app() as ada, home.app("second") as grace:
        ada.set_up("Ada")
        grace.set_up("Grace")
        ada.wait_for("Grace +● free")
        yield Two(ada, grace)


@pytest.fixture
def two(both: Two) -> Iterator[Two]:
    """Both at rest."""
    yield both
    both.rest()


def in_call(app: App, *names: str) -> None:
    """Wait until a standard call is on with these, all of whom are there."""
    app.wait_for(r"^ ○ NOT E2EE .*MIC ON[\s\S]*ctrl\+x +(End|Back)")
    for name in names:
        app.wait_for(rf"│ +\S+ +{name}\b.* (speaking|listening)")


def press_until(app: App, key: str, pattern: str) -> None:
    """Press a key until it has done something: where another screen came to the front it sleeps."""
    for within in (2.0, 2.0, 2.0, DEADLINE):
        app.press(key)
        with contextlib.suppress(NeverShown):
            app.wait_for(pattern, within)
            return
    app.wait_for(pattern, 0)


def choose(app: App, key: str, asked: str, name: str, does: str = "Take") -> None:
    """Press a key that asks for somebody, and choose who is found by a name."""
    press_until(app, key, asked)
    app.press("C-u")  # the key once more, where the question came late
    app.type(name)
    app.wait_for(f"> {name}")
    app.use("enter", does)


def answer(app: App, caller: str) -> None:
    """Answer once the keys of what rings are awake."""
    app.wait_for(f"{AWAKE}{re.escape(caller)} calls you")
    app.use("a", "Answer")


def test_a_third_person_is_added_holds_and_is_in_the_roster(two: Two) -> None:
    two.speaks_with_echo()
    choose(two.ada, "+", "Add to this call", "Grace")
    answer(two.grace, "Ada")
    in_call(two.ada, "Echo", "Grace")
    in_call(two.grace, "Ada", "Echo")
    two.grace.use("h", "Hold")
    two.ada.wait_for("Grace +ON HOLD")
    two.ada.use("u", "Roster")
    two.ada.wait_for(r"Grace +ON HOLD .*by you")
    two.ada.use("esc", "Back")
    two.grace.use("h", "Resume")
    in_call(two.ada, "Echo", "Grace")
    for key, code in (("g", "N_NOOTHER"), ("H", "N_NODEVICE")):
        two.ada.press(key)
        two.ada.wait_for(re.escape(sentence(code).text))


def test_echo_is_parked_passed_on_and_asked_about_first(two: Two) -> None:
    two.speaks_with_echo()
    two.ada.use("p", "Park")
    two.ada.wait_for("Parked at 71")
    press_until(two.grace, "P", "> 71 Echo")
    two.grace.use("enter", "Choose")
    in_call(two.grace, "Echo")
    choose(two.grace, "x", "Transfer to", "Ada")
    two.grace.wait_for(r"You passed Echo \(test\) on to Ada")
    answer(two.ada, "Echo (test)")
    in_call(two.ada, "Echo")
    two.grace.use("esc", "Back")
    for key, label, outcome in (
        ("ctrl+x", "Back", r"^ ○ NOT E2EE +Echo .*MIC ON"),
        ("x", "Join them", "Echo .* now speaks with Grace. You have left the call"),
    ):
        choose(two.ada, "X", "Ask first, then transfer to", "Grace")
        answer(two.grace, "Ada")
        in_call(two.grace, "Ada")
        two.ada.wait_for("Speaking with Grace first")
        two.ada.wait_for("Echo .*hears music")
        two.ada.use(key, label)
        two.ada.wait_for(outcome)
        if label == "Back":
            two.grace.use("esc", "Back")
    in_call(two.grace, "Echo")


def test_a_call_goes_e2ee_and_back_and_merges_with_another(two: Two) -> None:
    two.speaks_with_echo()
    two.ada.use("v", "Why")
    two.ada.use("y", "Go E2EE")
    two.ada.wait_for(f"{AWAKE} ⛨ E2EE new +Echo .*MIC ON")
    press_until(two.ada, "+", re.escape(sentence("E_ADD").text))
    two.ada.use("l", "Leave E2EE for this")
    two.ada.use("y", "Ask")
    in_call(two.ada, "Echo")
    two.grace.press("/")
    two.grace.wait_for("esc +Clear")
    two.grace.type("Ada")
    two.grace.wait_for("> Ada")
    two.grace.press("Enter")
    two.grace.use("s", "Standard")
    two.ada.wait_for("Grace .*CALLS YOU TOO")
    two.ada.use("w", "Look")
    two.ada.wait_for(f"{AWAKE}Grace calls you too")
    two.ada.use("a", "Hold and answer")
    two.ada.wait_for("Echo .*ON HOLD")
    in_call(two.ada, "Grace")
    press_until(two.ada, "g", "Two calls are now one")
    in_call(two.ada, "Grace", "Echo")
    in_call(two.grace, "Ada", "Echo")
