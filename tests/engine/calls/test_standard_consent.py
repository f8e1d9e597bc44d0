"""What a person is asked before a standard call, and what a service can say of it."""

from types import SimpleNamespace

import pytest

from tui_call.engine.calls.standard_consent import MOST_AGREED, Judged, StandardConsent, told_of
from tui_call.identifiers import AccountId
from tui_call.permissions.admission import CallSide, PeerEncryption
from tui_call.permissions.encryption import OwnEncryption
from tui_call.permissions.policies import Authority, DecidedBy
from tui_call.profile.contacts import Contacts
from tui_call.reasons import GateReason
from tui_call.signaling.messages import CallChanged

ADA, BEN = AccountId("ada@home"), AccountId("ben@home")
CALL = bytes(16)
ENCRYPTION = OwnEncryption("ON_SELF", (), DecidedBy(Authority.SETTING), None, None)


@pytest.fixture
def contacts() -> Contacts:
    return Contacts()


@pytest.fixture
def consent(contacts: Contacts) -> StandardConsent:
    account = SimpleNamespace(
        contacts=contacts, member=lambda: SimpleNamespace(organisation="home")
    )
    people = SimpleNamespace(name_of=lambda account: account.partition("@")[0].title())
    return StandardConsent(account, people)  # pyright: ignore[reportArgumentType]


def judged(consent: StandardConsent, side: CallSide, *others: AccountId) -> Judged:
    found = consent.judge(ENCRYPTION, others, None, side)
    assert isinstance(found, Judged)
    return found


@pytest.mark.parametrize("side", list(CallSide))
def test_with_whom_e2ee_was_made_a_call_asks_at_either_end(
    contacts: Contacts, consent: StandardConsent, side: CallSide
) -> None:
    contacts.observe(BEN, b"\x01" * 32, 0, 0.0)
    assert not judged(consent, side, ADA).asks
    found = judged(consent, side, ADA, BEN)
    assert found.asks
    assert found.words.code == "Q_FIRST"
    assert found.words.text.startswith("You had E2EE with Ben.")


def test_a_call_to_which_the_person_agreed_asks_again_where_others_come_with_it(
    consent: StandardConsent,
) -> None:
    assert not consent.has_agreed(CALL, [ADA])
    consent.agree(CALL, [ADA])
    assert consent.has_agreed(CALL, [ADA])
    assert not consent.has_agreed(CALL, [ADA, BEN])
    consent.agree(CALL, [BEN])
    assert consent.has_agreed(CALL, [ADA, BEN])
    for number in range(1, MOST_AGREED + 1):
        consent.agree(number.to_bytes(16, "big"), [ADA])
    assert not consent.has_agreed(CALL, [ADA])


def test_a_later_call_of_the_same_id_is_none_to_which_the_person_agreed(
    consent: StandardConsent,
) -> None:
    consent.agree(CALL, [ADA])
    for began in (7, 7):
        consent.told(CALL, began)
        assert consent.has_agreed(CALL, [ADA])
    consent.told(CALL, 8)
    assert not consent.has_agreed(CALL, [ADA])


@pytest.mark.parametrize(
    ("why", "of", "off"),
    [
        ("Y_OWN_SETTING", ADA, GateReason.SETTING),
        ("Y_OWN_SETTING", BEN, None),
        ("Y_ASKED", ADA, None),
        ("E_RECORD", ADA, None),
        ("of another version", ADA, None),
    ],
)
def test_a_service_says_of_the_caller_alone_why_there_is_no_e2ee(
    why: str, of: AccountId, off: GateReason | None
) -> None:
    told = CallChanged(CALL.hex(), 1, (), why=why, why_of=of)
    assert told_of(told, ADA) == (PeerEncryption(off=off) if off else None)
