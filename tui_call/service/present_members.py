"""Who is there: what follows when a member's device comes, and when it goes."""

import logging
import math
from collections.abc import Callable
from functools import partial

from tui_call.service.admission import AdmissionControl
from tui_call.service.bus.bus import Bus
from tui_call.service.bus.traffic import LoggedIn
from tui_call.service.database import Accounts, LoginRecord, Organisation
from tui_call.service.delivery import BusDelivery
from tui_call.service.directory import Directory
from tui_call.service.faults import AccountDisabled, DeviceRevoked
from tui_call.service.last_seen import LastSeen
from tui_call.service.limits import LOGGED, TokenBuckets
from tui_call.service.missed_calls import MissedCallDelivery
from tui_call.service.session import ClientSession
from tui_call.service.welcomes import Welcomes

log = logging.getLogger(__name__)


class PresentMembers:
    """Makes members of those who are let in, and lets them go."""

    def __init__(
        self,
        organisation: Organisation,
        accounts: Accounts,
        arrivals: AdmissionControl,
        bus: Bus,
        delivery: BusDelivery,
        directory: Directory,
        missed_calls: MissedCallDelivery,
        welcomes: Welcomes,
        last_seen: LastSeen,
        wall_clock: Callable[[], float],
    ) -> None:
        """Prepare.

        Args:
            organisation: whose service it is.
            accounts: the enrolled devices.
            arrivals: told who may stay.
            bus: tells everywhere who is there.
            delivery: takes what the bus has for each.
            directory: lets them watch people.
            missed_calls: told to each who comes.
            welcomes: tell each who comes what holds for it.
            last_seen: told of each who comes and goes.
            wall_clock: Unix seconds.
        """
        self._organisation = organisation
        self._accounts = accounts
        self._arrivals = arrivals
        self._bus = bus
        self._delivery = delivery
        self._directory = directory
        self._missed_calls = missed_calls
        self._welcomes = welcomes
        self._last_seen = last_seen
        self._lines = TokenBuckets(LOGGED, wall_clock)
        self._latest = 0.0

    async def come(self, session: ClientSession, record: LoginRecord) -> None:
        """Make a member of a client that has proven who it is.

        Args:
            session: of the client.
            record: what was known of the device when it proved that.
        """
        session.member = record
        self._arrivals.admit(session.arrival)
        self._welcomes.tell(session, record)
        self._last_seen.note(record.account, session.client)
        self._directory.admit(session)
        session.login = self._login_time(record.read)
        session.take = partial(self._delivery.take, session)
        self._bus.subscribe(session.address, session.take)
        self._bus.publish(session.address, LoggedIn(session.login))
        self._bus.announce(session.announcement())
        self._log("device online")
        # The device may have been revoked, or the person disabled, since the login was checked.
        if not await self._missed_calls.arrived(session):
            known = await self._accounts.login(record.device)
            disabled = known is not None and known.disabled and not known.revoked
            name = self._organisation.name
            session.end(AccountDisabled(name) if disabled else DeviceRevoked())

    def leave(self, session: ClientSession, *, goodbye: bool) -> None:
        """Clean up after the socket is gone.

        Args:
            session: whose socket it was.
            goodbye: the client said so; else the connection broke, and it may be back soon.
        """
        session.finish()
        self._directory.leave(session)
        self._missed_calls.gone(session)
        if session.take is not None:
            self._bus.unsubscribe(session.address, session.take)
            session.take = None  # no circle, which would wait for the collector
            self._bus.announce(session.announcement(gone=True, goodbye=goodbye))
            self._last_seen.note(session.account, session.client)
            self._log("device offline")

    def _log(self, event: str) -> None:
        """Write some of these lines: those of a morning would take the place of all others."""
        if self._lines.take(event):
            log.info(event)

    def _login_time(self, read: float) -> float:
        """Return when a login counts: later than each that this process let in before."""
        self._latest = max(read, math.nextafter(self._latest, math.inf))
        return self._latest
