"""Who carries out what a person orders, built once."""

from tui_call.engine.calls.assembly import CallParts
from tui_call.engine.calls.call_list import CallList
from tui_call.engine.commands.callees import Callees
from tui_call.engine.commands.calls import CallOrders, Dialling
from tui_call.engine.commands.comparing import KeyOrders
from tui_call.engine.commands.devices import DeviceOrders
from tui_call.engine.commands.dispatch import Dispatch
from tui_call.engine.commands.identity import IdentityOrders
from tui_call.engine.commands.keeping import KeepingOrders
from tui_call.engine.commands.kept_files import KeptOrders
from tui_call.engine.commands.kinds import KindOrders
from tui_call.engine.commands.notes import NoteOrders
from tui_call.engine.commands.people import PeopleOrders
from tui_call.engine.commands.service import ServiceOrders
from tui_call.engine.commands.sound import SoundOrders
from tui_call.engine.commands.standard import StandardOrders
from tui_call.engine.foundation import EngineFoundation
from tui_call.engine.service.kept_calls import KeptCalls


def build_dispatch(on: EngineFoundation, parts: CallParts) -> Dispatch:
    """Build all of them, and what gives each order to the one it is for."""
    person, service, changes = on.person, on.service, on.ground.changes
    account, membership, watched = person.account, service.membership, service.watched
    common, standard, tasks = parts.common, parts.standard, on.ground.tasks
    calls, gatekeeper, manager = common.calls, common.gatekeeper, common.manager
    acts, leaving, going = standard.acts, standard.leaving, standard.going
    callees = Callees(account, person.people, watched, membership, service.belonging)
    return Dispatch(
        Dialling(
            account, person.people, callees, membership, calls, manager, parts.direct,
            standard.calls, gatekeeper, on.sound.sound, tasks,
        ),
        CallOrders(
            calls, manager, standard.calls, leaving, going, common.focus, common.log, gatekeeper
        ),
        NoteOrders(calls, manager, acts, common.log, gatekeeper),
        StandardOrders(
            calls, gatekeeper, acts, standard.calls, leaving, callees, on.devices.list,
            person.people,
        ),
        KeepingOrders(calls, gatekeeper, acts, standard.captions),
        KeptOrders(KeptCalls(membership), person.people),
        KindOrders(calls, gatekeeper, leaving, going, parts.direct),
        KeyOrders(account, person.people, calls, common.log, manager, gatekeeper),
        PeopleOrders(account, person.people, manager, common.presence, watched, changes),
        SoundOrders(on.sound.sound, on.sound.devices, calls, tasks),
        on.sound.settings,
        _identity_orders(on, calls),
        ServiceOrders(account, membership, service.relays, watched),
        DeviceOrders(on.ground.profile, account, on.devices.own, on.devices.holder),
        on.ground.ending,
    )  # fmt: skip


def _identity_orders(on: EngineFoundation, calls: CallList) -> IdentityOrders:
    person, service = on.person, on.service
    return IdentityOrders(
        on.ground.profile, person.account, person.writer, person.rights, service.membership,
        service.belonging, service.unlocking, calls, on.ground.notices, on.ground.tasks,
    )  # fmt: skip
