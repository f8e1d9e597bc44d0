"""What strangers, and members who mean harm, can send to a bridge's port."""

import asyncio
import gc
import itertools
import random
import socket

import pytest

from tests.fuzz.mutator import Mutator
from tests.support import strangers
from tests.support.bridge_legs import HERE, BridgeRig, Device, stranger
from tests.support.connections import until
from tests.support.udp_forwarder import Direction, UdpForwarder
from tui_call.transport import bridge_leg, bridge_port, bridge_way, ice_agent
from tui_call.transport.bridge_stun import asked_for
from tui_call.transport.dtls_mac import with_mac

FLOOD = 10_000
IN_HAND = 100
"""Datagrams that are sent before the port may read: the kernel keeps more."""


@pytest.fixture(autouse=True)
def quick_looks_on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge_port, "LOOK_SECONDS", 0.005)
    monkeypatch.setattr(ice_agent, "worthwhile_addresses", lambda _: [HERE[0]])


class Nat(UdpForwarder):
    """A network whose outer address changes."""

    async def move(self) -> None:
        """Let the caller be seen at another port from now on."""
        loop = asyncio.get_running_loop()
        before = self._sides[Direction.TO_CALLER]
        assert before.transport is not None
        moved = type(before)(self, Direction.TO_CALLER)
        await loop.create_datagram_endpoint(lambda: moved, local_addr=(HERE[0], 0))
        self._sides[Direction.TO_CALLER] = moved
        before.transport.close()


def nothing_came(to: socket.socket) -> bool:
    try:
        to.recv(2048)
    except BlockingIOError:
        return True
    return False


async def test_others_packets_are_dropped_counted_and_not_answered() -> None:
    async with BridgeRig() as rig:
        device = await rig.connect("ada")
        kept = dict(rig.port._sockets[HERE[0]].known)
        with stranger() as nobody:
            for datagram in strangers.ALL.values():
                nobody.sendto(datagram, rig.at(device))
            await until(lambda: rig.port.figures.dropped == len(strangers.ALL))
            assert nothing_came(nobody)
        assert rig.port._sockets[HERE[0]].known == kept
        await rig.exchange(device)


async def test_the_same_from_the_address_of_a_leg_ends_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with BridgeRig() as rig:
        device = await rig.connect("ada", forwarder=UdpForwarder())
        device.inject(*strangers.ALL.values())
        reports = 1  # nobody reads RTCP, so it is not judged
        await until(lambda: rig.port.figures.dropped == len(strangers.ALL) - reports)
        await rig.exchange(device)
        assert rig.states("ada") == ["connected"]
    assert "Traceback" not in caplog.text


