"""Base errors; each room owns its leaves.

    TuiCallError
    ├── LocalFault      this computer, its files, devices or settings: the person here can mend it
    └── RemoteFault     the other end, the service or the network did what it should not

What a person reads of one stands in sentences.txt, under a code that is made of the class's name.
"""

import re
from typing import ClassVar

from tui_call.sentences import Sentence, sentence

_WORD_BEGINS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class TuiCallError(Exception):
    """Something went wrong in tui-call.

    Args:
        which: the place in sentences.txt, where the class has several sentences; or the sentence
            of somebody else who knew better.
        fields: what stands for the names in braces.

    Attributes:
        sentence_code: of its sentences; `NoCall` says F_NO_CALL, unless it names another code.
    """

    sentence_code: ClassVar[str] = "F_TUI_CALL_ERROR"

    def __init_subclass__(cls) -> None:
        """Give a class its code, where it names none itself."""
        if "sentence_code" not in vars(cls):
            cls.sentence_code = "F_" + _WORD_BEGINS.sub("_", cls.__name__).upper()

    def __init__(self, which: str | Sentence = "", /, **fields: object) -> None:
        super().__init__(which)
        self._which = which
        self._fields = fields

    @property
    def sentence(self) -> Sentence:
        """What a person reads; filled in when it is read, as many a fault is only counted."""
        if isinstance(self._which, Sentence):
            return self._which
        return sentence(self.sentence_code, self._which, **self._fields)

    def __str__(self) -> str:
        """Return the sentence."""
        return self.sentence.whole


class LocalFault(TuiCallError):
    """Something on this computer is in the way."""


class RefusedInput(LocalFault):
    """What was given is not taken, and nothing was changed; the sentence says why."""

    sentence_code = "F_ACTION_REFUSED"


class RemoteFault(TuiCallError):
    """The other end did something that it should not."""
