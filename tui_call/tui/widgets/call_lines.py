"""Lines of a call around its stage: what it is, what becomes of it, and what can be done in it."""

from collections.abc import Callable
from datetime import tzinfo

from msgspec.structs import replace
from textual.content import Content

from tui_call.control.figures import summary
from tui_call.control.lines import Statistics
from tui_call.control.views import CallView, CapabilityView, KeptView, SentenceView
from tui_call.sentences import FIELD_CELLS, text_of
from tui_call.tui import lines, moments, several
from tui_call.tui.kept_marks import MARKS, kept_of
from tui_call.tui.widgets.cards import first_name
from tui_call.tui.widgets.chips import label_of, written
from tui_call.tui.widgets.rows import Row

_LABEL_CELLS = 19
_PHASE_CELLS = 30
"""Beside the people of whom a line says what they do, at most."""
_CAPABILITIES = {"recording": "record", "transcript": "transcript"}
_OUT = ("asked", "refused")


def sentences(call: CallView | None, width: int) -> list[Content]:
    """Return who can hear a call and why it is not E2EE, or how it ended."""
    if call is None:
        return [Content(" " + text_of("N_NOCALL"))]
    said = call.end_reason if call.phase == "ended" and call.end_reason else call.shield
    told = (said.text, said.why) if said.why else (said.text,)
    if call.why_standard is not None and call.phase != "ended":
        told = (said.text, call.why_standard.text)
    return [lines.line(" ", lines.text(lines.shortened(text, width - 2))) for text in told]


def moving(call: CallView | None, width: int) -> list[Content]:
    """Say what becomes of the people here: who is asked first, who is transferred."""
    if call is None or call.transfer is None:
        return []
    return lines.wrapped(call.transfer.text, width, " ", lines.STRONG)


def problem(said: SentenceView | None, width: int) -> list[Content]:
    """Say what is wrong with the sound here."""
    if said is None:
        return []
    row = lines.line((" ! ", "bold $warning"), lines.text(said.text))
    return [row.truncate(width, ellipsis=True)]


def waiting(call: CallView | None, statistics: Statistics | None, width: int) -> list[Content]:
    """Say what is waited for before there is sound, or what there was of it.

    Args:
        call: the call, None without one.
        statistics: its figures, None without any.
        width: cells.
    """
    if call is None or call.phase == "active":
        return []
    phase = "none" if call.phase == "ended" and not call.started else call.phase
    rung = tuple(one for one in call.members if one.state == "ringing" and phase == "ringing")
    with_them = replace(call, members=rung or call.members)
    whom = several.everybody(with_them, width - _PHASE_CELLS).plain
    doing = text_of("T_PHASE", phase, whom=whom)
    rows = [Content(""), lines.line("   ", lines.marked(doing, whom))]
    if len(with_them.members) == 1:
        rows.append(lines.line("   ", lines.text(with_them.member.account, lines.SOFT)))
    if call.phase == "ended" and statistics is not None:
        rows += [Content(""), Content(f"   {summary(statistics)}")]
    if call.phase in ("setup", "ringing"):
        rows += [Content(""), Content("   " + text_of("T_MIC_LATER"))]
    return [row.truncate(width, ellipsis=True) for row in [*rows, Content("")]]


def kept(
    call: CallView | None, zone: tzinfo | None, key: Callable[[str, str], str], width: int
) -> list[Content]:
    """Say what is being kept of a call: by whom, since when, whether of the person here too.

    Args:
        call: the call, None without one.
        zone: time zone of what is shown, None for this computer's.
        key: gives the key of a row of the table as it is written on the screen.
        width: cells.
    """
    rows: list[Content] = []
    outs = _out_of(call) if call is not None else []
    for kind, view in kept_of(call):
        usable = key(f"call.{_CAPABILITIES[kind]}", "") if view.by else ""
        stops = lines.line((usable, lines.KEY), f" {text_of('T_STOP')} ") if usable else Content()
        mark = lines.line(" ", (MARKS[kind], "bold $key"), "  ")
        long, *shorter = _started(view, zone)
        starts = (f"{text_of('T_KEPT_WHAT', kind)} {long}", *shorter)
        who = outs if view.by else [""]  # what a rule keeps leaves nobody out
        said = [lines.text(f"{start}. {out}".rstrip()) for out in who for start in starts]
        room = width - mark.cell_length - stops.cell_length - 1
        fitting = next((one for one in said if one.cell_length <= room), said[-1])
        rows.append(lines.spread(lines.line(mark, fitting), stops, width))
    return rows


def _out_of(call: CallView) -> list[str]:
    """Return of whom nothing is kept, whoever starts to keep: the person here before others.

    First names follow in short where the whole ones have no room.
    """
    if call.own_kept in _OUT:
        return [text_of("T_KEPT_OWN", call.own_kept)]
    names = [member.name for member in call.members if member.kept in _OUT]
    if not names:
        return [""]
    whole = [first_name(name, FIELD_CELLS) for name in names]
    ways = (whole, map(first_name, names))
    return [text_of("T_KEPT_OWN", "others", names=", ".join(way)) for way in ways]


def _started(view: KeptView, zone: tzinfo | None) -> list[str]:
    """Return who started what is kept, and when; then in fewer words where there are such."""
    if view.starting:
        return [text_of("T_KEPT", "starting", who=view.by)]
    hows = (["tracks"] if view.tracks else [""]) + ["short"] if view.by else ["by rule"]
    time = moments.clock(view.since, zone)[:5]
    return [text_of("T_KEPT", how, who=view.by, time=time) for how in hows]


def capability_row(
    capability: CapabilityView,
    call: CallView,
    key: Callable[[str, str], str],
    zone: tzinfo | None,
    *,
    reads: bool,
) -> Row:
    """Return a row of what a call may do, with the reason where it may not.

    Args:
        capability: what it is about.
        call: the call.
        key: gives the key of a row of the table as it is written on the screen.
        zone: time zone of what is shown, None for this computer's.
        reads: this screen shows captions of the call.
    """
    head = lines.line(
        lines.column(written(capability, key), 4, lines.KEY),
        lines.column(label_of(capability, call, reads=reads), _LABEL_CELLS),
    )
    kept_now = {_CAPABILITIES[kind]: view for kind, view in kept_of(call)}
    running = kept_now.get(capability.name)
    if running is not None:
        return Row(capability.name, lines.line(head, lines.text(_started(running, zone)[0])))
    if capability.on:
        return Row(capability.name, head)
    short = lines.text(capability.short, lines.SOFT)
    return Row(capability.name, lines.line(head, ("off  ", lines.WARN), short))
