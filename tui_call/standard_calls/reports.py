"""What service, bridge and clock report of a call."""

from dataclasses import replace
from typing import assert_never

from tui_call.reasons import EndReason
from tui_call.standard_calls import kept_course
from tui_call.standard_calls.effects import EndLeg
from tui_call.standard_calls.events import (
    AccountGone,
    CannotBeRecorded,
    DeadlineReached,
    DeviceGone,
    KeepingFailed,
    KeepingForbidden,
    KeepingRefused,
    KeepingStopped,
    LegReported,
    PartIsOpen,
    Report,
    TapChanged,
    Unreachable,
    WordChanged,
    WorkerChanged,
)
from tui_call.standard_calls.revision import Revision
from tui_call.standard_calls.state import (
    LOST_SECONDS,
    Member,
    MemberLeg,
)


def take_report(revision: Revision, report: Report) -> None:
    """Take something that nobody asked for."""
    match report:
        case Unreachable(account):
            _unreachable(revision, account)
        case DeviceGone(account, device):
            _take_out(revision, account, EndReason.REVOKED, device)
        case AccountGone(account):
            _take_out(revision, account, EndReason.DISABLED)
        case LegReported():
            _leg(revision, report)
        case WorkerChanged(worker):
            _other_worker(revision, worker)
        case TapChanged() | PartIsOpen() | KeepingFailed() | WordChanged():
            kept_course.take_report(revision, report)
        case KeepingStopped() | KeepingRefused() | KeepingForbidden():
            kept_course.take_report(revision, report)
        case CannotBeRecorded():
            kept_course.end_unrecorded(revision)
        case DeadlineReached():
            _time_passed(revision)
            kept_course.time_passed(revision)
        case _:  # pragma: no cover
            assert_never(report)


def _unreachable(revision: Revision, account: str) -> None:
    for member in revision.call.asked:
        if member.account == account:
            revision.drop(member, EndReason.OFFLINE)


def _take_out(revision: Revision, account: str, told: EndReason, device: str = "") -> None:
    """Take somebody out who may no longer be here; the others need not know why."""
    for member in tuple(revision.call.of_account(account)):
        if device in ("", member.device):
            revision.happened("left", account)
            revision.drop(member, EndReason.HUNG_UP, account, told=told)


# The bridge


def _leg(revision: Revision, report: LegReported) -> None:
    for member in revision.call.members:
        if any(leg.id == report.leg for leg in member.legs):
            _leg_of(revision, member, report)


def _leg_of(revision: Revision, member: Member, report: LegReported) -> None:
    place = [leg.id for leg in member.legs].index(report.leg)
    before, after = member.legs[:place], member.legs[place + 1 :]
    match report.state:
        case "connected":
            revision.effects += (EndLeg(leg.id) for leg in before if not leg.connected)
            before = tuple(leg for leg in before if leg.connected)
            legs = (*before, MemberLeg(report.leg, connected=True), *after)
        case "silent":
            legs = (*before, MemberLeg(report.leg), *after)
        case "closed":
            legs = (*before, *after)
        case _ as state:  # pragma: no cover
            assert_never(state)
    member = replace(member, legs=legs)
    revision.put(member)
    if not member.connected and member.state == "talking":
        revision.put(replace(member, state="lost", until=revision.now + LOST_SECONDS))
        revision.happened("lost", member.account)


def _other_worker(revision: Revision, worker: str) -> None:
    """Wait for new legs of everybody; those of a worker that is gone are not closed one by one."""
    if revision.call.worker == worker:
        return
    revision.call = replace(revision.call, worker=worker)
    until = revision.now + LOST_SECONDS
    for member in revision.call.inside:
        state = "joining" if member.state == "joining" else "lost"
        revision.put(replace(member, legs=(), state=state, until=until))
    if not worker:
        revision.happened("bridge_lost")
    elif any(member.state == "lost" for member in revision.call.inside):
        revision.happened("bridge_back")


# Time


def _time_passed(revision: Revision) -> None:
    parked = revision.call.parked
    for member in revision.call.members:
        if member.until is not None and member.until <= revision.now:
            _out_of_time(revision, member)
    due = parked is not None and not parked.rings and parked.rings_at <= revision.now
    if parked is not None and due and revision.call.inside:
        revision.call = replace(revision.call, parked=replace(parked, rings=True))
        revision.happened("park_back", parked.by, slot=parked.slot)
        revision.ring(parked.by, "", "park_back")


def _out_of_time(revision: Revision, member: Member) -> None:
    if member.is_in:
        revision.happened("left", member.account)
        revision.drop(member, EndReason.CONNECTION_LOST)
    else:
        revision.drop(member, EndReason.NO_ANSWER, told=EndReason.CANCELLED)
