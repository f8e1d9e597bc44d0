"""`python -m bench.service`: what one service process carries, with clients of other processes.

The clients do what an engine does after its login. All figures are of the service process: its
memory (PSS), its processor time, and the turns of its loop; and what its clients see of it. Bars
are for a core of about 2 GHz, with the clients on another one.
"""

import argparse
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from bench.processes import memory_mb
from bench.service_process import user
from bench.service_scene import PROCESSES, Scene, scene
from bench.table import Row, heading, print_rows
from tui_call.permissions.book import Book, Grant, NamedPolicy
from tui_call.permissions.evaluation import evaluate
from tui_call.permissions.policies import PolicySource
from tui_call.permissions.terms import CallingTerms, EncryptionTerms, PolicyKind

CLIENTS, BACK = 10_000, 5_000
TURN_CLIENTS, TURN_SECONDS = 1_000, 600.0
AT_ONCE = 32
"""Logins under way at a time in each process, but for those who come back all at once."""
SAMPLE = 400
RUNS = 3
POLICY_RUNS = 5
GROUP, GROUPS = 50, 500
SEARCHES = 200
MESSAGES_A_SECOND, ROUTING_SECONDS = 2000, 10.0
_SETTLING_SECONDS = 5.0


def login_cost(at: Scene) -> float:
    """Return what a login takes beside a bare TLS accept, the median of some runs."""
    ratios: list[float] = []
    sample = min(SAMPLE, at.clients)
    for _ in range(RUNS):
        each: list[float] = []
        for process, port in ((at.bare, at.bare_port), (at.service, 0)):
            before = process.processor()
            came = at.all_do("connect", sample, at_once=AT_ONCE, settle=False, port=port)
            _expect_all(came, sample)
            each.append((process.processor() - before) / sample)
            at.all_do("leave", sample)
            time.sleep(1)
        say(f"login {each[1] * 1000:.2f} ms, bare TLS {each[0] * 1000:.2f} ms")
        ratios.append(each[1] / each[0])
    return statistics.median(ratios)


def memory_of_client(at: Scene) -> float:
    """Connect all clients, and return the kilobytes that each takes."""
    time.sleep(_SETTLING_SECONDS)
    before = memory_mb(at.service.pid)
    began = time.monotonic()
    processor = at.service.processor()
    _expect_all(at.all_do("connect", at_once=AT_ONCE, settle=True), at.clients)
    took = (at.service.processor() - processor) / at.clients
    say(f"all in after {time.monotonic() - began:.0f} s; with what they ask {took * 1000:.2f} ms")
    time.sleep(_SETTLING_SECONDS)
    return (memory_mb(at.service.pid) - before) * 1024 / at.clients


def back_at_once(at: Scene, clients: int) -> float:
    """Let clients of one address go and come back at once; return how many get in."""
    at.all_do("leave", clients)
    time.sleep(2)
    began = time.monotonic()
    came = at.all_do("connect", clients, at_once=clients, settle=False)
    say(f"{clients} back in {time.monotonic() - began:.1f} s: {came}")
    return sum(answer["in"] for answer in came)


