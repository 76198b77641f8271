"""Trained models: where they come from, how good they are, and what they predict."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from netloom.accounts.permissions import Right, Visibility
from netloom.server.reader_language import Worded
from netloom.server.schemas.runs import StoredFile
from netloom.server.schemas.wire import Answer, Body, JsonValue, Name, Seconds, Text


class NewModel(Body):
    """A model to register: an artifact, or the output of a node. It becomes its name's next version."""

    name: Name
    description: Text = ""
    artifact: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    run: Annotated[str, Field(max_length=100)] | None = None
    node: Annotated[str, Field(max_length=500)] | None = None
    """With ``run``: the node that gave the model out."""


class ModelChange(Body):
    """What to change of a registered model; what is not given stays."""

    name: Name | None = None
    """Under another name it becomes that name's next version."""
    description: Text | None = None


class PictureInput(Answer):
    """Pictures as the network takes them; others are brought to this form first."""

    width: int
    height: int
    channels: int
    """1 for grey levels, 3 for colour."""


class AskedColumn(Answer):
    """A column of the rows that a model of tables predicts, as its feature map knows it."""

    name: str
    type: Literal[
        "number", "integer", "text", "boolean", "date", "timestamp", "bytes", "list", "map"
    ]
    """How a value is written in JSON: dates and times as in ISO 8601 (UTC), bytes in base 64."""
    column_type: str
    """In full, such as ``decimal(10, 2)``, ``list<integer>`` or ``map<text, number>``."""
    required: bool
    """It must be given, be it null; keys need not be: they come back beside the answer."""
    example: JsonValue
    """A usual value."""
    values: list[JsonValue]
    """Frequent values, the most frequent first; of a list its elements, of a map its keys."""
    low: JsonValue
    """The smallest number, date or time that was seen, of a list among its elements; null if none was."""
    high: JsonValue


class TableTarget(Answer):
    """A column that a model of tables predicts."""

    column: str
    type: Literal["binary", "classes", "number", "labels"]
    classes: list[str] | None
    """In the order of ``COLUMN_scores``; of ``binary`` the negative, then the positive one."""


class ModelSummary(Answer):
    """A trained model in the list."""

    id: str
    """Of the registration, or the artifact's."""
    artifact: str
    name: str
    """As registered, or where it comes from: ``pipeline · node``."""
    version: int | None
    """Counted for each name; null if it is not registered."""
    reference: str
    """What a node that uses it says: ``reuse: pets@3``."""
    description: str
    is_registered: bool
    task: str
    """The learning task; ``tabular`` for models of tables."""
    classes: list[str]
    """In the order of the network's outputs; of tables those of the only target."""
    input: PictureInput | None
    """Null for models of tables."""
    targets: list[TableTarget]
    """What a model of tables predicts; none for models of pictures."""
    num_columns: int | None
    """How many columns of a table become features; null for pictures."""
    date: str | None
    """The day of the data that a model of tables learned from, as ``2026-01-31``, if it had one."""
    architecture: str
    """Type of the backbone, or of the network for tables."""
    parameters: int | None
    """Null if the package cannot be read."""
    size_bytes: int
    metrics: dict[str, float | None]
    """By ``node.name``: of the node that made it, and of those of the same run that measured it."""
    created: Seconds
    run: str
    """The run that gave it out; it may have been deleted since."""
    node: str
    pipeline: str
    owner: str | None
    visibility: Visibility
    right: Right
    """Your own. ``run`` lets you predict with it."""


class ModelPage(Answer):
    """Some of the models one may see, newest first."""

    models: list[ModelSummary]
    total: int
    """How many match, on all pages."""


class ModelSource(Answer):
    """Where data of a model come from: a node that reads them."""

    node: str
    operator: str
    name: str
    """What people call it: the last part of the path, or the operator."""
    path: str | None
    settings: dict[str, JsonValue]
    identity: str | None
    """Changes when the data change."""
    fingerprint: str | None
    samples: int | None
    parts: dict[str, int]


class TrainingData(Answer):
    """The data a model was trained with, after everything that was done to them."""

    node: str
    samples: int | None
    parts: dict[str, int]
    """How many samples each part has."""


class ParentModel(Answer):
    """A model that training started from."""

    node: str
    artifact: str
    """Also the parent's id, if you may see it."""


class Model(ModelSummary):
    """One trained model."""

    registered: Seconds | None
    operator: str
    """Of the node that made it."""
    settings: dict[str, JsonValue]
    """Of that node: how it was trained."""
    sources: list[ModelSource]
    trained_on: TrainingData | None
    parents: list[ParentModel]
    files: list[StoredFile]
    """Of the package; none if it is gone."""
    run_right: Right | None
    """Your right over the run: without one, or if it was deleted, there is no text to look at."""
    snippet: str
    """A node that gives this model in a pipeline."""
    inputs: list[AskedColumn] | None
    """The columns of rows to predict; null for pictures, and where there are too many to tell of."""


class ModelExample(Answer):
    """A picture to try a model with."""

    number: int
    """Position in its part."""
    id: str
    label: str | None
    """What it really shows."""
    url: str
    """The picture, as PNG or JPEG."""


class ModelExamples(Answer):
    """Some pictures of the data a model was trained with, spread evenly."""

    examples: list[ModelExample]
    part: str | None
    """The test part, if there is one: pictures the model has not seen. Null for data without parts."""
    num_samples: int
    """How many there are to choose from."""
    reason: Worded | None
    """Why there are none."""


class ExamplesBody(Body):
    """Examples to predict."""

    examples: Annotated[
        list[Annotated[int, Field(ge=0, le=2**31 - 1)]], Field(min_length=1, max_length=100)
    ]
    """Their numbers."""


class LabelScore(Answer):
    """A label and how much speaks for it."""

    label: str
    score: float
    """0 to 1; over all labels they add up to 1."""


class PicturePrediction(Answer):
    """What a model says of one picture."""

    top: list[LabelScore]
    """Best first; empty if the learning task gives no scores of labels."""
    prediction: dict[str, JsonValue]
    """In the form of the learning task. Places are those of the picture as it came."""
    drawing: str | None
    """The picture with what was found drawn in, a PNG in base 64; null where ``top`` says it all."""
    width: int
    """Of the picture as it came, in pixels."""
    height: int
    example: int | None
    """Number of the example; null for a picture that was sent."""
    label: str | None
    """What the example really shows."""


class Predictions(Answer):
    """Predictions in the order asked for."""

    predictions: list[PicturePrediction]
    seconds: float
    """Time to decode, prepare and compute, without waiting and loading."""
    load_seconds: float
    """Time to load the model; 0 if it was in memory."""


class RowsBody(Body):
    """Rows to predict with a model of tables."""

    rows: Annotated[list[dict[str, JsonValue]], Field(min_length=1, max_length=1000)]
    """By column: each that the model needs; null where a value is missing."""


class TablePredictions(Answer):
    """What a model says of rows, in their order."""

    rows: list[dict[str, JsonValue]]
    """The keys that were given; then of each target ``COLUMN`` (the value, of ``labels`` a list),
    ``COLUMN_score`` (how probable it is; of ``binary`` the positive value) and ``COLUMN_scores`` (of all
    classes, in the order of ``targets``). Numbers have ``COLUMN`` alone."""
    seconds: float
    """Time to check, encode and compute, without waiting and loading."""
    load_seconds: float
    """Time to load the model; 0 if it was in memory."""
