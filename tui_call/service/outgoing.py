"""What waits until a client reads it: nobody but the client itself can make that too much.

Four kinds wait, each within bounds of its own. Answers are what the client asked for: one that asks
and does not read is given up. News is state, and a newer one takes the place of an older one about
the same; people who changed go as one list, of calls no more are told than anybody has, and of what
is said in them the oldest is lost. Post is what others send: each of them has a few places, and is
told where there is none, but for notes of standard calls; they take turns, so that nobody waits for
all of another. Missed calls wait with the answers, and come in pages that the client acknowledges
(`missed_calls`).
"""

import asyncio
from collections import deque
from itertools import count

from msgspec.structs import replace

from tui_call.signaling.messages import (
    Acknowledged,
    CallChanged,
    CallNote,
    CaptionSpoken,
    Deliver,
    NameChanged,
    PeopleChanged,
    PersonChanged,
    PolicyChanged,
    RoleChanged,
    ServiceMessage,
    SettingChanged,
)
from tui_call.signaling.standard_calls import CallNews

MOST_ANSWERS = 512
MOST_POST = 128
MOST_POST_OF_ONE = 32
MOST_CALLS = 64
MOST_CAPTIONS = 64
MOST_NEWS = 16
"""Events of one call: all that one person can do again and again, and as much beside."""
MOST_PEOPLE = 40
"""In one list: with the longest names and four devices each, they fit into a message."""

Post = Deliver | Acknowledged | CallNote


class Outgoing:
    """The messages for one client; one at a time waits for them."""

    __slots__ = (
        "_answers", "_closed", "_numbers", "_own", "_post", "_post_is_next", "_posted", "_waiting",
    )  # fmt: skip

    def __init__(self) -> None:
        self._own: dict[object, ServiceMessage] = {}
        self._answers = 0
        self._numbers = count()
        self._post: dict[str, deque[Post]] = {}
        self._posted = 0
        self._post_is_next = False
        self._waiting: asyncio.Future[None] | None = None  # an Event is as large as all the rest
        self._closed = False

    def put(self, message: ServiceMessage) -> bool:
        """Add an answer or news; False where the client has not read far too many answers."""
        match message:
            case PersonChanged(person):
                self._own[person.account] = message
            case PolicyChanged() | SettingChanged() | NameChanged() | RoleChanged():
                self._own[type(message)] = message
            case CallChanged():
                self._put_call(message)
            case CaptionSpoken():
                self._put_caption(message)
            case _ if self._answers >= MOST_ANSWERS:
                return False
            case _:
                self._answers += 1
                self._own[next(self._numbers)] = message
        self._wake()
        return True

    def post(self, message: Post) -> bool:
        """Add what another device sent; False where there is no place for more of its account."""
        of_one = self._post.get(message.from_account, ())
        if len(of_one) >= MOST_POST_OF_ONE or self._posted >= MOST_POST:
            return False
        self._post.setdefault(message.from_account, deque()).append(message)
        self._posted += 1
        self._wake()
        return True

    def close(self) -> None:
        """Let `next` end when everything is read."""
        self._closed = True
        self._wake()

    async def next(self) -> ServiceMessage | None:
        """Wait for the next message; None: there will be no other."""
        while not (self._own or self._post or self._closed):
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        if self._own and not (self._post and self._post_is_next):
            self._post_is_next = bool(self._post)
            return self._next_own()
        self._post_is_next = False
        return self._next_post() if self._post else None

    def _put_call(self, message: CallChanged) -> None:
        """Add a call as it is now; what happened in it before stays in the list of events."""
        before = self._own.get(message.call)
        if isinstance(before, CallChanged):
            news = _bounded((*before.news, *message.news))
            self._own[message.call] = replace(message, news=news)
            return
        calls = [key for key, one in self._own.items() if isinstance(one, CallChanged)]
        if len(calls) >= MOST_CALLS:
            del self._own[calls[0]]  # others may begin and end more than anybody reads of
        self._own[message.call] = message

    def _put_caption(self, message: CaptionSpoken) -> None:
        """Add what is said, instead of an earlier revision of it; the oldest is lost first."""
        captions = [key for key, one in self._own.items() if isinstance(one, CaptionSpoken)]
        key = (message.call, message.member, message.utterance)
        if len(captions) >= MOST_CAPTIONS and key not in self._own:
            del self._own[captions[0]]
        self._own[key] = message

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def _next_own(self) -> ServiceMessage:
        key = next(iter(self._own))
        self._answers -= isinstance(key, int)
        message = self._own.pop(key)
        return self._with_others(message) if isinstance(message, PersonChanged) else message

    def _with_others(self, first: PersonChanged) -> PersonChanged | PeopleChanged:
        """Return the news of one person, and all other such news that waits."""
        people = [first.person]
        for key, message in list(self._own.items()):
            if isinstance(message, PersonChanged) and len(people) < MOST_PEOPLE:
                people.append(message.person)
                del self._own[key]
        return first if len(people) == 1 else PeopleChanged(tuple(people))

    def _next_post(self) -> Post:
        account = next(iter(self._post))
        of_one = self._post.pop(account)
        message = of_one.popleft()
        if of_one:
            self._post[account] = of_one  # behind the others
        self._posted -= 1
        return message


def _bounded(news: tuple[CallNews, ...]) -> tuple[CallNews, ...]:
    """Return the newest, where there are too many each once of what somebody does again."""
    if len(news) <= MOST_NEWS:
        return news
    newest = dict[tuple[str, str], CallNews]()
    for one in reversed(news):
        newest.setdefault((one.who, one.what), one)
    return tuple(reversed(newest.values()))[-MOST_NEWS:]
