"""The lines that `python -m bench` prints: what must be, what we have, what a stock call has."""

from collections.abc import Iterable
from dataclasses import dataclass

from bench.calls import Figures, Network
from bench.hour import Hour
from bench.screen_cost import ScreenCost

CLEAN = Network()
LOSSES = {loss: Network(loss=loss) for loss in (5, 10, 20, 30)}
BURSTS = Network(loss=10, burst=3)
JITTERY = Network(jitter=60)
OUTAGE = Network(outage=200)
ALL = (CLEAN, *LOSSES.values(), BURSTS, JITTERY, OUTAGE)
PESQ_AT_LEAST = {0: 3.9, 5: 3.6, 10: 3.4, 20: 3.0, 30: 2.6}

_WHOLE_FROM = 10  # a bar of so much needs no decimals


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        at_most: whether `bar` is the highest allowed value, else the lowest.
    """

    what: str
    bar: float
    at_most: bool
    unit: str
    ours: float | None
    stock: float | None = None

    @property
    def met(self) -> bool:
        """Whether there is a figure, and it is as it must be."""
        if self.ours is None:
            return False
        return self.ours <= self.bar if self.at_most else self.ours >= self.bar

    def __str__(self) -> str:
        bar = f"{'≤' if self.at_most else '≥'} {self._shown(self.bar)}"
        stock = "" if self.stock is None else self._shown(self.stock)
        ours = "no figure" if self.ours is None else self._shown(self.ours)
        return f"{self.what:<40}{bar:>10}{ours:>12}{stock:>14}   {'' if self.met else 'not met'}"

    def _shown(self, value: float) -> str:
        digits = 0 if self.bar == 0 or self.bar >= _WHOLE_FROM else 2
        return f"{value:.{digits}f}{self.unit}"


def heading(beside: str = "stock aiortc") -> str:
    """Return the line above the others; `beside` names whose figures stand in the last column."""
    return f"{'':<40}{'must be':>10}{'tui-call':>12}{beside:>14}"


def print_rows(rows: Iterable[Row]) -> int:
    """Print each line as soon as it is measured; return an exit status, 1 where one is not met."""
    status = 0
    for row in rows:
        print(row, flush=True)
        if not row.met:
            status = 1
    return status


def call_rows(ours: dict[Network, Figures], stock: dict[Network, Figures]) -> list[Row]:
    """Return the lines for calls over the networks that were measured."""
    clean, stock_clean = ours[CLEAN], stock[CLEAN]
    table = [
        Row("mouth to ear, median", 45, True, " ms", clean.delay, stock_clean.delay),
        Row("mouth to ear, p99", 60, True, " ms", clean.delay_p99, stock_clean.delay_p99),
        Row("set-up, call to keys and path", 500, True, " ms", clean.set_up),
    ]
    for network in (CLEAN, *LOSSES.values()):
        if network in ours:
            bar = PESQ_AT_LEAST[round(network.loss)]
            what = f"PESQ wide band, {network.loss:.0f} % loss"
            table.append(Row(what, bar, False, "", ours[network].pesq, stock[network].pesq))
    if (ten := LOSSES[10]) in ours:
        table += _against_stock(ours[ten], stock[ten])
    if BURSTS in ours:
        pesq, stock_pesq = ours[BURSTS].pesq, stock[BURSTS].pesq
        table.append(Row("PESQ wide band, 10 % in bursts of 3", 2.5, False, "", pesq, stock_pesq))
    if JITTERY in ours:
        bad, stock_bad = ours[JITTERY], stock[JITTERY]
        table += [
            Row("jitter 0-60 ms: mouth to ear", 110, True, " ms", bad.delay, stock_bad.delay),
            Row("jitter 0-60 ms: frames made up", 0, True, "", bad.concealed),
            Row("jitter 0-60 ms: PESQ wide band", 3.4, False, "", bad.pesq, stock_bad.pesq),
        ]
    if OUTAGE in ours:
        left, stock_left = ours[OUTAGE].left_by_outage, stock[OUTAGE].left_by_outage
        table.append(Row("200 ms outage: delay 5 s later", 10, True, " ms", left, stock_left))
    return table


def screen_rows(cost: ScreenCost) -> list[Row]:
    """Return the lines for what the screen writes, and what it takes beside bare Textual."""
    return [
        Row("written to the terminal in a call", 4, True, " KB/s", cost.written),
        Row("  in one of eight, three speaking", 8, True, " KB/s", cost.written_by_eight),
        Row("screen in a call, beside bare levels", 0.95, True, " x", cost.beside_bare),
        Row("one presence change of 2,000 people", 10, True, " ms", cost.change_ms),
        Row("first screen, beside bare Textual", 2.2, True, " x", cost.first_screen),
    ]


def hour_rows(calls: list[Hour]) -> list[Row]:
    """Return the lines for hours in virtual time, by the worst of them."""
    clicks = max(len(call.clicks) for call in calls)
    grew = max(call.delay_grew for call in calls)
    return [
        Row("an hour, 2 % loss, 11 paths more: clicks", 0, True, "", clicks),
        Row("  delay at its end against its beginning", 20, True, " ms", grew * 1000),
    ]


def _against_stock(ours: Figures, stock: Figures) -> list[Row]:
    ratio = ours.delay / stock.delay if ours.delay and stock.delay else None
    gain = ours.pesq - stock.pesq if ours.pesq and stock.pesq else None
    return [
        Row("10 % loss: part of stock's delay", 1 / 3, True, "", ratio),
        Row("10 % loss: PESQ above stock's", 1.0, False, "", gain),
    ]
