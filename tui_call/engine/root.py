"""Builds the engine, leaf to root: each part is given what it needs, and nobody its maker.

What happens below and matters above is told by the listeners that are named at the end.
"""

import time
from collections.abc import Callable
from functools import partial

from msgspec.structs import replace

from tui_call.calls.admission_limits import AdmissionLimits
from tui_call.config.paths import ProfilePaths
from tui_call.control.server import ControlServer, Handler
from tui_call.engine.account.configuration import Configuration
from tui_call.engine.account.keeping import Keeper
from tui_call.engine.account.own_account import OwnAccount
from tui_call.engine.account.rights import Rights
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
from tui_call.engine.calls.own_clock import OwnClock
from tui_call.engine.calls.standard import BridgedCalls
from tui_call.engine.calls.standard_acts import StandardActs
from tui_call.engine.calls.standard_agreeing import AgreesByItself
from tui_call.engine.calls.standard_captions import StandardCaptions
from tui_call.engine.calls.standard_owners import StandardOwners
from tui_call.engine.calls.standard_reports import StandardReports
from tui_call.engine.changes import Changes
from tui_call.engine.commands.callees import Callees
from tui_call.engine.commands.calls import CallOrders, Dialling
from tui_call.engine.commands.comparing import KeyOrders
from tui_call.engine.commands.devices import DeviceOrders
from tui_call.engine.commands.dispatch import Dispatch
from tui_call.engine.commands.identity import IdentityOrders
from tui_call.engine.commands.kept import KeepingOrders
from tui_call.engine.commands.kept_files import KeptOrders
from tui_call.engine.commands.kinds import KindOrders
from tui_call.engine.commands.notes import NoteOrders
from tui_call.engine.commands.people import PeopleOrders
from tui_call.engine.commands.service import ServiceOrders
from tui_call.engine.commands.sound import SoundOrders
from tui_call.engine.commands.standard import StandardOrders
from tui_call.engine.control_handler import ControlHandler
from tui_call.engine.devices.account_holder import AccountHolder
from tui_call.engine.devices.credential_renewal import CredentialRenewal
from tui_call.engine.devices.device_list import DeviceList
from tui_call.engine.devices.own_devices import OwnDevices
from tui_call.engine.directory import KnownPeople
from tui_call.engine.ending import Ending
from tui_call.engine.engine import Engine
from tui_call.engine.failures import Failures
from tui_call.engine.media.libraries import CallLibraries
from tui_call.engine.media.path_settings import PathSettings
from tui_call.engine.media.paths import Paths
from tui_call.engine.news.link_news import LinkNews
from tui_call.engine.news.network_follower import NetworkFollower
from tui_call.engine.news.rights_news import RightsNews
from tui_call.engine.news.service_news import Deliveries, ServiceNews
from tui_call.engine.notices import Notices
from tui_call.engine.periodic import PeriodicWork
from tui_call.engine.presentation import Presentation, ShownAccount, ShownCalls, ShownSettings
from tui_call.engine.readings import Readings
from tui_call.engine.service.belonging import Belonging
from tui_call.engine.service.kept_calls import KeptCalls
from tui_call.engine.service.membership import ServiceMembership
from tui_call.engine.service.network_watch import NetworkWatch
from tui_call.engine.service.own_presence import OwnPresence
from tui_call.engine.service.postbox import Postbox
from tui_call.engine.service.relays import ServiceRelays
from tui_call.engine.service.watched_people import WatchedPeople
from tui_call.engine.settings import Settings
from tui_call.engine.sound.audio_devices import AudioDevices
from tui_call.engine.sound.equipment import Equipment
from tui_call.engine.sound.sound import Sound
from tui_call.engine.unlocking import Unlocking
from tui_call.profile.profile import Profile
from tui_call.tasks import Tasks
from tui_call.transport.impairment import Impairment


