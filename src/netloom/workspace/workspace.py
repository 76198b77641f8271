"""The workspace: the verbs of Netloom. Command line, Python API and server call these and nothing below.

This class only delegates; each verb's logic lives in the module that is named for it. Modules of verbs
that a plain run does not use are imported by the verb: starting is what people wait for most often.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from netloom.core.identifiers import NodeId, RunId
from netloom.execution.artifact_store import LocalArtifactStore
from netloom.execution.cache import ResultCache
from netloom.execution.devices import Inventory, inventory
from netloom.execution.events import Output
from netloom.execution.explanation import Explanation
from netloom.execution.plan import Plan
from netloom.execution.states import RunState
from netloom.graph.builder import GraphBuilder
from netloom.graph.catalogue import Catalogue, project_operator_files
from netloom.graph.foresight import Foresight
from netloom.operators.builtin import catalogue
from netloom.store.database import Database, open_database
from netloom.store.queue import SqlQueueStore
from netloom.store.runs import SqlRunStore
from netloom.tracking.recorder import Recorder
from netloom.tracking.records import RunRecord
from netloom.tracking.run_store import MetricSeries
from netloom.workspace.abandoned import settled
from netloom.workspace.allowances import AllowanceFile
from netloom.workspace.dispatching import make_dispatcher
from netloom.workspace.explaining import explain_node
from netloom.workspace.foreseeing import foresee
from netloom.workspace.layout import Layout, find_project, find_workspace, workspace_in_use
from netloom.workspace.output_links import link_outputs
from netloom.workspace.pipelines import (
    LoadedPipeline,
    last_pipeline_file,
    load_pipeline,
    pipeline_from_graph,
)
from netloom.workspace.results import NodeResult, RunResult, seconds_taken
from netloom.workspace.reused_models import FindModel, find_in_workspace, with_found_models
from netloom.workspace.running import Attendance, OnEvent
from netloom.workspace.submission import RunOptions, Selection, plan_pipeline, submit

if TYPE_CHECKING:
    from netloom.tracking.comparison import RunComparison
    from netloom.workspace.checkup import Check
    from netloom.workspace.collection import GcReport
    from netloom.workspace.reproduction import Reproduction


class Workspace:
    """A folder of results, its database, and the project whose pipelines fill it."""

    def __init__(
        self, layout: Layout, project: Path, *, operator_files: Sequence[Path] | None = None
    ) -> None:
        self.layout = layout
        self.project = project
        self.operator_files = tuple(
            project_operator_files(project) if operator_files is None else operator_files
        )
        self.artifacts = LocalArtifactStore(layout.artifacts)
        self.cache = ResultCache(layout.results, self.artifacts)
        self.allowance = AllowanceFile(layout.allowance)

    @classmethod
    def open(
        cls,
        folder: Path | str | None = None,
        *,
        project: Path | str | None = None,
        create: bool = True,
    ) -> Self:
        """Open a workspace.

        Args:
            folder: Its folder; ``.netloom`` in the project (or NETLOOM_WORKSPACE) if not given.
            project: A project folder or a file in it; found from the current folder if not given.
            create: Make the folders if they do not exist. Without, looking at runs raises NotFound.
        """
        home = find_project(Path(project) if project else Path.cwd())
        root = Path(folder).expanduser().absolute() if folder else find_workspace(home)
        layout = Layout(root)
        if create or root.exists():
            layout.create()
        return cls(layout, home)

    def with_operator_files(self, files: Sequence[Path]) -> Workspace:
        """The same workspace with other operators of the user's own."""
        if tuple(files) == self.operator_files:
            return self
        return type(self)(self.layout, self.project, operator_files=files)

    @cached_property
    def catalogue(self) -> Catalogue:
        """Built-in, installed and project operators."""
        self._loaded_stamps = _stamps(self.operator_files)
        return catalogue(self.operator_files)

    @cached_property
    def database(self) -> Database:
        """The database, opened on first use.

        Raises:
            NotFound: The workspace was opened without creating it, and does not exist.
        """
        self.layout.require()
        return open_database(self.layout.database_url)

    @cached_property
    def store(self) -> SqlRunStore:
        """What is remembered of runs."""
        return SqlRunStore(self.database)

    @cached_property
    def inventory(self) -> Inventory:
        """Processors, memory and GPUs of this machine."""
        return inventory()

    def load(
        self,
        path: Path | str,
        *,
        overlays: Sequence[Path] = (),
        sets: Sequence[str] = (),
        variables: Mapping[str, Any] | None = None,
        now: datetime | None = None,
    ) -> LoadedPipeline:
        """Read and check a pipeline file; see :func:`netloom.workspace.pipelines.load_pipeline`."""
        return load_pipeline(
            Path(path),
            self.catalogue,
            project=self.project,
            overlays=overlays,
            sets=sets,
            variables=variables,
            now=now,
        )

    def loaded(self, builder: GraphBuilder, name: str) -> LoadedPipeline:
        """Check a graph recorded in Python."""
        return pipeline_from_graph(builder.graph, name, self.catalogue, place_of=builder.place_of)

    def plan(
        self,
        pipeline: LoadedPipeline,
        selection: Selection = Selection(),
        *,
        find_model: FindModel | None = None,
    ) -> Plan:
        """What a run would do, and why.

        Args:
            find_model: Finds trained models that nodes use; None looks among all.
        """
        found = with_found_models(pipeline, find_model or partial(find_in_workspace, self), self)
        return plan_pipeline(self, found, selection)

    def foresee(self, pipeline: LoadedPipeline, *, looks_outside: bool = True) -> Foresight:
        """What operators know before anything runs: columns of tables, and what will go wrong.

        Args:
            looks_outside: Whether sources may look at their data.
        """
        return foresee(self, pipeline, looks_outside=looks_outside)

    def why(self, pipeline: LoadedPipeline, node: str) -> Explanation:
        """Why a node would run, or not."""
        return explain_node(self.plan(pipeline), node)

    def run(
        self,
        pipeline: LoadedPipeline,
        selection: Selection = Selection(),
        options: RunOptions = RunOptions(),
        *,
        tensorboard: bool = False,
        on_event: OnEvent = lambda event: None,
        on_submitted: Callable[[RunId], None] = lambda run: None,
    ) -> RunResult:
        """Run a pipeline and wait for it. A failed run is a result, not an exception.

        Raises:
            InvalidInput: Something is wrong that can be known before running; nothing was queued.
        """
        found = with_found_models(pipeline, partial(find_in_workspace, self), self)
        run = submit(self, found, selection, options)
        on_submitted(run)
        result = self.attend(
            run, tensorboard=tensorboard, on_event=lambda event: on_event(found.located_in(event))
        )
        return result.located(found.located)

    def attend(
        self,
        run: RunId,
        *,
        tensorboard: bool = False,
        on_event: OnEvent = lambda event: None,
    ) -> RunResult:
        """Take an open run forward, or follow whoever does, until it ends or waits for a person."""
        mirror = self.layout.runs if tensorboard else None
        sink = Recorder(self.store, tensorboard_folder=mirror)
        with workspace_in_use(self.layout):
            Attendance(
                run=run,
                store=self.store,
                queue=SqlQueueStore(self.database),
                make_dispatcher=partial(make_dispatcher, self),
                on_event=on_event,
                sink=sink,
            ).wait()
        sink.close()
        result = self.result(run)
        link_outputs(result.folder, result.nodes, self.artifacts.folder)
        return result

    def result(self, run: str) -> RunResult:
        """A run and its nodes. ``run`` may be a unique beginning of an id, or ``last``."""
        [record] = settled(self, [self.store.run(RunId(run))])
        nodes = self.store.nodes(record.id)
        return RunResult(
            run=record.id,
            pipeline=record.request.pipeline,
            state=record.state,
            nodes={node: NodeResult.of_record(known) for node, known in nodes.items()},
            folder=self.layout.runs / record.id,
            seconds=seconds_taken(record, nodes.values()),
            record=record,
            _load=self._load,
            _folder_of=self.artifacts.folder,
        )

    def runs(
        self,
        *,
        pipeline: str | None = None,
        states: Sequence[RunState] = (),
        scratch: bool | None = None,
        limit: int | None = None,
    ) -> Sequence[RunRecord]:
        """Runs, newest first."""
        look = partial(
            self.store.runs, pipeline=pipeline, states=states, scratch=scratch, limit=limit
        )
        found = look()
        return found if settled(self, found) is found else look()

    def last_file(self) -> Path:
        """The pipeline file of the newest run that was started from a file."""
        return last_pipeline_file(self.store, self.project)

    def log_path(self, run: str, node: str) -> Path:
        """The log file of a node; it may not exist yet."""
        record = self.store.run(RunId(run))
        return self.layout.runs / record.id / "nodes" / node / "log.txt"

    def metrics(
        self, run: str, node: str, name: str, *, max_points: int | None = None
    ) -> MetricSeries:
        """Points of one metric."""
        record = self.store.run(RunId(run))
        return self.store.metrics(record.id, NodeId(node), name, max_points=max_points)

    def metric_names(self, run: str, node: str | None = None) -> Sequence[tuple[NodeId, str]]:
        """Which metrics a run has, as (node, name)."""
        record = self.store.run(RunId(run))
        return self.store.metric_names(record.id, NodeId(node) if node else None)

    def diff(self, first: str, second: str) -> RunComparison:
        """Settings, data, code and metrics in which two runs differ."""
        from netloom.workspace.reproduction import compare

        return compare(self.store, first, second)

    def cancel(self, run: str) -> RunRecord:
        """Ask a run to stop; whoever dispatches it does so within moments."""
        from netloom.workspace.retrying import cancel

        return cancel(self, run)

    def retry(self, run: str, *, on_event: OnEvent = lambda event: None) -> RunResult:
        """Run the nodes of a run that did not succeed, from their checkpoints.

        A run that waited and was answered goes on; one that still waits is returned as it is.

        Raises:
            Conflict: Every node succeeded, or another program waits for the run.
        """
        from netloom.workspace.retrying import retry

        return retry(self, run, on_event=on_event)

    def answer(self, run: str, node: str, answer: Mapping[str, Any]) -> int:
        """Answer a waiting node; returns the version of the answer."""
        record = self.store.run(RunId(run))
        return self.store.answer(record.id, NodeId(node), answer)

    def reproduce(self, run: str, *, on_event: OnEvent = lambda event: None) -> Reproduction:
        """Execute a run again from its capsule and compare value by value."""
        from netloom.workspace.reproduction import reproduce

        return reproduce(self, run, on_event=on_event)

    def gc(self, *, keep_runs: int = 20, delete: bool = False) -> GcReport:
        """What no kept run needs; removed only with ``delete``."""
        from netloom.store.deployments import SqlDeploymentStore
        from netloom.store.models import SqlModelStore
        from netloom.workspace.collection import collect

        revisions = SqlDeploymentStore(self.database).revisions()

        return collect(
            self.layout,
            self.store,
            self.artifacts,
            self.cache,
            keep_runs=keep_runs,
            delete=delete,
            registered=SqlModelStore(self.database).kept_artifacts(),
            deployed={revision.digest for revision in revisions if revision.digest},
        )

    def doctor(self) -> list[Check]:
        """Whether everything Netloom stands on works here."""
        from netloom.workspace.checkup import checkup

        return checkup(self)

    def close(self) -> None:
        """Close the database."""
        if "database" in self.__dict__:
            self.database.close()

    def _load(self, output: Output) -> Any:
        artifact = self.artifacts.get(output.artifact)
        codec = self.catalogue.codec_for_media_type(output.media_type)
        return codec.load(artifact.folder, artifact=artifact.id)

    def catalogue_for(self, files: Sequence[Path]) -> Catalogue:
        """Operators as they are now: another program's run may need what was edited since ours began."""
        own = self.catalogue
        is_own = tuple(files) == self.operator_files and _stamps(files) == self._loaded_stamps
        return own if is_own else catalogue(files)


def with_current_operators(workspace: Workspace) -> Workspace:
    """The same workspace; another one on the same database if the project's operators were edited."""
    files = tuple(project_operator_files(workspace.project))
    is_loaded = "catalogue" in workspace.__dict__
    is_same = files == workspace.operator_files
    if is_same and (not is_loaded or _stamps(files) == workspace._loaded_stamps):
        return workspace
    current = type(workspace)(workspace.layout, workspace.project, operator_files=files)
    current.database = workspace.database
    return current


def _stamps(files: Sequence[Path]) -> list[tuple[int, int] | None]:
    """Size and time of each file; None for one that is gone."""
    statuses = [file.stat() if file.is_file() else None for file in files]
    return [status and (status.st_size, status.st_mtime_ns) for status in statuses]
