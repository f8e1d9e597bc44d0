"""Base errors; each room owns its leaves.

    TuiCallError
    ├── LocalFault      this computer, its files, devices or settings: the person here can mend it
    └── RemoteFault     the other end, the service or the network did what it should not

The docstring of a class is the sentence that a person reads when no better one is given.
"""


class TuiCallError(Exception):
    """Something went wrong in tui-call."""

    def __str__(self) -> str:
        """Return the given message, else the class's own sentence."""
        return super().__str__() or (type(self).__doc__ or "").strip()


class LocalFault(TuiCallError):
    """Something on this computer is in the way."""


class RemoteFault(TuiCallError):
    """The other end did something that it should not."""
