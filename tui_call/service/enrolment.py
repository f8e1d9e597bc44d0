"""Invites, and the people and devices that come in by them."""

import base64
import hashlib
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from tui_call.errors import LocalFault
from tui_call.foreign_text import clean
from tui_call.identifiers import (
    IdentifierError,
    parse_account_id,
    parse_identifier,
    user_part_from_name,
)
from tui_call.service.database import EnrolledDevice, Enrollee, Invites
from tui_call.service.faults import Malformed, NameInvalid, NameKept
from tui_call.service.place import ServicePlace
from tui_call.service.private_files import write_private
from tui_call.signaling.invite import InvalidInvite, InviteLink, parse_invite
from tui_call.signaling.messages import Enrol
from tui_call.signaling.service_file import LOCAL_INVITE_FILE
from tui_call.signaling.vocabulary import LINK_LIFE_SECONDS

CODE_BYTES = 16
LIFE_SECONDS = 7 * 86_400
LONGEST_NAME = 40
LONGEST_USER = 24
LOGIN_KEY_BYTES = 32
GUEST = "guest."
"""So addresses of guests may begin one day; nobody else has such a one."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class IssuedInvite:
    """An invite that was made.

    Attributes:
        link: for whoever is invited.
        expires: Unix seconds.
        opened: for it the service began to listen to other computers.
    """

    link: str
    expires: int
    opened: bool


@dataclass(frozen=True, slots=True)
class PreparedInvite:
    """An invite that counts once the hash of its code is stored; `expires` is Unix seconds."""

    link: str
    code_sha256: bytes
    expires: int


class Enrolment:
    """Makes invites and spends them."""

    def __init__(
        self,
        invites: Invites,
        place: ServicePlace,
        wall_clock: Callable[[], float],
        open_to_others: Callable[[], bool],
    ) -> None:
        """Prepare.

        Args:
            invites: where they are kept.
            place: where they lead.
            wall_clock: Unix seconds.
            open_to_others: makes that place reachable from elsewhere; whether it was not.
        """
        self._open_to_others = open_to_others
        self._invites = invites
        self._place = place
        self._wall_clock = wall_clock
        self._after_each: list[Callable[[], Awaitable[None]]] = []

    def after_each(self, follow: Callable[[], Awaitable[None]]) -> None:
        """Let something be done whenever an invite was spent, before its bearer hears of it."""
        self._after_each.append(follow)

    async def invite(
        self,
        *,
        by: str | None = None,
        made_with: str | None = None,
        account: str | None = None,
        local: bool = False,
    ) -> IssuedInvite:
        """Make a one-time invite.

        Args:
            by: account of the administrator who asked, None for the service itself.
            made_with: the administrator's device.
            account: existing account that it enrols a device of, None for a new person.
            local: the link is for this machine only.
        """
        return await self._issue(
            LIFE_SECONDS, local=local, by=by, account=account, made_with=made_with
        )

    async def link(self, account: str, device: str) -> IssuedInvite:
        """Make a one-time invite for one more device of an account, for ten minutes.

        Args:
            account: whose device it will be.
            device: the device that asks; it may remove the new one later.
        """
        return await self._issue(LINK_LIFE_SECONDS, by=account, account=account, device=device)

    async def _issue(
        self,
        life: int,
        *,
        by: str | None,
        account: str | None,
        device: str | None = None,
        made_with: str | None = None,
        local: bool = False,
    ) -> IssuedInvite:
        now = int(self._wall_clock())
        opened = not local and self.open_to_others()
        made = self.prepare(life, local=local)
        await self._invites.add(
            made.code_sha256, made.expires, now,
            by=by, account=account, device=device, made_with=made_with,
        )  # fmt: skip
        return IssuedInvite(made.link, made.expires, opened)

    def prepare(self, life: int = LIFE_SECONDS, *, local: bool = False) -> PreparedInvite:
        """Make an invite, for seconds, whose hash is yet to be stored."""
        code = base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode().rstrip("=").lower()
        host = self._place.local_host if local else self._place.public_host
        link = InviteLink(host, self._place.port, code, self._place.pin).link
        return PreparedInvite(link, _hash(code), int(self._wall_clock()) + life)

    def open_to_others(self) -> bool:
        """Make the place reachable from elsewhere; whether it was not.

        Raises:
            PortUnavailable: another program has the port there.
        """
        return self._open_to_others()

    async def remaining(self, code: str) -> float:
        """Return for how many seconds an invite can still be used, 0 if not at all."""
        return max(0.0, await self._invites.expires(_hash(code)) - self._wall_clock())

    async def enrol(self, message: Enrol) -> EnrolledDevice:
        """Spend an invite.

        Raises:
            Malformed: no device id or key.
            NameInvalid: nothing of the name can be shown.
            NameKept: the address would be one that is kept for guests.
            InviteUnknown, InviteUsed, InviteExpired, LoginRefused, TooManyDevices: as
                `Invites.enrol`.
        """
        applicant = _applicant(message)
        enrolled = await self._invites.enrol(
            _hash(message.code), applicant, int(self._wall_clock())
        )
        for follow in self._after_each:
            await follow()
        return enrolled


class LocalInvite:
    """A file with an invite for other people of this machine, fresh at all times."""

    def __init__(self, state_directory: Path, enrolment: Enrolment, place: ServicePlace) -> None:
        self._path = state_directory / LOCAL_INVITE_FILE
        self._enrolment = enrolment
        self._place = place

    async def refresh(self) -> None:
        """Replace the invite if it was used, ends within half its life, or leads elsewhere."""
        if await self._is_fresh():
            return
        issued = await self._enrolment.invite(local=True)
        write_private(self._path, issued.link.encode())

    async def refresh_or_log(self) -> None:
        """Refresh; a full disk is no reason to turn away who has just enrolled."""
        try:
            await self.refresh()
        except LocalFault as fault:
            log.error("local invite not replaced", {"fault": type(fault).__name__})

    async def _is_fresh(self) -> bool:
        try:
            invite = parse_invite(self._path.read_text())
        except (OSError, ValueError, InvalidInvite):
            return False
        here = (self._place.local_host, self._place.port, self._place.pin)
        if (invite.host, invite.port, invite.pin) != here:
            return False
        return await self._enrolment.remaining(invite.code) > LIFE_SECONDS / 2


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()


def shown_name(wanted: str) -> str:
    """Return a name as others will see it.

    Raises:
        NameInvalid: nothing of it can be shown.
    """
    name = clean(wanted, LONGEST_NAME)
    if not name:
        raise NameInvalid
    return name


def _applicant(message: Enrol) -> Enrollee:
    try:
        parse_identifier(message.device)
    except IdentifierError as error:
        raise Malformed(error.sentence) from error
    if len(message.login_key) != LOGIN_KEY_BYTES:
        raise Malformed("login key", n=LOGIN_KEY_BYTES)
    name = shown_name(message.name)
    user = _user_part(message.user or name)
    if user.startswith(GUEST):
        raise NameKept
    return Enrollee(
        user,
        name,
        message.device,
        clean(message.device_name, LONGEST_NAME),
        message.login_key,
    )


def _user_part(wanted: str) -> str:
    try:
        parse_account_id(f"{wanted}@organisation")
    except IdentifierError:
        return user_part_from_name(wanted[: 8 * LONGEST_USER])
    return wanted if len(wanted) <= LONGEST_USER else user_part_from_name(wanted)
