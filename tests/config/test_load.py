"""Reading a configuration from all its sources, well written or not."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_call.config.load import ConfigProblem, Loaded, ProblemKind, load_client, load_service
from tui_call.config.paths import ConfigFiles
from tui_call.config.schema import settings
from tui_call.config.sections import ClientConfig, ServiceConfig
from tui_call.config.values import InvalidValue, format_value, parse_text
from tui_call.config.write import FileNotWritten, write_setting


@pytest.fixture
def files(tmp_path: Path) -> ConfigFiles:
    return ConfigFiles(tmp_path / "system" / "client.toml", tmp_path / "client.toml")


def load(files: ConfigFiles, text: str | bytes = "", **more) -> Loaded[ClientConfig]:
    files.user.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_client(files, more.pop("environment", {}), **more)


def only(loaded: Loaded[ClientConfig]) -> ConfigProblem:
    (problem,) = loaded.problems
    return problem


def test_nothing_configured_gives_the_defaults(files):
    loaded = load_client(files, {})
    assert loaded.config == ClientConfig()
    assert set(loaded.sources.values()) == {"default"}
    assert loaded.problems == ()


def test_the_stronger_source_wins_and_each_value_knows_its_own(files):
    files.system.parent.mkdir()
    files.system.write_text('[e2ee]\ncalls = "off"\n[ui]\nglyphs = "ascii"\ncalm = true\n')
    loaded = load(
        files,
        '[e2ee]\ncalls = "on"\n[ui]\ntheme = "light"\n[audio]\ndelay_ms = 5\n',
        environment={"TUI_CALL_AUDIO__DELAY_MS": "700", "TUI_CALL_UI__CALM": "no", "HOME": "/"},
        flags={"audio.delay_ms": "900"},
    )
    config, sources = loaded.config, loaded.sources
    assert loaded.problems == ()
    assert (config.ui.glyphs, sources["ui.glyphs"]) == ("ascii", "system file")
    assert (config.e2ee.calls, sources["e2ee.calls"]) == ("on", "client.toml")
    assert (config.ui.calm, sources["ui.calm"]) == (False, "environment")
    assert (config.audio.delay_ms, sources["audio.delay_ms"]) == (900, "flag")
    assert (config.audio.microphone, sources["audio.microphone"]) == ("", "default")


@pytest.mark.parametrize(
    ("text", "kind", "line", "key", "hint"),
    [
        ('\n[e2ee]\ncals = "on"', "UNKNOWN_KEY", 3, "e2ee.cals", "e2ee.calls"),
        ('calls = "on"', "UNKNOWN_KEY", 1, "calls", "e2ee.calls"),
        ('[eee]\ncalls = "on"', "UNKNOWN_KEY", 1, "eee", "not known"),
        ("[e2ee]\n\ncalls = true", "WRONG_VALUE", 3, "e2ee.calls", "follow, off, on, require"),
        ('[e2ee]\ncalls = "requir"', "WRONG_VALUE", 2, "e2ee.calls", "did you mean require?"),
        ("[audio]\ndelay_ms = 10001", "WRONG_VALUE", 2, "audio.delay_ms", "from 0 to 10000"),
        ("[audio]\ndelay_ms = true", "WRONG_VALUE", 2, "audio.delay_ms", "whole number"),
        ('[audio]\nmicrophone = "a\\u001b[1m"', "WRONG_VALUE", 2, "audio.microphone", "text"),
        ("[ui]\ncalm = 1", "WRONG_VALUE", 2, "ui.calm", "true or false"),
        ('[network]\nice_servers = ["x"]', "WRONG_VALUE", 2, "network.ice_servers", "stun:"),
        ("[network]\nice_servers = [1]", "WRONG_VALUE", 2, "network.ice_servers", "stun:"),
        ("audio = 3", "WRONG_VALUE", 1, "audio", "[audio]"),
        ("keys = 3", "WRONG_VALUE", 1, "keys", "[keys]"),
        ('[keys]\n"talk.mute" = "ctrl+m"', "WRONG_VALUE", 2, "keys.talk.mute", "as Enter"),
        ('[keys]\n"talk.mut" = "x"', "UNKNOWN_KEY", 2, "keys.talk.mut", "keys.talk.mute?"),
        ('[keys]\n"Call Mute" = "x"', "UNKNOWN_KEY", 2, "keys.Call Mute", "not known"),
        ("[e2ee\n", "NOT_TOML", 1, "", "Expected"),
        ("\n\nx = = 1", "NOT_TOML", 3, "", "Invalid value"),
        ('a = """', "NOT_TOML", 1, "", "Unterminated"),
        (b"\n\xff\xfe", "NOT_TOML", 2, "", "UTF-8"),
        ("a = " + "[" * 100_000, "NOT_TOML", 1, "", "nested too deeply"),
        ("a = " + "9" * 10_000, "NOT_TOML", 1, "", "a number is too long"),
    ],
)
def test_a_mistake_is_a_problem_with_its_line_and_what_is_allowed(
    files, text, kind, line, key, hint
):
    loaded = load(files, text)
    problem = only(loaded)
    assert problem.kind is ProblemKind[kind]
    assert (problem.line, problem.key) == (line, key)
    assert hint in problem.hint
    assert str(files.user) in problem.detail
    assert problem.sentence.text
    assert loaded.config == ClientConfig()
    assert files.user.read_bytes() == (text if isinstance(text, bytes) else text.encode())


