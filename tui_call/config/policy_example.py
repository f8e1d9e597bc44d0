"""The example of a file of policies: every term with its default, a staged rollout, two tests."""

import tomlkit

from tui_call.permissions.policies import E2EECalls
from tui_call.permissions.terms import CallingTerms, EncryptionTerms, Terms, as_mapping
from tui_call.sentences import text_of

POLICY_FILE = "policies.toml"
_ALLOWED = {"e2ee_calls": ", ".join(E2EECalls)}
_TEMPLATE = """\
# {file}: policies, to whom they are granted, and what has to hold afterwards.
#
#   tui-call admin policy apply {file} --what-if    tells what it would do
#   tui-call admin policy apply {file}              does it, where the tests below hold
#   tui-call admin policy export                           prints what there is in this form
#
# One policy of a kind applies to a person: the one granted to the person, else that of the group
# whose grant has the highest rank (1 is highest), else the organisation's. What a policy leaves out
# has its default. What this file does not name stays, unless --prune is said.

# What applies where nothing else does.
[[policy]]
name = "organisation"
e2ee_calls = "disabled"

# Every term of an encryption policy; all but the first have their defaults here.
[[policy]]
name = "e2ee-rollout"
{encryption}
# Every term of a calling policy, for calls that are not E2EE, with its default.
[[policy]]
name = "calls"
{calling}
# The rollout, in stages. The first: one group.
[[grant]]
policy = "e2ee-rollout"
group = "pilot"
rank = 1

# The second: one more. Take the "#" away, look with --what-if, apply.
#[[grant]]
#policy = "e2ee-rollout"
#group = "finance"
#rank = 2

# The last: everybody; the second test below then says true. The groups' grants may stay or go.
#[[grant]]
#policy = "e2ee-rollout"
#organisation = true

# What has to hold afterwards, or nothing is applied: what somebody's policy says, and whether an
# E2EE call between two people is allowed.
[[test]]
user = "clerk@acme"
e2ee_calls = "user_choice"

[[test]]
call = ["clerk@acme", "chief@acme"]
allowed = false
"""


def render_policies() -> str:
    """Return the example file."""
    return _TEMPLATE.format(
        file=POLICY_FILE,
        encryption=_terms(EncryptionTerms(e2ee_calls=E2EECalls.USER_CHOICE)),
        calling=_terms(CallingTerms()),
    )


def _terms(terms: Terms) -> str:
    return "".join(
        f"# {text_of('A_TERM', name)}{_allowed(name)}\n{name} = {tomlkit.item(value).as_string()}\n"
        for name, value in as_mapping(terms).items()
    )


def _allowed(name: str) -> str:
    return f" ({_ALLOWED[name]})" if name in _ALLOWED else ""
