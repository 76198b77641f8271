"""Authoring: pipelines as text that nobody has saved: check it, edit it, write it from a graph.

The text comes from people who may not read every file of this machine nor its environment. So what it
extends must lie in the project folder, and ``${env:…}`` finds nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.errors import InvalidPipeline
from netloom.graph.edits import GraphEdit, MoveNode, SetCanvas
from netloom.graph.graph import Graph
from netloom.graph.pipeline_file.document import Document, load_document
from netloom.graph.pipeline_file.document_graph import graph_from_document
from netloom.graph.pipeline_file.document_text import document_from_graph
from netloom.graph.pipeline_file.file_edits import edit_text, move_nodes, place_nodes
from netloom.graph.pipeline_file.layers import MAX_FILE_BYTES
from netloom.graph.validation import check
from netloom.workspace.pipelines import LoadedPipeline

if TYPE_CHECKING:
    from netloom.workspace.workspace import Workspace

_DRAFT = "pipeline.yaml"
"""The name under which unsaved text stands in the project folder, for what it extends."""
_UNNAMED = "untitled"
_FEW_MOVES = 8
"""More are moved at once by an automatic layout: then the section is written anew, not line by line."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """Unsaved text, read as far as it goes.

    Attributes:
        pipeline: None if the text is not even a mapping in YAML.
        layout: Canvas positions by node id.
        diagnostics: Everything found, errors and warnings.
    """

    pipeline: LoadedPipeline | None
    diagnostics: tuple[Diagnostic, ...]
    layout: Mapping[str, Any]

    @property
    def is_valid(self) -> bool:
        """Whether it could be run."""
        return self.pipeline is not None and self.pipeline.checked.is_valid


def load_text(
    workspace: Workspace,
    text: str,
    *,
    sets: Sequence[str] = (),
    variables: Mapping[str, Any] | None = None,
) -> LoadedPipeline:
    """Check a pipeline's text.

    Raises:
        InvalidPipeline: It cannot be read as a pipeline at all.
    """
    try:
        document = _document(workspace, text, sets=sets, variables=variables)
    except InvalidPipeline as error:
        problems = (_without_draft(problem, workspace.project) for problem in error.diagnostics)
        raise InvalidPipeline(*problems) from error
    graph, found = graph_from_document(document, workspace.catalogue)
    checked = check(graph, workspace.catalogue, earlier=found, place_of=document.locate)
    diagnostics = tuple(_without_draft(d, workspace.project) for d in checked.diagnostics)
    named = document.entries.fields.get("name")
    return LoadedPipeline(
        name=document.name if named is not None else _UNNAMED,
        checked=replace(checked, diagnostics=diagnostics),
        written=text,
        document=document,
        place_of=lambda place: _place_in_draft(document.locate(place), workspace.project),
    )


def sketch(
    workspace: Workspace,
    text: str,
    *,
    sets: Sequence[str] = (),
    variables: Mapping[str, Any] | None = None,
) -> Sketch:
    """Check a pipeline's text; whatever is wrong with it is part of the answer."""
    try:
        pipeline = load_text(workspace, text, sets=sets, variables=variables)
    except InvalidPipeline as error:
        return Sketch(None, error.diagnostics, {})
    layout = pipeline.document.layout if pipeline.document else {}
    return Sketch(pipeline, pipeline.diagnostics, layout)


def edited(workspace: Workspace, text: str, edits: Sequence[GraphEdit]) -> str:
    """The text after some edits, in order; lines they do not concern stay as they are.

    Raises:
        InvalidPipeline: The text cannot be read as a pipeline.
        NotFound: An edit names a node or connection that does not exist; nothing is edited.
        Conflict: A new node's id is taken, or a value cannot be changed here.
    """
    for kind, group in groupby(edits, _kind):
        together = list(group)
        document = _document(workspace, text)
        graph, _ = graph_from_document(document, workspace.catalogue)
        if kind == "move":
            text = _moved(text, together, graph, document)
            continue
        for number, edit in enumerate(together):
            if number and kind == "graph":
                document = _document(workspace, text)
                graph, _ = graph_from_document(document, workspace.catalogue)
            text = edit_text(text, edit, graph=graph, inherited=document.inherited)
    return text


def _kind(edit: GraphEdit) -> Literal["move", "canvas", "graph"]:
    """Only edits of the last kind change the graph, so that the next one needs it read again."""
    if isinstance(edit, MoveNode):
        return "move"
    return "canvas" if isinstance(edit, SetCanvas) else "graph"


def _moved(text: str, edits: Sequence[GraphEdit], graph: Graph, document: Document) -> str:
    moves = [edit for edit in edits if isinstance(edit, MoveNode)]
    if len(moves) <= _FEW_MOVES or document.inherited.at(("layout",)) is not None:
        return move_nodes(text, moves, graph=graph)
    return place_nodes(text, moves, graph=graph, layout=document.layout)


def text_of_graph(
    graph: Graph, name: str, *, description: str = "", layout: Mapping[str, Any] | None = None
) -> str:
    """A tidy pipeline file that describes a graph."""
    return document_from_graph(graph, name or _UNNAMED, description=description, layout=layout)


def _document(
    workspace: Workspace,
    text: str,
    *,
    sets: Sequence[str] = (),
    variables: Mapping[str, Any] | None = None,
) -> Document:
    if len(text) > MAX_FILE_BYTES:
        raise InvalidPipeline.of(
            "the text is too long for a pipeline",
            code="D003",
            expected=f"at most {MAX_FILE_BYTES // 1024 // 1024} MB",
        )
    return load_document(
        workspace.project / _DRAFT,
        sets=sets,
        vars=variables,
        environment={},
        project=workspace.project,
        catalogue=workspace.catalogue,
        text=text,
        within=workspace.project,
    )


def _without_draft(diagnostic: Diagnostic, project: Path) -> Diagnostic:
    return replace(diagnostic, place=_place_in_draft(diagnostic.place, project))


def _place_in_draft(place: Place, project: Path) -> Place:
    """Files named by their place in the project; the text itself is no file."""
    if place.file is None:
        return place
    path = Path(place.file)
    inside = path.relative_to(project).as_posix() if path.is_relative_to(project) else place.file
    return replace(place, file=None if inside == _DRAFT else inside)
