"""Inference graphs: which models a picture goes through at request time, and what happens in between.

Torch-free values, kept as JSON in bundles. Steps stand in an order in which each comes after what it takes.

    request ─ find (model) ─ even (crop_objects) ─ fit_even (model)
                          └─ odd (crop_objects) ── fit_odd (model)
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from netloom.core.diagnostics import Diagnostic
from netloom.core.errors import InvalidData, NotFound
from netloom.core.files import write_json
from netloom.core.settings import Fraction, NonEmptyText, Settings
from netloom.data.crops import Masking, ObjectCrops, TextCrops

GRAPH_FILE = "graph.json"
MODELS_FOLDER = "models"
"""Below the folder of a graph: the folders of its models, named by ``package``."""

StepId = NonEmptyText


class _Step(Settings):
    """What every step has.

    Attributes:
        id: Name of the node it came from.
        input: The step whose result it takes; None takes the picture of the request.
    """

    id: StepId
    input: StepId | None = None


class ModelStep(_Step):
    """Predicts every picture it is given.

    Attributes:
        task: Its learning task, which says what its predictions look like.
        package: Folder of the model, relative to the folder of all models.
    """

    type: Literal["model"] = "model"
    task: NonEmptyText
    package: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$")]


class CropObjectsStep(_Step, ObjectCrops):
    """Cuts a picture of its own out for each object that was found."""

    type: Literal["crop_objects"] = "crop_objects"
    input: StepId


class CropTextsStep(_Step, TextCrops):
    """Cuts out each text that was found and turns it upright."""

    type: Literal["crop_texts"] = "crop_texts"
    input: StepId


class FilterStep(_Step):
    """Keeps some of the objects that were found: what comes after it sees only these."""

    type: Literal["filter"] = "filter"
    input: StepId
    labels: tuple[str, ...] = ()
    min_score: Fraction = 0.0


class MaskOutStep(_Step, Masking):
    """Blanks what is inside or outside of the objects that were found."""

    type: Literal["mask_out"] = "mask_out"
    input: StepId


class RouteStep(_Step):
    """Hands on the pictures that a classifier gave one of some labels."""

    type: Literal["route"] = "route"
    input: StepId
    labels: tuple[str, ...] = ()
    min_score: Fraction = 0.0


Step = Annotated[
    ModelStep | CropObjectsStep | CropTextsStep | FilterStep | MaskOutStep | RouteStep,
    Field(discriminator="type"),
]

STAGE_TYPES: Mapping[str, type[Settings]] = {
    "crop_objects": CropObjectsStep,
    "crop_texts": CropTextsStep,
    "filter": FilterStep,
    "mask_out": MaskOutStep,
    "route": RouteStep,
}
"""What happens between models, by the last part of the operator's id."""

_BOXES = frozenset({"object_detection"})
_FOUND = frozenset({"object_detection", "text_detection"})
_TAKES: Mapping[str, tuple[frozenset[str], str]] = {
    "crop_objects": (_BOXES, "a model that finds objects"),
    "crop_texts": (frozenset({"text_detection"}), "a model that finds texts"),
    "filter": (_FOUND, "a model that finds objects or texts"),
    "mask_out": (_FOUND, "a model that finds objects or texts"),
    "route": (frozenset({"image_classification"}), "a classifier of images"),
}
"""What the steps between models work on: predictions of models of some tasks."""


