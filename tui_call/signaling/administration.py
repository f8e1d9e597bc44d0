"""What an administrator asks of the service, and what comes back: JSON, carried unread by engines.

The body of `Administer` is one `Request` and that of `Administered` one `Answer`; the field `ask`
or `answer` tells which. A change is a list of operations that are carried out as a whole or not at
all. A list longer than a frame goes in parts into a draft, which belongs to the connection, and
what is long in an answer comes in pages: `after` is the last key of the page before, "" for the
first, and `next` is "" on the last.

Times are Unix seconds, 0 for never. Names are as stored: whoever shows them cleans them.
"""

from typing import Annotated

import msgspec

from tui_call.signaling.messages import MESSAGE_BYTES, MalformedMessage
from tui_call.signaling.operations import Check, Name, Number, Operation
from tui_call.signaling.policies import Epoch
from tui_call.signaling.vocabulary import Time

MOST_BODY = MESSAGE_BYTES - 4096
"""Bytes of a body: the rest of a frame is for what carries it."""
MOST_OPERATIONS = 500
"""In one part of a draft or one change."""
MOST_DRAFT = 100_000
"""Operations of a draft."""
MOST_LINKS = 100
"""Invites that one change makes, as their links come in one answer."""
PAGE = 100
"""Rows of a page, unless fewer are asked for."""


# Requests that change


class _Request(msgspec.Struct, frozen=True, tag_field="ask", kw_only=True):
    pass


class ExtendDraft(_Request, frozen=True, tag="extend_draft"):
    """Add a part to the draft of this name; another name begins a new one."""

    draft: Name
    operations: Annotated[tuple[Operation, ...], msgspec.Meta(max_length=MOST_OPERATIONS)]


class Change(_Request, frozen=True, tag="change"):
    """Carry out operations, those of a draft first; or only tell what they would do.

    Attributes:
        draft: name of the draft, "" for none. It is spent by a change, not by a what-if.
        what_if: carry out, tell and undo.
        expected_epoch: refuse as stale where the store is at another; None takes any.
        removals: how many people this may disable or remove where that is more than 20.
        checks: what has to hold afterwards, or nothing is done.
    """

    operations: Annotated[tuple[Operation, ...], msgspec.Meta(max_length=MOST_OPERATIONS)] = ()
    draft: Name = ""
    what_if: bool = False
    expected_epoch: Epoch | None = None
    removals: Number | None = None
    checks: tuple[Check, ...] = ()


class MoreOfOutcome(_Request, frozen=True, tag="more_of_outcome"):
    """Ask for further rows and effects of the latest `ChangeOutcome` on this connection."""

    rows: Number
    """How many rows are known."""
    effects: Number


# Requests that read


class FindPeople(_Request, frozen=True, tag="find_people"):
    """List people by address whose name or address holds a text."""

    text: Name = ""
    group: Name = ""
    after: Name = ""
    most: Number = PAGE


class ShowPerson(_Request, frozen=True, tag="show_person"):
    """Ask for one person with devices and grants."""

    account: Name


class FindGroups(_Request, frozen=True, tag="find_groups"):
    """List groups by name."""

    text: Name = ""
    after: Name = ""
    most: Number = PAGE


class FindDevices(_Request, frozen=True, tag="find_devices"):
    """List devices by account and id."""

    account: Name = ""
    after: Name = ""
    most: Number = PAGE


class FindPolicies(_Request, frozen=True, tag="find_policies"):
    """List all policies by name, with their grants."""

    text: Name = ""
    after: Name = ""
    most: Number = PAGE


class FindConcerned(_Request, frozen=True, tag="find_concerned"):
    """List the people to whom a policy applies."""

    policy: Name
    after: Name = ""
    most: Number = PAGE


class Explain(_Request, frozen=True, tag="explain"):
    """Ask which rules were tried for a person, and what a call to another would be."""

    account: Name
    other: Name = ""


class FindChanges(_Request, frozen=True, tag="find_changes"):
    """List changes, the newest first; `after` is a number as text."""

    actor: Name = ""
    subject: Name = ""
    since: Time = 0
    after: Name = ""
    most: Number = PAGE


class ShowChange(_Request, frozen=True, tag="show_change"):
    """Ask for the rows of a change before and after; `after` is how many are known, as text."""

    change: Number
    after: Name = ""


class AskReport(_Request, frozen=True, tag="ask_report"):
    """Ask for a line a policy: to how many it applies, and how far it has come."""


ChangingRequest = ExtendDraft | Change
ReadingRequest = (
    MoreOfOutcome
    | FindPeople
    | ShowPerson
    | FindGroups
    | FindDevices
    | FindPolicies
    | FindConcerned
    | Explain
    | FindChanges
    | ShowChange
    | AskReport
)
Request = ChangingRequest | ReadingRequest

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Request)


def encode(request: Request) -> msgspec.Raw:
    """Return the body of `Administer`."""
    return msgspec.Raw(_encoder.encode(request))


def decode(body: bytes | msgspec.Raw) -> Request:
    """Parse the body of `Administer`.

    Raises:
        MalformedMessage: too long, no JSON, an unknown request, a missing field, a wrong type.
    """
    data = bytes(body)
    if len(data) > MOST_BODY:
        raise MalformedMessage("long", n=MOST_BODY)
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedMessage("why", reason=error) from error
