"""What was kept of standard calls, between an engine and the service: lists, export, deletion.

For whoever may not see a recording or transcript, its id is answered as one that does not exist.
A file itself is fetched from the service's port, `GET /v1/kept/ID/FILE`, with a ticket that holds
once, for a minute, for the device that asked.
"""

from typing import Annotated, Literal

import msgspec

from tui_call.signaling.call_acts import Account, Id, NoneOrId
from tui_call.signaling.vocabulary import SignalingMessage, Time

MOST_LISTED = 100
TICKET_SECONDS = 60
PATH = "/v1/kept"
_ID_SHOWN = 8
TICKET_HEADER = "Tui-Call-Ticket"

KindOfKept = Literal["recording", "transcript"]
KeptState = Literal["running", "whole", "cut_short", "away"]
"""It goes on; closed in good order; closed where it broke off; its computer is not this one."""

FileName = Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9-]{1,40}\.[a-z]{1,6}\Z")]


class ListKept(SignalingMessage, frozen=True, tag="list_kept"):
    """Ask what one may see; the newest first, those that began before `before` (0: all)."""

    request: int
    kind: KindOfKept | Literal[""] = ""
    before: Time = 0


class AskForFile(SignalingMessage, frozen=True, tag="ask_for_file"):
    """Ask for a ticket for a file; answered by `FileTicket`."""

    request: int
    kept: Id
    file: FileName


class DeleteKept(SignalingMessage, frozen=True, tag="delete_kept"):
    """Delete a recording or transcript with all its files; answered by `Done`."""

    request: int
    kept: Id


# The service's


class ListedFile(msgspec.Struct, frozen=True):
    """A file; `name` as in its address, `person` whose it is ("" for all)."""

    name: FileName
    size: int
    sha256: str
    part: int = 1
    person: str = ""


class ListedPerson(msgspec.Struct, frozen=True):
    """Somebody who was in the call while it was kept; `number` is `person` of a transcript."""

    account: Account
    name: str
    number: int = 0


class ListedKept(msgspec.Struct, frozen=True):
    """A recording or transcript.

    Attributes:
        id, call: its own, and the call's.
        by: the account that started it, "" where it was started by rule; `by_name` its name.
        began, ended: Unix seconds; `ended` 0 while it goes on.
        seconds: how long it is.
        kept_until: Unix seconds when it is deleted; 0 for never.
        may_export, may_delete: by who asks.
        call_began: Unix seconds when the call did, from which the times in a transcript count; 0
            where that is not known.
        finishing: it is over, and its last part is still being written. Its `state` is "running"
            until then: clients that do not know this read no other one.
    """

    id: Id
    kind: KindOfKept
    call: NoneOrId
    by: Account
    by_name: str
    began: Time
    ended: Time
    state: KeptState
    seconds: float
    people: tuple[ListedPerson, ...] = ()
    files: tuple[ListedFile, ...] = ()
    kept_until: Time = 0
    may_export: bool = False
    may_delete: bool = False
    call_began: Time = 0
    finishing: bool = False

    @property
    def shown_state(self) -> KeptState | Literal["finishing"]:
        """As what it is shown to people."""
        return "finishing" if self.finishing else self.state

    def lasted(self, now: float) -> float:
        """Return for how many seconds it was kept until now, Unix seconds."""
        if self.state != "running":
            return self.seconds
        return max(self.seconds, (self.ended or now) - self.began)


def exported_names(kept: ListedKept) -> tuple[str, ...]:
    """Return what files of an export are called, in a folder that may have those of other calls.

    Those of the service come first, as they are listed, then the text and the JSON of a transcript.
    """
    own = kept.id[:_ID_SHOWN]
    made = ("txt", "json") if kept.kind == "transcript" else ()
    return (
        *(f"{own}-{_with_person(file)}" for file in kept.files),
        *(f"{own}-transcript.{ending}" for ending in made),
    )


def _with_person(file: ListedFile) -> str:
    stem, dot, ending = file.name.rpartition(".")
    user = file.person.partition("@")[0]
    who = "".join(one for one in user if one.isalnum() or one in "-_.")
    return "-".join(filter(None, (stem, who))) + dot + ending


class KeptList(SignalingMessage, frozen=True, tag="kept_list"):
    """Answer to `ListKept`: at most `MOST_LISTED`, and whether there are more."""

    request: int
    kept: tuple[ListedKept, ...] = ()
    more: bool = False


class FileTicket(SignalingMessage, frozen=True, tag="file_ticket"):
    """Answer to `AskForFile`: what `TICKET_HEADER` has to say, once, within `TICKET_SECONDS`."""

    request: int
    ticket: str
    size: int
    sha256: str
