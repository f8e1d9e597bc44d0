"""What the owner of a call decided before it began; the call keeps it to its end."""

from dataclasses import dataclass

from tui_call.calls.rekeying import REKEY_INTERVAL


@dataclass(frozen=True, slots=True)
class CallRules:
    """What `permissions` says of a call with this person, as it was when the call began.

    Attributes:
        rekey_interval: seconds from one rekey to the next.
        must_compare: it ends two minutes after it became secure, unless people say that the code
            or the fingerprint is the same.
        may_leave: it may go on as a standard call if both people agree. Without it nothing that
            either side does leads there.
        room: the only standard call that it may become; "" is any.
    """

    rekey_interval: float = REKEY_INTERVAL
    must_compare: bool = False
    may_leave: bool = False
    room: str = ""
