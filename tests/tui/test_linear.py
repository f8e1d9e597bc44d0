import asyncio
from datetime import UTC

from tests.support.fake_engine import (
    HOSTILE,
    NOW,
    FakeEngine,
    active_call,
    new,
    person,
    ready,
    ringing_call,
    said,
)
from tui_call.control import messages
from tui_call.control.messages import NoteView, SetUp, Snapshot
from tui_call.tui.linear import Linear

IN_CALL = ready(call=active_call())


class Talk:
    """A person at the prompt: types lines, hears lines."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.engine = FakeEngine(snapshot)
        self.heard: list[str] = []
        self.typed: asyncio.Queue[str | None] = asyncio.Queue()

    async def says(self, *lines: str, then_quits: bool = True) -> list[str]:
        for line in (*lines, *(["quit"] if then_quits else [])):
            self.typed.put_nowait(line + "\n")
        await Linear(self.engine, self.typed.get, self.heard.append, UTC).run()
        return self.heard


async def test_status_is_one_line_with_the_shield_first() -> None:
    heard = await Talk(IN_CALL).says("status")
    assert heard[-2] == "⛨ E2EE compared, Grace Hopper, active, microphone on, quality good."
    assert heard[-1] == "The call goes on in the background. tui-call shows it again."


async def test_verbs_are_actions() -> None:
    talk = Talk(IN_CALL)
    await talk.says("call Grace", "answer muted", "decline", "mute", "hold", "note hi there",
                    "match", "add eve@acme", "end")  # fmt: skip
    assert talk.engine.actions == [
        messages.Call("Grace"),
        messages.Answer(muted=True),
        messages.Decline(),
        messages.Mute(),
        messages.Hold(),
        messages.Note("hi there"),
        messages.Compare("match"),
        messages.AddContact("eve@acme"),
        messages.HangUp(),
    ]


async def test_differing_is_said_twice() -> None:
    talk = Talk(IN_CALL)
    await talk.says("differ", "status", "differ", "differ")
    assert talk.engine.actions == [messages.Compare("differ")]


async def test_codes_are_read_in_groups() -> None:
    heard = await Talk(IN_CALL).says("keys")
    assert "digits: you read 4821, 9930, 1274. They read 8853, 0021." in heard
    assert any(line.startswith("words: you read anchor, velvet, orbit.") for line in heard)


async def test_reasons_people_and_past_calls() -> None:
    heard = "\n".join(await Talk(IN_CALL).says("why", "people", "calls", "help", "nonsense"))
    assert "Record: Recording is off: only your two devices have the sound." in heard
    assert "Alan Turing, alan@acme, in a call" in heard
    assert "missed, Grace Hopper: Grace Hopper stopped ringing." in heard
    assert "There is no verb nonsense." in heard


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_what_happens_is_told() -> None:
    talk = Talk(ready())
    running = asyncio.create_task(talk.says(then_quits=False))
    await settle()
    for call in (ringing_call(), active_call(direction="incoming")):
        talk.engine.change(call=call)
        await settle()
    talk.engine.change_call(notes=(NoteView(NOW, False, HOSTILE),))
    await settle()
    talk.engine.change_call(phase="ended", end_reason=said("G_ENDED", dur="1:00", who="Grace"))
    await settle()
    talk.engine.die()
    await running
    assert "Grace Hopper calls. answer or decline?" in talk.heard
    assert "Microphone: on." in talk.heard
    note = next(line for line in talk.heard if line.startswith("Note from"))
    assert note.startswith("Note from Grace Hopper: [@click=app.quit]Mallory[/] [31;1mred")
    assert not {"\x1b", "\x9b", "\u202e"} & set(note)
    assert talk.heard[-2:] == [
        "Call ended after 1:00. Grace hung up.",
        "This screen lost the engine. The call may still be running.",
    ]


async def test_a_long_name_does_not_hide_the_question() -> None:
    talk = Talk(ready())
    talk.engine.push(messages.changed(1, "call", None))
    prompt = Linear(talk.engine, talk.typed.get, talk.heard.append, UTC)
    talk.engine.snapshot = ready(call=ringing_call(person(HOSTILE)))
    talk.engine.die()
    await prompt.run()
    assert any("calls. answer or decline?" in line for line in talk.heard)


async def test_first_use() -> None:
    talk = Talk(new())
    talk.engine.refuse(SetUp, "unavailable", said("N_KEYRING"))
    await talk.says("", "Ada", "maybe", "on", "passphrase", "a long one")
    assert talk.engine.actions == [
        SetUp("Ada", True),
        SetUp("Ada", True, "", "passphrase", "a long one"),
    ]


async def test_a_refusal_is_a_sentence() -> None:
    talk = Talk(ready())
    talk.engine.refuse(messages.Call, "gate", said("R_OFFLINE", "caller", peer="Grace"))
    heard = await talk.says("call grace@acme")
    assert "Grace is offline. A missed call was left." in heard
