"""For how long the service waits for a tap to close a part, in virtual time."""

import asyncio
from collections.abc import Set

from tests.support.virtual_loop import run_at_once
from tui_call.service.standard_calls.tap_rooms import CLOSES_WITHIN, Part, TapRooms
from tui_call.signaling.tap_messages import ALL_HEARD_WITHIN
from tui_call.tap.rooms import WRITTEN_WITHIN

PART = ("f" * 32, 1)


class LinkDouble:
    """Remembers whether a tap is wanted."""

    wanted = False

    def want(self, wanted: bool) -> None:
        self.wanted = wanted


def test_no_part_is_given_up_that_a_tap_still_has_the_time_to_close() -> None:
    run_at_once(_waits_for_a_slow_tap())


async def _waits_for_a_slow_tap() -> None:
    link, given_up = LinkDouble(), list[Set[Part]]()
    rooms = TapRooms(link)  # pyright: ignore[reportArgumentType] - all that is used of a link
    rooms.when_given_up(given_up.append)
    rooms.expect({PART})
    await asyncio.sleep(ALL_HEARD_WITHIN + WRITTEN_WITHIN)
    assert (given_up, link.wanted) == ([], True)
    await asyncio.sleep(CLOSES_WITHIN)
    assert (given_up, link.wanted) == ([{PART}], False)
