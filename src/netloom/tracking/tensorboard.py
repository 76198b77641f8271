"""Metrics as TensorBoard event files, on request and beside our own store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from netloom.core.files import storage_errors
from netloom.core.identifiers import NodeId, RunId
from netloom.execution.events import NodeChanged, NodeMetrics, RunEvent
from netloom.execution.metric_buffer import unpack_points
from netloom.execution.states import RunState


class TensorBoardMirror:
    """An event sink that writes the metrics of each node to ``<runs>/<run>/tensorboard/<node>/``.

    Every attempt of a node begins a file of its own. What a call of ``emit`` brought is in the file
    when it returns, so TensorBoard can follow a running job.

    Args:
        runs: Folder of all runs.
    """

    def __init__(self, runs: Path) -> None:
        self._runs = runs
        self._writers: dict[tuple[RunId, NodeId], Any] = {}

    def emit(self, *events: RunEvent) -> None:
        """Write the metrics among the events.

        Raises:
            StorageFailed: The files cannot be written.
        """
        written = {}
        for event in events:
            if isinstance(event, NodeMetrics):
                written[event.run, event.node] = self._write(event)
            elif isinstance(event, NodeChanged) and event.state != RunState.RUNNING:
                self._close(event.run, event.node)
        for key, folder in written.items():
            if key in self._writers:
                with storage_errors(folder):
                    self._writers[key].flush()

    def close(self) -> None:
        """Close all files. Idempotent."""
        for run, node in tuple(self._writers):
            self._close(run, node)

    def _write(self, event: NodeMetrics) -> Path:
        from tensorboardX.proto.event_pb2 import Event
        from tensorboardX.proto.summary_pb2 import Summary

        folder = self._runs / event.run / "tensorboard" / event.node
        with storage_errors(folder):
            writer = self._writer(event.run, event.node, folder)
            points = unpack_points(event.steps, event.values, event.times)
            for step, value, time in zip(*(column.tolist() for column in points)):
                scalar = Summary(value=[Summary.Value(tag=event.name, simple_value=value)])
                writer.write_event(Event(wall_time=time, step=step, summary=scalar))
        return folder

    def _writer(self, run: RunId, node: NodeId, folder: Path) -> Any:
        # The writer underneath SummaryWriter: it has no thread, and this process forks workers.
        from tensorboardX.event_file_writer import EventsWriter

        writer = self._writers.get((run, node))
        if writer is None:
            folder.mkdir(parents=True, exist_ok=True)
            attempt = sum(1 for _ in folder.iterdir())
            writer = EventsWriter(str(folder / "events"), filename_suffix=f".{attempt}")
            self._writers[run, node] = writer
        return writer

    def _close(self, run: RunId, node: NodeId) -> None:
        writer = self._writers.pop((run, node), None)
        if writer is not None:
            writer.close()
