"""A frame as a device sends it to the bridge."""

from collections.abc import Iterable

from tui_call.payload import NUMBER_BYTES, Block, block_bytes, encode_payload


def whole_frame(number: int, blocks: Iterable[Block]) -> bytes:
    """Return a frame without padding."""
    said = tuple(blocks)
    return encode_payload(number, said, NUMBER_BYTES + block_bytes(said) + 1)
