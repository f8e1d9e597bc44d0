"""Who may ring here: blocked, marked and unknown people do not, and little is told of them."""

import time

from tui_call.calls.admission_limits import Caller, NoticeLimits
from tui_call.engine.account.configuration import Configuration
from tui_call.engine.account.own_account import OwnAccount
from tui_call.engine.directory import KnownPeople
from tui_call.engine.notices import Notices
from tui_call.engine.phrases import day
from tui_call.identifiers import AccountId, organisation_of
from tui_call.profile.contacts import Standing
from tui_call.reasons import EndReason
from tui_call.sentences import Sentence, sentence


class Callers:
    """Knows whom the person here wants to hear of."""

    def __init__(
        self,
        account: OwnAccount,
        people: KnownPeople,
        configuration: Configuration,
        notices: Notices,
    ) -> None:
        self._account = account
        self._people = people
        self._configuration = configuration
        self._notices = notices
        self._notice_limits = NoticeLimits()
        self._closed = False

    def caller(self, account: AccountId) -> Caller:
        """Return somebody as the limits of invites see them."""
        contact = self._account.contacts.get(account)
        return Caller(account, known=contact.listed or bool(contact.identity_key))

    def may_ring(self, account: AccountId) -> bool:
        """Whether somebody's calls ring here; who is told of others is told at once.

        Once calls are closed nobody's do: nobody would end one that began then.
        """
        if self._closed:
            return False
        contact = self._account.contacts.get(account)
        if contact.blocked:
            return False
        if contact.key_standing is Standing.DIFFERED:
            name, date = self._people.name_of(account), day(contact.since)
            words = sentence(EndReason.CODES_DIFFERED_BEFORE, "callee", peer=name, date=date)
        elif not self._is_welcome(account):
            words = sentence("R_UNKNOWN", "callee", addr=account)
        else:
            return True
        self.tell(account, words)
        return False

    def close(self) -> None:
        """Let nobody ring any more."""
        self._closed = True

    def tell(self, account: AccountId, words: Sentence) -> None:
        """Show that a call did not ring, if there was not much of that lately."""
        if self._notice_limits.may_tell(words.code, self.caller(account), time.monotonic()):
            self._notices.add(words)

    def _is_welcome(self, account: AccountId) -> bool:
        if self._account.contacts.get(account).listed:
            return True
        match self._configuration.current.e2ee.answer_invites:
            case "contacts":
                return False
            case "organisation":
                return organisation_of(account) == organisation_of(self._account.address)
            case _:
                return True
