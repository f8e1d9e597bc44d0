"""Which service the person belongs to, and what is forgotten when it is another one."""

import asyncio

from tui_call.engine.account.own_account import OwnAccount
from tui_call.engine.account.rights import Rights
from tui_call.engine.changes import Changes
from tui_call.engine.directory import KnownPeople
from tui_call.engine.service.membership import ServiceMembership
from tui_call.engine.service.relays import ServiceRelays
from tui_call.profile.profile import Profile


class Belonging:
    """Connects to the service of the membership that is on disk.

    Attributes:
        changing: held by who makes, opens or moves the identity; two screens may order it at once.
    """

    def __init__(
        self,
        profile: Profile,
        account: OwnAccount,
        rights: Rights,
        people: KnownPeople,
        relays: ServiceRelays,
        membership: ServiceMembership,
        changes: Changes,
    ) -> None:
        self.changing = asyncio.Lock()
        self._profile = profile
        self._account = account
        self._rights = rights
        self._people = people
        self._relays = relays
        self._membership = membership
        self._changes = changes

    async def settled(self) -> None:
        """Wait until what is being made, opened or moved is, with what applies to it."""
        async with self.changing:
            return

    async def connect(self) -> None:
        """Connect, if the identity is open and there is a membership."""
        joined = self._account.joined
        if joined is not None:
            if joined.organisation != self._rights.organisation:
                # Nothing that another service said of people, policy or setting holds here.
                self._rights.begin(joined.organisation)
                self._people.forget()
                self._relays.forget()
            await self._membership.connect(joined, self._profile.identity)
        self._changes.show("me", "service", "encryption", "people", "history")
