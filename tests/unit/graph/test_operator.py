from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

import pytest

from netloom.core.settings import Fraction, PositiveInt, Settings
from netloom.graph.operator import (
    InputPort,
    Needs,
    NodeOptions,
    Operator,
    OutputPort,
    active_recorder,
    operator,
)

T = TypeVar("T")


class Run:
    __injected__ = True


class Parts(NamedTuple, Generic[T]):
    """Two halves.

    Attributes:
        left: What comes first.
        right: What is left over,
            if anything.
    """

    left: list[T]
    right: str


@operator(group="text", job=Needs(cpus=2), version=3, preload=("json",))
def split(
    text: str,
    dictionary: dict[str, int] | None = None,
    extras: list[str] = [],  # noqa: B006
    *,
    ratio: Fraction = 0.5,
    rounds: PositiveInt,
    run: Run,
) -> Parts[int]:
    """Divide a text.

    Words stay whole.

    Args:
        text: What to divide,
            over two lines.
        dictionary: Known words.
        extras (list of str): More texts.
        ratio: Where to cut, 0 to 1.
        rounds: How often.

    Returns:
        Both halves.
    """
    return Parts([len(text)], "")


def test_positional_parameters_are_ports() -> None:
    assert dict(split.inputs) == {
        "text": InputPort("text", str, True, False, "What to divide, over two lines."),
        "dictionary": InputPort(
            "dictionary", dict[str, int], False, False, "Known words.", takes_none=True
        ),
        "extras": InputPort("extras", str, False, True, "More texts."),
    }


def test_keyword_only_parameters_are_settings() -> None:
    assert split.setting_names == ("ratio", "rounds")
    assert split.settings_type.model_json_schema() == {
        "title": "TextSplitSettings",
        "type": "object",
        "additionalProperties": False,
        "required": ["rounds"],
        "properties": {
            "ratio": {
                "title": "Ratio",
                "type": "number",
                "minimum": 0.0,
                "maximum": 1.0,
                "default": 0.5,
                "description": "Where to cut, 0 to 1.",
            },
            "rounds": {
                "title": "Rounds",
                "type": "integer",
                "exclusiveMinimum": 0,
                "description": "How often.",
            },
        },
    }


def test_settings_validate_themselves_and_cannot_change() -> None:
    settings = split.settings_type(rounds=2)
    assert settings.model_dump() == {"ratio": 0.5, "rounds": 2}
    for bad in ({"rounds": 0}, {"rounds": 1, "ratio": 1.5}, {}, {"rounds": 1, "raito": 0.5}):
        with pytest.raises(ValueError):
            split.settings_type.model_validate(bad)
    with pytest.raises(ValueError):
        settings.rounds = 3  # type: ignore[attr-defined]


def test_a_named_tuple_gives_several_outputs_with_help() -> None:
    assert dict(split.outputs) == {
        "left": OutputPort("left", list[T], "What comes first."),
        "right": OutputPort("right", str, "What is left over, if anything."),
    }


def test_the_run_is_handed_in_and_is_neither_port_nor_setting() -> None:
    assert split.context_name == "run"
    assert "run" not in {*split.inputs, *split.setting_names}


def test_one_value_is_the_output_out_and_none_is_no_output() -> None:
    @operator(group="text")
    def upper(text: str) -> str:
        """Make it loud.

        Returns:
            The loud text.
        """
        return text.upper()

    @operator(group="text", job=True)
    def show(text: str) -> None:
        """Print it."""

    assert dict(upper.outputs) == {"out": OutputPort("out", str, "The loud text.")}
    assert dict(show.outputs) == {}
    assert show.context_name is None


def test_identity_and_help_come_from_the_function() -> None:
    assert (split.id, split.group, split.version) == ("text.split", "text", 3)
    assert split.summary == "Divide a text."
    assert split.sections[""] == "Divide a text.\n\nWords stay whole."
    assert split.sections["Returns"] == "Both halves."
    assert repr(split) == "<operator text.split>"
    assert inspect.getdoc(split) == inspect.getdoc(split.function)


def test_jobs_need_resources_and_inline_operators_none() -> None:
    @operator(group="x", id="grow", job=lambda settings: Needs(cpus=settings.size))
    def grow(*, size: int = 1) -> int:
        """Grow."""
        return size

    @operator(group="x")
    def inline() -> int:
        """Nothing."""
        return 1

    @operator(group="x", job=True)
    def job() -> int:
        """Something."""
        return 1

    assert split.needs_for(Settings()) == Needs(cpus=2)
    assert grow.needs_for(grow.settings_type(size=4)) == Needs(cpus=4)
    assert inline.needs_for(Settings()) == Needs(cpus=0)
    assert job.needs_for(Settings()) == Needs()
    assert [o.is_job for o in (split, grow, inline, job)] == [True, True, False, True]


