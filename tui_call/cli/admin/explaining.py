"""Why a policy applies to somebody, and what a call would be, rule by rule."""

from tui_call.cli.admin.showing import say, say_columns
from tui_call.sentences import text_of
from tui_call.signaling.administration_answers import Explained
from tui_call.signaling.administration_rows import RuleRow
from tui_call.signaling.operations import Kind
from tui_call.tui.admin_words import NOTHING, call_word

_GAPS = (2, 2, 2, 4)


def say_explained(explained: Explained, kind: Kind) -> None:
    """Print every rule of a kind that was tried, the setting, and the call that was asked about."""
    for decided in explained.kinds:
        if decided.kind == kind:
            applied = decided.applied
            what = f"{applied.value}, by {applied.policy}" if applied.value else applied.policy
            say(f"{explained.account}: {what}")
            say_columns([_rule(rule) for rule in decided.rules], _GAPS)
        elif decided.terms.get("compliance_recording"):
            say(text_of("A_BY_RULE", policy=decided.applied.policy))
    if kind == "encryption":
        say(text_of("A_SETTING", setting=explained.setting))
    if explained.client_too_old:
        say(text_of("A_CLIENT_OLD", ver=explained.client or NOTHING))
    if explained.call is not None:
        say(call_word(explained.call))


def _rule(rule: RuleRow) -> tuple[str, ...]:
    to = f"group rank {rule.rank}" if rule.to == "group" else rule.to
    return ("", to, rule.group or NOTHING, rule.policy, rule.result.replace("_", " "))
