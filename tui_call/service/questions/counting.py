"""To how many people each grant applies: everybody is evaluated, a piece at a time."""

from collections import Counter

from tui_call.permissions.book import Book, Grant
from tui_call.permissions.evaluation import applying
from tui_call.permissions.terms import PolicyKind
from tui_call.service.database.moment import Moment
from tui_call.signaling.administration_rows import GrantRow


async def uses(moment: Moment, book: Book) -> Counter[Grant]:
    """Return how many people each grant applies to."""
    count: Counter[Grant] = Counter()
    async for person in moment.everybody():
        for kind in PolicyKind:
            count[applying(book, person.id, kind)] += 1
    return count


def grant_row(grant: Grant, people: int) -> GrantRow:
    """Return a grant as administrators read it."""
    return GrantRow(
        grant.policy, grant.kind.value, grant.to.value, grant.subject, grant.rank, people
    )
