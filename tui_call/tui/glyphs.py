"""Symbols, and the same in ASCII: `ui.glyphs = "ascii"` for terminals and fonts without them."""

from textual.content import Content

BAR_FULL = "█"
BAR_EMPTY = "░"
BARS = {"good": "▂▄▆█", "fair": "▂▄▆", "poor": "▂▄", "lost": "▂"}

# One character for one, so that columns stay aligned; shields are longer and come first.
_ASCII = str.maketrans(
    {
        "█": "#", "░": ".", "▕": "[", "▏": "]", "▂": ".", "▄": ":", "▆": "|", "─": "-", "│": "|",
        "●": "*", "○": "o", "→": ">", "←": "<", "↓": "v", "↑": "^", "✖": "x", "⛨": "E", "…": "~",
        "·": "-", "▀": "^", "▁": "_", "▃": "-", "▅": "=", "▇": "^", "×": "x", "—": "-",
        "╭": "+", "╮": "+", "╰": "+", "╯": "+", "┄": ".", "┊": ":", "═": "=", "╌": "-",
    }
)  # fmt: skip
_SHIELDS = {"⛨": "[E]", "✖": "[X]", "○": "[ ]", "…": "...", "?": "[?]"}
_WARNING_LABELS = ("NEW KEY", "COMPARE NOW")
_BANDS = {"⛨": "$success", "✖": "$error", "○": "$warning", "…": "$accent", "?": "$error"}


def shield(label: str, ascii_only: bool) -> str:
    """Return a shield's label with its symbol as this terminal can show it.

    Args:
        label: for example "⛨ E2EE compared".
        ascii_only: give `[E]`, `[!]`, `[X]` and `[ ]` instead of the symbols.
    """
    symbol, _, words = label.partition(" ")
    if not ascii_only or symbol not in _SHIELDS:
        return label
    if any(warning in words for warning in _WARNING_LABELS):
        return f"[!] {words}"
    return f"{_SHIELDS[symbol]} {words}"


def shield_style(label: str) -> str:
    """Return the style of a shield: its colour repeats what symbol and words say."""
    symbol, _, words = label.partition(" ")
    if symbol == "⛨" and (any(warning in words for warning in _WARNING_LABELS) or "not" in words):
        return "bold $warning"
    if symbol == "⛨" and words.endswith("new"):
        return "bold $warning"
    return f"bold {_BANDS.get(symbol, '$foreground')}"


def in_ascii(content: Content) -> Content:
    """Return a line with each symbol replaced by one ASCII character."""
    return Content(content.plain.translate(_ASCII), spans=list(content.spans))
