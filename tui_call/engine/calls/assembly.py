"""The parts of calls, built once: what all have in common, then those of each kind."""

import time
from dataclasses import dataclass
from functools import partial

from tui_call.calls.admission_limits import AdmissionLimits
from tui_call.engine.calls.bridge_legs import BridgeSurroundings
from tui_call.engine.calls.call_list import CallList
from tui_call.engine.calls.call_log import CallLog
from tui_call.engine.calls.call_reports import CallReports
from tui_call.engine.calls.call_watch import CallWatch
from tui_call.engine.calls.callers import Callers
from tui_call.engine.calls.clock import SystemClock
from tui_call.engine.calls.direct import DirectCalls
from tui_call.engine.calls.focus import CallFocus
from tui_call.engine.calls.gatekeeper import Gatekeeper
from tui_call.engine.calls.going_e2ee import GoingE2EE
from tui_call.engine.calls.incoming import IncomingCalls
from tui_call.engine.calls.leaving_e2ee import LeavingE2EE
from tui_call.engine.calls.manager import CallManager
from tui_call.engine.calls.standard import BridgedCalls
from tui_call.engine.calls.standard_acts import StandardActs
from tui_call.engine.calls.standard_agreeing import AgreesByItself
from tui_call.engine.calls.standard_captions import StandardCaptions
from tui_call.engine.calls.standard_facts import StandardFacts
from tui_call.engine.calls.standard_owners import StandardOwners
from tui_call.engine.calls.standard_reports import StandardReports
from tui_call.engine.foundation import EngineFoundation
from tui_call.engine.media.libraries import CallLibraries
from tui_call.engine.media.paths import Paths
from tui_call.engine.service.own_presence import OwnPresence
from tui_call.tasks import OnFailure, Tasks


@dataclass(frozen=True, slots=True)
class CommonParts:
    """What calls of both kinds have in common."""

    calls: CallList
    limits: AdmissionLimits
    gatekeeper: Gatekeeper
    presence: OwnPresence
    log: CallLog
    focus: CallFocus
    callers: Callers
    manager: CallManager
    clock: SystemClock
    libraries: CallLibraries
    tasks: Tasks


@dataclass(frozen=True, slots=True)
class StandardParts:
    """Standard calls, and what becomes of E2EE calls by the way of one."""

    acts: StandardActs
    calls: BridgedCalls
    captions: StandardCaptions
    leaving: LeavingE2EE
    going: GoingE2EE


@dataclass(frozen=True, slots=True)
class CallParts:
    """All of them; `direct` are the calls from device to device."""

    common: CommonParts
    standard: StandardParts
    direct: DirectCalls
    incoming: IncomingCalls
    watch: CallWatch


def build_calls(on: EngineFoundation) -> CallParts:
    """Build them."""
    failed = on.ground.failures.of("G_CALL_FAILED")
    common = _common(on, Tasks(failed))
    standard = _standard(on, common, failed)
    direct = _direct(on, common, standard)
    account, people = on.person.account, on.person.people
    membership, postbox = on.service.membership, on.service.postbox
    incoming = IncomingCalls(
        account, on.person.rights, people, common.callers, common.limits, common.calls,
        common.manager, direct, postbox, membership,
    )  # fmt: skip
    watch = CallWatch(
        common.calls, common.manager, common.callers, common.log, membership,
        on.ground.clock.now, on.sound.sound, common.focus, postbox, common.tasks,
    )  # fmt: skip
    return CallParts(common, standard, direct, incoming, watch)


def _common(on: EngineFoundation, tasks: Tasks) -> CommonParts:
    account, membership, now = on.person.account, on.service.membership, on.ground.clock.now
    changes, notices = on.ground.changes, on.ground.notices
    calls, limits, devices = CallList(), AdmissionLimits(), on.devices.list
    gatekeeper = Gatekeeper(on.person.rights, on.sound.equipment, calls, devices, membership)
    presence = OwnPresence(lambda: calls.busy, account, membership)
    log = CallLog(calls, account, limits, membership, presence, changes, notices, on.ground.tasks)
    focus = CallFocus(calls, log, on.sound.sound, on.sound.devices, tasks)
    callers = Callers(account, on.person.people, on.person.configuration, notices)
    manager = CallManager(
        calls, log, account, devices, on.person.configuration, presence, focus,
        on.service.postbox, now,
    )  # fmt: skip
    return CommonParts(
        calls, limits, gatekeeper, presence, log, focus, callers, manager,
        SystemClock(now, tasks.on_failure), CallLibraries(on_failure=tasks.on_failure), tasks,
    )  # fmt: skip


def _standard(on: EngineFoundation, common: CommonParts, failed: OnFailure) -> StandardParts:
    person, calls, manager, tasks = on.person, common.calls, common.manager, common.tasks
    account, people, configuration = person.account, person.people, person.configuration
    acts = StandardActs(
        on.service.membership, person.rights.own_word, person.rights.recording_rule,
        partial(_facts_of, calls),
    )  # fmt: skip
    around = BridgeSurroundings(
        common.clock, partial(Paths, on.service.path_settings.network, on_failure=failed),
        on.sound.equipment.spoken_level, common.libraries, failed,
    )  # fmt: skip
    reports = StandardReports(
        calls, manager, common.log, on.service.membership, common.focus, tasks
    )
    owners = StandardOwners(calls, reports, acts, around, account, person.rights, people)
    standard = BridgedCalls(calls, manager, owners, acts, account, people, common.callers, tasks)
    captions = StandardCaptions(calls, acts, tasks, time.time)
    leaving = LeavingE2EE(
        calls, standard, acts, person.rights, configuration, common.log, common.focus, tasks
    )
    going = GoingE2EE(calls, manager, configuration, common.log, tasks)
    reports.listen(leaving.told)
    reports.listen(going.told)
    reports.listen(captions.told)
    reports.listen(AgreesByItself(configuration, acts, tasks).told)
    on.sound.settings.listen(owners.follow_word)
    return StandardParts(acts, standard, captions, leaving, going)


def _facts_of(calls: CallList, call_id: bytes) -> StandardFacts | None:
    record = calls.records.get(call_id)
    return record.standard if record is not None and not record.ended else None


def _direct(on: EngineFoundation, common: CommonParts, standard: StandardParts) -> DirectCalls:
    person, service = on.person, on.service
    reports = CallReports(
        common.calls, common.manager, standard.calls, standard.leaving, standard.going,
        common.log, person.account, service.membership, on.ground.notices, common.focus,
        common.tasks,
    )  # fmt: skip
    return DirectCalls(
        common.calls, reports, person.account, person.rights, person.people,
        person.configuration, service.path_settings, common.clock, service.postbox,
        common.libraries, service.membership, common.tasks.on_failure,
    )  # fmt: skip
