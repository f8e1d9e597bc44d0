"""Who may do what with a recording or transcript, and until when it is kept: one table.

| who                          | lists | exports              | deletes        |
|------------------------------|-------|----------------------|----------------|
| was in the call while it ran | yes   | yes, not one by rule | who started it |
| auditor                      | yes   | yes                  | no             |
| administrator                | yes   | no                   | yes            |
| anybody else                 | no    | no                   | no             |

One that a rule began is deleted by its time alone.
"""

from dataclasses import dataclass

from tui_call.service.database.kept_index import Indexed, Viewer

DAY = 86_400


@dataclass(frozen=True, slots=True)
class KeptRights:
    """What somebody may do with one that may be listed."""

    export: bool
    delete: bool


def rights_of(viewer: Viewer, kept: Indexed) -> KeptRights:
    """Return what somebody may do, who sees it already."""
    if kept.by_rule:
        return KeptRights(export=viewer.role == "auditor", delete=False)
    started = kept.was_in and kept.started_by == viewer.account
    return KeptRights(
        export=kept.was_in or viewer.role == "auditor",
        delete=started or viewer.role == "admin",
    )


def kept_until(ended: int | None, service_days: int, policy_days: int) -> int:
    """Return when something is deleted, Unix seconds; 0 for never, and while it goes on.

    Args:
        ended: Unix seconds.
        service_days: what the service is set to, 0 for ever.
        policy_days: what calling policies said of those who were in it; they only shorten it.
    """
    days = min((days for days in (service_days, policy_days) if days), default=0)
    return ended + days * DAY if ended is not None and days else 0