async def test_whatever_becomes_of_datagrams_on_their_way_ends_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Also where it comes from the address of the device."""
    forwarder = UdpForwarder()
    async with BridgeRig() as rig:
        device = await rig.connect("ada", forwarder=forwarder)
        await rig.exchange(device)
        seeds = [one.data for one in forwarder.recorded if one.direction is Direction.TO_CALLEE]
        changes, heard = Mutator(seeds, random.Random(7)), len(rig.packets)
        at = rig.port._sockets[HERE[0]]
        for source in (*at.known, (HERE[0], 9)):
            for _ in range(FLOOD // 4):
                at.datagram_received(changes.changed(), source)
        assert len(rig.packets) == heard
        await rig.exchange(device)
        assert rig.states("ada") == ["connected"]
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("what", ["password", "user", "nobody", "both"])
async def test_checks_that_are_not_authentic_get_no_answer_and_no_place(what: str) -> None:
    async with BridgeRig() as rig:
        device = await rig.connect("ada")
        theirs = device.ice.remote_username
        check = {
            "password": device.check(password="a password that was guessed"),
            "user": device.check(username=f"{theirs}:somebody"),
            "nobody": device.check(username="nobody:ada"),
            "both": device.check(username=theirs, password=device.ice.local_password),
        }[what]
        before = dict(rig.port._sockets[HERE[0]].known)
        with stranger() as nobody:
            nobody.sendto(check, rig.at(device))
            await until(lambda: rig.port.figures.dropped == 1)
            assert nothing_came(nobody)
        assert rig.port._sockets[HERE[0]].known == before


async def test_checks_of_others_do_not_keep_a_leg() -> None:
    async with BridgeRig() as rig:
        device = await rig.connect("ada")
        rig.now += bridge_leg.CONSENT_SECONDS - 1
        with stranger() as nobody:
            nobody.sendto(device.check(password="guessed" * 4), rig.at(device))
            await until(lambda: rig.port.figures.dropped == 1)
        rig.now += 2
        await until(lambda: rig.states("ada")[-1] == "closed")


async def test_packets_of_one_leg_from_the_address_of_another_are_heard_by_nobody() -> None:
    async with BridgeRig() as rig:
        ada = await rig.connect("ada", forwarder=UdpForwarder())
        ben = await rig.connect("ben", forwarder=UdpForwarder())
        await rig.exchange(ada)
        heard = len(rig.packets)
        ben.inject(await ada.hold_back(b"in whose name?"), b"\x80\xe0" + bytes(40))
        await until(lambda: rig.port.figures.dropped == 2)
        assert len(rig.packets) == heard
        await rig.exchange(ben)
        await rig.exchange(ada)


async def test_nobody_takes_the_address_of_a_leg_that_is_heard_there() -> None:
    """A member who sends an authentic check with another's address as its source."""
    async with BridgeRig() as rig:
        ada = await rig.connect("ada", forwarder=UdpForwarder())
        ben = await rig.connect("ben", forwarder=UdpForwarder())
        await rig.exchange(ada)
        ada.inject(ben.check())
        await until(lambda: rig.port.figures.dropped == 1)
        await rig.exchange(ada)
        await rig.exchange(ben)


async def test_an_address_that_was_given_to_another_device_is_that_one_s() -> None:
    """Behind a NAT, some time after the first was heard there."""
    async with BridgeRig() as rig:
        ada = await rig.connect("ada", forwarder=UdpForwarder())
        ben = await rig.connect("ben", forwarder=UdpForwarder())
        await rig.exchange(ada)
        rig.now += bridge_way.KEPT_SECONDS + 0.1
        ada.inject(ben.check(), ben.srtp(b"ben, from where ada was"))
        await until(lambda: ("ben", b"ben, from where ada was") in rig.packets)


async def test_packets_come_from_nowhere_that_no_check_came_from() -> None:
    async with BridgeRig() as rig:
        device = await rig.connect("ada")
        with stranger() as elsewhere:
            elsewhere.sendto(device.srtp(b"authentic"), rig.at(device))
            await until(lambda: rig.port.figures.dropped == 1)
        assert rig.packets == []


async def test_a_device_that_moves_is_followed_from_its_next_check_on() -> None:
    nat = Nat()
    async with BridgeRig() as rig:
        device = await rig.connect("ada", forwarder=nat)
        await rig.exchange(device)
        await nat.move()
        device.connection.send(b"before the check")
        await until(lambda: rig.port.figures.dropped == 1)

        device.inject(device.check())
        rig.now += bridge_way.KEPT_SECONDS + 0.1
        await rig.exchange(device)
        assert rig.states("ada") == ["connected"]


async def test_who_passes_copies_on_from_elsewhere_does_not_become_the_way() -> None:
    """Though the copies are sooner than what they are copies of."""
    forwarder = UdpForwarder()
    async with BridgeRig() as rig:
        device = await rig.connect("ada", forwarder=forwarder)
        await rig.exchange(device)
        with stranger() as between:
            between.sendto(device.check(), rig.at(device))
            await until(lambda: not nothing_came(between))
            for _ in range(3):
                packet = await device.hold_back(b"copied")
                heard = len(rig.packets)
                between.sendto(packet, rig.at(device))
                await until(lambda n=heard: len(rig.packets) > n)
                dropped = rig.port.figures.dropped
                device.inject(packet)  # late, and so a replay
                await until(lambda n=dropped: rig.port.figures.dropped > n)
                rig.now += bridge_way.KEPT_SECONDS - 0.1
            assert rig.port.send("ada", b"to the device")
            await until(lambda: device.received[-1] == b"to the device")
            assert nothing_came(between)


