"""Administration from the command line: who may have E2EE calls."""

from typing import get_args

import click

from tui_call.cli.session import be_online, run, say, say_json
from tui_call.control.actions import ChangePolicy, PolicyAllows
from tui_call.control.client import EngineClient
from tui_call.sentences import paragraph_of


@click.command(help=paragraph_of("H_ADMIN_POLICY"))
@click.option(
    "--e2ee-calls",
    type=click.Choice(get_args(PolicyAllows)),
    help="Rule E2EE calls out, leave them to each person, or require them.",
)
@click.option(
    "--require-compared/--no-require-compared",
    default=None,
    help="End calls that nobody compares after two minutes, or let them go on.",
)
@click.option(
    "--relay-only/--no-relay-only",
    default=None,
    help="Send sound only through a relay, or straight where that is possible.",
)
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
@click.pass_obj
def policy(
    profile: str,
    e2ee_calls: PolicyAllows | None,
    require_compared: bool | None,
    relay_only: bool | None,
    as_json: bool,
) -> None:
    """Show the organisation's encryption policy, or change it."""

    async def work(client: EngineClient) -> None:
        await be_online(client)
        change = ChangePolicy(e2ee_calls, require_compared, relay_only)
        if change != ChangePolicy():
            await client.command(change)
        encryption = client.snapshot.encryption
        values: dict[str, str | bool] = {
            "e2ee_calls": e2ee_calls or encryption.policy_allows,
            "require_compared": _told(require_compared, encryption.require_compared),
            "relay_only": _told(relay_only, encryption.relay_only),
        }
        if as_json:
            say_json({"policy": encryption.policy, **values})
        else:
            shown = (f"{key} = {_worded(value)}" for key, value in values.items())
            say(f"policy {encryption.policy}: {', '.join(shown)}")

    run(profile, work)


def _told(change: bool | None, before: bool) -> bool:
    return before if change is None else change


def _worded(value: str | bool) -> str:
    if isinstance(value, str):
        return value
    return "yes" if value else "no"