def told_of_presence(at: Scene) -> float:
    """Return how many are told of a presence change, the most of some."""
    told: list[int] = []
    for number in (1, at.clients // 2, at.clients - 1):
        at.forget()
        at.crowds[number % PROCESSES].do("set_presence", number=number, presence="away")
        time.sleep(2)
        news, _ = at.heard()
        told.append(news.get("PersonChanged", 0) + news.get("PeopleChanged", 0))
    say(f"told of a presence change: {told}")
    return max(told)


def policy_at_all(at: Scene, runs: int = POLICY_RUNS) -> float | None:
    """Return seconds until a policy is at everybody, the median of some changes."""

    def change(run: int) -> list[dict[str, Any]]:
        terms = {"e2ee_calls": ("user_choice", "disabled")[run % 2]}
        return [{"do": "set_policy", "name": "organisation", "terms": terms}]

    took, told = _told_after(at, change, at.clients, runs)
    say(f"policy at all: {took}, told {told}")
    return statistics.median(took) if len(took) == runs else None


def policy_of_group(at: Scene) -> tuple[float | None, int]:
    """Grant a policy to a group; return the seconds until all of it are told, and who else is."""
    members = random.sample(range(1, at.clients), GROUP)
    order: list[dict[str, Any]] = [
        {"do": "new_policy", "name": "some", "kind": "encryption", "terms": {}}
    ]
    order += [{"do": "new_group", "name": "some"}]
    order += [
        {"do": "add_member", "group": "some", "account": at.crowds[0].do("account", number=number)}
        for number in members
    ]
    at.crowds[0].do("administer", number=0, operations=order)

    def change(run: int) -> list[dict[str, Any]]:
        if run % 2:
            return [{"do": "take_grant", "to": "group", "subject": "some"}]
        return [{"do": "grant_policy", "policy": "some", "to": "group", "subject": "some"}]

    took, told = _told_after(at, change, GROUP, POLICY_RUNS)
    say(f"policy of a group: {took}, told {told}")
    return (max(took) if len(took) == POLICY_RUNS else None), max(told) - GROUP


def _told_after(
    at: Scene, change: Callable[[int], list[dict[str, Any]]], concerned: int, runs: int
) -> tuple[list[float], list[int]]:
    """Return how long changes of policy took to reach all concerned, and how many were told."""
    took: list[float] = []
    told: list[int] = []
    for run in range(runs):
        at.forget()
        began = at.crowds[0].do("administer", number=0, operations=change(run))
        deadline = began + 30
        while at.heard()[0].get("PolicyChanged", 0) < concerned and time.monotonic() < deadline:
            time.sleep(0.2)
        time.sleep(1)
        news, latest = at.heard()
        told.append(news.get("PolicyChanged", 0))
        if told[-1] >= concerned:
            took.append(latest - began)
    return took, told


def evaluation_ms(people: int) -> tuple[float, float]:
    """Return median times of evaluating policies with 500 groups: of who is in 5, and in all."""
    kinds = {PolicyKind.ENCRYPTION: EncryptionTerms(), PolicyKind.CALLING: CallingTerms()}
    policies = tuple(NamedPolicy(str(kind), kind, terms) for kind, terms in kinds.items())
    groups = [f"group{number}" for number in range(GROUPS)]
    grants = [Grant(kind, PolicySource.ORGANISATION, "", str(kind)) for kind in kinds]
    for kind in kinds:
        grants += [
            Grant(kind, PolicySource.GROUP, group, str(kind), rank)
            for rank, group in enumerate(groups, start=1)
        ]
    each = random.Random(1)
    accounts = [user(number) for number in range(people)]
    members = {(group, one) for one in accounts for group in each.sample(groups, 5)}
    members |= {(group, "everywhere") for group in groups}
    book = Book(policies, tuple(grants), frozenset(members))
    few, every = (
        statistics.median(_took_to_evaluate(book, one) for one in chosen) * 1000
        for chosen in (accounts[:1000], ["everywhere"] * 100)
    )
    return few, every


def _took_to_evaluate(book: Book, account: str) -> float:
    began = time.perf_counter()
    evaluate(book, account)
    return time.perf_counter() - began


def search_p99(at: Scene) -> float:
    """Return milliseconds of a search for a name."""
    texts = [user(random.randrange(at.clients))[3:] for _ in range(SEARCHES)]
    took = sorted(at.crowds[0].do("search", number=0, texts=texts))
    say(f"search: median {statistics.median(took) * 1000:.1f} ms")
    return took[len(took) * 99 // 100] * 1000


def routing(at: Scene) -> tuple[float, float]:
    """Return the p99 of the best run in milliseconds, and the messages lost in all runs."""
    best, lost = float("inf"), 0.0
    for _ in range(RUNS):
        rate = MESSAGES_A_SECOND / PROCESSES
        before = at.service.processor()
        answers = at.all_do("route", rate=rate, seconds=ROUTING_SECONDS)
        processor = at.service.processor() - before
        p99 = max(answer["p99"] for answer in answers) * 1000
        sent = sum(answer["sent"] for answer in answers)
        lost += sent - sum(answer["arrived"] for answer in answers)
        best = min(best, p99)
        say(f"routing: p99 {p99:.1f} ms, {processor / sent * 1e6:.0f} us each")
    return best, lost


def longest_turn(clients: int, seconds: float) -> float:
    """Return milliseconds, while clients do this and that, and some come anew."""
    with scene(clients, seconds=int(600 + seconds)) as at:
        _expect_all(at.all_do("connect", at_once=AT_ONCE, settle=True), clients)
        at.service.longest_turn()
        ends, number = time.monotonic() + seconds, 0
        while time.monotonic() < ends:
            number = (number + 7) % clients
            crowd = at.crowds[number % PROCESSES]
            crowd.do("set_presence", number=number, presence=("away", "free")[number % 2])
            few = list(range(number % PROCESSES, min(clients, 20), PROCESSES))
            crowd.do("leave", numbers=few)
            crowd.do("connect", numbers=few, at_once=AT_ONCE, settle=True)
            crowd.do("route", numbers=few, rate=50, seconds=1.0)
            crowd.do("search", number=number, texts=[user(number)])
            policy_at_all(at, runs=2)  # there and back
        return at.service.longest_turn()


def measure(clients: int, back: int, seconds: float) -> Iterator[Row]:
    """Yield the lines of the table.

    Args:
        clients: in all.
        back: of them, who come back at once.
        seconds: in which turns of the loop are watched, with 1,000 clients at most.
    """
    with scene(clients, seconds=int(900 + clients / 10)) as at:
        # First of all: what others left behind would be used again.
        yield Row(f"memory of one of {clients} clients", 64, True, " KB", memory_of_client(at))
        yield Row("told of a presence change", 50, True, "", told_of_presence(at))
        yield Row("policy at all of them, median", 2, True, " s", policy_at_all(at))
        of_group, others = policy_of_group(at)
        yield Row(f"grant to a group of {GROUP}, the longest", 1, True, " s", of_group)
        yield Row("  others told", 0, True, "", others)
        few, every = evaluation_ms(clients)
        yield Row(f"policies of who is in 5 of {GROUPS} groups", 2, True, " ms", few)
        yield Row("  of who is in all", 2, True, " ms", every)
        yield Row("search, p99", 20, True, " ms", search_p99(at))
        p99, lost = routing(at)
        yield Row(f"routing {MESSAGES_A_SECOND} messages/s, p99", 10, True, " ms", p99)
        yield Row("  lost", 0, True, "", lost)
        came_back = back_at_once(at, back)
        at.all_do("leave", back)
        yield Row(f"of {back} back from one address get in", back, False, "", came_back)
        time.sleep(_SETTLING_SECONDS)
        yield Row("login, times a bare TLS accept", 4, True, " x", login_cost(at))
    watched = min(clients, TURN_CLIENTS)
    turn = longest_turn(watched, seconds)
    yield Row(f"longest turn of the loop, {watched} clients", 20, True, " ms", turn)


def _expect_all(came: list[Any], clients: int) -> None:
    if sum(answer["in"] for answer in came) != clients:
        raise RuntimeError(came)


def say(what: str) -> None:
    """Tell those who wait."""
    print(what, file=sys.stderr)


def main() -> int:
    """Measure and print; return an exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.service", description=__doc__)
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--back", type=int, default=BACK, help="of them, at once")
    parser.add_argument("--seconds", type=float, default=TURN_SECONDS, help="watching turns")
    options = parser.parse_args()
    print(heading(""))
    back = min(options.back, options.clients)
    return print_rows(measure(options.clients, back, options.seconds))


if __name__ == "__main__":
    sys.exit(main())
