"""Jobs: what a worker is asked to do, as a value that survives a restart."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from netloom.core.engines import EngineName
from netloom.core.identifiers import ArtifactId, JobId, NodeId, OperatorId, PortName, RunId
from netloom.graph.operator import Needs


@dataclass(frozen=True, slots=True)
class ArtifactInput:
    """An input that is read from the artifact store."""

    artifact: ArtifactId


@dataclass(frozen=True, slots=True)
class StepInput:
    """An input that an earlier step of the same job computes."""

    step: int
    port: PortName


InputSource = ArtifactInput | StepInput


@dataclass(frozen=True, slots=True)
class Step:
    """One operator call inside a job.

    Attributes:
        settings: Complete, validated settings as JSON.
        inputs: Source of each connected port; a list for fan-in ports.
    """

    node: NodeId
    operator: OperatorId
    settings: dict[str, Any]
    inputs: dict[PortName, InputSource | list[InputSource]]


@dataclass(frozen=True, slots=True)
class JobSpec:
    """Everything a worker must know, and nothing it has to look up.

    A job is a short list of steps: the inline nodes it needs, then the job operator itself, whose
    outputs are saved as artifacts.

    Attributes:
        catalogue: Import path ``module:function`` of a function
            ``(operator files) -> Catalogue``.
        code: Hash of the code of the last step's operator, to notice edits between queueing and start.
        workspace: Absolute path of the workspace folder (artifacts lie below it).
        folder: Absolute path of this node's folder in the run: ``log.txt``, ``checkpoints/``.
        project: Absolute path of the project folder; relative data paths start there.
        operator_files: Absolute paths of the Python files that define the user's own operators.
        seed: Start of the job's random streams; derived from the fingerprint, so that equal
            fingerprints mean equal streams.
        threads: Worker thread count, pinned because sums depend on it.
        keep_worker: The process may serve further jobs of the same ``catalogue`` and ``project``.
        engine: What executes tables; None leaves it to the project.
        answer: What a person answered if an earlier attempt returned ``Waiting``.
    """

    id: JobId
    run: RunId
    node: NodeId
    attempt: int
    steps: tuple[Step, ...]
    catalogue: str
    code: str
    workspace: str
    folder: str
    project: str
    needs: Needs
    operator_files: tuple[str, ...] = ()
    seed: int = 0
    threads: int = 1
    timeout_s: float | None = None
    preload: tuple[str, ...] = ()
    keep_worker: bool = False
    priority: int = 0
    engine: EngineName | None = None
    answer: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """The wire form."""
        return _adapter().dump_python(self, mode="json")  # type: ignore[no-any-return]

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> JobSpec:
        """Inverse of :meth:`to_json`."""
        return _adapter().validate_python(document)  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class DeviceLease:
    """What a job holds while it runs.

    Attributes:
        gpus: Indices of GPUs as the driver numbers them.
        gpu_memory_mb: Memory reserved on each of them; None for the whole card.
    """

    job: JobId
    cpus: float
    memory_mb: int | None = None
    gpus: tuple[int, ...] = ()
    gpu_memory_mb: int | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Returned by an operator that needs a person (labels, an approval) before it can go on.

    Attributes:
        request: What is asked, as JSON: shown on the canvas and by ``netloom show``.
    """

    __deferral__: ClassVar[bool] = True

    request: dict[str, Any] = field(default_factory=dict)


_cached_adapter: Any = None


def _adapter() -> Any:
    global _cached_adapter  # noqa: PLW0603 - built once, on first use: it costs milliseconds
    if _cached_adapter is None:
        from pydantic import TypeAdapter

        _cached_adapter = TypeAdapter(JobSpec)
    return _cached_adapter
