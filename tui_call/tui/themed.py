"""An application in the colours of the themes, of whose style sheet nothing is parsed twice."""

from typing import TypeVar

from textual.app import App
from textual.css.stylesheet import Stylesheet
from textual.driver import Driver

from tui_call.tui.themes import THEMES, theme_name

_Result = TypeVar("_Result")


class ParsedOnce(Stylesheet):
    """Keeps what was parsed as long as the colours stay.

    Textual 8.2 parses everything anew for each screen that is shown for the first time, twice.
    """

    def set_variables(self, variables: dict[str, str]) -> None:
        """Forget what was parsed with other colours."""
        if variables != self._variables:
            super().set_variables(variables)

    def reparse(self) -> None:
        """Parse what is new, which after other colours is everything."""
        self.parse()


class ThemedApp(App[_Result]):
    """An application that begins in the first theme.

    Args:
        driver_class: Textual's driver, for tests.
    """

    def __init__(self, driver_class: type[Driver] | None = None) -> None:
        super().__init__(driver_class)
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = theme_name("")
        self.stylesheet = ParsedOnce(variables=self.get_css_variables())

    def show(self) -> _Result | None:
        """Run in the terminal until it ends, and return with what.

        Raises:
            Exception: what nobody foresaw, which ended it.
        """
        result = self.run()
        if self._exception is not None:
            raise self._exception
        return result

    def _fatal_error(self) -> None:
        """End. Textual would print all that was worked with first: names and secrets are there."""
        self._close_messages_no_wait()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return the own variables of the first theme, for themes that are Textual's."""
        return dict(THEMES[0].variables)
