"""People who may no longer be here, or of whom no device is: what becomes of their calls."""

from pathlib import Path

from tests.support.callers import Caller, CallTown, call_town, new_id
from tests.support.members import Clock, Member, until
from tui_call.signaling.call_acts import AddAct, HangUpAct, PlaceAct
from tui_call.signaling.invite import parse_invite
from tui_call.signaling.messages import Done, RemoveDevice
from tui_call.signaling.operations import DisablePerson, RevokeDevice


async def test_who_is_disabled_is_out_of_all_calls(calls: CallTown) -> None:
    ada, ben, cleo = await calls.callers("ada", "ben", "cleo")
    call, rings = await calls.talk(ada, ben, cleo), await ada.places(ben)
    await calls.administers(DisablePerson(account="ben"))
    told = await cleo.sees_states(call, "talking", "talking")
    assert {member.account for member in told.members} == {ada.account, cleo.account}
    await ada.sees(rings, over="R_OFFLINE")
    assert len(calls.bridge.rooms[call].members) == 2


async def test_who_is_disabled_without_a_connection_is_out_too(calls: CallTown) -> None:
    ada, ben, cleo = await calls.callers("ada", "ben", "cleo")
    call = await calls.talk(ada, ben, cleo)
    await calls.town.leave(ben.member)
    await calls.administers(DisablePerson(account="ben"))
    await cleo.sees_states(call, "talking", "talking")


async def test_a_device_that_is_revoked_or_removed_is_out_of_the_call(calls: CallTown) -> None:
    ada, ben, cleo = await calls.callers("ada", "ben", "cleo")
    tower = await calls.second_device(ben)
    call = await calls.talk(ada, tower, cleo)
    await ben.member.client.ask(lambda n: RemoveDevice(n, tower.member.device), Done)
    await ada.sees_states(call, "talking", "talking")
    await ada.does(AddAct((ben.account,)), call)
    await ben.answers(call)
    await calls.administers(RevokeDevice(device=ben.member.device))
    await ada.sees_states(call, "talking", "talking", "joining")
    await ada.sees_states(call, "talking", "talking")


async def test_a_call_stops_ringing_where_no_device_is_left(calls: CallTown) -> None:
    ada, ben = await calls.callers("ada", "ben")
    call = await ada.places(ben)
    await ben.sees(call)
    await calls.town.leave(ben.member)
    await ada.sees(call, over="R_OFFLINE")


async def test_a_device_that_is_back_in_a_moment_goes_on_ringing(calls: CallTown) -> None:
    ada, ben = await calls.callers("ada", "ben")
    call = await ada.places(ben)
    await ben.sees(call)
    await calls.town.leave(ben.member)
    back = await calls.comes_back(ben)
    await back.sees_states(call, "joining", "ringing")
    await back.answers(call)
    await back.does(HangUpAct(), call)


async def test_an_account_whose_process_starts_when_it_is_called_is_rung(
    tmp_path: Path, clock: Clock
) -> None:
    started = list[Member]()

    async def start(_user: str, _directory: Path, link: str) -> None:
        started.append(await calls.town.enrol("somebody", code=parse_invite(link).code))

    async with call_town(tmp_path / "state", clock, start_account=start) as calls:
        ada = await calls.caller("ada")
        echo = f"echo@{calls.town.service.organisation.id}"
        call = await ada.does(PlaceAct((echo,), ada.instance), new_id())
        await ada.sees_states(call, "joining", "ringing")
        await until(lambda: bool(started))
        (member,) = started
        await Caller(member).answers(call)
        await ada.sees_states(call, "joining", "joining")
