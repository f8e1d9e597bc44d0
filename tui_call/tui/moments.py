"""Points in time and lengths of time as a person reads them.

Times are Unix seconds; `zone` None means this computer's.
"""

from datetime import UTC, datetime, tzinfo

_WEEK = 7
_DAYS, _MONTHS, _YEARS = (1, "days"), (30, "months"), (365, "years")
_LATEST = 2.0**33  # calendars end; a time that somebody else sent may lie beyond


def clock(at: float, zone: tzinfo | None = None) -> str:
    """Return the time of day with seconds, for example "14:02:15"."""
    return f"{_local(at, zone):%H:%M:%S}"


def when(at: float, now: float, zone: tzinfo | None = None) -> str:
    """Return a moment as short as it is clear, for example "yesterday 14:02"; 0 is "never"."""
    if not at:
        return "never"
    then, today = _local(at, zone), _local(now, zone)
    days = (today.date() - then.date()).days
    if days == 0:
        return f"today {then:%H:%M}"
    if days == 1:
        return f"yesterday {then:%H:%M}"
    if 1 < days < _WEEK:
        return f"{then:%a %H:%M}"
    return day(at, now, zone)


def day(at: float, now: float, zone: tzinfo | None = None) -> str:
    """Return the date, for example "14 Aug", with the year if it is another one."""
    then = _local(at, zone)
    year = "" if then.year == _local(now, zone).year else f" {then.year}"
    return f"{then.day} {then:%b}{year}"


def date(at: float, zone: tzinfo | None = None) -> str:
    """Return the date as it is read alike at any time, for example "14 Aug 2026"."""
    then = _local(at, zone)
    return f"{then.day} {then:%b %Y}"


def date_and_time(at: float, zone: tzinfo | None = None) -> str:
    """Return a moment as it is read alike at any time, for example "14 Aug 2026 14:02:15"."""
    return f"{date(at, zone)} {clock(at, zone)}"


def age(at: float, now: float, zone: tzinfo | None = None) -> str:
    """Return how long ago a moment is, for example "6 days ago"; "today" for what is to come."""
    days = (_local(now, zone).date() - _local(at, zone).date()).days
    if days < 1:
        return "today"
    if days == 1:
        return "yesterday"
    length, name = _DAYS
    for unit in (_MONTHS, _YEARS):
        if days >= 2 * unit[0]:
            length, name = unit
    return f"{days // length} {name} ago"


def duration(seconds: float) -> str:
    """Return a length of time as hh:mm:ss."""
    minutes, second = divmod(max(0, int(seconds)), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02}:{minute:02}:{second:02}"


def short_duration(seconds: float) -> str:
    """Return a length of time without hours while there are none, for example "12:41"."""
    full = duration(seconds)
    return full.removeprefix("00:")


def _local(at: float, zone: tzinfo | None) -> datetime:
    return datetime.fromtimestamp(min(max(at, 0.0), _LATEST), UTC).astimezone(zone)
