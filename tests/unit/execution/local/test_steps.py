from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

import pytest

from netloom.core.errors import InvalidData, InvalidInput, StorageFailed
from netloom.core.identifiers import ArtifactId, NodeId, OperatorId, PortName
from netloom.core.settings import Settings
from netloom.execution.context import RunContext
from netloom.execution.jobs import ArtifactInput, Step, StepInput, Waiting
from netloom.execution.local.steps import (
    StepRunner,
    call_operator,
    is_instance_of,
    outputs_of,
    save_outputs,
)
from netloom.graph.catalogue import Catalogue
from netloom.graph.operator import Operator, operator

T = TypeVar("T", bound=Settings)
OUT = PortName("out")


class Point(Settings):
    x: int = 0


ONE = Point(x=1)


class Two(NamedTuple):
    number: int
    text: str


class Shape(Protocol):
    def area(self) -> float: ...


@operator(group="t")
def point(*, x: int = 0) -> Point:
    return Point(x=x)


@operator(group="t")
def ports(first: int, second: int | None, many: list[int], last: int = 9) -> list[Any]:
    return [first, second, many, last]


@operator(group="t")
def nested(*, point: Point = ONE) -> int:
    return point.x


@operator(group="t", job=True)
def two(*, wrong: bool = False) -> Two:
    return Two("1", 1) if wrong else Two(1, "1")  # type: ignore[arg-type]


@operator(group="t", job=True)
def silent() -> None:
    return None


@operator(group="t", job=True)
def where(*, run: RunContext) -> str:
    return run.node


@operator(group="t")
def waits_early() -> int:
    return Waiting({"q": 1})  # type: ignore[return-value]


CATALOGUE = Catalogue([point, ports, nested, two, silent, where, waits_early])


@pytest.fixture
def context(tmp_path: Path) -> RunContext:
    return RunContext.in_process(tmp_path)


def step(used: Operator[Any, Any], node: str = "n", **settings: Any) -> Step:
    return Step(NodeId(node), OperatorId(used.id), settings, {})


def run_steps(context: RunContext, *steps: Step) -> Any:
    return StepRunner(CATALOGUE, context.artifacts, context).run(steps)


def test_unset_ports_get_their_default_none_or_no_elements() -> None:
    assert call_operator(ports, {PortName("first"): 1}, {}) == [1, None, [], 9]


def test_settings_arrive_as_the_declared_type() -> None:
    assert call_operator(nested, {}, {"point": {"x": 5}}) == 5
    assert call_operator(nested, {}, {}) == 1


def test_all_bad_settings_are_named_by_their_path() -> None:
    with pytest.raises(InvalidInput) as caught:
        call_operator(nested, {}, {"point": {"x": "many", "y": 1}}, node=NodeId("n"))
    assert [(d.code, d.place.node, d.place.setting) for d in caught.value.diagnostics] == [
        ("G103", "n", "point.x"),
        ("G103", "n", "point.y"),
    ]


def test_the_context_knows_the_node_of_each_step(context: RunContext) -> None:
    runner = StepRunner(CATALOGUE, context.artifacts, context)
    runner.run((step(where, "first"), step(where, "second")))
    assert runner.results == [{OUT: "first"}, {OUT: "second"}]


def test_an_artifact_used_twice_is_loaded_once(context: RunContext) -> None:
    staged = context.artifacts.stage()
    (staged / "value.json").write_text("[1]")
    stored = context.artifacts.commit(staged, media_type="application/json")
    source = ArtifactInput(stored.id)
    inputs: Any = {PortName("first"): source, PortName("many"): [source, source]}
    returned = run_steps(context, Step(NodeId("n"), OperatorId("t.ports"), {}, inputs))[OUT]
    assert returned == [[1], None, [[1], [1]], 9]
    assert returned[0] is returned[2][0] is returned[2][1]


