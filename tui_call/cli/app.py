"""Opening the app."""

import click


def open_app(profile: str, *, linear: bool) -> None:
    """Show the full-screen app, or lines where the terminal cannot do more."""
    import os

    from tui_call.control import launch
    from tui_call.control.client import EngineClient

    async def attach(columns: int, rows: int) -> EngineClient:
        return await launch.attach(profile, "tui", columns, rows)

    if linear or os.environ.get("TERM", "dumb") == "dumb":
        from tui_call.tui.linear import run_linear

        run_linear(attach)
        return
    from tui_call.tui.app import TuiCallApp

    app = TuiCallApp(attach)
    app.run()
    if app.return_value:
        click.echo(app.return_value)
