"""Themes: dark, light, mono and the terminal's own colours.

Colour only repeats what a word or a shape says.
"""

from textual.theme import BUILTIN_THEMES, Theme

THEMES = (
    Theme(
        name="dark",
        primary="#7aa2c8",
        secondary="#8a94a3",
        accent="#8fbcd4",
        warning="#e0b25c",
        error="#f0716c",
        success="#7fc08a",
        foreground="#d8dce2",
        background="#14171c",
        surface="#1b1f26",
        panel="#232932",
        variables={
            "rule": "#3d4654",
            "bar": "#1e242d",
            "selected": "#2c3644",
            "soft": "#929dab",
            "key": "#8fbcd4",
        },
    ),
    Theme(
        name="light",
        primary="#2b5f8a",
        secondary="#5c6673",
        accent="#1f5f86",
        warning="#8a5a00",
        error="#b3261e",
        success="#1f6b34",
        foreground="#1c2128",
        background="#fafaf8",
        surface="#f0f0ec",
        panel="#e6e6e1",
        dark=False,
        variables={
            "rule": "#b9bcc0",
            "bar": "#ecece7",
            "selected": "#d7e3ee",
            "soft": "#5f6975",
            "key": "#1f5f86",
        },
    ),
    Theme(
        name="mono",
        primary="#d0d0d0",
        secondary="#b0b0b0",
        accent="#ffffff",
        warning="#ffffff",
        error="#ffffff",
        success="#ffffff",
        foreground="#d8d8d8",
        background="#000000",
        surface="#000000",
        panel="#101010",
        variables={
            "rule": "#808080",
            "bar": "#000000",
            "selected": "#303030",
            "soft": "#b4b4b4",
            "key": "#ffffff",
        },
    ),
    Theme(
        name="ansi",
        primary="ansi_blue",
        secondary="ansi_cyan",
        accent="ansi_cyan",
        warning="ansi_yellow",
        error="ansi_red",
        success="ansi_green",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        ansi=True,
        variables={
            **BUILTIN_THEMES["ansi-dark"].variables,
            "rule": "ansi_bright_black",
            "bar": "ansi_default",
            "selected": "ansi_default",
            "soft": "ansi_default",
            "key": "ansi_cyan",
        },
    ),
)
NAMES = tuple(theme.name for theme in THEMES)


def theme_name(setting: str) -> str:
    """Return the theme for a value of `ui.theme`; dark for one that is not known."""
    return setting if setting in NAMES else "dark"
