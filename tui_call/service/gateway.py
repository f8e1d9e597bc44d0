"""The service's door: HTTPS with `/v1` (WebSocket), `/v1/kept` (files) and `/health`."""

import asyncio
import contextlib
import itertools
import socket
import ssl
from collections.abc import Callable

from aiohttp import ClientError, WSCloseCode, WSMsgType, web

from tui_call.service.admission import AdmissionControl
from tui_call.service.arrivals import Arrival
from tui_call.service.dispatch import LARGEST_FRAME, RequestDispatch
from tui_call.service.heartbeat import Heartbeat
from tui_call.service.http_log import HttpLog
from tui_call.service.keeping.downloads import Downloads
from tui_call.service.present_members import PresentMembers
from tui_call.service.session import ClientSession
from tui_call.service.tls_buffer import keep_small_buffers
from tui_call.signaling import kept, messages
from tui_call.tasks import Tasks

HANDSHAKE_WITHIN = 5.0
CLOSE_WITHIN = 1.0
ACCEPTED_AT_ONCE = 32
ACCEPT_AGAIN = 0.2
"""Seconds until the next try where the system has no file for a connection."""


class Gateway:
    """Accepts connections and moves frames between sockets and `ClientSession`s."""

    def __init__(
        self,
        arrivals: AdmissionControl,
        present: PresentMembers,
        dispatch: RequestDispatch,
        downloads: Downloads,
        clock: Callable[[], float],
    ) -> None:
        self._arrivals = arrivals
        self._present = present
        self._dispatch = dispatch
        self._open: dict[asyncio.Task[object], ClientSession] = {}
        self._entering = Tasks()
        self._log = HttpLog(clock)
        application = web.Application(client_max_size=1024)
        application.router.add_get("/v1", self._answer)
        application.router.add_get(
            f"{kept.PATH}/{{kept}}/{{file}}", downloads.answer, allow_head=False
        )
        application.router.add_get("/health", _health)
        application.on_response_prepare.append(_one_request_only)
        self._runner = web.AppRunner(
            application,
            access_log=None,
            handle_signals=False,
            shutdown_timeout=CLOSE_WITHIN,
            lingering_time=0,
        )
        self._accepting: dict[ssl.SSLContext, Tasks] = {}
        self._heartbeat = Heartbeat()
        self._beating = Tasks()

    async def start(self) -> None:
        """Be ready to serve."""
        keep_small_buffers()
        self._log.open()
        await self._runner.setup()
        self._beating.spawn(self._heartbeat.beat())

    def listen_at(self, listening: socket.socket, context: ssl.SSLContext) -> None:
        """Accept connections at a listening socket, which is to be closed after `close`.

        Args:
            listening: the socket.
            context: with the certificate that is shown there. One that is shown elsewhere moves
                here; with another one, this socket is served beside the others.
        """
        accepting = self._accepting.setdefault(context, Tasks())
        accepting.cancel()
        listening.setblocking(False)
        accepting.spawn(self._accept(listening, context))

    async def close(self) -> None:
        """Close all connections."""
        for running in (*self._accepting.values(), self._entering, self._beating):
            running.cancel()
        self._arrivals.close()
        tasks = list(self._open)
        for session in self._open.values():
            session.finish()
        if tasks:
            await asyncio.wait(tasks, timeout=2 * CLOSE_WITHIN)
        await self._runner.cleanup()
        self._log.close()

    async def _accept(self, listening: socket.socket, context: ssl.SSLContext) -> None:
        """Let all wait for their turn; who must not come in costs no more than this."""
        loop = asyncio.get_running_loop()

        def begin(arrival: Arrival, connected: socket.socket) -> None:
            self._entering.spawn(_set_up_tls(arrival, connected, context))

        for number in itertools.count():
            try:
                connected, address = await loop.sock_accept(listening)
            except OSError as error:
                gone = isinstance(error, ConnectionAbortedError)  # the client is, says macOS
                await asyncio.sleep(0 if gone else ACCEPT_AGAIN)
                continue
            self._arrivals.enter(address[0], connected, self._reader, begin)
            if number % ACCEPTED_AT_ONCE == 0:
                await asyncio.sleep(0)  # one that waits is accepted without a pause

    def _reader(self) -> asyncio.Protocol:
        assert self._runner.server is not None
        return self._runner.server()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        arrival = self._arrivals.find(request.protocol)
        # Without compression: sealed bytes do not shrink, and its buffers are the largest part
        # of what an idle client costs. Bytes: a frame that is no UTF-8 is a malformed message.
        # PING and PONG are taken here, because they cost as much as any other frame.
        frames = web.WebSocketResponse(
            timeout=CLOSE_WITHIN,
            autoping=False,
            compress=False,
            max_msg_size=LARGEST_FRAME,
            decode_text=False,
        )
        if arrival is None or not self._arrivals.pay(arrival):
            return web.Response(status=429)
        try:
            await frames.prepare(request)
        except (web.HTTPBadRequest, ValueError):  # such as letters where none may be
            return web.Response(status=426, headers={"Upgrade": "websocket"})
        await self._serve(arrival, frames)
        return frames

    async def _serve(self, arrival: Arrival, frames: web.WebSocketResponse) -> None:
        task = asyncio.current_task()
        assert task is not None
        session = self._open[task] = ClientSession(arrival)
        self._heartbeat.watch(arrival, frames)
        writing = asyncio.create_task(_write(frames, session))  # noqa: TID251 - waited for below
        goodbye = False
        try:
            goodbye = await _read(frames, session, self._dispatch)
        finally:
            self._heartbeat.forget(arrival)
            del self._open[task]
            self._present.leave(session, goodbye=goodbye)
            await writing
            _let_go(frames.exception())


