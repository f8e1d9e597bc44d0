"""What a change of a call means for the index of what is kept of it, and for the audit."""

from collections.abc import Iterator
from dataclasses import dataclass

from tui_call.service.database.audit import BY_SERVICE, AuditEntry
from tui_call.service.database.kept import (
    BeginKept,
    BeginPart,
    ComeIntoKept,
    EndKept,
    KeptChange,
    LeaveKept,
    NarrowKept,
    NeverInKept,
)
from tui_call.standard_calls.keeping import KINDS, Keeping, WhatIsKept
from tui_call.standard_calls.state import StandardCall

BEGINS: dict[WhatIsKept, str] = {"recording": "call.record", "transcript": "call.transcribe"}
ENDS: dict[WhatIsKept, str] = {kind: f"{action}_end" for kind, action in BEGINS.items()}
"""What the audit calls it."""
KEPT_ACTIONS = frozenset((*BEGINS.values(), *ENDS.values()))


@dataclass(frozen=True, slots=True)
class KeptHere:
    """Where and when a call is changed, as the index has it.

    Attributes:
        home: names the service.
        fence: of the call.
        keep_days: the least that the policies of those in the call say, 0 for ever.
        now: Unix seconds.
    """

    home: str
    fence: int
    keep_days: int
    now: int


def index_changes(
    before: StandardCall | None, after: StandardCall, here: KeptHere
) -> Iterator[KeptChange]:
    """Yield what becomes of the rows of a call."""
    for kind in KINDS:
        was, now = before.keeping(kind) if before else None, after.keeping(kind)
        if was is not None and (now is None or now.id != was.id):
            yield EndKept(was.id, here.now)
            was = None
        if now is None:
            continue
        if was is None:
            began, since = int(after.began), int(now.since)
            yield BeginKept(now.id, kind, after.id, began, here.home, now.by, here.keep_days, since)
        yield from _people(before if was is not None else None, was, after, now.id, here)
        named_to = before.tap if before is not None and was is not None else ""
        if after.tap and not (named_to and was is not None and was.part == now.part):
            yield BeginPart(now.id, now.part, here.fence, here.now)


def audit_entries(
    before: StandardCall | None, after: StandardCall, asked: AuditEntry | None
) -> Iterator[AuditEntry]:
    """Yield what the audit keeps of it: who began and ended what, and why where nobody did.

    Args:
        before: the call as it was, None where there was none.
        after: as it is.
        asked: what the audit would keep of the act that brought it about, for its device.
    """
    for kind in KINDS:
        was, now = before.keeping(kind) if before else None, after.keeping(kind)
        if was is not None and (now is None or now.id != was.id):
            who, why = _who_ended(after, kind)
            yield _entry(who, ENDS[kind], after, f"{was.id} {why}".rstrip(), asked)
        if now is not None and (was is None or was.id != now.id):
            how = f"{now.id} tracks" if now.tracks else now.id
            yield _entry(now.by, BEGINS[kind], after, how, asked)


def _people(
    before: StandardCall | None, was: Keeping | None, after: StandardCall, kept: str, here: KeptHere
) -> Iterator[KeptChange]:
    """Yield who has left since, and who has come; who is apart is not where anything is kept.

    Who left before the files were open has heard of nothing that is in them.
    """
    there, inside = _in_what_is_kept(before), _in_what_is_kept(after)
    for account in sorted(there.keys() - inside.keys()):
        opening = was is not None and was.phase == "opening"
        yield NeverInKept(kept, account) if opening else LeaveKept(kept, account, here.now)
    came = [account for account in inside if account not in there]
    for account in came:
        yield ComeIntoKept(kept, account, after.people.index(account) + 1, here.now)
    if came and was is not None and here.keep_days:
        yield NarrowKept(kept, here.keep_days)


def _in_what_is_kept(call: StandardCall | None) -> dict[str, None]:
    members = call.inside if call is not None else ()
    return dict.fromkeys(member.account for member in members if member.side == 0)


def _who_ended(call: StandardCall, kind: WhatIsKept) -> tuple[str, str]:
    """Return the account that ended it, and why where none did."""
    for news in call.news:
        if news.what == f"{kind}_over":
            return (BY_SERVICE, news.why) if news.why else (news.who, "")
    return BY_SERVICE, call.over


def _entry(
    actor: str, action: str, call: StandardCall, detail: str, asked: AuditEntry | None
) -> AuditEntry:
    if asked is None or asked.actor != actor:
        return AuditEntry(actor, action, call.id, detail)
    return AuditEntry(actor, action, call.id, detail, asked.device, asked.address)
