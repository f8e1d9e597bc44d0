"""The people that a screen lists: the service's directory joined with what is remembered here."""

from collections.abc import Iterable
from dataclasses import dataclass

from tui_call.control.replica import people_rank
from tui_call.control.views import PersonView, SentenceView
from tui_call.e2ee.fingerprint import fingerprint
from tui_call.engine.account.own_account import MOST_NAME, OwnAccount
from tui_call.engine.changes import Changes
from tui_call.engine.phrases import day
from tui_call.engine.shown_names import ShownNames, user_part
from tui_call.errors import LocalFault
from tui_call.foreign_text import clean, skeleton
from tui_call.identifiers import AccountId, IdentifierError, parse_account_id
from tui_call.profile.contacts import Contact, Contacts, Standing
from tui_call.reasons import EndReason
from tui_call.sentences import sentence
from tui_call.signaling.messages import Person
from tui_call.signaling.vocabulary import Device

MOST_PEOPLE = 2000
MOST_DEVICES = 8

_STANDING_SENTENCES = {
    Standing.NEW: "SH_NEW",
    Standing.SEEN_BEFORE: "SH_SEEN",
    Standing.COMPARED: "SH_COMPARED",
    Standing.CHANGED: "SH_CHANGED",
    Standing.DIFFERED: "R_CODES_MARK",
}


class NoSuchPerson(LocalFault):
    """Nobody has this address or name."""

    sentence_code = EndReason.NO_SUCH_PERSON


class SeveralPeople(LocalFault):
    """More than one person is called so."""

    sentence_code = "O_SEVERAL_PEOPLE"


class OwnAddress(LocalFault):
    """It is the address of the person here."""

    sentence_code = "O_OWN_ADDRESS"


@dataclass(slots=True)
class _Known:
    """Somebody of the directory, and the view that was made last, with what went into it."""

    person: Person
    goes_into: tuple[object, ...] = ()
    view: PersonView | None = None


