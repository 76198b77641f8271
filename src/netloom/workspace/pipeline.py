"""The Python form of a pipeline: record, look at it, plan it, run it."""

from __future__ import annotations

import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

from netloom.core.errors import InvalidInput
from netloom.core.identifiers import NodeId
from netloom.execution.events import NodeChanged, RunEvent
from netloom.execution.plan import Plan
from netloom.execution.state_display import look_of
from netloom.execution.states import PlanState, RunState
from netloom.graph.builder import GraphBuilder
from netloom.graph.drawing import Badge, svg_from_graph
from netloom.graph.fingerprint import graph_fingerprint
from netloom.graph.pipeline_file.document_text import document_from_graph
from netloom.graph.plugins import is_loading
from netloom.workspace.results import RunResult
from netloom.workspace.submission import RunOptions, Selection
from netloom.workspace.workspace import Workspace

_UNGUARDED = "G122"


class Pipeline(GraphBuilder):
    """A named graph under construction.

    ```python
    with Pipeline("digits") as p:
        images = digits()
        parts = split(images, valid=0.1, test=0.2)
        fit = train.node("fit")(image_classifier(), parts, epochs=5)
    p.run()
    ```

    Args:
        name: Name of the pipeline.
        workspace: Where results are kept; the one of the current project if not given.
    """

    def __init__(self, name: str, *, workspace: Workspace | Path | str | None = None) -> None:
        super().__init__()
        self.name = name
        self._given = workspace
        self._opened: Workspace | None = None
        self._badges: dict[NodeId, Badge] = {}

    @property
    def workspace(self) -> Workspace:
        """The workspace this pipeline runs in, opened on first use."""
        if self._opened is None:
            given = self._given
            opened = given if isinstance(given, Workspace) else Workspace.open(given)
            self._opened = opened.with_operator_files(self._operator_files(opened))
        return self._opened

    def validate(self) -> list[Any]:
        """Everything that is wrong with the graph; empty if it can run."""
        loaded = self.workspace.loaded(self, self.name)
        return [*loaded.diagnostics, *self.workspace.foresee(loaded).problems]

    def plan(
        self, *, to: Collection[str] = (), start: Collection[str] = (), force: Collection[str] = ()
    ) -> Plan:
        """What ``run`` would do, and why."""
        loaded = self.workspace.loaded(self, self.name)
        plan = self.workspace.plan(loaded, Selection.of(to, start, force))
        self._badges = {node: _badge(planned.state) for node, planned in plan.nodes.items()}
        return plan

    def run(
        self,
        *,
        to: Collection[str] = (),
        start: Collection[str] = (),
        force: Collection[str] = (),
        description: str = "",
        scratch: bool = False,
    ) -> RunResult:
        """Run what is stale and wait for it; in a notebook the picture follows along.

        Raises:
            InvalidInput: The graph does not check; nothing was queued.
        """
        if is_loading():
            raise InvalidInput.of(
                "this file starts a run while its operators are being loaded",
                code=_UNGUARDED,
                place=self._caller(),
                fix="Put the call of run() under: if __name__ == '__main__':",
            )
        unguarded = [p for p in self.workspace.catalogue.problems if p.code == _UNGUARDED]
        if unguarded:  # alone: that the operators of this file are missing only follows from it
            raise InvalidInput(*unguarded)
        picture = _NotebookPicture(self)
        return self.workspace.run(
            self.workspace.loaded(self, self.name),
            Selection.of(to, start, force),
            RunOptions(description=description, scratch=scratch),
            on_event=picture.follow,
        )

    def to_yaml(self) -> str:
        """The pipeline as a file."""
        return document_from_graph(self.graph, self.name)

    @property
    def fingerprint(self) -> str:
        """Hash of the graph's meaning, equal to that of its file."""
        return str(graph_fingerprint(self.graph))

    def _repr_svg_(self) -> str:
        return svg_from_graph(self.graph, self._badges)

    def _operator_files(self, workspace: Workspace) -> list[Path]:
        """Files that define recorded operators no catalogue knows, e.g. the script itself."""
        files = list(workspace.operator_files)
        for operator in self.recorded_operators:
            if workspace.catalogue.get(operator.id) is None:
                file = Path(operator.function.__code__.co_filename)
                if not file.is_file():
                    raise InvalidInput.of(
                        f"operator {operator.id} is defined where jobs cannot import it",
                        code="G123",
                        fix="Move it to a file in the project's operators folder",
                    )
                if file not in files:
                    files.append(file.absolute())
        return files


class _NotebookPicture:
    """The graph's picture in a notebook, redrawn when a node changes; nothing elsewhere."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._display: Any = None
        shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
        if shell is not None and type(shell).__name__ == "ZMQInteractiveShell":
            from IPython.display import display

            self._display = display(pipeline, display_id=True)

    def follow(self, event: RunEvent) -> None:
        """Take in one event."""
        if isinstance(event, NodeChanged):
            self._pipeline._badges[event.node] = _badge(event.state)
            if self._display is not None:
                self._display.update(self._pipeline)


def _badge(state: RunState | PlanState) -> Badge:
    look = look_of(state)
    return Badge(look.css, look.icon, look.word)
