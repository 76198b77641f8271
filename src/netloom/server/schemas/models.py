"""Trained models: where they come from, how good they are, and what they predict."""

from __future__ import annotations

from typing import Annotated

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
    classes: list[str]
    """In the order of the network's outputs."""
    input: PictureInput
    architecture: str
    """Type of the backbone."""
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
