"""QR codes in half blocks: two modules above each other are one cell."""

from textual.content import Content

_QUIET = 2
_HALVES = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}


def qr_lines(data: str) -> list[Content]:
    """Return a QR code, dark on light whatever the theme, with a quiet zone of two modules.

    Args:
        data: what a camera shall read.
    """
    import segno  # with all formats of pictures that it writes: not before one is looked at

    code = segno.make(data, error="m" if data.isdigit() else "l", micro=False)
    matrix = [[bool(module) for module in row] for row in code.matrix_iter(border=_QUIET)]
    if len(matrix) % 2:
        matrix.append([False] * len(matrix[0]))
    return [
        Content.styled(
            "".join(_HALVES[pair] for pair in zip(upper, lower, strict=True)), "#ffffff on #000000"
        )
        for upper, lower in zip(matrix[::2], matrix[1::2], strict=True)
    ]
