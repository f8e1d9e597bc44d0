"""The machine of a standard call: an event and the time make the next value, and effects."""

from typing import assert_never

from tui_call.standard_calls import course, kept_course, merging, moving
from tui_call.standard_calls.effects import Step
from tui_call.standard_calls.events import (
    Act,
    ActInside,
    Adds,
    Agrees,
    Answers,
    CancelsConsult,
    Consults,
    Declines,
    Event,
    HandsOver,
    HangsUp,
    Holds,
    JoinsConsulted,
    Merges,
    Mutes,
    OffersLeg,
    Parks,
    Places,
    Records,
    Report,
    Retrieves,
    ShowsCaptions,
    Transcribes,
    Transfers,
)
from tui_call.standard_calls.kept_settling import settle_kept
from tui_call.standard_calls.reports import take_report
from tui_call.standard_calls.revision import Revision
from tui_call.standard_calls.rules import ActRefusal, refusal
from tui_call.standard_calls.settling import settle
from tui_call.standard_calls.state import StandardCall


def handle(call: StandardCall | None, event: Event, now: float) -> Step:
    """Take what happens to a call.

    Args:
        call: as it was saved last; None where there is none of that id.
        event: what happens.
        now: Unix seconds.

    Returns:
        The call as it is to be saved, before any effect is carried out. It is the very same value
        where nothing changed, as for an act that was refused, or asked again after it was done.
    """
    if isinstance(event, Places):
        return _place(call, event, now)
    if call is None or call.over:
        refused = ActRefusal.UNKNOWN_CALL if isinstance(event, Act) else ""
        return Step(call, refused=refused)
    if not isinstance(event, Act):
        return _report(call, event, now)
    if event.done in call.acts:
        return Step(call)
    refused = refusal(call, event)
    return Step(call, refused=refused) if refused else _act(call, event, now)


def _place(call: StandardCall | None, act: Places, now: float) -> Step:
    if call is not None:
        done = act.done in call.acts
        return Step(call, refused="" if done else ActRefusal.UNKNOWN_CALL)
    if act.account in act.to:
        return Step(None, refused=ActRefusal.IN_THE_CALL)
    revision = course.place(act, now)
    settle_kept(revision)
    return revision.step(act.done)


def _report(call: StandardCall, report: Report, now: float) -> Step:
    revision = Revision(call, now)
    take_report(revision, report)
    settle(revision)
    return revision.step(None)


def _act(call: StandardCall, act: ActInside | Merges, now: float) -> Step:
    revision = Revision(call, now)
    if isinstance(act, Merges):
        return merging.merge(revision, act)
    _carry_out(revision, act)
    settle(revision)
    return revision.step(act.done)


def _carry_out(revision: Revision, act: ActInside) -> None:  # noqa: C901 - an arm each
    """Do what was not refused."""
    match act:
        case Answers():
            course.answer(revision, act)
        case Declines():
            course.decline(revision, act)
        case Adds():
            course.add(revision, act)
        case HangsUp():
            course.hang_up(revision, act)
        case Holds():
            course.hold(revision, act)
        case Mutes():
            course.mute(revision, act)
        case OffersLeg():
            course.offer_leg(revision, act)
        case Transfers():
            moving.transfer(revision, act)
        case Consults():
            moving.consult(revision, act)
        case JoinsConsulted():
            moving.join_consulted(revision, act)
        case CancelsConsult():
            moving.cancel_consult(revision, act)
        case Parks():
            moving.park(revision, act)
        case Retrieves():
            moving.retrieve(revision, act)
        case HandsOver():
            moving.hand_over(revision, act)
        case Records() | Transcribes() | Agrees() | ShowsCaptions():
            kept_course.take_act(revision, act)
        case _:  # pragma: no cover
            assert_never(act)
