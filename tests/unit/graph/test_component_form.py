"""A Python function as a component: the same graph as the one a file's component describes."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from netloom.core.errors import InvalidPipeline
from netloom.graph.builder import GraphBuilder
from netloom.graph.catalogue import Catalogue
from netloom.graph.component_form import component
from netloom.graph.graph import REQUIRED, Component, Graph, Node, OutputRef
from netloom.graph.operator import operator
from netloom.graph.validation import check


class Images:
    """Some images."""


class Both(NamedTuple):
    """Two sizes."""

    small: Images
    large: Images


@operator(group="toy")
def source() -> Images:
    """Images from somewhere."""
    return Images()


@operator(group="toy")
def resize(images: Images, *, size: int) -> Images:
    """Bring to a size."""
    return images


@operator(group="toy")
def rotate(images: Images, *, degrees: float = 1.0) -> Images:
    """Turn."""
    return images


@component
def prepare(images: Images, *, size: int, degrees: float = 5.0) -> Images:
    """Resize, then rotate a little.

    Args:
        size: In pixels.
    """
    return rotate(resize(images, size=size), degrees=degrees)


@component
def sizes(images: Images) -> Both:
    """Two sizes of the same."""
    return Both(resize(images, size=8), prepare(images, size=32))


def ref(text: str) -> OutputRef:
    return OutputRef.parse(text)


def recorded(build: Any) -> Graph:
    with GraphBuilder() as builder:
        build()
    return builder.graph


def test_the_body_becomes_the_components_graph() -> None:
    settings = {"size": REQUIRED, "degrees": 5.0}
    size, degrees = ({"$template": f"${{settings.{name}}}"} for name in settings)
    assert prepare.component == Component(
        name="prepare",
        graph=Graph(
            {
                "resize": Node("resize", "toy.resize", {"size": size}, {"images": ref("images")}),
                "rotate": Node(
                    "rotate", "toy.rotate", {"degrees": degrees}, {"images": ref("resize")}
                ),
            }
        ),
        inputs={"images": "Images"},
        settings=settings,
        outputs={"out": ref("rotate")},
        help="Resize, then rotate a little.",
    )


def test_a_call_adds_one_node() -> None:
    graph = recorded(lambda: rotate(prepare.node("ready", note="small")(source(), size=16)))
    assert graph.nodes["ready"] == Node(
        "ready", "prepare", {"size": 16}, {"images": ref("source")}, note="small"
    )
    assert graph.nodes["rotate"].inputs == {"images": ref("ready")}
    assert list(graph.components) == ["prepare"]


def test_components_may_use_components_and_have_several_outputs() -> None:
    def build() -> None:
        both = sizes(source())
        rotate(both.large)

    graph = recorded(build)
    assert graph.components["sizes"].outputs == {"small": ref("resize"), "large": ref("prepare")}
    flat = check(graph, Catalogue([source, resize, rotate])).require_valid().flat
    assert list(flat.nodes) == [
        "source", "sizes/resize", "sizes/prepare/resize", "sizes/prepare/rotate", "rotate",
    ]  # fmt: skip
    assert flat.nodes["sizes/prepare/resize"].settings == {"size": 32}
    assert flat.nodes["rotate"].inputs == {"images": ref("sizes/prepare/rotate")}


def test_outside_a_pipeline_it_is_a_function() -> None:
    images = Images()
    assert prepare(images, size=3) is images


def test_two_components_of_one_name_are_refused() -> None:
    def other() -> Any:
        @component
        def prepare(images: Images) -> Images:
            """Another one."""
            return rotate(images)

        return prepare

    with GraphBuilder():
        prepare(source(), size=3)
        with pytest.raises(InvalidPipeline) as caught:
            other()(source())
    assert "prepare" in caught.value.diagnostics[0].message


def test_what_is_no_output_cannot_be_returned() -> None:
    @component
    def wrong(images: Images) -> int:
        """Counts."""
        return 3

    with GraphBuilder(), pytest.raises(TypeError, match="out is int"):
        wrong(source())


def test_a_missing_argument_is_told_at_the_call() -> None:
    with GraphBuilder(), pytest.raises(TypeError, match="images"):
        prepare(size=3)  # type: ignore[call-arg]
