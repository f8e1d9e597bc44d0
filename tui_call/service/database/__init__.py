"""What the service keeps, in SQLite or PostgreSQL; the only part that knows SQLAlchemy.

A change and its audit row are one transaction; changes run one after another, reads beside them.
"""

from tui_call.service.database.accounts import Account, Accounts, LoginRecord, Seen
from tui_call.service.database.books import Books
from tui_call.service.database.connection import Database
from tui_call.service.database.invites import EnrolledDevice, Enrollee, Invites
from tui_call.service.database.missed_calls import MissedCallRecord, MissedCalls
from tui_call.service.database.organisation import Organisation, Organisations
from tui_call.service.database.standard_calls import (
    CallChange,
    StandardCalls,
    StoredCall,
    TakenSlot,
)

__all__ = [
    "Account",
    "Accounts",
    "Books",
    "CallChange",
    "Database",
    "EnrolledDevice",
    "Enrollee",
    "Invites",
    "LoginRecord",
    "MissedCallRecord",
    "MissedCalls",
    "Organisation",
    "Organisations",
    "Seen",
    "StandardCalls",
    "StoredCall",
    "TakenSlot",
]
