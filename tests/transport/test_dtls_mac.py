"""DTLS is set up whatever others say to it in the peer's name."""

import hashlib
import hmac

import pytest

from tests.support import strangers
from tests.support.connections import Call
from tests.support.udp_forwarder import Direction, Recorded, UdpForwarder
from tui_call.transport.dtls_mac import with_mac, without_mac

PASSWORD = "of the receiver, and long enough"
DTLS = range(20, 64)


class Forger(UdpForwarder):
    """Sends datagrams from the address of either peer before each that DTLS sends."""

    def __init__(self, *forged: bytes) -> None:
        super().__init__()
        self.forged = forged

    def forward(self, datagram: Recorded) -> None:
        if datagram.data[0] in DTLS:
            for direction in Direction:
                for data in self.forged or (datagram.data,):
                    self.send(direction, data)
        super().forward(datagram)


@pytest.mark.parametrize("forged", strangers.DTLS.values(), ids=strangers.DTLS)
async def test_a_record_in_the_peer_s_name_ends_nothing(forged: bytes) -> None:
    """Before, in and after the handshake, at the end that began it and at the other."""
    forger = Forger(forged)
    async with Call(forger) as call:
        await call.exchange()
        for direction in Direction:
            forger.send(direction, forged)
        await call.exchange()
        assert call.caller.connected
        assert call.callee.connected


async def test_copies_to_the_peer_and_back_end_nothing() -> None:
    async with Call(Forger()) as call:
        await call.exchange()
        filtered = [end.connection.datagrams_filtered for end in (call.caller, call.callee)]
        assert all(filtered)  # each gets back what it said itself


def test_the_code_is_that_of_the_specification() -> None:
    code = hmac.new(PASSWORD.encode(), b"\x16record", hashlib.sha256).digest()
    assert with_mac(b"\x16record", PASSWORD) == b"\x16record" + code[:16]


def test_only_what_the_peer_sent_to_this_device_is_let_in() -> None:
    datagram = with_mac(b"\x16record", PASSWORD)
    assert without_mac(datagram, PASSWORD) == b"\x16record"
    assert without_mac(datagram, PASSWORD + "x") is None
    for at in range(len(datagram)):
        changed = datagram[:at] + bytes([datagram[at] ^ 1]) + datagram[at + 1 :]
        assert without_mac(changed, PASSWORD) is None
        assert without_mac(datagram[:at], PASSWORD) is None
    assert without_mac(with_mac(b"", PASSWORD), PASSWORD) is None
