"""A running service: its rooms put together, its socket open, its files in the state directory."""

import asyncio
import base64
import contextlib
import difflib
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from tui_call.service.beginning import NewOrganisation
from tui_call.service.bus.bus import Bus
from tui_call.service.bus.online_devices import OnlineDevices
from tui_call.service.certificate import ServerCertificate, open_certificate
from tui_call.service.database import Accounts, Database, Invites, Organisation, Organisations
from tui_call.service.enrolment import Enrolment, IssuedInvite, LocalInvite
from tui_call.service.faults import AlreadyBegun, NobodyCalledSo, NotBegun, NotPersonal
from tui_call.service.gateway import Gateway
from tui_call.service.keeping.options import KeepingOptions
from tui_call.service.left_behind import is_first_start, lost, refuse_another
from tui_call.service.limits import Limits
from tui_call.service.listener import Listener
from tui_call.service.on_demand import StartAccount
from tui_call.service.place import (
    ServicePlace,
    local_host,
    public_host,
    remember_public_host,
)
from tui_call.service.private_files import write_private
from tui_call.service.process_link import ProcessBeside
from tui_call.service.relays import RelayAccess
from tui_call.service.root import Foundation, Parts, build
from tui_call.service.routing import MakeRouter, Router
from tui_call.service.standard_calls.options import BridgeOptions
from tui_call.service.standard_calls.processes import CallProcesses, processes_of
from tui_call.service.store_place import DATABASE_FILE
from tui_call.signaling.service_file import ORGANISATION_FILE, SERVICE_FILE, RunningService
from tui_call.tasks import Tasks

LOCAL_INVITE_CHECK = 3600.0


