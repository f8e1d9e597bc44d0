"""The engine's connection to its service: kept up, logged in, its key pinned."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import aiohttp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tui_call.engine.service.door import (
    CLOSE_WITHIN,
    CONNECT_WITHIN,
    Entrance,
    Frames,
    ServiceDoor,
    cut,
    expect_welcome,
    goes_another_way,
    receive,
    send,
)
from tui_call.engine.service.faults import NoAnswer, ServiceAway, ServiceFault, fault_of
from tui_call.engine.service.link_state import Backoff, LinkState, state_after
from tui_call.signaling.messages import (
    AcknowledgeMissedCall,
    ActAnswered,
    Administered,
    AskForRelays,
    ClientMessage,
    CurrentEpoch,
    Done,
    Failed,
    FileTicket,
    InviteCreated,
    KeptList,
    Login,
    MalformedMessage,
    MissedCall,
    ParkedCalls,
    People,
    Relays,
    ServiceMessage,
    Welcome,
    login_statement,
)
from tui_call.tasks import Tasks, log_failure

MOST_UNSENT = 256
ANSWER_SOON = 1.0
"""Seconds in which a service that is in doubt has to answer; its heartbeat would take seven."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LoginCredentials:
    """Who logs in: account, device (32 hexadecimal digits) and the device's login key."""

    account: str
    device_id: str
    login_private: Ed25519PrivateKey


