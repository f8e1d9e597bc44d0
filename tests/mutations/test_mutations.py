"""The patches of `make mutations` fit the tree, and name tests that exist."""

import re

import pytest

from tests.mutations.mutations import PATCHES, ROOT, Mutation, applies, mutations

# What has to have a patch, by how its name begins.
DEFENCES = (
    "commitment",
    "identity",
    "replay",
    "pin",
    "refuse",
    "one-shot",
    "number",
    "control-order",
    "rekey",
    "path",
    "devices",
    "limits",
)


@pytest.mark.parametrize("mutation", mutations(), ids=lambda mutation: mutation.name)
def test_every_patch_applies(mutation: Mutation) -> None:
    assert applies(mutation), f"{mutation.patch.name}: the code that it changes has changed"


def test_every_test_that_a_patch_names_exists() -> None:
    missing = []
    for mutation in mutations():
        assert mutation.tests, mutation.name
        for test in mutation.tests:
            file, name = re.fullmatch(r"(tests/[\w/]+\.py)::(\w+)", test).groups()
            path = ROOT / file
            if not path.exists() or f"def {name}(" not in path.read_text(encoding="utf-8"):
                missing.append(f"{mutation.patch.name}: {test}")
    assert missing == []


def test_patches_change_the_product_and_not_its_tests() -> None:
    for mutation in mutations():
        changed = re.findall(r"^\+\+\+ b/(.+)$", mutation.patch.read_text(), re.MULTILINE)
        assert changed
        assert all(path.startswith("tui_call/") for path in changed)


def test_every_defence_has_a_patch() -> None:
    names = [mutation.name for mutation in mutations()]
    assert len(names) == len(list(PATCHES.iterdir()))
    assert [d for d in DEFENCES if not any(name.startswith(d) for name in names)] == []