async def _set_up_tls(arrival: Arrival, connected: socket.socket, context: ssl.SSLContext) -> None:
    try:
        await asyncio.get_running_loop().connect_accepted_socket(
            lambda: arrival,
            connected,
            ssl=context,
            ssl_handshake_timeout=HANDSHAKE_WITHIN,
            ssl_shutdown_timeout=CLOSE_WITHIN,
        )
    except OSError:  # also where TLS fails or takes too long
        arrival.end()


async def _read(
    frames: web.WebSocketResponse, session: ClientSession, dispatch: RequestDispatch
) -> bool:
    """Read until the end; return whether the client said goodbye, and the socket did not break."""
    while not session.ended:
        frame = await frames.receive()
        match frame.type:
            case WSMsgType.TEXT:
                await dispatch.receive(session, frame.data)
            case WSMsgType.BINARY:
                await dispatch.receive(session, None)
            case WSMsgType.PING:
                if await dispatch.pay(session):
                    await frames.pong(frame.data)
            case WSMsgType.PONG:
                await dispatch.pay(session)
            case _:
                return frame.type is WSMsgType.CLOSE
        del frame  # an idle client keeps none
        await asyncio.sleep(0)  # frames that came together do not keep the others waiting
    return False


async def _write(frames: web.WebSocketResponse, session: ClientSession) -> None:
    # A client that is gone is noticed by whoever reads.
    with contextlib.suppress(ConnectionError, ClientError):
        while (message := await session.next_outgoing()) is not None:
            await frames.send_str(messages.encode(message))
            del message
        await frames.close(code=WSCloseCode.GOING_AWAY)


def _let_go(error: BaseException | None) -> None:
    """Forget which way an error came: through frames of the socket, which keeps the error."""
    while error is not None:
        error.__traceback__ = None
        error = error.__context__


async def _one_request_only(_request: web.Request, response: web.StreamResponse) -> None:
    """A connection is paid for once, so it serves one request."""
    response.force_close()


async def _health(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok", "version": messages.VERSION})