def test_only_the_last_step_may_wait_for_a_person(context: RunContext) -> None:
    assert run_steps(context, step(waits_early)) == Waiting({"q": 1})
    with pytest.raises(InvalidInput, match="something else than it declares"):
        run_steps(context, step(waits_early), step(silent))


def test_named_outputs_are_told_apart() -> None:
    assert outputs_of(two, Two(1, "a")) == {"number": 1, "text": "a"}
    assert outputs_of(silent, None) == {}


def test_every_wrong_output_is_named() -> None:
    with pytest.raises(InvalidInput) as caught:
        outputs_of(two, two.function(wrong=True), node=NodeId("n"))
    assert [(d.place.port, d.expected, d.got) for d in caught.value.diagnostics] == [
        ("number", "int", "str"),
        ("text", "str", "int"),
    ]


@pytest.mark.parametrize(
    ("used", "returned", "got"),
    [
        (two, (1, "a"), "tuple"),
        (two, None, "nothing (None)"),
        (silent, 1, "int"),
        (point, {"x": 1}, "dict"),
        (point, None, "nothing (None)"),
    ],
)
def test_another_return_value_than_declared_is_refused(
    used: Operator[Any, Any], returned: Any, got: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        outputs_of(used, returned)
    [problem] = caught.value.diagnostics
    assert (problem.code, problem.got) == ("X206", got)


@pytest.mark.parametrize(
    ("value", "annotation", "expected"),
    [
        (1, int, True),
        (True, float, True),
        ("a", float, False),
        (None, int | None, True),
        (None, int, False),
        ([1], list[str], True),
        ((1,), list[int], False),
        ("a", int | str, True),
        (1.5, int | str, False),
        (Point(), T, True),
        (1, T, False),
        (1, Any, True),
        ("b", Literal["a"], True),
        (1, Shape, True),
    ],
)
def test_types_of_outputs(value: Any, annotation: Any, expected: bool) -> None:
    assert is_instance_of(value, annotation) is expected


def save(context: RunContext, value: Any, catalogue: Catalogue = CATALOGUE) -> Any:
    return save_outputs(
        ports,
        {OUT: value},
        catalogue=catalogue,
        artifacts=context.artifacts,
        workdir=context.workdir,
    )


class TornCodec:
    media_type = "application/x-torn"

    def save(self, value: Any, folder: Path, *, workdir: Path) -> tuple[ArtifactId, ...]:
        (folder / "half").write_text("half")
        raise value.error

    def load(self, folder: Path, *, artifact: ArtifactId) -> Any:
        raise NotImplementedError

    def preview(self, folder: Path) -> dict[str, Any]:
        raise NotImplementedError


class Torn:
    def __init__(self, error: Exception) -> None:
        self.error = error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(28, "No space left on device"), StorageFailed),
        (InvalidData.of("no"), InvalidData),
        (ZeroDivisionError(), ZeroDivisionError),
    ],
)
def test_an_output_that_cannot_be_saved_leaves_nothing(
    context: RunContext, tmp_path: Path, error: Exception, expected: type[Exception]
) -> None:
    with pytest.raises(expected) as caught:
        save(context, Torn(error), Catalogue(codecs={Torn: TornCodec()}))
    if isinstance(caught.value, StorageFailed | InvalidData):
        assert caught.value.diagnostics[0].place.port == "out"
    assert list((tmp_path / "artifacts" / ".staging").iterdir()) == []


def test_equal_values_are_one_artifact_and_read_back_equal(context: RunContext) -> None:
    first, second = save(context, {"b": 1, "a": 2}), save(context, {"a": 2, "b": 1})
    assert first == second
    [output] = first.values()
    assert output.preview == {"value": {"a": 2, "b": 1}}


def test_a_step_input_takes_the_named_output(context: RunContext) -> None:
    used = Step(
        NodeId("n"),
        OperatorId("t.ports"),
        {},
        {PortName("first"): StepInput(0, PortName("text"))},
    )
    assert run_steps(context, step(two, "a"), used)[OUT][0] == "1"
