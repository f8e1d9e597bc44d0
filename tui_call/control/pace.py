"""When those look who look again and again: together, so that an idle process wakes once for all.

A computer that is woken often sleeps badly. Timers of one length that are set at different moments
wake it one by one; those that end at the same marks of the clock wake it once.
"""

import asyncio


def until_next(interval: float) -> float:
    """Return the seconds until the event loop's time is next a multiple of `interval` seconds."""
    return interval - asyncio.get_running_loop().time() % interval
