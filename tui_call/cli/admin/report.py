"""`tui-call admin report`: how far each policy has come."""

import click

from tui_call.cli.admin.asking import AdminConversation, ask_service
from tui_call.cli.admin.showing import say_table
from tui_call.cli.session import json_option, say_json
from tui_call.sentences import paragraph_of
from tui_call.signaling.administration import AskReport
from tui_call.signaling.administration_answers import Reported
from tui_call.signaling.administration_rows import ReportRow
from tui_call.tui.admin_words import term_word

_HEAD = ("policy", "E2EE calls", "people", "turned on", "client too old", "never seen")


@click.command(help=paragraph_of("H_ADMIN_REPORT"))
@json_option
@click.pass_obj
def report(profile: str, as_json: bool) -> None:
    """Print a line a policy."""

    async def work(conversation: AdminConversation) -> None:
        reported = await conversation.ask(AskReport(), Reported)
        if as_json:
            say_json({"policies": reported.rows})
        else:
            say_table(_HEAD, list(map(_row, reported.rows)), "A_NO_POLICIES")

    ask_service(profile, work)


def _row(row: ReportRow) -> tuple[str, ...]:
    numbers = (row.people, row.turned_on, row.client_too_old, row.never_seen)
    return (row.policy, term_word(row.value), *map(str, numbers))