class InferenceGraph(Settings):
    """Everything that happens to a picture at request time.

    Attributes:
        steps: Each after the step it takes.

    Example:
        >>> detect = ModelStep(id="find", task="object_detection", package="find")
        >>> crop = CropObjectsStep(id="even", input="find", labels=("even",))
        >>> fine = ModelStep(
        ...     id="fit_even", input="even", task="image_classification", package="fit_even"
        ... )
        >>> graph = InferenceGraph(steps=(detect, crop, fine))
        >>> graph.predictions_of("even"), [model.id for model in graph.models]
        ('find', ['find', 'fit_even'])
    """

    format: Literal[1] = 1
    steps: tuple[Step, ...]

    @classmethod
    def of_model(cls, id: str, *, task: str, package: str | None = None) -> Self:
        """The graph of a single model."""
        return cls(steps=(ModelStep(id=id, task=task, package=package or id),))

    @classmethod
    def from_json(cls, document: Any) -> Self:
        """Check a document.

        Raises:
            InvalidData: It is no inference graph; with everything that is wrong.
        """
        try:
            return cls.model_validate(document)
        except ValidationError as error:
            raise InvalidData(*_problems(error)) from error

    @property
    def models(self) -> tuple[ModelStep, ...]:
        """The steps that predict, in their order."""
        return tuple(step for step in self.steps if isinstance(step, ModelStep))

    @property
    def first(self) -> tuple[ModelStep, ...]:
        """The models that see the picture of the request itself."""
        return tuple(model for model in self.models if model.input is None)

    @property
    def is_single(self) -> bool:
        """Whether it is one model and nothing else."""
        return len(self.steps) == 1

    def __getitem__(self, id: str) -> Step:
        return next(step for step in self.steps if step.id == id)

    def users_of(self, id: str | None) -> tuple[Step, ...]:
        """The steps that take the result of a step, or the picture of the request."""
        return tuple(step for step in self.steps if step.input == id)

    def predictions_of(self, id: str) -> str:
        """The model whose predictions a step works on: itself, or that of what it takes."""
        step = self[id]
        while not isinstance(step, ModelStep):
            assert step.input is not None  # only models take the request
            step = self[step.input]
        return step.id

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        problems = list(_unsound(self.steps)) or (
            [] if self.first else ["no model takes the picture"]
        )
        if problems:
            raise ValueError("; ".join(problems))
        return self


def _unsound(steps: tuple[Step, ...]) -> Iterator[str]:
    """What pydantic cannot say field by field, in the order of the steps."""
    seen: dict[str, Step] = {}
    for step in steps:
        if step.id in seen:
            yield f"two steps are called {step.id!r}"
        given = None if step.input is None else seen.get(step.input)
        if step.input is not None and given is None:
            yield f"the step {step.id!r} takes {step.input!r}, which is no step before it"
        if given is not None and not _fits(step, given, seen):
            wanted = "pictures" if isinstance(step, ModelStep) else _TAKES[step.type][1]
            yield f"the step {step.id!r} takes {wanted}, which {given.id!r} ({given.type}) does not give"
        seen[step.id] = step


def _fits(step: Step, given: Step, seen: Mapping[str, Step]) -> bool:
    if isinstance(step, ModelStep):
        return not isinstance(given, ModelStep | FilterStep)
    if isinstance(given, FilterStep):
        source = seen.get(given.input)
        return source is not None and step.type != "route" and _fits(step, source, seen)
    return isinstance(given, ModelStep) and given.task in _TAKES[step.type][0]


def _problems(error: ValidationError) -> list[Diagnostic]:
    return [
        Diagnostic(
            code="I480",
            message=f"this is no inference graph: {_where(problem['loc'])}: {problem['msg']}",
            fix="Make the bundle again, or take it once more from where it came from",
        )
        for problem in error.errors()
    ]


def _where(place: tuple[int | str, ...]) -> str:
    return ".".join(map(str, place)) or "graph"


def is_graph_folder(folder: Path) -> bool:
    """Whether a folder holds an inference graph with its models, as a bundle does.

    Example:
        >>> int(is_graph_folder(Path("nowhere")))
        0
    """
    return (folder / GRAPH_FILE).is_file()


def write_graph(folder: Path, graph: InferenceGraph) -> None:
    """Write ``graph.json`` into the folder that holds ``models``."""
    write_json(folder / GRAPH_FILE, graph.model_dump(mode="json"))


def read_graph(folder: Path) -> InferenceGraph:
    """Read and check ``graph.json``.

    Raises:
        NotFound: There is none.
        InvalidData: It is damaged.
    """
    path = folder / GRAPH_FILE
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise NotFound.of(
            f"{folder} holds no inference graph",
            code="I481",
            expected=f"a folder with {GRAPH_FILE} and {MODELS_FOLDER}",
            fix="Name an unpacked bundle",
        ) from error
    except ValueError as error:
        raise InvalidData.of(
            f"{path} is not readable JSON: {error}",
            code="I480",
            fix="Make the bundle again, or take it once more from where it came from",
        ) from error
    return InferenceGraph.from_json(document)
