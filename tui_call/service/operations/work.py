"""What the operations of one change share: rows, names as people give them, what is wrong."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from tui_call.errors import RemoteFault
from tui_call.identifiers import IdentifierError, parse_account_id
from tui_call.sentences import Sentence, sentence, text_of
from tui_call.service.database.changing import NewInvite, OpenChange
from tui_call.service.database.records import (
    AccountRecord,
    GroupRecord,
    PolicyRecord,
    Record,
)
from tui_call.service.enrolment import GUEST, PreparedInvite
from tui_call.signaling.administration_answers import Problem
from tui_call.signaling.operations import (
    Kind,
    Row,
)

MOST_PROBLEMS = 20
"""That are told; further ones are counted."""
OF_NONE = -1
"""Stands for the operation of a problem that is of the change as a whole."""

_Invited = tuple[NewInvite, PreparedInvite]
_Withdrawn = tuple[str, Row]
_Granted = tuple[Kind, str]


class ChangeRefused(RemoteFault):
    """An operation cannot be carried out."""


def refused(code: str, audience: str = "", /, **fields: object) -> ChangeRefused:
    """Return the refusal with a sentence of sentences.txt."""
    return ChangeRefused(sentence(code, audience, **fields))


def unknown(code: str, name: str, near: str) -> ChangeRefused:
    """Return the refusal of a name that nothing has, with the nearest one where there is one."""
    return refused(code, "near", who=name, near=near) if near else refused(code, who=name)


@dataclass(slots=True)
class Problems:
    """What is wrong with a change: the first are told, the others counted."""

    told: list[Problem] = field(default_factory=list[Problem])
    all: int = 0

    @property
    def full(self) -> bool:
        """Whether another one would only be counted."""
        return len(self.told) >= MOST_PROBLEMS

    def add(self, wrong: Sentence, operation: int = OF_NONE) -> None:
        """Take one in."""
        problem = Problem(wrong.code, wrong.whole, operation)
        self.all += 1
        if not self.full:
            self.told.append(problem)


@dataclass(slots=True)
class Work:
    """A change that is being carried out.

    Attributes:
        open: its transaction.
        organisation: part of each address behind the @.
        now: Unix seconds.
        prepare_invite: makes an invite of which only the hash is stored.
        operations: how many there are in all.
        index: of the operation that is being carried out.
        put: addresses that this change put.
        invites: those made, each with the account that it is for.
        withdrawn: invites that are no more, each with its account.
        granted: names of groups that were granted a policy, each with the kind of policy.
        took_administrator: the latest operation that took an administrator away.
    """

    open: OpenChange
    organisation: str
    now: int
    prepare_invite: Callable[[], PreparedInvite]
    operations: int
    index: int = 0
    problems: Problems = field(default_factory=Problems)
    notes: list[str] = field(default_factory=list[str])
    put: set[str] = field(default_factory=set[str])
    invites: list[_Invited] = field(default_factory=list[_Invited])
    withdrawn: list[_Withdrawn] = field(default_factory=list[_Withdrawn])
    granted: list[_Granted] = field(default_factory=list[_Granted])
    took_administrator: int = OF_NONE

    def note(self, code: str, /, **fields: object) -> None:
        """Tell something that is no problem; only the first ones are kept."""
        if len(self.notes) < MOST_PROBLEMS:
            self.notes.append(text_of(code, **fields))

    def address(self, given: str) -> str:
        """Return the whole address of somebody new or known, who may be given by the user part.

        Raises:
            ChangeRefused: no address, one of another organisation, or one that is kept for guests.
        """
        whole = self._whole(given)
        user, _, organisation = whole.partition("@")
        if organisation != self.organisation:
            raise refused("A_OTHER_ORG", who=given, org=self.organisation)
        if user.startswith(GUEST):
            raise refused("A_GUEST", who=given)
        try:
            return parse_account_id(whole)
        except IdentifierError as error:
            raise refused("A_ADDRESS", who=given) from error

    async def account(self, given: str) -> AccountRecord:
        """Return somebody who is there.

        Raises:
            ChangeRefused: nobody has the address; the nearest is named.
        """
        found = await self.find_account(given)
        if found is None:
            raise await self._unknown("A_NO_USER", AccountRecord, self._whole(given))
        return found

    async def find_account(self, given: str) -> AccountRecord | None:
        """Return somebody, None where nobody has the address."""
        return await self.open.rows.get(AccountRecord, self._whole(given))

    async def group(self, name: str) -> GroupRecord:
        """Return a group; raises `ChangeRefused` as `account`."""
        for found in await self.open.rows.having(GroupRecord, "name", name):
            return found
        raise await self._unknown("A_NO_GROUP", GroupRecord, name)

    async def policy(self, name: str) -> PolicyRecord:
        """Return a policy; raises `ChangeRefused` as `account`."""
        for found in await self.open.rows.having(PolicyRecord, "name", name):
            return found
        raise await self._unknown("A_NO_POLICY", PolicyRecord, name)

    def _whole(self, given: str) -> str:
        return given if "@" in given else f"{given}@{self.organisation}"

    async def _unknown(self, code: str, kind: type[Record], name: str) -> ChangeRefused:
        if self.problems.full:
            return refused(code, who=name)
        return unknown(code, name, await self.open.nearest(kind, name))


def by_hand(source: str, row: str) -> None:
    """Make sure that a row may be changed by hand.

    Raises:
        ChangeRefused: a feed keeps it.
    """
    if source:
        raise refused("A_FEED", row=row, feed=source)


def new_id() -> str:
    """Return an id for a row: 32 random hexadecimal digits."""
    return secrets.token_hex(16)
