"""The example files made from the schema."""

import re
import tomllib
from pathlib import Path

import pytest

from tui_call.config.load import load_client, load_service
from tui_call.config.paths import ConfigFiles
from tui_call.config.render import main, render
from tui_call.config.schema import settings
from tui_call.config.sections import ClientConfig, ServiceConfig

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("config_class", "load"), [(ClientConfig, load_client), (ServiceConfig, load_service)]
)
def test_uncommented_the_file_says_exactly_the_defaults(tmp_path, config_class, load):
    text = render(config_class, "any.toml")
    assert all(not table for table in tomllib.loads(text).values())
    uncommented = re.sub(r"(?m)^#(?=[a-z_]+ = )", "", text)
    file = tmp_path / "any.toml"
    file.write_text(uncommented)
    loaded = load(ConfigFiles(tmp_path / "none", file), {})
    assert loaded.problems == ()
    assert loaded.config == config_class()
    assert {key for key, source in loaded.sources.items() if source == "any.toml"} == set(
        settings(config_class)
    )


def test_the_files_of_the_project_are_up_to_date():
    assert main(["--check", str(ROOT / "config")]) == 0


def test_a_stale_or_missing_file_is_told(tmp_path, capsys):
    assert main(["--check", str(tmp_path)]) == 1
    assert main([str(tmp_path)]) == 0
    assert main(["--check", str(tmp_path)]) == 0
    (tmp_path / "client.toml").write_text("old")
    assert main(["--check", str(tmp_path)]) == 1
    assert "client.toml is stale" in capsys.readouterr().out
