"""What was said in calls, as captions tell it: the newest words of each, in memory only."""

from collections.abc import Collection, Sequence

from msgspec.structs import replace

from tui_call.control.lines import Caption

MOST_UTTERANCES = 1000
"""Of one call."""

Order = tuple[float, int]
"""Puts utterances in the order in which they were begun to be said, whenever they came."""


def order_of(caption: Caption) -> Order:
    """Return the place of an utterance among those of its call."""
    return caption.began, caption.utterance


class CaptionHistory:
    """The utterances of each call, in their order."""

    def __init__(self) -> None:
        self._calls: dict[str, dict[int, Caption]] = {}

    def take(self, caption: Caption) -> None:
        """Keep what is said in place of what was told of it before.

        Args:
            caption: one that says nothing and is final takes its utterance away.
        """
        said = self._calls.setdefault(caption.call, {})
        known = said.get(caption.utterance)
        oldest = next(iter(said.values()), caption)
        if known is None and len(said) == MOST_UTTERANCES and order_of(caption) < order_of(oldest):
            return  # it was forgotten
        if known is not None and caption.revision <= known.revision:
            return
        if caption.final and not caption.text.strip():
            said.pop(caption.utterance, None)
            return
        newest = next(reversed(said.values()), caption)
        said[caption.utterance] = caption
        place, before = order_of(caption), order_of(known or newest)
        if place < before or (known is not None and place != before):
            in_order = sorted(said.values(), key=order_of)
            self._calls[caption.call] = said = {one.utterance: one for one in in_order}
        if len(said) > MOST_UTTERANCES:
            del said[next(iter(said))]

    def of(self, call_id: str) -> Sequence[Caption]:
        """Return what was said in a call, in order."""
        return list(self._calls.get(call_id, {}).values())

    def go_on(self, call: str, into: str) -> None:
        """Keep the words of a call that goes on as another one, before those that are there.

        Each call counts utterances and seconds of its own, from 0 on; those before are below that.
        """
        earlier, later = self.of(call), self.of(into)
        if not earlier:
            return
        number = min((0, *(one.utterance for one in later))) - len(earlier)
        back = earlier[-1].began + 1 - min((0.0, *(one.began for one in later)))
        moved = [
            replace(one, call=into, utterance=number + place, began=one.began - back)
            for place, one in enumerate(earlier)
        ]
        kept = [*moved, *later][-MOST_UTTERANCES:]
        self._calls[into] = {one.utterance: one for one in kept}

    def keep_only(self, calls: Collection[str]) -> None:
        """Forget the words of all other calls."""
        for gone in self._calls.keys() - set(calls):
            del self._calls[gone]