class ServiceLink:
    """A connection that comes back by itself.

    Attributes:
        state: how it stands.
        fault: why it is not online, None while it is.
        welcome: what the last login was answered, None before the first.
        organisation_name: as people see it, "" before the first login.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        pins: tuple[bytes, ...],
        credentials: LoginCredentials,
        on_message: Callable[[ServiceMessage], None],
        on_state: Callable[[LinkState], None],
        client_version: str,
    ) -> None:
        """Prepare; `run` connects.

        Args:
            host: name or address of the service.
            port: its TCP port.
            pins: by which it is known (see `signaling.pins`).
            credentials: who logs in.
            on_message: gets everything that is not the answer to a `request`; `Welcome` first.
            on_state: gets each new state.
            client_version: told in `Hello`.
        """
        self.state = LinkState.CONNECTING
        self.fault: ServiceFault | None = None
        self.welcome: Welcome | None = None
        self.organisation_name = ""
        self._door = ServiceDoor(host, port, pins, client_version)
        self._credentials = credentials
        self._on_message = on_message
        self._on_state = on_state
        self._backoff = Backoff()
        self._outgoing: asyncio.Queue[ClientMessage] | None = None
        self._numbers = count(1)
        self._answers: dict[int, asyncio.Future[ServiceMessage]] = {}
        self._hurry = asyncio.Event()
        self._task: asyncio.Task[Any] | None = None
        self._trying: asyncio.Timeout | None = None
        self._frames: Frames | None = None
        self._closing = False

    @property
    def pins(self) -> tuple[bytes, ...]:
        """By what the service is known; each login may bring others."""
        return self._door.pins

    async def run(self) -> None:
        """Connect, log in, read; again and again, until `close` or a final refusal."""
        if self._closing:
            return
        self._task = asyncio.current_task()
        self._on_state(self.state)
        try:
            await self._keep_connected()
        except asyncio.CancelledError:
            if not self._closing or self._task is None:
                raise
            self._task.uncancel()
        finally:
            self._task = None

    def send(self, message: ClientMessage) -> bool:
        """Send a message; False where it cannot go out now. Whether it arrives is not known."""
        if self._outgoing is None or self._outgoing.full():
            return False
        self._outgoing.put_nowait(message)
        return True

    async def request(
        self,
        make: Callable[[int], ClientMessage],
        timeout: float = 10.0,  # noqa: ASYNC109 - also the answer that never comes is cleaned up
    ) -> ServiceMessage:
        """Send a request and return its answer (`People`, `InviteCreated`, `Relays` or `Done`).

        Args:
            make: gets the number of the request. A `Lookup` may start a process: give it 20 s.
            timeout: seconds.

        Raises:
            ServiceAway: not connected, or the connection ended before the answer.
            NoAnswer: no answer in time.
            ServiceRefused: the leaf for what the service said.
        """
        number = next(self._numbers)
        answer: asyncio.Future[ServiceMessage] = asyncio.get_running_loop().create_future()
        if not self.send(make(number)):
            raise ServiceAway
        self._answers[number] = answer
        try:
            async with asyncio.timeout(timeout):
                return await answer
        except TimeoutError as error:
            raise NoAnswer from error
        finally:
            self._answers.pop(number, None)

    def get(
        self, path: str, headers: Mapping[str, str]
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """Ask the service for something by HTTP; see `ServiceDoor.get`."""
        return self._door.get(path, headers)

    def retry_now(self) -> None:
        """Do not wait for the next try."""
        self._hurry.set()

    def network_changed(self) -> None:
        """Connect anew, at once, unless the connection goes the way that packets would go now."""
        if self._frames is None:
            if self._trying is not None:
                self._trying.reschedule(asyncio.get_running_loop().time())
        elif goes_another_way(self._frames):
            cut(self._frames)
        else:
            return
        self._hurry.set()

    async def check(self) -> None:
        """Ask for something; connect anew, at once, where no answer comes soon."""
        frames = self._frames
        try:
            await self.request(AskForRelays, ANSWER_SOON)
        except NoAnswer:
            if frames is not None and frames is self._frames:
                cut(frames)
        except ServiceFault as fault:
            log.info("service doubted", {"error": type(fault).__name__})
        else:
            return
        self._hurry.set()

    async def close(self) -> None:
        """Send what waits, as far as that goes within a second, and end `run`."""
        if self._outgoing is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_WITHIN):
                    await self._outgoing.join()
        self._closing = True
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _keep_connected(self) -> None:
        loop = asyncio.get_running_loop()
        async with aiohttp.ClientSession() as http:
            while True:
                began = loop.time()
                try:
                    await self._try(http)
                except ServiceFault as fault:
                    self.fault = fault
                    self._tell(state_after(fault))
                if self.state.is_final:
                    return
                if loop.time() - began > self.state.longest_wait:
                    self._backoff.reset()
                await self._pause(self._backoff.next(self.state.longest_wait))

    async def _try(self, http: aiohttp.ClientSession) -> None:
        """Stay connected, or stop trying where that is of no use any more; always raises."""
        try:
            async with asyncio.timeout(None) as self._trying:
                await self._stay_connected(http)
        except TimeoutError as error:
            raise ServiceAway from error
        finally:
            self._trying = None

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._hurry.wait()
        self._hurry.clear()

    async def _stay_connected(self, http: aiohttp.ClientSession) -> None:
        """Connect, log in, and read until the connection ends; always raises."""
        async with self._door.open(http) as entrance:
            frames = entrance.frames
            async with asyncio.timeout(CONNECT_WITHIN):
                await send(frames, self._login(entrance))
                welcome = await expect_welcome(frames)
            if entrance.shown.key in welcome.pins:
                self._door = replace(self._door, pins=welcome.pins)
            self.welcome = welcome
            self.organisation_name = entrance.challenge.organisation_name
            self.fault = None
            outgoing = self._outgoing = asyncio.Queue(MOST_UNSENT)
            writing = Tasks(lambda work, error: _cannot_write(frames, work, error))
            writing.spawn(_write(frames, outgoing))
            self._frames = frames
            try:
                self._tell(LinkState.ONLINE)
                self._hand_on(welcome)
                await self._read(frames)
            finally:
                self._outgoing = self._frames = None
                writing.cancel()
                await writing.wait()
                self._give_up_on_answers()

    def _login(self, entrance: Entrance) -> Login:
        credentials, now, challenge = self._credentials, int(time.time()), entrance.challenge
        statement = login_statement(
            challenge.organisation, challenge.nonce, entrance.pin, credentials.device_id, now
        )
        return Login(
            credentials.account,
            credentials.device_id,
            now,
            credentials.login_private.sign(statement),
        )

    async def _read(self, frames: Frames) -> None:
        while True:
            try:
                message = await receive(frames)
            except MalformedMessage:
                log.warning("malformed message from the service")
                continue
            self._take(message)

    def _take(self, message: ServiceMessage) -> None:
        match message:
            case InviteCreated():
                self._hand_on(message)
                self._answer(message.request, message)
            case (
                People()
                | Relays()
                | Administered()
                | CurrentEpoch()
                | Done()
                | ActAnswered()
                | ParkedCalls()
                | KeptList()
                | FileTicket()
            ):
                self._answer(message.request, message)
            case Failed() if message.request:
                self._answer(message.request, message)
            case Failed() if message.code in ("device_revoked", "replaced") or message.disabled_by:
                raise fault_of(message)
            case MissedCall():
                if self._hand_on(message):
                    self.send(AcknowledgeMissedCall(message.call, message.from_account))
            case _:
                self._hand_on(message)

    def _answer(self, number: int, message: ServiceMessage) -> None:
        answer = self._answers.pop(number, None)
        if answer is None or answer.done():
            return
        if isinstance(message, Failed):
            answer.set_exception(fault_of(message))
        else:
            answer.set_result(message)

    def _give_up_on_answers(self) -> None:
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(ServiceAway())
        self._answers.clear()

    def _hand_on(self, message: ServiceMessage) -> bool:
        try:
            self._on_message(message)
        except Exception:
            log.exception("message not handled", {"type": type(message).__name__})
            return False
        return True

    def _tell(self, state: LinkState) -> None:
        # Where clocks differ, the times that the person is told have gone on.
        if state is not self.state or state is LinkState.CLOCK_DIFFERS:
            self.state = state
            self._on_state(state)


def _cannot_write(frames: Frames, work: str, error: BaseException) -> None:
    """End a connection on which nothing can be said any more, so that another one is made."""
    if not isinstance(error, ConnectionError):
        log_failure(work, error)
    cut(frames)


async def _write(frames: Frames, outgoing: "asyncio.Queue[ClientMessage]") -> None:
    while True:
        message = await outgoing.get()
        await send(frames, message)
        outgoing.task_done()
