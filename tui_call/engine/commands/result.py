"""What an order gives back to who gave it."""

from collections.abc import Mapping

Result = Mapping[str, str | int | float]
"""Goes into `Ok.result`."""

NOTHING: Result = {}
