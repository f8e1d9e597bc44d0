"""Administration from the command line: who may have E2EE calls."""

import click

from tui_call.cli.session import be_online, run, say, say_json
from tui_call.control.client import EngineClient
from tui_call.control.messages import ChangePolicy


@click.group()
def admin() -> None:
    """Administer the organisation; for accounts with the role admin."""


@admin.command()
@click.option(
    "--e2ee-calls",
    type=click.Choice(["disabled", "user_choice", "required"]),
    help="Rule E2EE calls out, leave them to each person, or require them.",
)
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
@click.pass_obj
def policy(profile: str, e2ee_calls: str | None, as_json: bool) -> None:
    """Show the organisation's encryption policy, or change it."""

    async def work(client: EngineClient) -> None:
        await be_online(client)
        if e2ee_calls:
            await client.command(ChangePolicy(e2ee_calls))  # pyright: ignore[reportArgumentType]
        encryption = client.snapshot.encryption
        allows = e2ee_calls or encryption.policy_allows
        if as_json:
            say_json({"policy": encryption.policy, "e2ee_calls": allows})
        else:
            say(f"policy {encryption.policy}: e2ee_calls = {allows}")

    run(profile, work)
