"""Terms, roles and grants in a word or two, as the lists and what is opened show them."""

from collections import Counter

from tui_call.sentences import text_of
from tui_call.signaling.administration_rows import (
    Applied,
    PolicyRow,
)
from tui_call.signaling.policies import GrantedTo
from tui_call.tui.admin_words import NOTHING, people_word, value_word


def counted(number: int, one: str, many: str) -> str:
    """Return a number of things."""
    return f"{number} {one if number == 1 else many}"


def through(to: GrantedTo, subject: str, rank: int) -> str:
    """Return through what a policy applies."""
    match to:
        case "organisation":
            return text_of("T_EVERYBODY_ELSE")
        case "group":
            return f"{subject} ({rank})"
        case "user":
            return subject


def applied_word(applied: Applied) -> str:
    """Return the policy that applies, and why."""
    what = f"{applied.policy} ({value_word(applied.value)})" if applied.value else applied.policy
    if applied.source == "user":
        return text_of("T_GIVEN_DIRECTLY", policy=what)
    return f"{what}: {through(applied.source, applied.group, applied.rank)}"


def granted_to(policy: PolicyRow) -> str:
    """Return to whom a policy is granted, people as a number."""
    kinds = Counter(grant.to for grant in policy.grants)
    parts = [people_word(kinds["user"])] if kinds["user"] else []
    parts += [
        through(grant.to, grant.subject, grant.rank)
        for grant in sorted(policy.grants, key=lambda grant: (grant.to != "group", grant.rank))
        if grant.to != "user"
    ]
    more = policy.all_grants - len(policy.grants)
    parts += [text_of("T_ROWS_MORE", n=more)] if more > 0 else []
    return ", ".join(parts) or NOTHING