def build(
    paths: ProfilePaths,
    profile: Profile,
    make_server: Callable[[Handler], ControlServer],
    impairment: Impairment | None = None,
) -> Engine:
    """Return an engine that has not begun."""
    ending, clock, changes = Ending(), OwnClock(), Changes()
    notices = Notices(changes)
    failures = Failures(notices)
    tasks, call_tasks = Tasks(failures.of("G_FAILED")), Tasks(failures.of("G_CALL_FAILED"))

    # The person: what is on disk, and what follows from it.
    configuration = Configuration(paths)
    keeper = Keeper(profile, notices, Tasks(failures.of("G_SAVING_FAILED")))
    account = OwnAccount(profile, keeper, changes)
    rights = Rights(configuration, account)
    people = KnownPeople(account, changes)

    # The service, and the network around it.
    membership = ServiceMembership(paths, clock.now, Tasks(failures.of("G_SERVICE_FAILED")))
    postbox, relays, watch = Postbox(membership.send), ServiceRelays(), NetworkWatch()
    watched = WatchedPeople(account, people, membership, changes, tasks)
    belonging = Belonging(profile, account, rights, people, relays, membership, changes)
    unlocking = Unlocking(profile, belonging, changes, ending)

    # The person's devices.
    device_list = DeviceList(profile, account, people, membership)
    holder = AccountHolder(
        profile, account, keeper, device_list, membership, postbox, changes, notices, tasks
    )
    renewal = CredentialRenewal(profile, account, device_list, postbox, changes, notices)
    own_devices = OwnDevices(profile, account, device_list, holder, renewal, postbox, changes)

    path_settings = PathSettings(configuration, rights, relays, impairment)

    # Sound.
    sound = Sound(configuration.current.audio, failures.of("G_SOUND_FAILED"))
    devices = AudioDevices(sound, configuration, changes, notices, tasks)
    equipment = Equipment(sound, devices)
    settings = Settings(configuration, sound, devices, changes, notices)

    # Calls.
    calls, limits = CallList(), AdmissionLimits()
    gatekeeper = Gatekeeper(rights, equipment, calls, device_list, membership)
    presence = OwnPresence(lambda: calls.busy, account, membership)
    call_log = CallLog(calls, account, limits, membership, presence, changes, notices, tasks)
    focus = CallFocus(calls, call_log, sound, devices, call_tasks)
    system_clock, libraries = SystemClock(clock.now), CallLibraries()
    callers = Callers(account, people, configuration, notices)
    manager = CallManager(
        calls, call_log, account, device_list, configuration, presence, focus, postbox, clock.now
    )
    acts = StandardActs(membership, rights.own_word, rights.recording_rule)
    around = BridgeSurroundings(
        system_clock,
        partial(Paths, path_settings.network),
        equipment.spoken_level,
        libraries,
        failures.of("G_CALL_FAILED"),
    )
    standard_reports = StandardReports(calls, manager, call_log, membership, focus, call_tasks)
    owners = StandardOwners(calls, standard_reports, acts, around, account, rights, people)
    standard = BridgedCalls(calls, manager, owners, acts, account, people, callers, call_tasks)
    captions = StandardCaptions(calls, acts, call_tasks, time.time)
    leaving = LeavingE2EE(calls, standard, acts, rights, configuration, call_log, focus, call_tasks)
    going = GoingE2EE(calls, manager, configuration, call_log, call_tasks)
    standard_reports.listen(leaving.told)
    standard_reports.listen(going.told)
    standard_reports.listen(captions.told)
    standard_reports.listen(AgreesByItself(configuration, acts, call_tasks).told)
    reports = CallReports(
        calls,
        manager,
        standard,
        leaving,
        going,
        call_log,
        account,
        membership,
        notices,
        focus,
        call_tasks,
    )
    direct = DirectCalls(
        calls, reports, account, rights, people, configuration, path_settings, system_clock,
        postbox, libraries, membership,
    )  # fmt: skip
    incoming = IncomingCalls(
        account, rights, people, callers, limits, calls, manager, direct, postbox, membership
    )
    call_watch = CallWatch(
        calls, manager, call_log, membership, clock.now, sound, focus, postbox, call_tasks
    )

    # What screens see.
    shown_settings = ShownSettings(configuration, rights, sound)
    shown_calls = ShownCalls(account, people, calls, sound, gatekeeper, clock.now)
    shown_account = ShownAccount(
        paths.profile, profile, account, unlocking, configuration, rights, presence, membership,
        device_list,
    )  # fmt: skip
    presentation = Presentation(
        me=shown_account.view,
        service=lambda: replace(membership.view(), more_people=people.more),
        encryption=shown_settings.encryption,
        people=shown_calls.people,
        person=shown_calls.person,
        calls=shown_calls.calls,
        devices=lambda: devices.view,
        settings=shown_settings.views,
        history=shown_calls.history,
        notices=lambda: notices.all,
    )

    # What people order.
    identity_orders = IdentityOrders(
        profile, account, keeper, rights, membership, belonging, unlocking, calls, notices, tasks
    )
    callees = Callees(account, people, watched, membership)
    dialling = Dialling(
        account, people, callees, membership, calls, manager, direct, standard, gatekeeper, sound,
        tasks,
    )  # fmt: skip
    dispatch = Dispatch(
        dialling,
        CallOrders(calls, manager, standard, leaving, going, focus, call_log, gatekeeper),
        NoteOrders(calls, manager, acts, call_log, gatekeeper),
        StandardOrders(calls, gatekeeper, acts, standard, leaving, callees, device_list, people),
        KeepingOrders(calls, gatekeeper, acts, captions),
        KeptOrders(KeptCalls(membership), people),
        KindOrders(calls, gatekeeper, leaving, going, direct),
        KeyOrders(account, people, calls, call_log, manager, gatekeeper),
        PeopleOrders(account, manager, presence, watched, changes),
        SoundOrders(sound, devices, calls, tasks),
        settings,
        identity_orders,
        ServiceOrders(account, membership, relays, watched),
        DeviceOrders(profile, account, own_devices, holder),
        ending,
    )
    handler = ControlHandler(presentation, dispatch, changes, keeper, captions)
    server = make_server(handler)

    # What time brings.
    rights_news = RightsNews(rights, calls, membership, belonging, changes, notices)
    periodic = PeriodicWork(
        calls, call_watch, sound, presence, own_devices, keeper, membership, relays, rights_news,
        settings,
        NetworkFollower(watch, path_settings, clock, membership, call_watch),
        Readings(calls, sound, clock.now, server, changes),
        tasks,
    )  # fmt: skip

    # What the service tells, and who listens to whom.
    news = ServiceNews(
        account, own_devices, people, watched, rights_news, presence, relays,
        membership, Deliveries(account, own_devices, incoming, call_watch, postbox), call_watch,
        standard, captions, call_log, changes, notices, tasks,
    )  # fmt: skip
    link_news = LinkNews(membership, people, call_watch, changes, notices)
    membership.listen(news.take, link_news.link_changed)
    sound.listen(focus.device_changed)
    sound.listen(devices.changed)
    settings.listen(owners.follow_word)
    changes.listen(
        lambda part: presentation.tell(part, server),
        lambda account: presentation.tell_person(account, server),
    )

    return Engine(
        profile, configuration, ending, clock, changes, notices, keeper, account, rights, people,
        membership, postbox, relays, path_settings, watch, sound, devices, own_devices, calls,
        call_watch, news, belonging, unlocking, settings, handler, server, periodic, tasks,
    )  # fmt: skip