def test_a_wrong_key_leaves_the_right_ones_beside_it(files):
    loaded = load(files, '[audio]\ndelay_ms = "x"\nmicrophone = "Blue Yeti"\n')
    assert loaded.config.audio.microphone == "Blue Yeti"
    assert only(loaded).key == "audio.delay_ms"


def test_a_directory_in_place_of_the_file_is_a_problem(files):
    files.user.mkdir(parents=True)
    assert only(load_client(files, {})).kind is ProblemKind.UNREADABLE


def test_a_pipe_in_place_of_the_file_is_a_problem_and_not_waited_for(files):
    os.mkfifo(files.user)
    assert only(load_client(files, {})).kind is ProblemKind.UNREADABLE
    with pytest.raises(FileNotWritten, match="it is a pipe"):
        write_setting(files.user, "ui.calm", "true")


def test_a_mistake_in_the_environment_names_the_variable_s_key(files):
    loaded = load(
        files, environment={"TUI_CALL_E2EE__CALS": "on"}, flags={"audio.delay_ms": "soon"}
    )
    unknown, wrong = loaded.problems
    assert (unknown.source, unknown.key) == ("environment", "e2ee.cals")
    assert "e2ee.calls" in unknown.hint
    assert (wrong.source, wrong.key) == ("flag", "audio.delay_ms")
    assert wrong.sentence.code == "G_CONFIG_GIVEN"
    assert loaded.config == ClientConfig()


def test_client_and_service_share_an_environment(files):
    environment = {
        "TUI_CALL_SERVICE__PORT": "8443",
        "TUI_CALL_E2EE__CALLS": "on",
        "TUI_CALL_KEYS__TALK__MUTE": "x",
        "TUI_CALL_HOME": "/somewhere",
    }
    client, service = load_client(files, environment), load_service(files, environment)
    assert client.problems == service.problems == ()
    assert client.config.keys == {"talk.mute": "x"}
    assert service.config.service.port == 8443
    assert service.config.tls == ServiceConfig().tls


def test_bindings_may_be_quoted_or_dotted(files):
    loaded = load(files, '[keys]\n"talk.mute" = "x"\ncall.hold = "f5,H"\npeople.invite = ","\n')
    assert loaded.problems == ()
    assert loaded.config.keys == {"talk.mute": "x", "call.hold": "f5,H", "people.invite": ","}


