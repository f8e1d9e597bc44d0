"""What each of the people of a standard call reads of it, by the part that each has in it."""

from typing import Literal

import pytest
from msgspec.structs import replace

from tui_call.engine.calls.standard_facts import StandardFacts
from tui_call.engine.calls.standard_news import news_sentence, told_sentences
from tui_call.engine.calls.standard_told import is_of_people, named_in
from tui_call.engine.views.standard import transfer_of
from tui_call.signaling.standard_calls import CallChanged, CallMember, CallNews, TransferUnderWay

ADA, BEN, CLEO, DORA = "ada@home", "ben@home", "cleo@home", "dora@home"
NAMES = {ADA: "Ada", BEN: "Ben", CLEO: "Cleo", DORA: "Dora"}


def rings(account: str, **how: object) -> CallMember:
    return CallMember(9, account, NAMES[account], "ringing", **how)  # type: ignore[arg-type]


def speaks(account: str, **how: object) -> CallMember:
    number = list(NAMES).index(account) + 1
    return CallMember(
        number, account, NAMES[account], "talking", instance=account, **how  # type: ignore[arg-type]
    )  # fmt: skip


def read_by(
    account: str, news: CallNews, *members: CallMember, transfer: TransferUnderWay | None = None
) -> tuple[str, str]:
    """Return the sentence of an event, and that of the transfer, "" where there is none."""
    told = CallChanged(32 * "0", 1, members, transfer=transfer)
    names = {one: NAMES[one] for one in named_in(told) if one != account}
    facts = StandardFacts(account, "device", account, None, told, names=names)
    event, moves = news_sentence(news, facts), transfer_of(facts)
    return (event.text if event else "", moves.text if moves else "")


@pytest.mark.parametrize(
    ("account", "text"),
    [
        (ADA, "Cleo joined (3 people), added by you."),
        (BEN, "Cleo joined (3 people), added by Ada."),
        (CLEO, ""),
    ],
)
def test_who_added_somebody_is_called_by_name(account: str, text: str) -> None:
    members = (speaks(ADA), speaks(BEN), speaks(CLEO, added_by=ADA))
    assert read_by(account, CallNews("joined", CLEO), *members)[0] == text


@pytest.mark.parametrize(
    ("others", "text"),
    [
        ((CLEO,), "The call is taken. It rings no more at Cleo."),
        ((CLEO, DORA), "The call is taken. It rings no more at Cleo +1."),
    ],
)
def test_where_the_first_answer_takes_it_one_line_says_at_whom_it_rings_no_more(
    others: tuple[str, ...], text: str
) -> None:
    news = (CallNews("joined", BEN), *(CallNews("cancelled", one) for one in others))
    told = CallChanged(32 * "0", 2, (speaks(ADA), speaks(BEN, added_by=ADA)), news=news)
    facts = StandardFacts(ADA, "device", ADA, None, told, names=dict(NAMES))
    said = [one.text for one in told_sentences(told, facts)]
    assert said == ["Ben joined (2 people).", text]


@pytest.mark.parametrize(
    ("account", "text"),
    [
        (ADA, "Nobody took 71. Ben is ringing back."),
        (BEN, "Nobody took 71. It rings back at Ada."),
    ],
)
def test_who_waits_reads_at_whom_a_parked_call_rings_back(account: str, text: str) -> None:
    members = (rings(ADA, why_rings="park_back"), speaks(BEN))
    assert read_by(account, CallNews("park_back", ADA, slot=71), *members)[0] == text


def test_who_added_somebody_is_known_after_leaving() -> None:
    told = CallChanged(32 * "0", 1, (speaks(BEN), speaks(CLEO, added_by=ADA)))
    assert named_in(told) == {BEN: "Ben", CLEO: "Cleo", ADA: ""}


@pytest.mark.parametrize(
    ("account", "text"),
    [
        (ADA, "You are ringing Cleo into the call."),
        (BEN, "Ada is ringing Cleo into the call."),
        (CLEO, "Ada is ringing you into the call."),
    ],
)
def test_who_is_rung_into_a_call_reads_by_whom(account: str, text: str) -> None:
    members = (speaks(ADA), speaks(BEN), rings(CLEO, added_by=ADA))
    assert read_by(account, CallNews("added", ADA, CLEO), *members)[0] == text


@pytest.mark.parametrize(
    ("account", "text"),
    [
        (BEN, "Ada transferred you to Cleo. Ringing. Not E2EE."),
        (CLEO, "Ada passes Ben on to you. Not E2EE."),
    ],
)
def test_who_is_passed_on_reads_to_whom_and_the_target_whom(account: str, text: str) -> None:
    event, moves = read_by(
        account,
        CallNews("transferred", ADA, CLEO),
        speaks(BEN),
        rings(CLEO, added_by=ADA),
        transfer=TransferUnderWay(ADA, CLEO),
    )
    assert event == text
    assert moves == (text if account == BEN else "")


