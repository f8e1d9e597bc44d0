"""Which policy applies to whom: one table, that everything which decides or passes on has to obey.

A case is data: grants and memberships, put into whatever is tested, and what then applies to the
person. The policies are the same in all cases, and the organisation has "organisation" and "calls"
unless a case says otherwise.
"""

from dataclasses import dataclass

from tui_call.permissions.book import Book, Grant, NamedPolicy
from tui_call.permissions.evaluation import Evaluation
from tui_call.permissions.policies import E2EECalls, PolicySource
from tui_call.permissions.terms import CallingTerms, EncryptionTerms, PolicyKind

ENCRYPTION, CALLING = PolicyKind.ENCRYPTION, PolicyKind.CALLING
USER, GROUP, ORGANISATION = PolicySource.USER, PolicySource.GROUP, PolicySource.ORGANISATION

POLICIES = tuple(
    NamedPolicy(name, ENCRYPTION if isinstance(terms, EncryptionTerms) else CALLING, terms)
    for name, terms in {
        "organisation": EncryptionTerms(),
        "choice": EncryptionTerms(E2EECalls.USER_CHOICE),
        "only-e2ee": EncryptionTerms(E2EECalls.REQUIRED, require_compared=True),
        "no-e2ee": EncryptionTerms(E2EECalls.DISABLED, relay_only=True),
        "newest": EncryptionTerms(E2EECalls.USER_CHOICE, min_client="9.2"),
        "calls": CallingTerms(),
        "desk": CallingTerms(recording=True, park=True, park_group="desk"),
        "traders": CallingTerms(compliance_recording=True, keep_days=2000),
        "quiet": CallingTerms(captions=False, transfer=False, merge=False, add_people=False),
    }.items()
)
KINDS = {policy.name: policy.kind for policy in POLICIES}


@dataclass(frozen=True, slots=True)
class Applied:
    """A policy and what it was granted to."""

    policy: str
    source: PolicySource = ORGANISATION
    group: str = ""
    rank: int = 0


@dataclass(frozen=True, slots=True)
class PolicyCase:
    """What is granted to whom, and what applies to one person then."""

    name: str
    grants: tuple[Grant, ...] = ()
    memberships: tuple[tuple[str, str], ...] = ()
    person: str = "clerk@acme"
    encryption: Applied = Applied("organisation")
    calling: Applied = Applied("calls")

    @property
    def book(self) -> Book:
        """Return the case as a book."""
        return Book(POLICIES, self.grants, frozenset(self.memberships))

    @property
    def expected(self) -> tuple[Applied, Applied]:
        """Return what applies, of each kind."""
        return self.encryption, self.calling


def applied(evaluation: Evaluation) -> tuple[Applied, Applied]:
    """Return what an evaluation says, to compare with `PolicyCase.expected`."""
    found = (evaluation.encryption, evaluation.calling)
    encryption, calling = (
        Applied(decision.policy.name, decision.source, decision.group, decision.rank)
        for decision in found
    )
    return encryption, calling


def to_user(account: str, policy: str) -> Grant:
    return Grant(KINDS[policy], USER, account, policy)


def to_group(group: str, rank: int, policy: str) -> Grant:
    return Grant(KINDS[policy], GROUP, group, policy, rank)


def to_all(policy: str) -> Grant:
    return Grant(KINDS[policy], ORGANISATION, "", policy)


def case(
    name: str,
    *grants: Grant,
    groups: str = "",
    others: dict[str, str] | None = None,
    person: str = "clerk@acme",
    encryption: Applied = Applied("organisation"),
    calling: Applied = Applied("calls"),
) -> PolicyCase:
    """Return a case; `groups` are the person's, and `others` has those of further people."""
    everybody = {person: groups, **(others or {})}
    memberships = [(group, one) for one, of_one in everybody.items() for group in of_one.split()]
    of_all = {grant.kind for grant in grants if grant.to is ORGANISATION}
    first = [to_all(name) for name in ("organisation", "calls") if KINDS[name] not in of_all]
    return PolicyCase(name, (*first, *grants), tuple(memberships), person, encryption, calling)


