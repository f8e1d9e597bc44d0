"""Changes that an administrator collects before they are published: operations, and what if."""

from dataclasses import dataclass

from tui_call.signaling.administration import (
    MOST_OPERATIONS,
    Change,
)
from tui_call.signaling.administration_answers import ChangeOutcome
from tui_call.signaling.operations import (
    Operation,
    Revert,
    SetPolicy,
    Term,
    Terms,
)
from tui_call.tui.admin_words import people_word


@dataclass(frozen=True, slots=True)
class Draft:
    """What is not published yet.

    Attributes:
        operations: in the order in which they were wanted.
        outcome: what they would do, as the service said last; None while that is not known.
    """

    operations: tuple[Operation, ...] = ()
    outcome: ChangeOutcome | None = None

    def takes(self, operation: Operation) -> bool:
        """Whether there is room for one more; a change that reverts another stands alone."""
        alone = any(isinstance(one, Revert) for one in (*self.operations, operation))
        return len(self.operations) < (1 if alone else MOST_OPERATIONS)

    def with_operation(self, operation: Operation) -> "Draft":
        """Return the draft with one more."""
        return Draft((*self.operations, operation))

    def without_last(self) -> "Draft":
        """Return the draft without its newest operation."""
        return Draft(self.operations[:-1])

    def would(self, outcome: ChangeOutcome) -> "Draft":
        """Return the draft with what it would do."""
        return Draft(self.operations, outcome)

    @property
    def what_if(self) -> Change:
        """The request that tries it."""
        return Change(operations=self.operations, what_if=True)

    @property
    def publishing(self) -> Change:
        """The request that carries out what was shown, unless the store has changed since."""
        epoch = self.outcome.epoch if self.outcome else None
        return Change(operations=self.operations, expected_epoch=epoch)

    @property
    def people(self) -> int:
        """To how many people another policy would apply."""
        if self.outcome is None:
            return 0
        told = self.outcome.effects
        if len(told) < self.outcome.all_effects:
            return self.outcome.all_effects
        return len({effect.account for effect in told})

    @property
    def label(self) -> str:
        """What stands of it in the first line, "" while there is nothing."""
        number = len(self.operations)
        if not number:
            return ""
        changes = f"draft: {number} change{'' if number == 1 else 's'}"
        if not self.people:
            return changes
        return f"{changes}, {people_word(self.people)}"

    def terms_of(self, policy: str, terms: Terms) -> dict[str, Term]:
        """Return those terms of a policy that it would change."""
        wanted: dict[str, Term] = {}
        for one in self.operations:
            if isinstance(one, SetPolicy) and one.name == policy:
                wanted |= one.terms
        return {name: term for name, term in wanted.items() if terms.get(name) != term}
