"""Whom a person means who wants to speak with somebody, if that can be now."""

from tui_call.control.server import ActionRefused
from tui_call.engine.account.own_account import OwnAccount
from tui_call.engine.directory import KnownPeople, NoSuchPerson
from tui_call.engine.phrases import day
from tui_call.engine.service.belonging import Belonging
from tui_call.engine.service.faults import ServiceFault
from tui_call.engine.service.membership import ServiceMembership
from tui_call.engine.service.watched_people import WatchedPeople
from tui_call.foreign_text import clean
from tui_call.identifiers import AccountId
from tui_call.profile.contacts import Standing
from tui_call.reasons import EndReason, GateReason
from tui_call.sentences import sentence


class Callees:
    """Finds them by name or address."""

    def __init__(
        self,
        account: OwnAccount,
        people: KnownPeople,
        watched: WatchedPeople,
        membership: ServiceMembership,
        belonging: Belonging,
    ) -> None:
        self._account = account
        self._people = people
        self._watched = watched
        self._membership = membership
        self._belonging = belonging

    async def find(self, person: str) -> AccountId:
        """Return who is meant; the service is asked for a name that is not known here.

        Who has just joined is waited for: before that, nobody knows what applies to their calls.

        Raises:
            ActionRefused: this person cannot be called now, nor asked into a call.
            NoSuchPerson, SeveralPeople: as `KnownPeople.resolve`.
        """
        await self._belonging.settled()
        try:
            return self._callee(person)
        except NoSuchPerson:  # also of somebody who came a moment ago
            try:
                await self._watched.search(clean(person))
            except ServiceFault:
                if self._people.more:
                    raise
        return self._callee(person)

    def _callee(self, person: str) -> AccountId:
        """Return who is meant, if they may be called now; whatever forbids it is said here."""
        if self._account.locked:
            raise ActionRefused("gate", sentence(GateReason.KEY_LOCKED, "own"))
        if self._account.joined is None:
            raise ActionRefused("wrong_state", "O_SETUP")
        link = self._membership.link
        if link is not None and link.state.is_refusal:
            raise ActionRefused("not_allowed", self._membership.problem or "F_SERVICE_REFUSED")
        account = self._people.resolve(person)
        name, contact = self._people.name_of(account), self._account.contacts.get(account)
        if contact.key_standing is Standing.DIFFERED:
            date = day(contact.since)
            words = sentence(EndReason.CODES_DIFFERED_BEFORE, peer=name, date=date)
            raise ActionRefused("not_allowed", words)
        return account
