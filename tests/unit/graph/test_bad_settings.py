"""Settings that come in several kinds: which kind is meant when it is not said."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from netloom.core.settings import Settings
from netloom.graph.bad_settings import check_settings
from netloom.graph.graph import Node
from netloom.graph.operator import operator


class Slow(Settings):
    type: Literal["slow"] = "slow"
    rate: float = 0.1


class Fast(Settings):
    type: Literal["fast"] = "fast"
    rate: float = 0.5


Pace = Annotated[Slow | Fast, Field(discriminator="type")]


@operator(group="toy")
def walk(*, pace: Pace = Slow(), start: Pace | None = None) -> int:
    """Walk."""
    return 1


def checked(**settings: Any) -> tuple[Any, list[str]]:
    found, problems = check_settings(Node("walk", "toy.walk", settings), walk)
    return found, [problem.expected for problem in problems]


def test_a_kind_that_is_not_named_is_the_defaults() -> None:
    settings, problems = checked(pace={"rate": 0.3})
    assert (settings.pace, problems) == (Slow(rate=0.3), [])


def test_a_kind_that_is_named_counts() -> None:
    settings, problems = checked(pace={"type": "fast"})
    assert (settings.pace, problems) == (Fast(rate=0.5), [])


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"start": {"rate": 0.3}}, "a mapping with a key 'type' that says which kind it is"),
        ({"pace": {"type": "odd"}}, "'type' to be one of 'slow', 'fast'"),
    ],
)
def test_what_cannot_be_told_is_asked_for(settings: dict[str, Any], expected: str) -> None:
    assert checked(**settings) == (None, [expected])
