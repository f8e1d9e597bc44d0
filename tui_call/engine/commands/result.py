"""What an order gives back to who gave it."""

from collections.abc import Mapping
from typing import Any

Result = Mapping[str, Any]
"""Goes into `Ok.result`."""

NOTHING: Result = {}
