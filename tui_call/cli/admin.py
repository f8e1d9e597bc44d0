"""Administration from the command line: who may have E2EE calls."""

from typing import Literal

import click

from tui_call.cli.session import be_online, run, say, say_json
from tui_call.control.client import EngineClient
from tui_call.control.messages import ChangePolicy

Allowed = Literal["disabled", "user_choice", "required"]


@click.group()
def admin() -> None:
    """Administer the organisation; for accounts with the role admin."""


@admin.command()
@click.option(
    "--e2ee-calls",
    type=click.Choice(["disabled", "user_choice", "required"]),
    help="Rule E2EE calls out, leave them to each person, or require them.",
)
@click.option(
    "--require-compared/--no-require-compared",
    default=None,
    help="End calls that nobody compares after two minutes, or let them go on.",
)
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
@click.pass_obj
def policy(
    profile: str, e2ee_calls: Allowed | None, require_compared: bool | None, as_json: bool
) -> None:
    """Show the organisation's encryption policy, or change it."""

    async def work(client: EngineClient) -> None:
        await be_online(client)
        if e2ee_calls is not None or require_compared is not None:
            await client.command(ChangePolicy(e2ee_calls, require_compared))
        encryption = client.snapshot.encryption
        allows = e2ee_calls or encryption.policy_allows
        told = encryption.require_compared if require_compared is None else require_compared
        if as_json:
            values = {"e2ee_calls": allows, "require_compared": told}
            say_json({"policy": encryption.policy, **values})
        else:
            must = "yes" if told else "no"
            say(f"policy {encryption.policy}: e2ee_calls = {allows}, require_compared = {must}")

    run(profile, work)
