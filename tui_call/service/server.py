"""A running service: its rooms put together, its socket open, its files in the state directory."""

import asyncio
import base64
import contextlib
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from tui_call.service.certificate import ServerCertificate, open_certificate
from tui_call.service.database import Database, Invites, Organisation, Organisations
from tui_call.service.enrolment import Enrolment, LocalInvite
from tui_call.service.gateway import Gateway
from tui_call.service.left_behind import is_first_start, lost, refuse_another
from tui_call.service.limits import Limits
from tui_call.service.listener import Listener
from tui_call.service.on_demand import StartAccount
from tui_call.service.online_devices import OnlineDevices
from tui_call.service.place import ServicePlace, local_host, public_host
from tui_call.service.private_files import write_private
from tui_call.service.relays import RelayAccess
from tui_call.service.root import Foundation, Parts, build
from tui_call.service.routing import MakeRouter, Router
from tui_call.signaling.service_file import SERVICE_FILE, RunningService
from tui_call.tasks import Tasks

DATABASE_FILE = "service.db"
LOCAL_INVITE_CHECK = 3600.0


@dataclass(frozen=True, slots=True)
class ServiceOptions:
    """How to run a service.

    Attributes:
        state_directory: where everything is kept.
        listen: address to listen at; "0.0.0.0" is all.
        port: 0 for a free one, remembered for the next start.
        public_address: host for invite links; "" finds the one towards the network.
        organisation_name: as people see it; "" keeps it, "Home" at the first start.
        certificate: PEM file of a certificate, None for a self-signed one.
        certificate_key: PEM file of its key.
        private: listen to this computer alone until somebody elsewhere is asked in.
        idle_seconds: ends itself when no device was connected for so long; None: never.
        start_account: starts the process of an account that is called; None: no such accounts.
        relays: the STUN and TURN servers that devices are told of.
        limits: what one device and one address may ask.
        make_router: makes what passes messages on; another one than the usual is for drills.
    """

    state_directory: Path
    listen: str = "0.0.0.0"  # noqa: S104 - friends on the network call in
    port: int = 0
    public_address: str = ""
    organisation_name: str = ""
    certificate: Path | None = None
    certificate_key: Path | None = None
    private: bool = False
    idle_seconds: float | None = None
    start_account: StartAccount | None = None
    relays: RelayAccess = field(default_factory=RelayAccess)
    limits: Limits = field(default_factory=Limits)
    make_router: MakeRouter = Router


class Service:
    """A service from start to end: `async with Service(options) as service: …`.

    Attributes:
        online: the devices that are connected.
        place: where it is.
        organisation: as it was at the start.
    """

    online: OnlineDevices
    place: ServicePlace
    organisation: Organisation

    def __init__(
        self,
        options: ServiceOptions,
        wall_clock: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._options = options
        self._wall_clock = wall_clock
        self._clock = clock
        self._closing = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Open everything; raises a leaf of `LocalFault` where that fails, and leaves nothing."""
        try:
            await self._start()
        except BaseException:
            await self._closing.aclose()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close connections, socket and database, in this order, and remove service.json."""
        await self._closing.aclose()

    async def _start(self) -> None:
        options, directory = self._options, self._options.state_directory
        first = is_first_start(directory / DATABASE_FILE, options.certificate)
        store = await Database.open(directory / DATABASE_FILE)
        self._closing.push_async_callback(store.close)
        self.organisation = await self._organisation(store, new=first)
        certificate = await self._certificate(store)
        now = int(self._wall_clock())
        invites = Invites(store, self.organisation.id)
        private = options.private and not await invites.reach_elsewhere(now)
        listener = Listener(options.listen, options.port, directory, private=private)
        self._closing.callback(listener.close)
        self.place = ServicePlace(
            local_host(options.listen),
            public_host(options.listen, options.public_address),
            listener.port,
            certificate.pin,
        )
        enrolment = Enrolment(invites, self.place, self._wall_clock, listener.open_to_others)
        parts = await self._build(store, enrolment, certificate)
        self.online = parts.online
        gateway = Gateway(parts.arrivals, parts.logins, parts.dispatch)
        self._closing.push_async_callback(gateway.close)
        await self._keep_local_invite(enrolment)
        await gateway.start(listener.listening, certificate.context)
        listener.when_moved(gateway.listen_at)
        self._closing.callback((directory / SERVICE_FILE).unlink, missing_ok=True)
        self._write_service_file()

    async def _organisation(self, store: Database, *, new: bool) -> Organisation:
        options = self._options
        organisation = await Organisations(store).open(
            _new_organisation_id() if new else "",
            options.organisation_name,
            int(self._wall_clock()),
        )
        if organisation is None:
            raise lost(options.state_directory / DATABASE_FILE, "files of a service")
        refuse_another(options.state_directory, organisation.id)
        return organisation

    async def _certificate(self, store: Database) -> ServerCertificate:
        options, known = self._options, self.organisation.own_certificate
        certificate = open_certificate(
            options.state_directory, options.certificate, options.certificate_key, known
        )
        if options.certificate is None and known != certificate.pin:
            await Organisations(store).keep_certificate(certificate.pin)
        return certificate

    async def _build(
        self, store: Database, enrolment: Enrolment, certificate: ServerCertificate
    ) -> Parts:
        options = self._options
        return await build(
            Foundation(
                store,
                self.organisation,
                certificate.shown,
                enrolment,
                options.relays,
                options.limits,
                options.make_router,
                options.start_account,
                options.state_directory,
                self._wall_clock,
                self._clock,
                self._closing,
            )
        )

    async def _keep_local_invite(self, enrolment: Enrolment) -> None:
        local = LocalInvite(self._options.state_directory, enrolment, self.place)
        await local.refresh()
        enrolment.after_each(local.refresh_or_log)

        async def before_it_expires() -> None:
            while True:
                await asyncio.sleep(LOCAL_INVITE_CHECK)
                await local.refresh_or_log()

        checking = Tasks()
        checking.spawn(before_it_expires())
        self._closing.callback(checking.cancel)

    def _write_service_file(self) -> None:
        running = RunningService(
            self.place.local_host,
            self.place.port,
            self.place.pin.hex(),
            self.organisation.id,
            os.getpid(),
        )
        write_private(self._options.state_directory / SERVICE_FILE, msgspec.json.encode(running))


def _new_organisation_id() -> str:
    return "home-" + base64.b32encode(secrets.token_bytes(3)).decode()[:4].lower()