async def test_who_passes_records_on_from_elsewhere_does_not_become_the_way() -> None:
    """As with sound: though the copies are sooner than what they are copies of."""
    async with BridgeRig() as rig:
        device = await rig.connect("ada", forwarder=UdpForwarder())
        await rig.exchange(device)
        with stranger() as between:
            between.sendto(device.check(), rig.at(device))
            await until(lambda: not nothing_came(between))
            for number in range(3):
                record = b"\x16\xfe\xfd" + (99 + number).to_bytes(8) + b"\0\1" + b"\0"
                datagram = with_mac(record, device.ice.remote_password)
                for send in (lambda it: between.sendto(it, rig.at(device)), device.inject):
                    send(datagram)
                    dropped = rig.port.figures.dropped
                    send(b"rubbish, after which it was read")
                    await until(lambda n=dropped: rig.port.figures.dropped > n)
                rig.now += bridge_way.KEPT_SECONDS - 0.1
            assert rig.port.send("ada", b"to the device")
            await until(lambda: device.received[-1] == b"to the device")
            assert nothing_came(between)


async def test_copies_of_records_from_elsewhere_do_not_become_the_way() -> None:
    """Though nothing comes from the device itself for a while."""
    forwarder = UdpForwarder()
    async with BridgeRig() as rig:
        device = await rig.connect("ada", forwarder=forwarder)
        await rig.exchange(device)
        records = [
            one.data
            for one in forwarder.recorded
            if one.direction is Direction.TO_CALLEE and 20 <= one.data[0] < 64
        ]
        rig.now += bridge_way.KEPT_SECONDS + 0.1
        with stranger() as between:
            between.sendto(device.check(), rig.at(device))
            await until(lambda: not nothing_came(between))
            for datagram in (*records, b"rubbish, after which all were read"):
                between.sendto(datagram, rig.at(device))
            await until(lambda: rig.port.figures.dropped == 1)
            assert rig.port.send("ada", b"to the device")
            await until(lambda: device.received[-1] == b"to the device")
            assert nothing_came(between)


async def test_places_of_a_leg_are_so_many_and_the_way_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bridge_way, "MOST_PLACES", 5)
    async with BridgeRig() as rig:
        device = await rig.connect("ada")
        await rig.exchange(device)
        for _ in range(20):
            with stranger() as copier:
                copier.sendto(device.check(), rig.at(device))
                await until(lambda copier=copier: not nothing_came(copier))
        known = sum(len(socket.known) for socket in rig.port._sockets.values())
        assert known <= 5
        await rig.exchange(device)


async def test_copies_of_a_check_are_answered_so_often_and_the_device_s_own_still() -> None:
    async with BridgeRig() as rig:
        device = await rig.connect("ada", forwarder=UdpForwarder())
        await rig.exchange(device)
        rig.now += 1
        check, answers, sent = device.check(), 0, 0
        with stranger() as copier:

            def all_were_read() -> bool:
                nonlocal answers
                while not nothing_came(copier):
                    answers += 1
                return answers + rig.port.figures.dropped == sent

            for _ in range(10):
                sent += IN_HAND
                for _ in range(IN_HAND):
                    copier.sendto(check, rig.at(device))
                await until(all_were_read)
        assert answers == bridge_way.CHECKS_A_SECOND
        dropped = rig.port.figures.dropped
        device.inject(device.check())
        await rig.exchange(device)
        assert rig.port.figures.dropped == dropped


