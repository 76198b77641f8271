"""Operators for the projects of the tests: quick ones that wait until the test lets them go on."""

STEPS = '''
"""Operators of a project: a source, a step after it, and one that takes its time."""

import time
from pathlib import Path

from netloom import Needs, RunContext, operator

LIGHT = Needs(cpus=0)


@operator(group="shared", job=LIGHT)
def count(*, upto: int = 3, title: str = "numbers") -> dict[str, list[int]]:
    """Count from one."""
    return {title: list(range(1, upto + 1))}


@operator(group="shared", job=LIGHT)
def total(numbers: dict[str, list[int]], *, times: int = 1) -> int:
    """Add numbers up."""
    return times * sum(sum(each) for each in numbers.values())


@operator(group="shared", job=LIGHT)
def double(numbers: dict[str, list[int]]) -> dict[str, list[int]]:
    """Twice as much of everything."""
    return {title: [2 * number for number in each] for title, each in numbers.items()}


@operator(group="shared", job=LIGHT)
def shout(text: str) -> str:
    """Takes a text, which no number is."""
    return text.upper()


@operator(group="shared", job=LIGHT)
def spell(numbers: dict[str, list[int]]) -> str:
    """Numbers as words: what stands between them and a text."""
    return " ".join(str(number) for each in numbers.values() for number in each)


@operator(group="shared", job=LIGHT)
def patient(numbers: dict[str, list[int]], *, until: str, run: RunContext) -> int:
    """Go on when a file appears."""
    Path(f"{until}-began-{run.attempt}").touch()
    deadline = time.monotonic() + 100
    step = 0
    while not Path(until).exists():
        if time.monotonic() > deadline:
            raise TimeoutError(until)
        run.progress(min(step, 50), 100)
        step += 1
        time.sleep(0.02)
    return len(numbers)


@operator(group="shared", job=LIGHT)
def dictated(*, script: str) -> int:
    """Print as many lines as a file says, until it says that this was all."""
    printed, deadline = 0, time.monotonic() + 100
    while time.monotonic() < deadline:
        wanted, _, last = Path(script).read_text().partition(" ")
        for printed in range(printed + 1, int(wanted) + 1):
            print(f"line {printed}")
        if last:
            return printed
        time.sleep(0.02)
    raise TimeoutError(script)


@operator(group="shared", job=LIGHT)
def talkative(*, lines: int = 10_000) -> int:
    """Print line after line."""
    for number in range(1, lines + 1):
        print(f"line {number} of {lines}")
    return lines
'''


def text(name: str, *nodes: str) -> str:
    """A pipeline; ``nodes`` are lines of YAML."""
    return "\n".join(
        ["netloom: 1", f"name: {name}", "nodes:", *(f"  {node}" for node in nodes), ""]
    )


def sums(name: str, *, upto: int = 3) -> str:
    """Two nodes that are done at once."""
    return text(
        name,
        f"count: {{op: shared.count, upto: {upto}}}",
        "total: {op: shared.total, numbers: count}",
    )
