"""The engine's link to a real service on loopback."""

import asyncio
import contextlib
import re
import secrets
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.engine.guests import SOON, Guests, anybody, until
from tui_call.engine.service import link as service_link
from tui_call.engine.service import link_state
from tui_call.engine.service.faults import (
    ClockDiffers,
    InviteUsed,
    NotAllowed,
    ServiceAway,
    WrongCertificate,
)
from tui_call.engine.service.link_state import LinkState
from tui_call.service.server import Service, ServiceOptions
from tui_call.signaling.invite import InviteLink, parse_invite
from tui_call.signaling.messages import (
    Acknowledge,
    Acknowledged,
    ChangePolicy,
    Deliver,
    Done,
    LeaveMissedCall,
    ListPeople,
    Lookup,
    MissedCall,
    People,
    PolicyChanged,
    Send,
    ServiceMessage,
    Welcome,
)
from tui_call.signaling.service_file import read_local_invite

CALL = "cd" * 16


def options(tmp_path: Path) -> ServiceOptions:
    directory = tmp_path / "state"
    directory.mkdir(exist_ok=True)
    return ServiceOptions(directory, listen="127.0.0.1")


def local_invite(tmp_path: Path) -> InviteLink:
    return parse_invite(read_local_invite(tmp_path / "state"))


@pytest.fixture(autouse=True)
def _quick_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_state, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(link_state, "LONGEST_WAIT", 0.05)


@pytest.fixture
async def people() -> AsyncIterator[Guests]:
    async with Guests() as guests:
        yield guests


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    async with Service(options(tmp_path)) as service:
        yield service


def wait_until_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let links try again only when told, so that none is on its way when a service ends."""
    monkeypatch.setattr(link_state, "FIRST_WAIT", 3_600.0)
    monkeypatch.setattr(link_state, "LONGEST_WAIT", 3_600.0)


async def test_two_links_exchange_sealed_messages(
    service: Service, tmp_path: Path, people: Guests
) -> None:
    ada = await people.enrol(local_invite(tmp_path), "ada")
    bob = await people.enrol(local_invite(tmp_path), "bob")
    for person in (ada, bob):
        welcome = await person.hears(Welcome)
        assert person.heard[0] is welcome is person.link.welcome
        assert person.link.organisation_name == "Home"
    payload = secrets.token_bytes(1415)
    to = bob.credentials
    assert ada.link.send(Send(CALL, 0, to.account, to.device_id, payload))
    delivered = await bob.hears(Deliver)
    assert isinstance(delivered, Deliver)
    assert delivered.payload == payload
    assert bob.link.send(Acknowledge(CALL, 0, delivered.from_account, delivered.from_device))
    assert await ada.hears(Acknowledged) == Acknowledged(CALL, 0, to.account, to.device_id)


async def test_requests_get_their_own_answers(
    service: Service, tmp_path: Path, people: Guests
) -> None:
    ada = await people.enrol(local_invite(tmp_path), "ada")
    bob = await people.enrol(local_invite(tmp_path), "bob")
    await ada.hears(Welcome)
    await bob.hears(Welcome)
    answers = await asyncio.gather(
        ada.link.request(ListPeople),
        ada.link.request(lambda number: Lookup(number, bob.credentials.account)),
        ada.link.request(lambda number: ChangePolicy(number, "user_choice")),
    )
    listed, found, done = answers
    assert isinstance(listed, People)
    assert len(listed.people) == 2
    assert isinstance(found, People)
    assert [device.online for person in found.people for device in person.devices] == [True]
    assert isinstance(done, Done)
    with pytest.raises(NotAllowed, match="administrators"):
        await bob.link.request(lambda number: ChangePolicy(number, "required"))
    assert not [m for m in ada.heard if isinstance(m, People | Done)]
    changed = await bob.hears(PolicyChanged)
    assert isinstance(changed, PolicyChanged)
    assert changed.policy.e2ee_calls == "user_choice"


async def test_a_missed_call_is_acknowledged_when_it_was_handled(
    service: Service, tmp_path: Path, people: Guests
) -> None:
    ada = await people.enrol(local_invite(tmp_path), "ada")
    invite = local_invite(tmp_path)
    bob = await people.enrol(invite, "bob")
    await ada.hears(Welcome)
    await bob.hears(Welcome)
    await bob.link.close()
    ada.link.send(LeaveMissedCall(0, CALL, bob.credentials.account))
    await ada.link.request(ListPeople)
    for times in (1, 0):
        again = people.connect(invite, bob.credentials)
        await again.hears(Welcome)
        # The first is answered after what the login brings, the second after its acknowledgement.
        await again.link.request(ListPeople)
        await again.link.request(ListPeople)
        assert sum(isinstance(message, MissedCall) for message in again.heard) == times
        await again.link.close()


async def test_a_message_that_cannot_be_handled_does_not_end_the_link(
    service: Service, tmp_path: Path, people: Guests
) -> None:
    ada = await people.enrol(local_invite(tmp_path), "ada")
    invite = local_invite(tmp_path)
    bob = await people.enrol(invite, "bob")
    await bob.hears(Welcome)

    def defect(_: ServiceMessage) -> None:
        raise RuntimeError

    bob.link._on_message = defect
    await ada.hears(Welcome)
    ada.link.send(LeaveMissedCall(0, CALL, bob.credentials.account))
    await ada.link.request(ListPeople)
    assert isinstance(await bob.link.request(ListPeople), People)
    await bob.link.close()
    again = people.connect(invite, bob.credentials)
    assert isinstance(await again.hears(MissedCall), MissedCall)  # not acknowledged by the first


async def test_it_comes_back_when_the_service_does(tmp_path: Path, people: Guests) -> None:
    async with Service(options(tmp_path)):
        ada = await people.enrol(local_invite(tmp_path), "ada")
        await ada.hears(Welcome)
    await until(lambda: ada.link.state is LinkState.AWAY)
    assert isinstance(ada.link.fault, ServiceAway)
    assert not ada.link.send(LeaveMissedCall(0, CALL, "bob@home"))
    with pytest.raises(ServiceAway):
        await ada.link.request(ListPeople)
    async with Service(options(tmp_path)):
        await ada.hears(Welcome, 2)
        assert ada.link.fault is None
        assert isinstance(await ada.link.request(ListPeople), People)
    assert ada.states[:4] == [
        LinkState.CONNECTING, LinkState.ONLINE, LinkState.AWAY, LinkState.ONLINE,
    ]  # fmt: skip


PROGRAM = """
import asyncio, sys
from pathlib import Path
from tui_call.service.main import run_service
from tui_call.service.server import ServiceOptions
asyncio.run(run_service(ServiceOptions(Path(sys.argv[1]), listen="127.0.0.1")))
"""


@contextlib.asynccontextmanager
async def service_process(directory: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a service as a process; it is killed in the end, which leaves its files behind."""
    (directory / "service.json").unlink(missing_ok=True)
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", PROGRAM, str(directory))
    try:
        await until(lambda: (directory / "service.json").exists())
        yield process
    finally:
        process.kill()
        await process.wait()