async def test_more_packets_than_allowed_go_no_further_and_are_counted() -> None:
    async with BridgeRig() as rig:
        device = await rig.connect("ada", forwarder=UdpForwarder())
        packets = [device.srtp(b"%d" % number) for number in range(FLOOD)]
        for sent in range(0, FLOOD, IN_HAND):
            device.inject(*packets[sent : sent + IN_HAND])
            taken = sent + IN_HAND
            await until(lambda n=taken: len(rig.packets) + rig.port.figures.excess == n)
        assert len(rig.packets) == bridge_leg.PACKETS_AT_ONCE
        assert rig.port.figures.excess == FLOOD - bridge_leg.PACKETS_AT_ONCE

        rig.now += 1.0
        for number in range(2 * bridge_leg.PACKETS_A_SECOND):
            device.inject(device.srtp(b"later %d" % number))
        await until(
            lambda: (
                len(rig.packets) + rig.port.figures.excess
                == FLOOD + 2 * bridge_leg.PACKETS_A_SECOND
            )
        )
        assert len(rig.packets) == bridge_leg.PACKETS_AT_ONCE + bridge_leg.PACKETS_A_SECOND


async def test_dtls_has_to_read_so_many_records_of_a_device_and_no_more() -> None:
    async with BridgeRig() as rig:
        device = await rig.connect("ada", forwarder=UdpForwarder())
        record = with_mac(strangers.DTLS["data in epoch 1"], device.ice.remote_password)
        for sent in range(IN_HAND, 10 * IN_HAND + 1, IN_HAND):
            device.inject(*[record] * IN_HAND)
            refused = sent - bridge_leg.RECORDS_A_SECOND
            await until(lambda n=refused: rig.port.figures.dropped >= n)
        await rig.exchange(device)


async def test_a_flood_of_strangers_leaves_nothing_and_legs_go_on() -> None:
    async with BridgeRig() as rig:
        device = await rig.connect("ada")
        await rig.exchange(device)
        theirs = device.ice.remote_username
        rubbish = itertools.cycle([*strangers.ALL.values(), device.check(password="guess" * 5)])
        gc.collect()
        objects = len(gc.get_objects())
        with stranger() as nobody:
            for sent in range(0, FLOOD, IN_HAND):
                for datagram in itertools.islice(rubbish, IN_HAND):
                    nobody.sendto(datagram, rig.at(device))
                await until(lambda n=sent: rig.port.figures.dropped >= n + IN_HAND)
            assert nothing_came(nobody)
        gc.collect()
        assert len(gc.get_objects()) - objects < FLOOD / 20
        await rig.exchange(device)
        assert theirs.encode() in rig.port._by_username


async def test_a_leg_has_one_stream_however_many_its_device_begins() -> None:
    """SRTP would keep a context for each."""
    async with BridgeRig() as rig:
        device = await rig.connect("ada", forwarder=UdpForwarder())
        await rig.exchange(device)
        heard = len(rig.packets)
        device.inject(*(device.srtp(b"another", ssrc=number) for number in range(1, 51)))
        await until(lambda: rig.port.figures.dropped == 50)
        assert len(rig.packets) == heard


async def test_records_from_elsewhere_say_nothing_to_dtls() -> None:
    """Also where a copied check has made the place known."""
    forwarder = UdpForwarder()
    async with BridgeRig() as rig:
        device: Device = await rig.describe("ada", forwarder=forwarder)
        await until(lambda: any(one.is_client_hello for one in forwarder.recorded))
        with stranger() as between:
            between.sendto(device.check(), rig.at(device))
            for record in strangers.DTLS.values():
                between.sendto(record, rig.at(device))
            await until(lambda: rig.port.figures.dropped >= len(strangers.DTLS))
        await until(lambda: device.connected and rig.told)
        await rig.exchange(device)


@pytest.mark.parametrize("datagram", strangers.STUN.values(), ids=strangers.STUN)
def test_who_is_asked_for_is_read_out_of_checks_alone(datagram: bytes) -> None:
    expected = b"theirs:ours" if b"theirs:ours" in datagram else b""
    assert asked_for(datagram) == expected
    for length in range(len(datagram)):
        assert asked_for(datagram[:length]) == b""
