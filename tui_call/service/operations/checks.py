"""What a call between two people would be, as far as the service knows, and why not E2EE.

It knows policies, the accounts' settings and what clients claimed of themselves; a device may
narrow further.
"""

from dataclasses import dataclass

from tui_call.permissions.book import Book
from tui_call.permissions.evaluation import evaluate
from tui_call.permissions.policies import E2EECalls
from tui_call.permissions.terms import as_mapping, is_older
from tui_call.reasons import GateReason
from tui_call.sentences import sentence
from tui_call.service.database.records import AccountRecord
from tui_call.service.operations.work import ChangeRefused, Work, refused
from tui_call.signaling.operations import (
    CallCheck,
    Check,
    PolicyCheck,
)
from tui_call.signaling.vocabulary import EncryptionSetting


@dataclass(frozen=True, slots=True)
class CallParty:
    """One of the two people of a call.

    Attributes:
        client: the version that the person's device claimed, "" where none was seen.
        setting: None where only policies count.
    """

    account: str
    client: str
    setting: EncryptionSetting | None = None


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a call is not E2EE.

    Attributes:
        reason: the first that holds.
        at: the account whose side it is on.
        why: what decided there, for example "organisation: disabled".
    """

    reason: GateReason
    at: str
    why: str


def make_sure_they_are_two(sides: tuple[CallParty, CallParty]) -> None:
    """Make sure that a call that is asked about is one between two people.

    Raises:
        ChangeRefused: somebody would call themselves.
    """
    one, other = sides
    if one.account == other.account:
        raise refused("A_CALL_OF_ONE", who=one.account)


def obstacle(book: Book, sides: tuple[CallParty, CallParty]) -> Obstacle | None:
    """Return why an E2EE call between two people cannot be, None where it can."""
    for side in sides:
        found = _at(book, side)
        if found is not None:
            return Obstacle(found[0], side.account, found[1])
    return None


def may_be_standard(book: Book, sides: tuple[CallParty, CallParty]) -> bool:
    """Tell whether two whose calls are not E2EE may have a standard one, where there is a bridge.

    Nobody may who takes only E2EE calls.
    """
    for side in sides:
        calls = evaluate(book, side.account).encryption_terms.e2ee_calls
        asks_itself = calls is E2EECalls.USER_CHOICE and side.setting == "require"
        if calls is E2EECalls.REQUIRED or asks_itself:
            return False
    return True


def too_old(book: Book, account: str, client: str) -> bool:
    """Tell whether what a client claimed is below the person's `min_client`."""
    return bool(client) and is_older(client, evaluate(book, account).encryption_terms.min_client)


def _at(book: Book, side: CallParty) -> tuple[GateReason, str] | None:
    found = evaluate(book, side.account)
    terms, policy = found.encryption_terms, found.encryption.policy.name
    if found.calling_terms.compliance_recording:
        return GateReason.COMPLIANCE, f"{found.calling.policy.name}: compliance_recording"
    if terms.e2ee_calls is E2EECalls.DISABLED:
        return GateReason.POLICY, f"{policy}: {terms.e2ee_calls}"
    if side.setting == "off" and terms.e2ee_calls is not E2EECalls.REQUIRED:
        return GateReason.SETTING, "account: off"
    if side.client and is_older(side.client, terms.min_client):
        return GateReason.OLD_DEVICE, f"{policy}: min_client {terms.min_client}"
    return None


async def check(work: Work, book: Book, checks: tuple[Check, ...]) -> None:
    """Add a problem for each check that does not hold in the book after a change."""
    for number, one in enumerate(checks, 1):
        match one:
            case PolicyCheck():
                wrong = await _wrong_policy(work, book, one)
            case CallCheck():
                wrong = await _wrong_call(work, book, one)
        if wrong:
            work.problems.add(sentence("A_TEST", n=number, what=wrong))


async def _wrong_policy(work: Work, book: Book, wanted: PolicyCheck) -> str:
    person = await work.find_account(wanted.user)
    if person is None:
        return f"nobody is {wanted.user}"
    found = evaluate(book, person.id)
    terms = {**as_mapping(found.encryption_terms), **as_mapping(found.calling_terms)}
    for name, value in wanted.terms.items():
        if name not in terms:
            return f"{name} is not known"
        if terms[name] != value:
            return f"{person.id} {name} {terms[name]}"
    return ""


async def _wrong_call(work: Work, book: Book, wanted: CallCheck) -> str:
    found_sides: list[CallParty] = []
    for given in wanted.call:
        person = await work.find_account(given)
        if person is None:
            return f"nobody is {given}"
        found_sides.append(_side(person))
    sides = (found_sides[0], found_sides[1])
    try:
        make_sure_they_are_two(sides)
    except ChangeRefused as fault:
        return fault.sentence.text.rstrip(".")
    found = obstacle(book, sides)
    if (found is None) == wanted.allowed:
        return ""
    if found is None:
        return f"{sides[0].account} -> {sides[1].account} allowed"
    return f"{found.reason} at {found.at}"


def _side(person: AccountRecord) -> CallParty:
    return CallParty(person.id, person.client_version)
