"""A call as its people are told of it: the core's value, with names from the directory."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tui_call.service.database import Account
from tui_call.signaling.standard_calls import (
    CallChanged,
    CallMember,
    CallNews,
    KeptNow,
    Parked,
    ParkedCall,
    TransferUnderWay,
)
from tui_call.signaling.tap_messages import SpeechState
from tui_call.standard_calls.hearing import waits
from tui_call.standard_calls.keeping import Keeping
from tui_call.standard_calls.kept_rooms import kept_mark
from tui_call.standard_calls.state import Happening, Member, ParkedAt, StandardCall


@dataclass(frozen=True, slots=True)
class CallNames:
    """What people and their devices are called."""

    _accounts: Mapping[str, Account]

    @classmethod
    def of(cls, accounts: Iterable[Account]) -> "CallNames":
        """Return the names of these."""
        return cls({account.id: account for account in accounts})

    def person(self, account: str) -> str:
        """Return a person's name, the address where nobody has it any more."""
        found = self._accounts.get(account)
        return found.name if found is not None else account

    def device(self, account: str, device: str) -> str:
        """Return a device's name, "" where it is not known."""
        found = self._accounts.get(account)
        return dict(found.devices).get(device, "") if found is not None else ""


def people_of(call: StandardCall) -> set[str]:
    """Return the accounts whose names are needed to tell of a call."""
    parked_by = {call.parked.by} if call.parked is not None else set[str]()
    kept_by = {keeping.by for _, keeping in call.kept if keeping.by}
    return {*call.accounts, *parked_by, *kept_by}


UNKNOWN_SPEECH = SpeechState()
"""Before any tap has said whether speech is recognised."""


def told(call: StandardCall, names: CallNames, speech: SpeechState = UNKNOWN_SPEECH) -> CallChanged:
    """Return what everybody in a call is told of it; `speech` says whether it is recognised."""
    transfer = call.transfer
    return CallChanged(
        call.id,
        call.sequence,
        tuple(_member(call, member, names) for member in call.members),
        call.kind,
        int(call.began),
        call.why,
        call.why_of,
        tuple(_news(happening, names) for happening in call.news),
        TransferUnderWay(transfer.by, transfer.to, transfer.asks_first) if transfer else None,
        parked_at(call.parked, names) if call.parked else None,
        call.worker,
        recording=_kept_now(call.recording, names),
        transcript=_kept_now(call.transcript, names),
        captions=speech.fault,
        captions_language=speech.language,
        captions_loading=speech.loading,
    )


def told_over(call: StandardCall, why: str, by: str) -> CallChanged:
    """Return what somebody is told for whom a call is over, "" where nobody ended it."""
    return CallChanged(call.id, call.sequence, (), call.kind, int(call.began), over=why, over_by=by)


def parked_at(parked: ParkedAt, names: CallNames) -> Parked:
    """Return where a call is parked."""
    return Parked(parked.slot, parked.by, names.person(parked.by), int(parked.rings_at))


def parked_call(call: StandardCall, parked: ParkedAt, names: CallNames) -> ParkedCall:
    """Return a parked call as who may retrieve it is told of it."""
    people = tuple(dict.fromkeys(member.account for member in call.inside))
    return ParkedCall(
        call.id, parked_at(parked, names), people, tuple(names.person(one) for one in people)
    )


def _member(call: StandardCall, member: Member, names: CallNames) -> CallMember:
    return CallMember(
        member.number,
        member.account,
        names.person(member.account),
        member.state,
        member.device,
        names.device(member.account, member.device),
        member.instance,
        member.on_hold,
        waits(call, member),
        member.muted,
        member.side,
        member.added_by,
        int(member.since),
        member.why_rings,
        member.why,
        kept_mark(call, member),
        member.captions,
        member.word.captioned,
    )


def _kept_now(keeping: Keeping | None, names: CallNames) -> KeptNow | None:
    if keeping is None:
        return None
    return KeptNow(
        keeping.id,
        keeping.by,
        names.person(keeping.by) if keeping.by else "",
        int(keeping.since),
        starting=keeping.phase != "on",
        tracks=keeping.tracks,
    )


def _news(happening: Happening, names: CallNames) -> CallNews:
    device = names.device(happening.who, happening.device)
    return CallNews(
        happening.what,
        happening.who,
        happening.whom,
        happening.slot,
        device,
        happening.why,
        round(happening.seconds),
    )
