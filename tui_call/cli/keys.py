"""Keys from the command line: show a code or fingerprint, check what was typed, say a verdict."""

import sys
import time
from dataclasses import dataclass
from typing import Any

import click

from tui_call.cli.session import be_online, run, say, say_json, wait_until
from tui_call.control.actions import AcceptKey, Compare, Verdict
from tui_call.control.client import EngineClient
from tui_call.control.selection import NobodySo, person_named
from tui_call.control.views import CallView, CodeView, PersonView
from tui_call.e2ee.comparing import first_wrong_group
from tui_call.errors import LocalFault
from tui_call.sentences import paragraph_of, sentence, text_of
from tui_call.tui.comparison import (
    compared_words,
    fingerprint_halves,
    halves,
    judged_fingerprint,
    likely_form,
)
from tui_call.tui.plain import current_call

_PEOPLE_WITHIN = 3.0  # they are told right after the connection


class NothingTyped(LocalFault):
    """Give with --type what the other screen shows: a match in person needs it."""


class NothingToCompare(LocalFault):
    """No call with a code to compare."""


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for on the command line."""

    verdict: Verdict | None
    typed: str | None
    accept: str | None
    as_json: bool


@click.command(help=paragraph_of("H_KEYS"))
@click.argument("name", default="")
@click.option("--type", "typed", metavar="TEXT", help="What you heard, or see there: the same?")
@click.option("--match", "verdict", flag_value="match", help="Say that it is the same.")
@click.option(
    "--differ", "verdict", flag_value="differ", help="Say that it differs; ends the call."
)
@click.option("--undo", "verdict", flag_value="undo", help="Take a match back, soon after it.")
@click.option(
    "--accept", metavar="DIGITS", help="Take the new key of NAME that has these 60 digits."
)
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
@click.pass_obj
def keys(
    profile: str,
    name: str,
    typed: str | None,
    verdict: Verdict | None,
    accept: str | None,
    as_json: bool,
) -> None:
    """Show the code of the call, or the fingerprint of NAME; check it, and say what comparing gave.

    With --type and --match together it is a match only if what you typed is right.
    """
    order = Order(verdict, typed, accept, as_json)

    async def work(client: EngineClient) -> int:
        return await (_of_person(client, name, order) if name else _of_call(client, order))

    sys.exit(run(profile, work, start=bool(name)))


def code_json(code: CodeView) -> dict[str, Any]:
    """Return a code as `--json` prints it."""
    return {
        "digits": code.digits,
        "words": list(code.words),
        "emoji": [symbol for symbol, _ in code.emoji],
    }


async def _of_call(client: EngineClient, order: Order) -> int:
    found = current_call(client.snapshot)
    if found is None or found.member.code is None:
        raise NothingToCompare
    form = likely_form(found.member.code, order.typed or "")
    wrong = first_wrong_group(halves(found.member.code, form), order.typed) if order.typed else None
    _show_call(found, found.member.code, order, wrong)
    if order.verdict is not None and not wrong:
        await client.command(Compare(order.verdict, form, code=found.member.code.digits))
    return 1 if wrong else 0


def _show_call(found: CallView, code: CodeView, order: Order, wrong: int | None) -> None:
    if order.as_json:
        say_json({**code_json(code), **_typed_json(order, wrong)})
        return
    say(f"{found.shield.label}  {found.member.name}")
    say(f"digits  {code.digits}")
    say("words   " + " ".join(code.words))
    say("emoji   " + " ".join(f"{symbol} {name}" for symbol, name in code.emoji))
    _say_known(found.member.person)
    _say_typed(order, wrong, found.member.person)


async def _of_person(client: EngineClient, name: str, order: Order) -> int:
    person = await _person(client, name)
    if order.accept is not None:
        await client.command(AcceptKey(person.account, _grouped(order.accept)))
        say(text_of("V_KEY_TAKEN", peer=person.name))
        return 0
    if order.verdict == "match" and not order.typed:
        raise NothingTyped
    digits = judged_fingerprint(person)
    own = client.snapshot.me.account
    wrong = None
    if order.typed and digits:
        wrong = first_wrong_group(fingerprint_halves(digits, own, person.account), order.typed)
    _show_person(person, digits, order, wrong)
    if order.verdict is not None and not wrong:
        await client.command(
            Compare(order.verdict, "in person", person.account, person.fingerprint)
        )
    return 1 if wrong or not digits else 0


async def _person(client: EngineClient, name: str) -> PersonView:
    """Return who is meant; an engine that was just started learns who is there from its service."""
    if person_named(client.snapshot.people, name) is None:
        await be_online(client)
        await wait_until(
            client, lambda at: person_named(at.snapshot.people, name) is not None, _PEOPLE_WITHIN
        )
    person = person_named(client.snapshot.people, name)
    if person is None:
        raise NobodySo
    return person


def _show_person(person: PersonView, digits: str, order: Order, wrong: int | None) -> None:
    if order.as_json:
        known = {"fingerprint": digits, "standing": person.standing, "how": person.compared_how}
        say_json({**known, **_typed_json(order, wrong)})
        return
    if person.standing == "changed":
        for code in ("SH_CHANGED", "G_KEY_NEWDEV", "G_KEY_ASK"):
            say(sentence(code, peer=person.name).text)
    say(f"{person.account}  {digits or 'no key known yet'}")
    _say_known(person)
    _say_typed(order, wrong, person)


def _say_known(person: PersonView) -> None:
    if known := compared_words(person, time.time(), None):
        say(known)


def _say_typed(order: Order, wrong: int | None, person: PersonView) -> None:
    if order.typed:
        code = "G_TYPED_BAD" if wrong else "G_TYPED_OK"
        say(sentence(code, n=wrong, peer=person.name).text)


def _typed_json(order: Order, wrong: int | None) -> dict[str, Any]:
    return {"typed": {"same": not wrong, "wrong_group": wrong}} if order.typed else {}


def _grouped(digits: str) -> str:
    plain = "".join(mark for mark in digits if mark.isdigit())
    return " ".join(plain[at : at + 5] for at in range(0, len(plain), 5))
