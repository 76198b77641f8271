"""Loading pipelines: a file, or a graph recorded in Python, checked against the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.errors import NotFound
from netloom.execution.events import NodeChanged, RunEvent
from netloom.graph.catalogue import Catalogue
from netloom.graph.graph import Graph
from netloom.graph.pipeline_file.document import Document, Explanation, explain, load_document
from netloom.graph.pipeline_file.document_graph import graph_from_document
from netloom.graph.pipeline_file.document_text import document_from_graph
from netloom.graph.validation import CheckedGraph, PlaceOf, as_it_is, check
from netloom.tracking.run_store import RunStore


@dataclass(frozen=True, slots=True)
class LoadedPipeline:
    """A pipeline ready to be planned, or the reasons why it is not.

    Attributes:
        written: The file's own text; None for a graph from Python.
        file: The file as the user named it; empty for a graph from Python.
        document: The file with the origin of each value; None for a graph from Python.
        place_of: Adds file and line to a place in the graph.
    """

    name: str
    checked: CheckedGraph
    file: str = ""
    written: str | None = None
    document: Document | None = None
    place_of: PlaceOf = as_it_is

    @property
    def graph(self) -> Graph:
        """The graph as written."""
        return self.checked.written

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Everything found while reading and checking."""
        return self.checked.diagnostics

    @property
    def resolved(self) -> str:
        """The pipeline as one file with every layer merged and every reference resolved."""
        description = self.document.description if self.document else ""
        return document_from_graph(self.graph, self.name, description=description)

    def located(self, diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
        """Diagnostics about nodes, with file and line."""
        return tuple(replace(each, place=self.place_of(each.place)) for each in diagnostics)

    def located_in(self, event: RunEvent) -> RunEvent:
        """An event of a run of it, with file and line of what went wrong."""
        if not isinstance(event, NodeChanged) or not event.diagnostics:
            return event
        return replace(event, diagnostics=self.located(event.diagnostics))

    def provenance(self, project: Path) -> list[dict[str, Any]]:
        """Where each value came from, as JSON; empty for a graph from Python."""
        values = explain(self.document) if self.document else []
        return [_provenance(value, project) for value in values]


def load_pipeline(
    path: Path,
    catalogue: Catalogue,
    *,
    project: Path,
    overlays: Sequence[Path] = (),
    sets: Sequence[str] = (),
    variables: Mapping[str, Any] | None = None,
    now: datetime | None = None,
) -> LoadedPipeline:
    """Read a pipeline file with its layers and check it.

    Raises:
        InvalidPipeline: The file cannot be read as a pipeline at all. Problems in nodes are not
            raised but reported in ``diagnostics``, so that a broken graph can still be shown.
    """
    document = load_document(
        path,
        overlays=overlays,
        sets=sets,
        vars=variables,
        now=now,
        project=project,
        catalogue=catalogue,
    )
    graph, found = graph_from_document(document, catalogue)
    checked = check(graph, catalogue, earlier=found, place_of=document.locate)
    return LoadedPipeline(
        name=document.name,
        checked=checked,
        file=str(path),
        written=path.read_text(encoding="utf-8-sig"),
        document=document,
        place_of=document.locate,
    )


def last_pipeline_file(store: RunStore, project: Path) -> Path:
    """The file of the newest run that had one.

    Raises:
        NotFound: No run did, or the file is gone.
    """
    files = [record.request.file for record in store.runs() if record.request.file]
    if not files:
        raise NotFound.of("no run of this workspace had a pipeline file", fix="Name the file")
    for candidate in (Path(files[0]), project / files[0]):
        if candidate.is_file():
            return candidate
    raise NotFound.of(f"the file of the last run is gone: {files[0]}", fix="Name the file")


def _provenance(value: Explanation, project: Path) -> dict[str, Any]:
    """JSON form; files are named by their place in the project, so that it can be moved."""

    def relative(name: str) -> str:
        path = Path(name)
        if not path.is_absolute():
            return name
        return path.relative_to(project).as_posix() if path.is_relative_to(project) else path.name

    overridden = [[old, relative(source)] for old, source in value.overridden]
    return {
        "path": value.path,
        "value": value.value,
        "layer": relative(value.layer),
        "source": relative(value.source),
        "overridden": overridden,
    }


def pipeline_from_graph(
    graph: Graph, name: str, catalogue: Catalogue, *, place_of: Callable[[Place], Place]
) -> LoadedPipeline:
    """Check a graph recorded in Python."""
    checked = check(graph, catalogue, place_of=place_of)
    return LoadedPipeline(name=name, checked=checked, place_of=place_of)