@pytest.mark.e2e
async def test_it_comes_back_after_the_service_was_killed(tmp_path: Path, people: Guests) -> None:
    directory = tmp_path / "state"
    directory.mkdir()
    async with service_process(directory):
        ada = await people.enrol(local_invite(tmp_path), "ada")
        await ada.hears(Welcome)
        assert isinstance(await ada.link.request(ListPeople), People)
    await until(lambda: ada.link.state is LinkState.AWAY)
    async with service_process(directory):
        await ada.hears(Welcome, 2)
        listed = await ada.link.request(ListPeople)
        assert isinstance(listed, People)
        assert [person.name for person in listed.people] == ["Ada"]


async def test_it_does_not_wait_when_told_so(
    tmp_path: Path, people: Guests, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_until_told(monkeypatch)
    async with Service(options(tmp_path)):
        ada = await people.enrol(local_invite(tmp_path), "ada")
        await ada.hears(Welcome)
    await until(lambda: ada.link.state is LinkState.AWAY)
    async with Service(options(tmp_path)):
        ada.link.retry_now()
        await ada.hears(Welcome, 2)


async def test_another_certificate_is_refused_until_the_right_one_is_back(
    tmp_path: Path, people: Guests, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_until_told(monkeypatch)
    async with Service(options(tmp_path)) as service:
        port = service.place.port
        ada = await people.enrol(local_invite(tmp_path), "ada")
        await ada.hears(Welcome)
    other = tmp_path / "other"
    other.mkdir()
    async with Service(ServiceOptions(other, listen="127.0.0.1", port=port)) as impostor:
        await until(lambda: ada.link.state is LinkState.AWAY)
        ada.link.retry_now()
        await until(lambda: ada.link.state is LinkState.WRONG_CERTIFICATE)
        assert isinstance(ada.link.fault, WrongCertificate)
        assert len(impostor.online) == 0
        invite = local_invite(tmp_path)
        with pytest.raises(WrongCertificate):
            await people.enrol(invite, "bob")
    async with Service(options(tmp_path)):
        ada.link.retry_now()
        await ada.hears(Welcome, 2)


async def test_a_login_that_a_clock_spoils_is_told_with_both_times_and_tried_until_it_is_right(
    tmp_path: Path, people: Guests
) -> None:
    late = 150.0
    async with Service(options(tmp_path), wall_clock=lambda: time.time() - late):
        person = await people.enrol(local_invite(tmp_path), "ada")
        await until(lambda: person.states.count(LinkState.CLOCK_DIFFERS) > 2)
        fault = person.link.fault
        assert isinstance(fault, ClockDiffers)
        assert fault.sentence.code == "G_CLOCK"
        here, there = re.findall(r"\d\d:\d\d", fault.sentence.text)
        assert here != there
        late = 0.0
        await person.hears(Welcome)
        assert person.link.fault is None
    assert person.states[0] is LinkState.CONNECTING
    assert person.link.state is not LinkState.REFUSED


async def test_a_device_logged_in_elsewhere_leaves_it_to_the_other(
    service: Service, tmp_path: Path, people: Guests
) -> None:
    invite = local_invite(tmp_path)
    first = await people.enrol(invite, "ada")
    await first.hears(Welcome)
    second = people.connect(invite, first.credentials)
    await second.hears(Welcome)
    async with asyncio.timeout(SOON):
        await first.running
    assert first.link.state is LinkState.REPLACED
    assert second.link.state is LinkState.ONLINE


async def test_an_invite_is_spent_once(service: Service, tmp_path: Path, people: Guests) -> None:
    invite = local_invite(tmp_path)
    await people.enrol(invite, "ada")
    with pytest.raises(InviteUsed, match="ask for a new one"):
        await people.enrol(invite, "bob")


async def test_nobody_at_the_address(people: Guests) -> None:
    nowhere = InviteLink("127.0.0.1", 9, "code", bytes(32))
    with pytest.raises(ServiceAway):
        await people.enrol(nowhere, "ada")
    with pytest.raises(ServiceAway, match="invalid"):
        await people.enrol(InviteLink("a b\x1b[31m", 9, "code", bytes(32)), "ada")


async def test_closing_sends_what_waits(service: Service, tmp_path: Path, people: Guests) -> None:
    ada = await people.enrol(local_invite(tmp_path), "ada")
    bob = await people.enrol(local_invite(tmp_path), "bob")
    await ada.hears(Welcome)
    await bob.hears(Welcome)
    for sequence in range(50):
        to = bob.credentials
        assert ada.link.send(Send(CALL, sequence, to.account, to.device_id, b"hang up"))
    await ada.link.close()
    await bob.hears(Deliver, 50)
    assert ada.running.done()
    assert not ada.link.send(Send(CALL, 0, "", "", b""))


async def test_closing_holds_before_the_link_runs_and_while_it_connects(
    service: Service, tmp_path: Path, people: Guests
) -> None:
    invite = local_invite(tmp_path)
    early, connecting = (people.connect(invite, anybody()) for _ in range(2))
    await early.link.close()
    await until(lambda: bool(connecting.states))
    await connecting.link.close()
    async with asyncio.timeout(SOON):
        await asyncio.gather(early.running, connecting.running)
    assert early.states == []
    assert connecting.states == [LinkState.CONNECTING]


async def test_cancelling_the_link_is_not_swallowed(
    service: Service, tmp_path: Path, people: Guests
) -> None:
    ada = await people.enrol(local_invite(tmp_path), "ada")
    await ada.hears(Welcome)
    ada.running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ada.running
    people.everybody.remove(ada)


async def test_what_waits_to_be_sent_is_bounded(
    service: Service, tmp_path: Path, people: Guests
) -> None:
    ada = await people.enrol(local_invite(tmp_path), "ada")
    await ada.hears(Welcome)
    message = Send(CALL, 0, "bob@home", "00" * 16, b"")
    taken = [ada.link.send(message) for _ in range(service_link.MOST_UNSENT + 1)]
    assert taken == [True] * service_link.MOST_UNSENT + [False]
