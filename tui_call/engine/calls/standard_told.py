"""What the service tells of a standard call, as it is read here: whose it is, and who is in it."""

import logging

from msgspec import structs

from tui_call.identifiers import AccountId, IdentifierError, parse_account_id
from tui_call.profile.history import KindOfKept
from tui_call.signaling.standard_calls import CallChanged, CallMember, KeptNow, ParkedCall

log = logging.getLogger(__name__)


def asked_of(told: CallChanged, account: str, device: str) -> CallMember | None:
    """Return who of a call rings at a device, None where nobody does."""
    return next(
        (
            one
            for one in told.members
            if one.account == account and one.state == "ringing" and one.device in ("", device)
        ),
        None,
    )


def caller_of(told: CallChanged, asked: CallMember) -> AccountId | None:
    """Return who called or added somebody who is asked to come, None for an unreadable address."""
    others = [one.account for one in told.members if one.account != asked.account]
    try:
        return parse_account_id(asked.added_by or next(iter(others), ""))
    except IdentifierError:
        log.info("a call of nobody dropped")
        return None


def others_of(told: CallChanged, own: str) -> list[AccountId]:
    """Return everybody in a call or asked to come but the person here, each once."""
    found: list[AccountId] = []
    for member in told.members:
        if member.account != own and member.account not in found:
            found.append(AccountId(member.account))
    return found


def people_at(parked: ParkedCall) -> list[AccountId]:
    """Return who waits in a parked call, nobody where an address cannot be one."""
    try:
        return [parse_account_id(one) for one in parked.people]
    except IdentifierError:
        log.info("a parked call of nobody dropped")
        return []


def named_in(told: CallChanged) -> dict[str, str]:
    """Return who is in a call or had to do with who is: addresses, with the service's names."""
    names = {one.account: one.name for one in told.members}
    transfer = (told.transfer.by, told.transfer.to) if told.transfer is not None else ()
    for account in (*(one.added_by for one in told.members), *transfer):
        if account:
            names.setdefault(account, "")
    return names


def is_of_people(told: CallChanged) -> bool:
    """Tell whether all who are named in a call have an address that can be one."""
    try:
        for account in named_in(told):
            parse_account_id(account)
    except IdentifierError:
        log.info("a call with nobody's address dropped")
        return False
    return True


def kept_in(told: CallChanged) -> frozenset[KindOfKept]:
    """Return what is being kept of a call, once its files are open."""
    found: dict[KindOfKept, KeptNow | None] = {
        "recording": told.recording,
        "transcript": told.transcript,
    }
    return frozenset(kind for kind, kept in found.items() if kept and not kept.starting)


def is_newer(told: CallChanged, before: CallChanged) -> bool:
    """Tell whether a call changed; its number also grows by what nobody is told of."""
    return told.sequence > before.sequence and told != with_speech_of(told, before)


def with_speech_of(told: CallChanged, before: CallChanged) -> CallChanged:
    """Return a call as it was told, with number and state of the speech engine of now."""
    return structs.replace(
        before,
        sequence=told.sequence,
        captions=told.captions,
        captions_language=told.captions_language,
        captions_loading=told.captions_loading,
    )
