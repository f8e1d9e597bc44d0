"""A service's parts, built once, leaf to root, and the table of who answers which message."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from tui_call.control import platform
from tui_call.service import administering, database
from tui_call.service.administering import Administering
from tui_call.service.admission import AdmissionControl
from tui_call.service.bus.bus import Bus
from tui_call.service.bus.in_process import InProcessBus
from tui_call.service.bus.online_devices import OnlineDevices
from tui_call.service.bus.traffic import Address
from tui_call.service.change_news import ChangeNews
from tui_call.service.changes import OrganisationChanges, WholeOutcome
from tui_call.service.database import Accounts, Books, Database, Organisation
from tui_call.service.database.changing import ChangeStore
from tui_call.service.database.moment import Moments
from tui_call.service.delivery import BusDelivery
from tui_call.service.directory import Directory
from tui_call.service.dispatch import (
    Registry,
    RequestDispatch,
    costs_by_number,
    costs_search,
    costs_unless_reply,
)
from tui_call.service.enrolment import Enrolment
from tui_call.service.keeping.assembly import Archive, ArchiveFoundation, build_archive
from tui_call.service.keeping.downloads import Downloads
from tui_call.service.keeping.options import KeepingOptions
from tui_call.service.keeping.retention import Retention
from tui_call.service.last_seen import LastSeen
from tui_call.service.limits import Limits, TokenBuckets
from tui_call.service.login import Logins
from tui_call.service.missed_calls import MissedCallDelivery
from tui_call.service.on_demand import PERSONAL_ACCOUNTS, OnDemandAccounts, StartAccount
from tui_call.service.organisation_policy import OrganisationPolicy
from tui_call.service.own_account import AccountChanges
from tui_call.service.people import PeopleRequests
from tui_call.service.policies import CurrentPolicies
from tui_call.service.present_members import PresentMembers
from tui_call.service.relays import RelayAccess
from tui_call.service.routing import MakeRouter, Router
from tui_call.service.session import ClientSession
from tui_call.service.standard_calls.assembly import CallFoundation, build_calls, home_of
from tui_call.service.standard_calls.options import BridgeOptions
from tui_call.service.standard_calls.processes import RECORDINGS, CallProcesses
from tui_call.service.standard_calls.requests import costs_act
from tui_call.service.turning_out import TurningOut
from tui_call.service.welcomes import Welcomes
from tui_call.signaling.messages import (
    Acknowledge,
    AcknowledgeMissedCall,
    ActInCall,
    Administer,
    AskEpoch,
    AskForFile,
    AskForRelays,
    AskParked,
    ChangeName,
    ChangePolicy,
    ChangeSetting,
    CreateInvite,
    DeleteKept,
    Enrol,
    Hello,
    LeaveMissedCall,
    LinkDevice,
    ListKept,
    ListPeople,
    Login,
    Lookup,
    PolicyChanged,
    RemoveDevice,
    Send,
    SetPresence,
    WatchPeople,
)
from tui_call.signaling.pins import ShownCertificate


@dataclass(frozen=True, slots=True)
class Foundation:
    """What a service is built on.

    Attributes:
        store: its database.
        organisation: whose service it is.
        certificate: of this service, which logins sign.
        enrolment: makes and spends invites.
        relays: the STUN and TURN servers that devices are told of.
        limits: what one device and one address may ask.
        make_router: makes what passes messages on.
        personal: it is somebody's own.
        bridge: how standard calls are carried, None where there are none.
        processes: those that do.
        keeping: for how long, and how much, is kept of them.
        start_account: starts the process of an account that is called, None where there are none.
        state_directory: where such processes keep theirs.
        wall_clock: Unix seconds.
        clock: monotonic seconds.
        closing: closes what has to be closed.
    """

    store: Database
    organisation: Organisation
    certificate: ShownCertificate
    enrolment: Enrolment
    relays: RelayAccess
    limits: Limits
    make_router: MakeRouter
    personal: bool
    bridge: BridgeOptions | None
    keeping: KeepingOptions
    processes: CallProcesses | None
    start_account: StartAccount | None
    state_directory: Path
    wall_clock: Callable[[], float]
    clock: Callable[[], float]
    closing: AsyncExitStack


@dataclass(frozen=True, slots=True)
class Parts:
    """What the door of a service needs of it.

    Attributes:
        bus: between connections.
        online: who is connected.
        arrivals: who may come in.
        present: who comes and goes.
        dispatch: takes frames.
        downloads: answers who fetches files.
    """

    bus: Bus
    online: OnlineDevices
    arrivals: AdmissionControl
    present: PresentMembers
    dispatch: RequestDispatch
    downloads: Downloads


async def build(on: Foundation) -> Parts:
    """Build all parts."""
    limits, accounts, bus, online = on.limits, Accounts(on.store), InProcessBus(), OnlineDevices()
    bus.listen(online.hear)
    on_demand = await _on_demand(on, accounts, online)
    directory = Directory(accounts, online, on_demand or (), on.clock)
    bus.listen(directory.hear)
    on.closing.push_async_callback(directory.close)
    calls = TokenBuckets(limits.calls, on.clock)
    missed_calls = MissedCallDelivery(database.MissedCalls(on.store), bus, calls, on.wall_clock)
    delivery = BusDelivery(bus, missed_calls)
    on.closing.push_async_callback(delivery.close)
    policies = await _policies(on, bus, online)
    _follow_who_may_be_here(on, accounts, bus, online, policies)
    arrivals = AdmissionControl(
        limits,
        TokenBuckets(limits.address, on.clock),
        on.clock,
        platform.raise_open_file_limit(),
    )
    welcomes = Welcomes(on.certificate, policies, on.personal, on.bridge is not None, on.wall_clock)
    present = PresentMembers(
        on.organisation, accounts, arrivals, bus, delivery, directory, missed_calls, welcomes,
        _last_seen(on, accounts), on.wall_clock,
    )  # fmt: skip
    registry = Registry()
    _allow_strangers(registry, on, accounts, bus, policies, welcomes, present)
    archive = await _allow_kept(registry, on, arrivals)
    await _allow_standard_calls(
        registry, on, accounts, bus, online, on_demand, missed_calls, policies, archive.retention,
        calls,
    )  # fmt: skip
    _allow_calling(registry, on, on.make_router(accounts, bus, online), missed_calls)
    _allow_people(registry, on, PeopleRequests(bus, directory, on.enrolment, on_demand))
    _allow_account(registry, on, accounts, bus)
    _allow_administration(registry, on, policies, bus, online)
    device_limit = TokenBuckets(limits.device, on.clock)
    dispatch = RequestDispatch(registry, accounts, arrivals, device_limit)
    return Parts(bus, online, arrivals, present, dispatch, archive.downloads)


def _follow_who_may_be_here(
    on: Foundation,
    accounts: Accounts,
    bus: Bus,
    online: OnlineDevices,
    policies: CurrentPolicies,
) -> None:
    turning_out = TurningOut(accounts, online, bus, on.organisation.name)
    policies.after_each(turning_out.look_now)
    turning_out.follow()
    on.closing.push_async_callback(turning_out.close)


def _last_seen(on: Foundation, accounts: Accounts) -> LastSeen:
    last_seen = LastSeen(accounts, on.wall_clock)
    on.closing.push_async_callback(last_seen.close)
    return last_seen


def _changes(on: Foundation, bus: Bus, policies: CurrentPolicies) -> OrganisationChanges:
    changes = OrganisationChanges(
        ChangeStore(on.store), on.organisation.id, on.enrolment, on.wall_clock
    )

    async def tell_policies(_: WholeOutcome) -> None:
        await policies.look()

    changes.after_each(tell_policies)
    changes.after_each(ChangeNews(bus, on.organisation.name).tell)
    return changes


def _allow_strangers(
    registry: Registry,
    on: Foundation,
    accounts: Accounts,
    bus: Bus,
    policies: CurrentPolicies,
    welcomes: Welcomes,
    present: PresentMembers,
) -> None:
    logins = Logins(
        on.organisation, on.certificate, accounts, on.enrolment,
        TokenBuckets(on.limits.logins, on.clock), bus, policies, welcomes, present,
        on.wall_clock,
    )  # fmt: skip
    registry.allow(Hello, "stranger", logins.greet)
    registry.allow(Enrol, "stranger", logins.enrol)
    registry.allow(Login, "stranger", logins.log_in)


def _allow_calling(
    registry: Registry, on: Foundation, router: Router, missed_calls: MissedCallDelivery
) -> None:
    async def tell_relays(session: ClientSession, request: AskForRelays) -> None:
        session.put(on.relays.grant(request.request, on.wall_clock()))

    on.closing.push_async_callback(router.close)
    registry.allow(Send, "member", router.take, costs_unless_reply)
    registry.allow(Acknowledge, "member", router.take_receipt, costs_unless_reply)
    registry.allow(LeaveMissedCall, "member", missed_calls.leave)
    registry.allow(AcknowledgeMissedCall, "member", missed_calls.acknowledged, missed_calls.cost)
    registry.allow(AskForRelays, "member", tell_relays)


async def _allow_standard_calls(
    registry: Registry,
    on: Foundation,
    accounts: Accounts,
    bus: Bus,
    online: OnlineDevices,
    on_demand: OnDemandAccounts | None,
    missed_calls: MissedCallDelivery,
    policies: CurrentPolicies,
    retention: Retention,
    limit: TokenBuckets,
) -> None:
    if on.bridge is None:
        return
    assert on.processes is not None
    requests = await build_calls(
        CallFoundation(
            on.bridge,
            on.processes,
            on.store,
            accounts,
            bus,
            online,
            on_demand,
            missed_calls,
            policies,
            retention.why_full,
            limit,
            on.state_directory,
            on.wall_clock,
            on.clock,
            on.closing,
        )
    )
    registry.allow(ActInCall, "member", requests.act, costs_act)
    registry.allow(AskParked, "member", requests.ask_parked, costs_search)


async def _allow_kept(registry: Registry, on: Foundation, arrivals: AdmissionControl) -> Archive:
    """Let what is kept be asked for, and go in its time, also where no more is being kept."""
    archive = await build_archive(
        ArchiveFoundation(
            on.keeping,
            on.store,
            on.state_directory / RECORDINGS,
            home_of(on.state_directory),
            arrivals,
            TokenBuckets(on.limits.calls, on.clock),
            on.wall_clock,
            on.clock,
            on.closing,
        )
    )
    registry.allow(ListKept, "member", archive.requests.list_kept, costs_search)
    registry.allow(AskForFile, "member", archive.requests.ask_for_file)
    registry.allow(DeleteKept, "member", archive.requests.delete_kept)
    return archive


def _allow_people(registry: Registry, on: Foundation, people: PeopleRequests) -> None:
    on.closing.push_async_callback(people.close)
    registry.allow(Lookup, "member", people.look_up)
    registry.allow(ListPeople, "member", people.search, costs_search)
    registry.allow(WatchPeople, "member", people.watch, costs_by_number)
    registry.allow(SetPresence, "member", people.set_presence)
    registry.allow(CreateInvite, "admin", people.invite)


def _allow_account(registry: Registry, on: Foundation, accounts: Accounts, bus: Bus) -> None:
    limit = TokenBuckets(on.limits.changes, on.clock)
    account = AccountChanges(accounts, on.enrolment, bus, limit, on.wall_clock)
    registry.allow(ChangeSetting, "member", account.change_setting)
    registry.allow(ChangeName, "member", account.change_name)
    registry.allow(LinkDevice, "member", account.link_device)
    registry.allow(RemoveDevice, "member", account.remove_device)


def _allow_administration(
    registry: Registry, on: Foundation, policies: CurrentPolicies, bus: Bus, online: OnlineDevices
) -> None:
    def is_online(account: str, device: str) -> bool:
        return online.find(account, device) is not None

    changes = _changes(on, bus, policies)
    moments = Moments(on.store, on.organisation.id)
    administering_here = Administering(changes, moments, is_online, bridge=on.bridge is not None)
    on.closing.push_async_callback(administering_here.close)
    registry.allow(AskEpoch, "member", policies.answer)
    registry.allow(ChangePolicy, "admin", OrganisationPolicy(changes, policies).change)
    registry.allow(Administer, administering.needs, administering_here.administer)


async def _on_demand(
    on: Foundation, accounts: Accounts, online: OnlineDevices
) -> OnDemandAccounts | None:
    if on.start_account is None:
        return None
    on_demand = OnDemandAccounts(
        accounts, online, on.enrolment, on.state_directory, on.start_account
    )
    on.closing.push_async_callback(on_demand.close)
    for account in PERSONAL_ACCOUNTS:
        await on_demand.add(account, on.organisation.id, int(on.wall_clock()))
    return on_demand


async def _policies(on: Foundation, bus: Bus, online: OnlineDevices) -> CurrentPolicies:
    def tell(account: str, news: PolicyChanged) -> None:
        bus.publish(Address(account), news)

    policies = await CurrentPolicies.open(Books(on.store), on.clock, online.accounts, tell)
    policies.follow()
    on.closing.push_async_callback(policies.close)
    return policies
