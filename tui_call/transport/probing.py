"""Whether a STUN or TURN server is of use from here."""

import asyncio
from collections.abc import Iterable

from tui_call.config.ice_server import IceServer
from tui_call.transport.connection_state import NoAddress
from tui_call.transport.description import read_offer
from tui_call.transport.peer_connection import PeerConnection


async def how_many_answer(servers: Iterable[IceServer]) -> int:
    """Ask servers all at once; return how many are of use."""
    return sum(await asyncio.gather(*map(answers, servers)))


async def answers(server: IceServer) -> bool:
    """Ask a server as a call would; return whether it told an address or gave a relay."""
    connection = PeerConnection(
        ice_servers=(server,),
        relay_only=server.relays,
        on_packet=lambda _: None,
        on_state=lambda _: None,
    )
    try:
        await connection.gather()  # with the patience of a call that has time
        offered = read_offer(await connection.create_offer()).candidates
    except NoAddress:
        return False
    finally:
        await connection.close()
    return any(candidate.kind != "host" for candidate in offered)
