"""The service's door: HTTPS with `/v1` (WebSocket) and `/health`."""

import asyncio
import contextlib
import socket
import ssl

import structlog
from aiohttp import ClientError, WSCloseCode, WSMsgType, web

from tui_call.service.connection import Connection, Desk
from tui_call.service.faults import Malformed
from tui_call.signaling import messages
from tui_call.signaling.messages import MESSAGE_BYTES

LOGIN_WITHIN = 15.0
HEARTBEAT = 20.0
CLOSE_WITHIN = 1.0
# A message somewhat too large gets an answer; only a much larger one ends the connection.
LARGEST_FRAME = 2 * MESSAGE_BYTES

log = structlog.get_logger()


class Gateway:
    """Accepts connections and moves frames between sockets and `Connection`s."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._open: dict[asyncio.Task[object], Connection] = {}
        application = web.Application(client_max_size=1024)
        application.router.add_get("/v1", self._accept)
        application.router.add_get("/health", _health)
        self._runner = web.AppRunner(
            application, access_log=None, handle_signals=False, shutdown_timeout=CLOSE_WITHIN
        )

    async def start(self, listening: socket.socket, context: ssl.SSLContext) -> None:
        """Serve at a listening socket, which belongs to the gateway from now on."""
        await self._runner.setup()
        await web.SockSite(self._runner, listening, ssl_context=context).start()

    async def close(self) -> None:
        """Close all connections and the socket."""
        for site in list(self._runner.sites):
            await site.stop()
        tasks = list(self._open)
        for connection in self._open.values():
            connection.finish()
        if tasks:
            await asyncio.wait(tasks, timeout=2 * CLOSE_WITHIN)
        await self._runner.cleanup()

    async def _accept(self, request: web.Request) -> web.StreamResponse:
        address = request.remote or ""
        if not self._desk.address_limit.take(address):
            return web.Response(status=429)
        # Without compression: sealed bytes do not shrink, and its buffers are the largest part
        # of what an idle client costs. Bytes: a frame that is no UTF-8 is a malformed message.
        frames = web.WebSocketResponse(
            timeout=CLOSE_WITHIN,
            heartbeat=HEARTBEAT,
            compress=False,
            max_msg_size=LARGEST_FRAME,
            decode_text=False,
        )
        if not frames.can_prepare(request):
            return web.Response(status=426, headers={"Upgrade": "websocket"})
        await frames.prepare(request)
        await self._serve(request, frames, address)
        return frames

    async def _serve(
        self, request: web.Request, frames: web.WebSocketResponse, address: str
    ) -> None:
        def abort() -> None:
            if request.transport is not None:
                request.transport.abort()

        task = asyncio.current_task()
        assert task is not None
        connection = self._open[task] = Connection(self._desk, address, abort)
        writing = asyncio.create_task(_write(frames, connection))
        try:
            await self._read(frames, connection)
        finally:
            del self._open[task]
            await connection.closed()
            await writing

    async def _read(self, frames: web.WebSocketResponse, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        login_until = loop.time() + LOGIN_WITHIN
        while not connection.ended:
            remaining = None if connection.is_member else max(0.0, login_until - loop.time())
            try:
                frame = await frames.receive(remaining)
            except TimeoutError:
                return
            if frame.type is WSMsgType.TEXT:
                await connection.receive(frame.data)
            elif frame.type is WSMsgType.BINARY:
                connection.refuse(Malformed("Messages are text frames."))
            else:
                return


async def _write(frames: web.WebSocketResponse, connection: Connection) -> None:
    # A client that is gone is noticed by whoever reads.
    with contextlib.suppress(ConnectionError, ClientError):
        while (message := await connection.next_outgoing()) is not None:
            await frames.send_str(messages.encode(message))
        await frames.close(code=WSCloseCode.GOING_AWAY)


async def _health(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok", "version": messages.VERSION})