@dataclass(frozen=True, slots=True)
class ServiceOptions:
    """How to run a service.

    Attributes:
        state_directory: where everything is kept that stands not in a database elsewhere.
        listen: address to listen at; "0.0.0.0" is all.
        port: 0 for a free one, remembered for the next start.
        public_address: host for invite links; "" finds the one towards the network.
        organisation_name: as people see it; "" keeps it, "Home" in a new personal service.
        certificate: PEM file of a certificate, None for a self-signed one.
        certificate_key: PEM file of its key.
        store_url: of PostgreSQL, "" for a file in the state directory.
        personal: begin at the first start, and let whoever comes first administer it.
        beginning: the organisation that begins here; None: there is one already.
        private: listen to this computer alone until somebody elsewhere is asked in.
        idle_seconds: ends itself when no device was connected for so long; None: never.
        start_account: starts the process of an account that is called; None: no such accounts.
        bridge: how standard calls are carried; None: there are none.
        keeping: for how long, and how much, is kept of them.
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
    store_url: str = ""
    personal: bool = True
    beginning: NewOrganisation | None = None
    private: bool = False
    idle_seconds: float | None = None
    start_account: StartAccount | None = None
    bridge: BridgeOptions | None = None
    keeping: KeepingOptions = field(default_factory=KeepingOptions)
    relays: RelayAccess = field(default_factory=RelayAccess)
    limits: Limits = field(default_factory=Limits)
    make_router: MakeRouter = Router


class Service:
    """A service from start to end: `async with Service(options) as service: …`.

    Attributes:
        bus: between its connections.
        online: the devices that are connected.
        place: where it is.
        listens_at: the address that it listens at.
        organisation: as it was at the start.
    """

    bus: Bus
    online: OnlineDevices
    place: ServicePlace
    listens_at: str
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
        if options.personal and (directory / ORGANISATION_FILE).exists():
            raise NotPersonal(path=directory)
        store, first = await self._open_store()
        self._closing.push_async_callback(store.close)
        self._accounts = Accounts(store)
        self.organisation = await self._organisation(store, new=first)
        certificate = await self._certificate(store)
        now = int(self._wall_clock())
        invites = Invites(store, self.organisation.id, first_administers=options.personal)
        private = options.private and not await invites.reach_elsewhere(now)
        listener = Listener(options.listen, options.port, directory, private=private)
        self._closing.callback(listener.close)
        self.place = ServicePlace(
            local_host(options.listen),
            public_host(options.listen, options.public_address, directory),
            listener.port,
            certificate.pin,
        )
        self.listens_at = listener.host
        self._enrolment = Enrolment(invites, self.place, self._wall_clock, listener.open_to_others)
        processes = self._processes(listener)
        parts = await self._build(store, self._enrolment, certificate, processes)
        self.bus, self.online = parts.bus, parts.online
        gateway = Gateway(
            parts.arrivals, parts.present, parts.dispatch, parts.downloads, self._clock
        )
        self._closing.push_async_callback(gateway.close)
        await self._keep_local_invite(self._enrolment)
        await gateway.start()
        gateway.listen_at(listener.listening, certificate.context)
        listener.when_moved(lambda moved: gateway.listen_at(moved, certificate.context))
        if processes is not None:
            self._have_legs_where_others_reach_them(listener, processes.worker)
        self._closing.callback((directory / SERVICE_FILE).unlink, missing_ok=True)
        self._write_service_file()

    async def _open_store(self) -> tuple[Database, bool]:
        """Return the store, and whether there is nothing of a service here yet."""
        options, directory = self._options, self._options.state_directory
        file = None if options.store_url else directory / DATABASE_FILE
        begins = options.personal or options.beginning is not None
        first = is_first_start(directory, file, options.certificate, begins=begins)
        return await Database.open(file or options.store_url), first

    async def _organisation(self, store: Database, *, new: bool) -> Organisation:
        options, directory = self._options, self._options.state_directory
        organisations, now = Organisations(store), int(self._wall_clock())
        name = "" if options.beginning is not None else options.organisation_name
        organisation = await organisations.open("", name, now)
        if organisation is not None:
            if options.beginning is not None:
                raise AlreadyBegun(path=directory)
        elif not new:
            raise lost(store.name, "files of a service")
        else:
            organisation = await self._begin(organisations, now)
        refuse_another(directory, organisation.id)
        if options.personal:
            await organisations.open_calls(now)
        return organisation

    async def _begin(self, organisations: Organisations, now: int) -> Organisation:
        options, new = self._options, self._options.beginning
        if new is not None:
            first = (new.administrator_address, new.administrator)
            begun = await organisations.open(new.id, new.name, now, first)
            write_private(options.state_directory / ORGANISATION_FILE, new.id.encode())
            if options.public_address:
                remember_public_host(options.state_directory, options.public_address)
        else:
            new_id = _new_organisation_id() if options.personal else ""
            begun = await organisations.open(new_id, options.organisation_name, now)
        if begun is None:
            raise NotBegun(path=options.state_directory)
        return begun

    async def invite_first_administrator(self) -> IssuedInvite:
        """Make the invite for who was named when the organisation began."""
        assert self._options.beginning is not None
        return await self._enrolment.invite(account=self._options.beginning.administrator_address)

    async def appoint(self, address: str) -> IssuedInvite:
        """Make somebody an administrator, by a new device for which an invite is made.

        Args:
            address: the part before the @ is enough.

        Raises:
            NobodyCalledSo: there is no such account.
        """
        if "@" not in address:
            address = f"{address}@{self.organisation.id}"
        if not await self._accounts.appoint(address, int(self._wall_clock())):
            near = difflib.get_close_matches(address, await self._accounts.addresses(), n=1)
            raise NobodyCalledSo("near" if near else "admin", who=address, near="".join(near))
        return await self._enrolment.invite(account=address)

    async def _certificate(self, store: Database) -> ServerCertificate:
        options, known = self._options, self.organisation.own_certificate
        certificate = open_certificate(
            options.state_directory, options.certificate, options.certificate_key, known
        )
        if options.certificate is None and known != certificate.pin:
            await Organisations(store).keep_certificate(certificate.pin)
        return certificate

    async def _build(
        self,
        store: Database,
        enrolment: Enrolment,
        certificate: ServerCertificate,
        processes: CallProcesses | None,
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
                options.personal,
                options.bridge,
                options.keeping,
                processes,
                options.start_account,
                options.state_directory,
                self._wall_clock,
                self._clock,
                self._closing,
            )
        )

    def _processes(self, listener: Listener) -> CallProcesses | None:
        """Return what standard calls need; a bridge without a port of its own takes this number."""
        bridge, directory = self._options.bridge, self._options.state_directory
        if bridge is None:
            return None
        return processes_of(bridge, directory, listener.port, lambda: listener.host)

    def _have_legs_where_others_reach_them(self, listener: Listener, worker: ProcessBeside) -> None:
        """End the worker when the service begins to listen elsewhere; the next one does so, too."""
        ending = Tasks()
        listener.when_moved(lambda _: ending.spawn(worker.end()))
        self._closing.push_async_callback(ending.wait)

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
