"""A bench on which plans and runs are tried out: toy operators, real stores, no processes."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from netloom.core.errors import InvalidData
from netloom.core.identifiers import NodeId
from netloom.execution.artifact_store import LocalArtifactStore
from netloom.execution.cache import ResultCache
from netloom.execution.events import JobSucceeded, NodeChanged, Output
from netloom.execution.job_template import Folders
from netloom.execution.jobs import JobSpec
from netloom.execution.ledger import OpenNode, OpenRun
from netloom.execution.plan import Plan, make_plan, selected_nodes
from netloom.execution.progress import RunProgress
from netloom.execution.states import RunState
from netloom.execution.verdict import Earlier
from netloom.graph.catalogue import Catalogue
from netloom.graph.fingerprint import Ingredients
from netloom.graph.graph import Component, Graph, Node, OutputRef
from netloom.graph.operator import Needs, operator
from netloom.graph.serialization import json_from_graph
from netloom.graph.validation import CheckedGraph, check


class Halves(NamedTuple):
    """Two texts."""

    left: str
    right: str


def _file_identity(*, name: str, project: Path, **_: Any) -> str | None:
    path = project / name
    if name == "clock":
        return None
    if not path.exists():
        raise InvalidData.of(f"there is no file {name!r}", code="I001")
    return path.read_text()


@operator(group="toy", job=Needs(cpus=0), identity=_file_identity, preload=("json",))
def read(*, name: str = "data.txt", trim: bool = True) -> str:
    """Read a file; the file ``clock`` is never the same."""
    return ""


@operator(group="toy", identity=_file_identity)
def refer(text: str, *, name: str = "data.txt") -> str:
    """Describe it with the content of a file."""
    return text


@operator(group="toy")
def shout(text: str, *, mark: str = "!") -> str:
    """Describe it louder."""
    return text.upper() + mark


@operator(group="toy", job=Needs(cpus=2, gpus=1, gpu="preferred"), preload=("csv", "json"))
def train(text: str, start: str | None = None, *, epochs: int = 1) -> Halves:
    """Work long."""
    return Halves(text, text)


@operator(group="toy", job=True)
def merge(texts: list[str], *, sep: str = "") -> str:
    """Put together."""
    return sep.join(texts)


@operator(group="toy", job=True)
def show(text: str) -> None:
    """Show it to somebody."""


CATALOGUE = Catalogue([read, refer, shout, train, merge, show])

Value = Callable[[JobSpec], str]


def ingredients_as_text(job: JobSpec) -> str:
    """What a well-behaved job returns: something that depends on all its ingredients."""
    return repr(job.steps)


@dataclass
class Bench:
    """Everything a plan or a run needs, below one folder."""

    root: Path
    catalogue: Catalogue = CATALOGUE
    earlier: dict[NodeId, Earlier] = field(default_factory=dict)
    num_runs: int = 0

    def __post_init__(self) -> None:
        self.artifacts = LocalArtifactStore(self.root / "artifacts")
        self.cache = ResultCache(self.root / "results", self.artifacts)
        self.project.mkdir()
        self.write("data.txt", "one")

    @property
    def project(self) -> Path:
        return self.root / "project"

    def write(self, name: str, text: str) -> None:
        """Change a file that ``toy.read`` reads."""
        (self.project / name).write_text(text)

    def graph(self, **nodes: Any) -> Graph:
        """``graph(a="read", b=("train", {"text": "a"}, {"epochs": 3}))``; components are kept."""
        found, components = {}, {}
        for name, written in nodes.items():
            if isinstance(written, Component):
                components[name] = written
                continue
            parts = (written,) if isinstance(written, str) else written
            operator_, inputs, settings, options = (*parts, {}, {}, {})[:4]
            refs = {
                port: tuple(map(OutputRef.parse, source)) if isinstance(source, list)
                else OutputRef.parse(source)
                for port, source in inputs.items()
            }  # fmt: skip
            op = operator_ if operator_ in nodes else f"toy.{operator_}"
            found[name] = Node(name, op, settings=settings, inputs=refs, **options)
        return Graph(found, components)

    def check(self, graph: Graph) -> CheckedGraph:
        return check(graph, self.catalogue).require_valid()

    def plan(self, graph: Graph, **selection: Collection[str]) -> Plan:
        return make_plan(
            self.check(graph),
            self.catalogue,
            self.cache,
            project=self.project,
            earlier=self.earlier,
            **selection,
        )

    def states(self, graph: Graph, **selection: Collection[str]) -> dict[str, str]:
        """State of each node in a plan."""
        return {n: str(p.state) for n, p in self.plan(graph, **selection).nodes.items()}

    def output(self, value: str) -> Output:
        """A text as a saved output."""
        staged = self.artifacts.stage()
        (staged / "value.json").write_text(json.dumps(value))
        stored = self.artifacts.commit(staged, media_type="application/json")
        return Output(stored.id, "application/json", stored.manifest.size_bytes, {"value": value})

    def outputs(self, job: JobSpec, value: str) -> dict[str, Output]:
        """What a job saves, given the text it returns."""
        ports = self.catalogue.operator(job.steps[-1].operator).outputs
        return {port: self.output(f"{value}:{port}") for port in ports}

    def open(
        self,
        graph: Graph,
        *,
        nodes: Mapping[str, OpenNode] | None = None,
        force: tuple[str, ...] = (),
        to: Collection[str] = (),
        start: Collection[str] = (),
    ) -> RunProgress:
        """A run that has just been submitted, or one that goes on from ``nodes``."""
        self.num_runs += 1
        checked = self.check(graph)
        selected = selected_nodes(checked, to=to, start=start, force=force)
        states = {
            node: OpenNode(RunState.PENDING) for node in checked.flat.nodes if node in selected
        }
        run = OpenRun(
            id=f"run{self.num_runs}",
            graph=json_from_graph(graph),
            project=str(self.project),
            operator_files=("/operators/mine.py",),
            force=force,
            priority=3,
            owner="",
            nodes={**states, **(nodes or {})},
            earlier=self.earlier,
        )
        return RunProgress(
            run,
            checked,
            self.catalogue,
            self.cache,
            folders=Folders(self.root, self.root / "runs" / run.id, self.project),
            catalogue_path="tests:catalogue",
        )

    def finish(
        self, progress: RunProgress, value: Value = ingredients_as_text
    ) -> list[NodeChanged]:
        """Run to the end with jobs that all succeed; what they return may be given."""
        news: list[NodeChanged] = []
        while True:
            step = progress.advance((), now=0.0)
            news += step.events
            for job in step.jobs:
                news.append(progress.started(job.node, now=1.0))
                event = JobSucceeded(job.id, self.outputs(job, value(job)), 2.5)
                news.append(progress.succeeded(job.node, event, now=3.5))
            if not step.events:
                break
        self.remember(progress, news)
        return news

    def run(
        self, graph: Graph, value: Value = ingredients_as_text, **selection: Any
    ) -> dict[str, str]:
        """Run a graph to the end; the final state of each node."""
        progress = self.open(graph, **selection)
        self.finish(progress, value)
        return {node: str(state) for node, state in progress.states.items()}

    def remember(self, progress: RunProgress, news: Collection[NodeChanged]) -> None:
        """Keep what a store would keep of each node, as later runs of the pipeline see it."""
        for event in news:
            if event.ingredients is not None:
                known = Ingredients.from_json(event.ingredients)
                self.earlier[event.node] = Earlier(progress.run.id, known, None)
            if event.seconds is not None and event.node in self.earlier:
                self.earlier[event.node] = replace(self.earlier[event.node], seconds=event.seconds)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)