@pytest.mark.parametrize(
    "bad", [{"cpus": -1}, {"gpus": -1}, {"gpus": (-1, 2)}, {"memory_mb": 0}, {"gpu": "maybe"}]
)
def test_needs_refuse_nonsense(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Needs(**bad)


def test_calling_an_operator_runs_the_function() -> None:
    assert split("abc", rounds=1, run=Run()) == Parts([3], "")
    assert split.node("named")("abc", rounds=1, run=Run()) == Parts([3], "")


def test_a_recorder_receives_calls_instead() -> None:
    calls: list[Any] = []

    class Tape:
        def record(
            self,
            operator: Operator[Any, Any],
            args: tuple[Any, ...],
            kwargs: dict[str, Any],
            options: NodeOptions,
        ) -> str:
            calls.append((operator.id, args, kwargs, options))
            return "handle"

    token = active_recorder.set(Tape())
    try:
        assert split("a", rounds=1, run=Run()) == "handle"  # type: ignore[comparison-overlap]
        named = split.node("halves", retries=2, needs={"cpus": 4}, timeout_s=5, note="why")
        named("b", rounds=2, run=Run())
    finally:
        active_recorder.reset(token)
    assert [(call[0], call[1], call[3]) for call in calls] == [
        ("text.split", ("a",), NodeOptions()),
        (
            "text.split",
            ("b",),
            NodeOptions("halves", needs={"cpus": 4}, retries=2, timeout_s=5, note="why"),
        ),
    ]


def _many(*texts: str) -> int: ...  # type: ignore[empty-body]
def _any(**texts: str) -> int: ...  # type: ignore[empty-body]
def _bare(text) -> int: ...  # type: ignore[no-untyped-def,empty-body]
def _endless(text: str): ...  # type: ignore[no-untyped-def]
def _reserved(*, retries: int = 1) -> int: ...  # type: ignore[empty-body]
def _private(*, _hidden: int = 1) -> int: ...  # type: ignore[empty-body]
def _pydantic(*, model_dump: int = 1) -> int: ...  # type: ignore[empty-body]


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (_many, "*texts cannot be a port or a setting"),
        (_any, "*texts cannot be a port or a setting"),
        (_bare, "parameter 'text' has no annotation"),
        (_endless, "the return annotation is missing; it gives the output ports"),
        (_reserved, "'retries' is a reserved node key"),
        (_private, "'_hidden' cannot be the name of a port or a setting"),
        (_pydantic, "'model_dump' cannot be the name of a port or a setting"),
    ],
)
def test_signatures_that_cannot_be_operators_are_refused(
    function: Callable[..., Any], message: str
) -> None:
    with pytest.raises(TypeError) as caught:
        operator(group="x")(function)
    assert str(caught.value) == f"operator {function.__module__}.{function.__name__}: {message}"


@pytest.mark.parametrize("name", ["two words.op", "1st.op", "x..op", "x/op"])
def test_what_is_no_id_is_refused(name: str) -> None:
    with pytest.raises(TypeError, match=f"'{re.escape(name)}' cannot be an id"):

        @operator(group="x", id=name)
        def op() -> int:
            """Do."""
            return 1


def test_an_operator_that_needs_a_run_says_so_outside_of_one() -> None:
    with pytest.raises(TypeError, match=r"text\.split needs a run: call it inside `with Pipeline"):
        split("abc", rounds=1)
    with pytest.raises(TypeError, match="run=RunContext"):
        split.node("named")("abc", rounds=1)


def test_a_description_may_refer_to_content_outside() -> None:
    @operator(group="x", identity=lambda **_: "always")
    def source() -> int:
        """Bring one in."""
        return 1

    assert (source.looks_outside, source.is_source, source.is_job) == (True, False, False)


def test_settings_may_be_called_like_methods_of_pydantic() -> None:
    """No warning is printed: warnings are errors here."""

    @operator(group="x")
    def keep(
        *, copy: bool = True, json: str = "a", schema: str = "b", model_name: str = "c"
    ) -> int:
        """Keep."""
        return 1

    assert keep.settings_type(schema="z").model_dump() == {
        "copy": True, "json": "a", "schema": "z", "model_name": "c",
    }  # fmt: skip


def test_sets_have_one_order_in_files_and_fingerprints() -> None:
    @operator(group="x")
    def choose(*, names: frozenset[str] = frozenset()) -> int:
        """Choose."""
        return 1

    names = frozenset(f"class-{number}" for number in range(20))
    dumped = choose.settings_type(names=names).model_dump(mode="json")
    assert dumped == {"names": sorted(names)}
