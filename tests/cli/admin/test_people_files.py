"""Files of people: read as spreadsheets write them, refused line by line, written without harm."""

import csv
import io
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.admin.desk import EPOCH, Desk
from tui_call.cli.admin import people_file
from tui_call.foreign_text import clean
from tui_call.signaling.administration import (
    MOST_LINKS,
    Change,
    FindPeople,
)
from tui_call.signaling.administration_answers import (
    ChangeOutcome,
    NotDone,
    PeopleFound,
    Problem,
)
from tui_call.signaling.administration_rows import (
    ChangedRow,
    IssuedLink,
    PersonRow,
)
from tui_call.signaling.operations import (
    GrantPolicy,
    PutPerson,
    TakeMissing,
)

HEAD = "name,address,groups,role,external_id\n"
CLERK = PutPerson(
    address="clerk@acme", name="Clerk", role="member", groups=("finance", "staff"), external_id="7"
)
PRIVATE = 0o600


def read(path: Path, content: str | bytes, source: str = "") -> tuple[PutPerson, ...]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return people_file.read(path, source).people


@pytest.mark.parametrize(
    "content",
    [
        HEAD + "Clerk,clerk@acme,finance|staff,member,7\n",
        "\ufeff" + HEAD + "Clerk,clerk@acme,finance;staff,member,7\n",
        HEAD.replace(",", ";") + 'Clerk;clerk@acme;"finance;staff";member;7\n',
        HEAD.replace(",", "\t") + "Clerk\tclerk@acme\tfinance; staff;\tMember\t7\n",
        HEAD.replace("\n", "\r\n") + '"Clerk",Clerk@Acme,finance|finance|staff,member,7\r\n\r\n',
        "External_ID, Role ,Groups,Address,Name\n7,member,finance|staff,clerk@acme,Cl\x1berk",
        HEAD + "'Clerk,clerk@acme,finance|staff,member,7\n".replace("'Clerk", "Clerk"),
    ],
)
def test_what_spreadsheets_write_is_read(tmp_path: Path, content: str) -> None:
    assert read(tmp_path / "p.csv", content) == (CLERK,)


def test_what_a_file_does_not_say_stays(tmp_path: Path) -> None:
    (person,) = read(tmp_path / "p.csv", "address\nclerk\n", "hr")
    assert person == PutPerson(address="clerk", source="hr")
    (person,) = read(tmp_path / "p.csv", HEAD + ",clerk,,,\n")
    assert person == PutPerson(address="clerk", groups=())


BAD = [
    ("", "tui-call: line 1: the first line names the columns"),
    ("name,groups\nClerk,finance\n", "tui-call: line 1: the first line names the columns"),
    ("address,colour\nclerk,red\n", "tui-call: line 1: the first line names the columns"),
    (HEAD + "Clerk,clerk\n", "tui-call: line 2: 2 fields, where the first line has 5"),
    (HEAD + "Clerk,cl erk,,,\n", "tui-call: line 2: cl erk is no address"),
    (HEAD + "Clerk,clerk,,king,\n", "tui-call: line 2: king is no role"),
    (HEAD + f"{'C' * 65},clerk,,,\n", "tui-call: line 2: name has more than 64 characters"),
    (HEAD + f"C,clerk,{'g' * 65},,\n", "tui-call: line 2: groups has more than 64 characters"),
    (
        HEAD + '"Two\nlines",clerk,,,\nC,clerk@acme,,,\n',
        "tui-call: line 4: clerk@acme stands in line 2, too",
    ),
    (HEAD + 'C,clerk,"open,,\n', "tui-call: line 2: this is no CSV"),
    (b"address\nclerk\nch\xe9f\n", "tui-call: line 3: this is not UTF-8"),
    (HEAD + "C,cl\0erk,,,\n", "tui-call: line 2: clerk is no address"),
]


@pytest.mark.parametrize(("content", "told"), BAD)
def test_a_bad_line_is_told_by_its_number_and_nothing_is_asked(
    desk: Desk, tmp_path: Path, content: str | bytes, told: str
) -> None:
    file = tmp_path / "p.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    ended = desk.admin("user", "import", str(file))
    assert (ended.status, ended.output, desk.asked) == (3, "", [])
    assert ended.errors.startswith(told)


