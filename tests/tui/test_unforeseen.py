"""What nobody foresaw, in an application on the whole screen."""

import pytest
from textual.drivers.headless_driver import HeadlessDriver

from tui_call.tui.themed import ThemedApp


class Faulty(ThemedApp[str]):
    """Fails as soon as it is shown, with something that is nobody's business."""

    def on_mount(self) -> None:
        secret = "the passphrase"
        raise ZeroDivisionError(secret)


def test_it_ends_the_application_and_prints_nothing_of_what_was_worked_with(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(ZeroDivisionError):
        Faulty(HeadlessDriver).show()
    assert capfd.readouterr() == ("", "")
