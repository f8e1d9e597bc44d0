"""Orders about people, and about the person here as others see it."""

import contextlib
from typing import assert_never

from tui_call.control import actions
from tui_call.engine.account.own_account import MOST_NAME, OwnAccount
from tui_call.engine.calls.manager import CallManager
from tui_call.engine.changes import Changes
from tui_call.engine.commands.result import NOTHING, Result
from tui_call.engine.directory import KnownPeople, NoSuchPerson
from tui_call.engine.service.faults import ServiceFault
from tui_call.engine.service.own_presence import OwnPresence
from tui_call.engine.service.watched_people import WatchedPeople
from tui_call.foreign_text import clean
from tui_call.identifiers import AccountId, organisation_of, parse_account_id

OrderAboutPeople = (
    actions.ShowPeople
    | actions.AddContact
    | actions.Block
    | actions.Forget
    | actions.SetPresence
    | actions.MarkMissedSeen
)


class PeopleOrders:
    """Carries them out."""

    def __init__(
        self,
        account: OwnAccount,
        people: KnownPeople,
        manager: CallManager,
        presence: OwnPresence,
        watched: WatchedPeople,
        changes: Changes,
    ) -> None:
        self._account = account
        self._people = people
        self._manager = manager
        self._presence = presence
        self._watched = watched
        self._changes = changes

    async def carry_out(self, action: OrderAboutPeople) -> Result:
        """Do it.

        Raises:
            NoSuchPerson: nobody of the own organisation has the address of a new contact.
        """
        match action:
            case actions.AddContact() | actions.Block() | actions.Forget():
                await self._change_contact(action)
                self._watched.watch()
            case actions.ShowPeople(accounts):
                self._watched.show(accounts)
            case actions.SetPresence(presence, until):
                self._presence.choose(presence, until)
            case actions.MarkMissedSeen():
                self._account.history.mark_missed_seen()
                self._account.save()
            case _:
                assert_never(action)
        return NOTHING

    async def _change_contact(
        self, action: actions.AddContact | actions.Block | actions.Forget
    ) -> None:
        self._account.member()  # else there is nobody whose contacts they would be
        account = parse_account_id(action.account.strip().casefold())
        about = {account}
        match action:
            case actions.AddContact(_, person):
                await self._expect(account)
                self._account.contacts.add(account, clean(person, MOST_NAME))
            case actions.Block(_, on):
                self._account.contacts.block(account, on)
                if on:
                    self._manager.leave(account)
            case actions.Forget(_, at):
                about = self._account.history.forget(account, at)
                if not at:
                    self._account.contacts.remove(account)
                self._changes.show("history")
        self._account.save(*about)

    async def _expect(self, account: AccountId) -> None:
        """Refuse an address that the own service, where it can be asked, says nobody has."""
        elsewhere = organisation_of(account) != organisation_of(self._account.address)
        if elsewhere or self._people.knows(account):
            return
        with contextlib.suppress(ServiceFault):
            if not await self._watched.there(account):
                raise NoSuchPerson(addr=account)