def test_the_first_twenty_bad_lines_are_told(desk: Desk, tmp_path: Path) -> None:
    lines = [f"Clerk,clerk{number},,,\n" for number in range(700)]
    lines[650:675] = ["Clerk,not an address,,,\n"] * 25
    (tmp_path / "p.csv").write_text(HEAD + "".join(lines))
    ended = desk.admin("user", "import", str(tmp_path / "p.csv"))
    assert (ended.status, desk.asked) == (3, [])
    numbers = [line.split(":")[1] for line in ended.errors.splitlines()[:-1]]
    assert numbers == [f" line {number}" for number in range(652, 672)]
    assert ended.errors.endswith("And 5 more.\n")


def test_what_the_service_refuses_is_told_by_its_line(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(HEAD + "\n\nClerk,clerk,,,\nChief,chief,,,\n")
    problem = Problem("A_FEED", "chief@acme is kept by hr. Change it there.", 1)
    desk.answers[Change] = NotDone(why="input", problems=(problem,), all_problems=1)
    ended = desk.admin("user", "import", str(tmp_path / "p.csv"))
    assert (ended.status, ended.output) == (3, "")
    assert ended.errors == "tui-call: line 5: chief@acme is kept by hr. Change it there.\n"


def test_a_file_that_cannot_be_read_is_told(desk: Desk, tmp_path: Path) -> None:
    for words in (("user", "import"), ("policy", "apply"), ("policy", "grant", "p", "--users")):
        ended = desk.admin(*words, str(tmp_path / "none"))
        assert (ended.status, desk.asked) == (3, [])
        assert "none cannot be read: No such file" in ended.errors


def membership(group: str, account: str, *, gone: bool = False) -> ChangedRow:
    row = {"group": group, "account": account}
    return ChangedRow("membership", f"{group}/{account}", row if gone else None,
                      None if gone else row)  # fmt: skip


def test_an_import_is_told_in_numbers(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(HEAD + "Clerk,clerk,,,\n")
    person = {"name": "P", "disabled": None}
    rows = (
        *(ChangedRow("person", f"p{number}@acme", None, person) for number in range(12)),
        *(ChangedRow("person", f"q{number}@acme", person, {"name": "Q"}) for number in range(3)),
        ChangedRow("person", "r@acme", person, {**person, "disabled": 1}),
        *(membership("finance", f"p{number}@acme") for number in range(5)),
        membership("legal", "r@acme", gone=True),
    )
    desk.answers[Change] = lambda change: ChangeOutcome(
        change=0 if change.what_if else 13, epoch=EPOCH, rows=rows, all_rows=len(rows)
    )
    words = ("user", "import", str(tmp_path / "p.csv"), "--source", "hr", "--missing", "disable")
    assert desk.admin(*words, "--removals", "30", "--what-if").output == (
        "would add 12 people, change 3, disable 1; finance +5, legal -1. Nothing was changed.\n"
    )
    assert desk.admin(*words, "--yes").output == (
        "change 13: 12 people added, 3 changed, 1 disabled; finance +5, legal -1.\n"
    )
    tried, done = desk.changes
    assert (tried.removals, done.removals) == (30, None)
    assert (
        tried.operations
        == done.operations
        == (
            PutPerson(address="clerk", name="Clerk", groups=(), source="hr"),
            TakeMissing(source="hr", then="disable"),
        )
    )


FORMULAS = [
    "=1+1", "+49", "-x", "@sum", "'=x", "'Twas", "''", "plain",
    "Eve;=cmd|' /C calc'!A1;", 'Eve;"=cmd;', "Eve, =x", "Eve;'=x", "Eve, 'x", '"=x";', ";;=",
]  # fmt: skip


@given(
    names=st.lists(
        st.sampled_from(FORMULAS)
        | st.text(st.sampled_from("=+-@'\",; ax"), max_size=20)
        | st.text(st.characters(categories=["L", "N"]), max_size=20),
        max_size=4,
    )
)
def test_what_is_exported_runs_nothing_and_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    names = [clean(name) for name in names]
    text = people_file.written(
        PersonRow(f"p{number}@acme", name, "member", external_id=name)
        for number, name in enumerate(names)
    )
    for separator in ",;\t":
        rows = csv.reader(io.StringIO(text), delimiter=separator)
        fields = [field.lstrip(" ") for row in rows for field in row]
        assert [field for field in fields if field.startswith(tuple("=+-@\t\r"))] == []
    back = read(tmp_path_factory.mktemp("people") / "p.csv", text)
    assert [person.name for person in back] == names
    assert [person.external_id or "" for person in back] == names


def test_an_export_is_read_by_an_import(desk: Desk, tmp_path: Path) -> None:
    person = PersonRow("clerk@acme", "=Clerk, \x1b the first", "admin", groups=("a", "b"))
    desk.answers[FindPeople] = PeopleFound(people=(person,), all=1)
    exported = desk.admin("user", "export")
    assert exported.output.startswith("name,address,groups,role,external_id\n\"'=Clerk, ")
    assert read(tmp_path / "p.csv", exported.output) == (
        PutPerson(address="clerk@acme", name="=Clerk, the first", role="admin", groups=("a", "b")),
    )


# Links


def invited(change: Change) -> ChangeOutcome:
    accounts = [operation.account for operation in change.operations]  # type: ignore[union-attr]
    links = [IssuedLink(one, f"tui-call://h:1/join?{one}", 1_800_000_000) for one in accounts]
    rows = [ChangedRow("invite", one, None, {"account": one}) for one in accounts]
    if change.what_if:
        links = []
    return ChangeOutcome(
        change=0 if change.what_if else 9, epoch=EPOCH, rows=tuple(rows), all_rows=len(rows),
        links=tuple(links),
    )  # fmt: skip


@pytest.fixture
def inviting(desk: Desk) -> Desk:
    desk.answers[Change] = invited
    people = [
        PersonRow(f"p{number:03}@acme", "P", "member", devices=number % 2) for number in range(300)
    ]
    desk.answers[FindPeople] = PeopleFound(people=tuple(people), all=len(people))
    return desk


def test_links_go_into_a_new_file_of_this_user_alone(inviting: Desk, tmp_path: Path) -> None:
    file = tmp_path / "links.csv"
    words = ("user", "invite", "--group", "staff", "--output", str(file))
    assert "Nothing was changed" in inviting.admin(*words, "--what-if").output
    assert not file.exists()
    ended = inviting.admin(*words)
    assert ended.status == 0
    assert "tui-call://" not in ended.output + ended.errors
    assert stat.S_IMODE(file.stat().st_mode) == PRIVATE
    rows = list(csv.reader(io.StringIO(file.read_text())))
    assert rows[0] == ["address", "link", "until"]
    assert [row[0] for row in rows[1:]] == [f"p{number:03}@acme" for number in range(0, 300, 2)]
    before, asked = file.read_bytes(), len(inviting.asked)
    again = inviting.admin(*words)
    assert (again.status, again.output) == (3, "")
    assert "is there already" in again.errors
    assert (file.read_bytes(), len(inviting.asked)) == (before, asked)


def test_links_that_cannot_be_written_are_not_lost(inviting: Desk, tmp_path: Path) -> None:
    file = tmp_path / "none" / "links.csv"
    ended = inviting.admin("user", "invite", "clerk@acme", "--output", str(file))
    assert ended.status == 0
    assert "tui-call join 'tui-call://h:1/join?clerk@acme'\n" in ended.output
    assert "cannot be written" in ended.errors


def test_links_that_were_made_are_told_though_others_were_refused(
    inviting: Desk, tmp_path: Path
) -> None:
    refused = NotDone(why="input", problems=(Problem("A_DISABLED", "p298@acme is disabled."),))
    inviting.answers[Change] = lambda change: (
        refused if len(inviting.changes) == 2 else invited(change)
    )
    file = tmp_path / "links.csv"
    ended = inviting.admin("user", "invite", "--group", "staff", "--output", str(file))
    assert ended.status == 1
    assert "tui-call: p298@acme is disabled.\n" in ended.errors
    assert len(file.read_text().splitlines()) == 1 + MOST_LINKS


def test_a_policy_is_granted_to_the_people_of_a_file(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "people.txt"
    file.write_text("\ufeffclerk@acme\r\n# the second\r\n\r\nchief\r\n")
    desk.admin("policy", "grant", "no-e2ee", "--users", str(file), "--user", "temp")
    assert desk.changes[0].operations == tuple(
        GrantPolicy(policy="no-e2ee", to="user", subject=one)
        for one in ("temp", "clerk@acme", "chief")
    )
    file.write_text("clerk\nchief\nclerk\n")
    ended = desk.admin("policy", "grant", "no-e2ee", "--users", str(file))
    assert (ended.status, len(desk.changes)) == (3, 1)
    assert ended.errors == "tui-call: line 3: clerk stands in line 1, too\n"