@pytest.mark.parametrize(
    ("account", "event", "moves"),
    [
        (ADA, "Cleo did not take it. Ben is back with you.", ""),
        (BEN, "Cleo did not take the call. Ringing Ada again.",
         "Cleo did not take the call. Ringing Ada again."),
    ],
)  # fmt: skip
def test_a_transfer_that_rings_back_says_so_to_both(account: str, event: str, moves: str) -> None:
    told = read_by(
        account,
        CallNews("transfer_back", CLEO, ADA),
        speaks(BEN),
        rings(ADA, added_by=CLEO),
        transfer=TransferUnderWay(ADA, CLEO),
    )
    assert told == (event, moves)


@pytest.mark.parametrize(
    ("account", "text"),
    [
        (ADA, "Speaking with Cleo first. Ben is on hold."),
        (BEN, "Ada asks somebody first. You hear music meanwhile."),
        (CLEO, "Ada speaks with you first, before you have Ben."),
    ],
)
def test_who_is_asked_first_is_not_told_to_hear_music(account: str, text: str) -> None:
    told = read_by(
        account,
        CallNews("consulting", ADA, CLEO),
        speaks(ADA, side=1),
        speaks(BEN, waits=True),
        rings(CLEO, side=1, added_by=ADA),
        transfer=TransferUnderWay(ADA, CLEO, asks_first=True),
    )
    assert told == (text, "" if account == CLEO else text)


@pytest.mark.parametrize(
    ("account", "text"),
    [
        (BEN, "Ada transferred you to Cleo. Not E2EE."),
        (CLEO, "Ada passes Ben on to you. Not E2EE."),
    ],
)
def test_after_asking_first_the_target_is_there_and_does_not_ring(account: str, text: str) -> None:
    members = (speaks(BEN), speaks(CLEO, added_by=ADA))
    assert read_by(account, CallNews("transferred", ADA, CLEO), *members) == (text, "")


@pytest.mark.parametrize("what", ["joined", "left"])
@pytest.mark.parametrize(
    ("account", "who", "is_told"),
    [
        (ADA, CLEO, True),
        (BEN, CLEO, False),
        (CLEO, BEN, False),
        (BEN, ADA, True),
        (CLEO, ADA, True),
        (BEN, DORA, True),
        (CLEO, DORA, False),
    ],
)
def test_who_comes_and_goes_is_told_to_those_who_hear_it(
    what: Literal["joined", "left"], account: str, who: str, is_told: bool
) -> None:
    everybody = (
        speaks(ADA, side=1), speaks(BEN), speaks(CLEO, side=1), speaks(DORA),
    )  # fmt: skip
    there = [one for one in everybody if what == "joined" or one.account != who]
    news = (CallNews(what, who),)
    transfer = TransferUnderWay(ADA, CLEO, asks_first=True)
    told = CallChanged(32 * "0", 1, tuple(there), news=news, transfer=transfer)
    before = StandardFacts(account, "device", account, None, replace(told, members=everybody))
    facts = StandardFacts(account, "device", account, None, told, names=dict(NAMES))
    said = [one.text for one in told_sentences(told, facts, apart=before.apart)]
    people = {ADA: 4, BEN: 3, CLEO: 2}[account] - (what == "left")
    assert said == ([f"{NAMES[who]} {what} ({people} people)."] if is_told else [])


def test_the_end_of_asking_first_does_not_tell_that_the_target_left() -> None:
    asking = TransferUnderWay(ADA, CLEO, asks_first=True)
    members = (speaks(ADA, side=1), speaks(BEN), speaks(CLEO, side=1))
    before = StandardFacts(
        BEN, "device", BEN, None, CallChanged(32 * "0", 1, members, transfer=asking)
    )
    news = (CallNews("left", CLEO), CallNews("consult_over", ADA, CLEO))
    told = CallChanged(32 * "0", 2, (speaks(ADA), speaks(BEN)), news=news)
    facts = StandardFacts(BEN, "device", BEN, None, told, names=dict(NAMES))
    said = [one.text for one in told_sentences(told, facts, apart=before.apart)]
    assert said == ["Ada is back with you."]


@pytest.mark.parametrize("address", ["nobody", "ada@home\x1b[2J"])
def test_a_call_that_names_whom_there_cannot_be_is_known(address: str) -> None:
    ben, cleo = speaks(BEN), speaks(CLEO, added_by=ADA)
    assert is_of_people(CallChanged(32 * "0", 1, (ben, cleo)))
    for members, transfer in (
        ((ben, speaks(CLEO, added_by=address)), None),
        ((ben, cleo), TransferUnderWay(address, CLEO)),
        ((ben, cleo), TransferUnderWay(ADA, address)),
    ):
        assert not is_of_people(CallChanged(32 * "0", 1, members, transfer=transfer))
