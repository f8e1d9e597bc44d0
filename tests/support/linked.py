"""Further devices of a person, linked by the commands that a person types."""

from tests.support.engines import Home, Person


async def linked(home: Home, first: str, new: str, *options: str, **environment: str) -> Person:
    """Link a device by what `device link` prints, and return it."""
    printed = await home.command("--profile", first, "device", "link", "--no-qr", "--no-wait")
    link = printed.output.splitlines()[0]
    assert link.startswith("tui-call://")
    assert "/link?" in link
    person = await home.engine(new, **environment)
    said = await home.command(
        "--profile", new, "join", link, "--protection", "plain", "--device-name", new, *options
    )
    assert said.status == 0, said.errors
    assert f"this device, {new}, is now one of" in said.output
    await person.until(lambda one: one.snapshot.service.state == "online")
    return person