@pytest.mark.parametrize(
    "key",
    [f"ctrl+{letter}" for letter in "mihj[abnstwz"]
    + ["ctrl+left_square_bracket", "alt+x", "", "a b", "q,ctrl+i", "hyper+x"],
)
def test_keys_that_terminals_keep_are_refused_with_a_sentence(files, key):
    loaded = load(files, f'[keys]\n"talk.mute" = "{key}"\n')
    assert only(loaded).hint
    assert loaded.config.keys == {}


def test_a_file_that_breaks_while_running_keeps_what_it_said_before(files):
    good = load(files, '[e2ee]\ncalls = "require"\n')
    broken = load(files, '[e2ee]\ncalls = "requ', previous=good)
    assert broken.config.e2ee.calls == "require"
    assert only(broken).kind is ProblemKind.NOT_TOML
    mended = load(files, '[e2ee]\ncalls = "off"\n', previous=broken)
    assert mended.config.e2ee.calls == "off"
    assert mended.problems == ()


def test_a_password_is_never_repeated_in_a_problem(files):
    loaded = load(files, '[network]\nice_servers = ["turn:ada:hunter2@"]\n')
    assert "hunter2" not in only(loaded).detail + only(loaded).sentence.text


def test_lines_are_found_among_comments_strings_and_arrays(files):
    text = (
        '# calls = "on"\n[audio]\nmicrophone = """\ndelay_ms = 1\n"""\n'
        '[network]\nice_servers = [\n  "turn:a:b@host?transport=udp",\n  "nonsense",\n]\n'
        "[audio.delay_ms]\n"
    )
    found = [(problem.key, problem.line) for problem in load(files, text).problems]
    assert found == [("audio.microphone", 3), ("audio.delay_ms", 11), ("network.ice_servers", 7)]
    arrays = '[[e2ee]]\ncalls = "on"\n'
    assert only(load(files, arrays)).line == 1
    assert only(load(files, 'ui = { calm = 1, glyphs = "ascii" }\n')).line == 1


@given(raw=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_file_stops_the_program(tmp_path_factory, raw):
    directory = tmp_path_factory.mktemp("any")
    loaded = load(ConfigFiles(directory / "none", directory / "client.toml"), raw)
    assert set(loaded.values) >= set(settings(ClientConfig))
    for problem in loaded.problems:
        assert problem.detail.isprintable()
        assert problem.line >= 1


@pytest.mark.parametrize("config", [ClientConfig, ServiceConfig])
def test_every_default_is_allowed_and_survives_being_text(config):
    for row in settings(config).values():
        assert parse_text(row, format_value(row.default)) == row.default
        for choice in row.choices:
            assert parse_text(row, choice) == choice


@pytest.mark.parametrize("text", ["", "1.5", "²", "9" * 30, "-1"])
def test_text_that_is_no_number_is_refused(text):
    with pytest.raises(InvalidValue):
        parse_text(settings(ClientConfig)["audio.delay_ms"], text)


def test_a_relative_path_lies_beside_the_file_that_names_it(files):
    text = '[audio]\ninput_file = "in/said.wav"\noutput_file = "~/heard.wav"\n'
    audio = load(files, text).config.audio
    assert audio.input_file == str(files.user.parent / "in" / "said.wav")
    assert audio.output_file == str(Path("~/heard.wav").expanduser())
    assert load(files, '[audio]\ninput_file = ""\n').config.audio.input_file == ""


def test_a_relative_path_of_a_service_lies_beside_its_file(files):
    files.user.write_text('[relay]\nsecret_file = "secret"\n[tls]\ncertificate = "/etc/c.pem"\n')
    config = load_service(files, {}).config
    assert config.relay.secret_file == str(files.user.parent / "secret")
    assert config.tls.certificate == "/etc/c.pem"


def test_a_list_is_written_with_commas():
    row = settings(ClientConfig)["network.ice_servers"]
    entries = ("stun:relay.example:3478", "turn:ada:secret@relay.example?transport=tcp")
    assert parse_text(row, " , ".join(entries)) == entries
    assert parse_text(row, format_value(entries)) == entries