class KnownPeople:
    """Everybody whom this person may call, as far as the service has told.

    Attributes:
        more: the organisation has others, whom the service finds when it is asked.
    """

    def __init__(self, account: OwnAccount, changes: Changes) -> None:
        self.more = False
        self._account = account
        self._changes = changes
        self._directory: dict[str, _Known] = {}
        self._shown = ShownNames({})
        self._contacts: Contacts | None = None
        self._renamed = 0

    def learn(self, people: Iterable[Person]) -> None:
        """Take what the directory says, and show it; an address that is none is left out."""
        for person in people:
            if not _is_account(person.account):
                continue
            known = self._directory.get(person.account)
            if known is not None:
                known.person = person
            else:
                self._make_room()
                self._directory[person.account] = _Known(person)
            self._show(person.account)

    def keep_only(self, people: Iterable[Person]) -> None:
        """Forget all others: a service named everybody whom it has, and removed who is missing."""
        there = {person.account for person in people}
        gone = [one for one in self._directory if not (one in there or self._account.is_own(one))]
        for account in gone:
            self._leave_out(account)

    def devices_of(self, account: str) -> tuple[Device, ...]:
        """Return the devices of an account as the directory told them last."""
        known = self._directory.get(account)
        return known.person.devices if known else ()

    def go_offline(self) -> None:
        """Without a service nobody's presence is known."""
        for account, known in self._directory.items():
            if known.person.presence != "offline" or known.person.devices:
                known.person = Person(account, known.person.name, "offline")
                self._changes.show_people(AccountId(account))

    def forget(self) -> None:
        """Know nothing that a service has told."""
        self.more = False
        for account in list(self._directory):
            self._leave_out(account)

    def _make_room(self) -> None:
        """Forget who was learned of first and is no contact, where nobody else has room."""
        if len(self._directory) < MOST_PEOPLE:
            return
        contacts = self._account.contacts
        others = (one for one in self._directory if not contacts.get(AccountId(one)).listed)
        self._leave_out(next(others, next(iter(self._directory))))

    def _leave_out(self, account: str) -> None:
        del self._directory[account]
        self._show(account)

    def _show(self, account: str) -> None:
        """Show somebody, and those who are told apart otherwise since this one is called so."""
        known = account in self._directory or account in self._account.contacts
        others = self._names().put(account, self._name(account) if known else None)
        self._changes.show_people(AccountId(account), *map(AccountId, others))

    def name_of(self, account: str, told: str = "") -> str:
        """Return a cleaned name: a contact's own, else the directory's, else the address.

        Two who could be mixed up have their addresses before their names, and so has whom nobody
        here knows.

        Args:
            account: whose.
            told: how the service says that they are called, which counts where nobody knows them.
        """
        known = self.knows(AccountId(account)) or not clean(told)
        names = self._names()
        return names.of(account) if known else names.of_stranger(account, clean(told))

    def resolve(self, text: str) -> AccountId:
        """Return whose address this is, or whose name begins so.

        Raises:
            NoSuchPerson: nobody's.
            SeveralPeople: that of more than one.
            OwnAddress: that of the person here.
            IdentifierError: what looks like an address is none.
            NoOpenAccount: nobody is set up here.
        """
        own, wanted = self._account.address, clean(text).casefold()
        if "@" in wanted:
            account = parse_account_id(wanted)
            if account == own:
                raise OwnAddress
            return account
        found = [account for account in self._accounts() if account != own and wanted]
        names = {account: self._name(account) for account in found}
        look = skeleton(wanted)
        exact = [a for a in found if wanted == user_part(a) or look == skeleton(names[a])]
        begun = [a for a in found if names[a].casefold().startswith(wanted)]
        candidates = exact or begun
        if len(candidates) == 1:
            return AccountId(candidates[0])
        if candidates:
            raise SeveralPeople
        raise NoSuchPerson(addr=text)

    def knows(self, account: AccountId) -> bool:
        """Whether that is anybody of them."""
        return account in self._directory or self._account.contacts.get(account).listed

    def views(self) -> tuple[PersonView, ...]:
        """Return everybody but the person here: who is online first, then by name."""
        names = self._names()
        views = [
            self._view(AccountId(account), names.of(account))
            for account in self._accounts()
            if not self._account.is_own(account)
        ]
        return tuple(sorted(views, key=people_rank))

    def view(self, account: AccountId) -> PersonView:
        """Return one person."""
        return self._view(account, self.name_of(account))

    def digits(self, account: AccountId, key: bytes) -> str:
        """Return the fingerprint of the own key and one of somebody's, "" for no key."""
        own = self._account.address
        return fingerprint(self._account.identity_key, own, key, account) if key else ""

    def _view(self, account: AccountId, name: str) -> PersonView:
        """Return one person, made anew only where something that goes into it did change."""
        own, contacts, history = self._account, self._account.contacts, self._account.history
        contact = contacts.get(account)
        known = self._directory.get(account) or _Known(Person(account, "", "offline"))
        last_call, missed = history.last_call(account), history.unseen_missed(account)
        goes_into = (
            name, contact, known.person, last_call, missed, contacts.undo_until(account),
            own.address, own.identity_key,
        )  # fmt: skip
        if known.view is None or known.goes_into != goes_into:
            known.view, known.goes_into = self._make(contact, known.person, name), goes_into
        return known.view

    def _make(self, contact: Contact, person: Person, name: str) -> PersonView:
        account, history = contact.account, self._account.history
        return PersonView(
            account=account,
            name=name,
            presence=person.presence,
            standing=contact.standing.value,
            standing_when=contact.since,
            compared_how=contact.how,
            fingerprint=self.digits(account, contact.identity_key),
            offered_fingerprint=self.digits(account, contact.offered_key),
            held_back=contact.held_back,
            undo_until=self._account.contacts.undo_until(account),
            e2ee=_standing_sentence(contact, name),
            last_call=history.last_call(account),
            missed=0 if contact.blocked else history.unseen_missed(account),
            contact=contact.listed,
            blocked=contact.blocked,
            devices=tuple(clean(device.name, 32) for device in person.devices[:MOST_DEVICES]),
        )

    def _accounts(self) -> list[str]:
        kept = {contact.account for contact in self._account.contacts.all if contact.listed}
        return sorted({*self._directory, *kept})

    def _names(self) -> ShownNames:
        """Return the names of now, and show whose name contacts have changed meanwhile."""
        contacts, since = self._account.contacts, self._renamed
        self._renamed = contacts.renamed
        if contacts is not self._contacts:
            self._contacts = contacts  # another identity is open, and all will be shown
            accounts = {*self._directory, *(contact.account for contact in contacts.all)}
            self._shown = ShownNames({one: self._name(one) for one in accounts})
        for account in contacts.renamed_since(since):
            others = self._shown.put(account, self._name(account))
            self._changes.show_people(*map(AccountId, others))
        return self._shown

    def _name(self, account: str) -> str:
        given = self._account.contacts.get(AccountId(account)).name
        known = self._directory.get(account)
        return clean(given or (known.person.name if known else ""), MOST_NAME)


def _standing_sentence(contact: Contact, name: str) -> SentenceView:
    code = _STANDING_SENTENCES[contact.standing]
    return sentence(code, date=day(contact.since), peer=name)


def _is_account(text: str) -> bool:
    try:
        parse_account_id(text)
    except IdentifierError:
        return False
    return True