def by_user(policy: str) -> Applied:
    return Applied(policy, USER)


def by_group(policy: str, group: str, rank: int) -> Applied:
    return Applied(policy, GROUP, group, rank)


_LADDER = (
    to_group("finance", 1, "choice"),
    to_group("legal", 2, "only-e2ee"),
    to_group("staff", 3, "no-e2ee"),
)
_CALLING_LADDER = (
    to_group("desk", 1, "desk"),
    to_group("staff", 2, "quiet"),
    to_group("traders", 3, "traders"),
)
_BOTH = (*_LADDER, *_CALLING_LADDER)

CASES: tuple[PolicyCase, ...] = (
    # nothing but the organisation
    case("nothing is granted"),
    case("nobody of the book", others={"chief@acme": "finance"}),
    case("in a group without a grant", groups="visitors"),
    case("in many groups without a grant", groups="a b c d e f g"),
    case("the organisation allows", to_all("choice"), encryption=Applied("choice")),
    case("the organisation requires", to_all("only-e2ee"), encryption=Applied("only-e2ee")),
    case("the organisation records", to_all("traders"), calling=Applied("traders")),
    case(
        "the organisation has others of both kinds", to_all("choice"), to_all("desk"),
        encryption=Applied("choice"), calling=Applied("desk"),
    ),
    # to a person
    case("to the person", to_user("clerk@acme", "choice"), encryption=by_user("choice")),
    case("of the other kind to the person", to_user("clerk@acme", "desk"), calling=by_user("desk")),
    case(
        "of both kinds to the person", to_user("clerk@acme", "choice"),
        to_user("clerk@acme", "quiet"), encryption=by_user("choice"), calling=by_user("quiet"),
    ),
    case("to somebody else", to_user("chief@acme", "choice")),
    case("to a person whose address begins alike", to_user("clerk@acme.example", "choice")),
    case(
        "the organisation's own policy to a person", to_all("choice"),
        to_user("clerk@acme", "organisation"), encryption=by_user("organisation"),
    ),
    case(
        "a person before the organisation", to_all("only-e2ee"), to_user("clerk@acme", "no-e2ee"),
        encryption=by_user("no-e2ee"),
    ),
    case(
        "a person before the highest group", *_LADDER, to_user("clerk@acme", "no-e2ee"),
        groups="finance", encryption=by_user("no-e2ee"),
    ),
    case(
        "a person before all groups at once", *_LADDER, to_user("clerk@acme", "newest"),
        groups="staff legal finance", encryption=by_user("newest"),
    ),
    case(
        "a colleague's grant leaves the group's", *_LADDER, to_user("chief@acme", "no-e2ee"),
        groups="finance", others={"chief@acme": "finance"},
        encryption=by_group("choice", "finance", 1),
    ),
    case(
        "whom a grant of their own takes out of the group's", *_LADDER,
        to_user("chief@acme", "no-e2ee"), groups="finance", others={"clerk@acme": "finance"},
        person="chief@acme", encryption=by_user("no-e2ee"),
    ),
    # to groups
    case(
        "to the only group", to_group("staff", 1, "choice"), groups="staff",
        encryption=by_group("choice", "staff", 1),
    ),
    case("to a group of others", to_group("staff", 1, "choice"), others={"chief@acme": "staff"}),
    case("to a group without people", to_group("staff", 1, "choice")),
    case(
        "a group before the organisation", to_all("only-e2ee"), to_group("staff", 1, "no-e2ee"),
        groups="staff", encryption=by_group("no-e2ee", "staff", 1),
    ),
    case("the highest of three", *_LADDER, groups="finance legal staff",
         encryption=by_group("choice", "finance", 1)),
    case("whatever the order of memberships", *_LADDER, groups="staff legal finance",
         encryption=by_group("choice", "finance", 1)),
    case("whatever the order of grants", *reversed(_LADDER), groups="finance legal staff",
         encryption=by_group("choice", "finance", 1)),
    case("the second of three", *_LADDER, groups="staff legal",
         encryption=by_group("only-e2ee", "legal", 2)),
    case("the last of three", *_LADDER, groups="staff",
         encryption=by_group("no-e2ee", "staff", 3)),
    case("in none of the three", *_LADDER, groups="visitors"),
    case("beside groups without a grant", *_LADDER, groups="a staff z",
         encryption=by_group("no-e2ee", "staff", 3)),
    case(
        "a name that comes first does not outrank", to_group("zebra", 1, "choice"),
        to_group("ape", 2, "no-e2ee"), groups="ape zebra",
        encryption=by_group("choice", "zebra", 1),
    ),
    case(
        "a stricter one does not outrank", to_group("open", 1, "choice"),
        to_group("strict", 2, "only-e2ee"), groups="strict open",
        encryption=by_group("choice", "open", 1),
    ),
    case(
        "a wider one does not outrank", to_group("strict", 1, "no-e2ee"),
        to_group("open", 2, "choice"), groups="strict open",
        encryption=by_group("no-e2ee", "strict", 1),
    ),
    case(
        "one policy to two groups", to_group("finance", 1, "choice"),
        to_group("legal", 2, "choice"), groups="legal",
        encryption=by_group("choice", "legal", 2),
    ),
    case(
        "one policy to a group and to all", to_all("choice"), to_group("staff", 1, "choice"),
        groups="staff", encryption=by_group("choice", "staff", 1),
    ),
    case(
        "one policy to a person, a group and all", to_all("choice"),
        to_group("staff", 1, "choice"), to_user("clerk@acme", "choice"), groups="staff",
        encryption=by_user("choice"),
    ),
    case(
        "a group as an account is called", to_group("clerk@acme", 1, "choice"),
        others={"chief@acme": "clerk@acme"},
    ),
    case(
        "ranks beyond one digit",
        *(to_group(f"group-{rank}", rank, "no-e2ee") for rank in (2, 3, 4, 5, 6, 7, 8, 10)),
        to_group("group-9", 9, "choice"), to_group("group-1", 1, "only-e2ee"),
        groups="group-10 group-9", encryption=by_group("choice", "group-9", 9),
    ),
    # both kinds, each by itself
    case("each kind by its own ranks", *_BOTH, groups="finance legal staff desk",
         encryption=by_group("choice", "finance", 1), calling=by_group("desk", "desk", 1)),
    case("one group, another rank in each kind", *_BOTH, groups="staff",
         encryption=by_group("no-e2ee", "staff", 3), calling=by_group("quiet", "staff", 2)),
    case("a group of one kind alone", *_BOTH, groups="traders",
         calling=by_group("traders", "traders", 3)),
    case("groups that each have one kind", *_BOTH, groups="traders finance",
         encryption=by_group("choice", "finance", 1), calling=by_group("traders", "traders", 3)),
    case(
        "a person in one kind, a group in the other", *_BOTH, to_user("clerk@acme", "traders"),
        groups="finance desk", encryption=by_group("choice", "finance", 1),
        calling=by_user("traders"),
    ),
    case(
        "a person in one kind, the organisation in the other", to_user("clerk@acme", "desk"),
        to_all("choice"), encryption=Applied("choice"), calling=by_user("desk"),
    ),
    case("recorded by rule in one of two groups", *_CALLING_LADDER, groups="desk traders",
         calling=by_group("desk", "desk", 1)),
    case("the floor on versions is a term as others", to_group("new", 1, "newest"), groups="new",
         encryption=by_group("newest", "new", 1)),
)  # fmt: skip
