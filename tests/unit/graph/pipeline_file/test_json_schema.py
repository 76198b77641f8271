from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from jsonschema import Draft202012Validator
from pydantic import Field
from ruamel.yaml import YAML

from netloom.core.settings import Settings
from netloom.graph.catalogue import Catalogue
from netloom.graph.operator import Needs, operator
from netloom.graph.pipeline_file.json_schema import pipeline_schema
from netloom.operators.builtin import builtin_catalogue


class Data:
    pass


class Small(Settings):
    type: Literal["small"] = "small"
    widths: list[int] = Field([1])


class Large(Settings):
    """A large one."""

    type: Literal["large"] = "large"
    depth: Annotated[int, Field(gt=0)] = 1
    inner: Small = Small()


SMALL = Small()
Shape = Annotated[Small | Large, Field(discriminator="type")]


@operator(group="data")
def read(*, path: str) -> Data:
    """Read images.

    Uses ``path``.

    Args:
        path: Where the images are.
    """
    return Data()


@operator(group="", id="train", job=Needs())
def train(
    data: Data, more: list[Data] | None = None, *, epochs: int = 3, shape: Shape = SMALL
) -> Data:
    """Train.

    Args:
        data: What to learn from.
        epochs: Passes over the data.
    """
    return Data()


SCHEMA = pipeline_schema(Catalogue([read, train]))


def errors(text: str) -> list[str]:
    document = YAML(typ="safe").load(text)
    found = Draft202012Validator(SCHEMA).iter_errors(document)
    return sorted("/".join(str(step) for step in error.absolute_path) for error in found)


def test_the_schema_is_a_valid_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    Draft202012Validator.check_schema(pipeline_schema(builtin_catalogue()))


@pytest.mark.parametrize(
    "node",
    [
        "{op: data.read, path: x}",
        "{op: data.read}",
        "{path: inherited}",
        '{op: data.read, path: "${vars.x}"}',
        "{op: train, data: a.out, more: [a, b.c], epochs: 5, needs: {cpus: 2}, retries: 1, note: x}",
        "{op: train, data: null, more: a, timeout_s: 2.5}",
        '{op: train, epochs: "${vars.n * 2}"}',
        "{op: train, shape: {type: large, depth: 2, inner: {widths: [1, 2]}}}",
        '{op: train, shape: {type: "${vars.t}", depth: "${vars.n}"}}',
        '{op: train, shape: {type: small, widths: [1, "${vars.n}"]}}',
        '{op: train, shape: "${vars.shape}"}',
        "{op: my_component, anything: 1}",
    ],
)
def test_right_nodes_pass(node: str) -> None:
    assert errors(f"netloom: 1\nnodes: {{n: {node}}}\n") == []


@pytest.mark.parametrize(
    ("node", "place"),
    [
        ("{op: data.raed}", "nodes/n/op"),
        ("{op: data.read, pth: x}", "nodes/n"),
        ("{op: data.read, path: 3}", "nodes/n/path"),
        ("{op: train, epochs: many}", "nodes/n/epochs"),
        ("{op: train, data: 3}", "nodes/n/data"),
        ("{op: train, data: [a]}", "nodes/n/data"),
        ("{op: train, more: [a b]}", "nodes/n/more"),
        ("{op: train, shape: {type: small, depth: 1}}", "nodes/n/shape"),
        ("{op: train, shape: {type: large, depth: 0}}", "nodes/n/shape"),
        ("{op: train, needs: {cpu: 1}}", "nodes/n/needs"),
        ("{op: train, retries: -1}", "nodes/n/retries"),
        ("{op: train, timeout_s: 0}", "nodes/n/timeout_s"),
        ("3", "nodes/n"),
    ],
)
def test_wrong_nodes_fail_where_they_are_wrong(node: str, place: str) -> None:
    assert errors(f"netloom: 1\nnodes: {{n: {node}}}\n") == [place]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("netloom: 2\n", "netloom"),
        ("nods: {}\n", ""),
        ("nodes: {1a: {op: train}}\n", "nodes"),
        ("extends: 3\n", "extends"),
        ("components: {c: {node: {}}}\n", "components/c"),
        ("components: {c: {nodes: {n: {op: train, epoch: 1}}}}\n", "components/c/nodes/n"),
    ],
)
def test_wrong_sections_fail(text: str, place: str) -> None:
    assert errors(text) == [place]


def test_docstrings_become_hover_text() -> None:
    definitions: dict[str, Any] = SCHEMA["$defs"]
    assert definitions["op:data.read"]["description"] == "Read images.\n\nUses `path`."
    properties = definitions["op:train"]["properties"]
    assert properties["epochs"]["description"] == "Passes over the data."
    assert properties["epochs"]["default"] == 3
    assert properties["data"]["description"] == "Input: Data from another node. What to learn from."
    choices = definitions["node"]["properties"]["op"]["anyOf"]
    assert {"const": "data.read", "description": "Read images."} in choices


def test_every_example_passes(repository: Path) -> None:
    validator = Draft202012Validator(pipeline_schema(builtin_catalogue()))
    files = sorted((repository / "examples").rglob("*.yaml"))
    own = {folder.parent for folder in (repository / "examples").rglob("operators")}
    # A project that has operators of its own is not described by the built-in ones.
    examples = [path for path in files if not own.intersection(path.parents)]
    assert examples
    for path in examples:
        document = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
        if isinstance(document, dict) and "netloom" in document:
            assert list(validator.iter_errors(document)) == [], path
