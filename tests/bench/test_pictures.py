"""The pictures: what is in them, and that curves end where nothing was heard."""

from xml.etree import ElementTree as ET

from bench.pictures import delay_over_time, pesq_against_loss

SVG = "{http://www.w3.org/2000/svg}"


def test_a_better_call_is_higher_up_and_its_name_is_there() -> None:
    picture = ET.fromstring(
        pesq_against_loss(
            {"tui-call": [(0, 4.0), (30, 3.0)], "stock aiortc": [(0, 4.0), (30, 1.0)]}
        )
    )
    ours, stock = (
        [float(pair.split(",")[1]) for pair in line.attrib["points"].split()]
        for line in picture.iter(f"{SVG}polyline")
    )
    assert ours[0] == stock[0]
    assert ours[1] < stock[1], "up is less in an SVG"
    words = {text.text for text in picture.iter(f"{SVG}text")}
    assert {"tui-call", "stock aiortc", "30"} <= words


def test_a_pause_in_what_was_heard_is_one_in_the_curve() -> None:
    course = tuple((n / 10, 40.0) for n in range(100) if not 30 <= n < 50)
    picture = ET.fromstring(delay_over_time({"tui-call": course}))
    pieces = [line.attrib["points"].split() for line in picture.iter(f"{SVG}polyline")]
    assert [len(piece) for piece in pieces] == [30, 50]
