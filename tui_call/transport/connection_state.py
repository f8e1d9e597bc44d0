"""How far a connection is, and why there is none."""

from enum import StrEnum

from tui_call.errors import LocalFault


class NoAddress(LocalFault):
    """This computer has no address for a call: no network, or no relay where one is required."""


class ConnectionEnded(LocalFault):
    """The connection was closed before it was set up."""


class ConnectionState(StrEnum):
    """How far a connection is; the last two are final."""

    NEW = "new"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    FAILED = "failed"
    CLOSED = "closed"
