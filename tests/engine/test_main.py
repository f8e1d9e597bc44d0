"""What a process does around an engine."""

import asyncio
import socket
import threading

import pytest

from tui_call.config.ice_server import IceServer
from tui_call.engine.main import let_many_wait
from tui_call.transport import ice_agent
from tui_call.transport.peer_connection import PeerConnection

NAMES = 40
"""As many as the tries of a reconnection ask for, with two servers and three addresses."""


async def test_a_microphone_closes_while_the_names_of_servers_are_not_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answered = threading.Event()

    def no_answer(_: str) -> str:
        answered.wait()
        raise OSError

    monkeypatch.setattr(socket, "gethostbyname", no_answer)
    monkeypatch.setattr(ice_agent, "SERVERS_SECONDS", 0.01)
    let_many_wait(asyncio.get_running_loop())
    path = PeerConnection(
        ice_servers=[IceServer(f"{number}.example", 3478) for number in range(NAMES)],
        on_packet=lambda _: None,
        on_state=lambda _: None,
    )
    try:
        await path.create_offer()
        async with asyncio.timeout(20.0):
            await asyncio.to_thread(lambda: None)
    finally:
        answered.set()
        await path.close()
