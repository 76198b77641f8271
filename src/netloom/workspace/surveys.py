"""Surveys: a look into an uploaded file by a job, and what is kept of it beside the file.

The survey is a scratch run of one node, ``data.survey``, so it waits its turn, is watched and stopped like
every other run. What it found is copied into the folder of the upload by whoever asks first after it has
ended, and from then on does not depend on the run.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from netloom.accounts.permissions import Access, Actor
from netloom.core.diagnostics import Diagnostic
from netloom.core.errors import ArtifactDamaged, Conflict, InvalidData, NotFound
from netloom.core.files import write_json, writing
from netloom.core.identifiers import NodeId, PortName, RunId
from netloom.execution.states import RunState
from netloom.tracking.records import NodeRecord, RunRecord
from netloom.tracking.upload_store import UploadRecord
from netloom.workspace.submission import RunOptions, Selection
from netloom.workspace.uploads import folder_of, format_of_upload, path_in_pipelines

if TYPE_CHECKING:
    from netloom.workspace.workbench import Workbench

SurveyState = Literal["none", "queued", "running", "succeeded", "failed", "cancelled"]

_NODE, _PORT = NodeId("survey"), PortName("samples")
_RECORD, _SAMPLES = ".survey.json", ".samples.db"
"""No file that is sent has a name that begins so."""
_OUTPUT = "samples.db"
_PRIORITY = 1
"""People wait for it, and it is short."""
_STATES: Mapping[RunState, SurveyState] = {
    RunState.RUNNING: "running",
    RunState.WAITING: "running",
    RunState.FAILED: "failed",
    RunState.CANCELLED: "cancelled",
}


@dataclass(frozen=True, slots=True)
class Survey:
    """How far a survey is.

    Attributes:
        run: None if there was none, or it was deleted before it had ended.
        samples: The list of samples, once it has succeeded; see :mod:`netloom.data.sample_list`.
    """

    state: SurveyState = "none"
    run: RunId | None = None
    progress: Mapping[str, Any] | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    samples: Path | None = None


def start_survey(bench: Workbench, upload: UploadRecord, *, actor: Actor, access: Access) -> Survey:
    """Queue a survey, unless one is on its way; earlier findings are forgotten.

    Args:
        access: To the data set; the run belongs to its owner.

    Raises:
        Conflict: The file has not arrived.
        InvalidData: It is no zip file.
    """
    if not upload.is_complete:
        raise Conflict.of("the file has not arrived completely", code="S124")
    if not can_be_surveyed(bench, upload):
        raise InvalidData.of(
            "only zip files can be surveyed",
            code="S126",
            fix="Look at other files with data.statistics in a pipeline",
        )
    present = survey_of(bench, upload)
    if present.state in ("queued", "running"):
        return present
    run = bench.submit(
        bench.load(_pipeline(path_in_pipelines(bench, upload))),
        Selection(),
        RunOptions(
            description=f"survey of {upload.name}",
            scratch=True,
            priority=_PRIORITY,
            attended=False,
        ),
        actor=actor,
        access=Access(access.owner),
    )
    folder = folder_of(bench, upload)
    write_json(folder / _RECORD, {"run": run, "is_kept": False})
    (folder / _SAMPLES).unlink(missing_ok=True)
    return survey_of(bench, upload)


def stop_survey(bench: Workbench, upload: UploadRecord) -> None:
    """Cancel a survey that is on its way."""
    present = survey_of(bench, upload)
    if present.run is not None and present.state in ("queued", "running"):
        try:
            bench.cancel(present.run)
        except Conflict:  # it has ended meanwhile
            pass


def can_be_surveyed(bench: Workbench, upload: UploadRecord) -> bool:
    """Whether this is a file of a format that ``data.survey`` reads."""
    return format_of_upload(bench, upload) == "zip"


def survey_of(bench: Workbench, upload: UploadRecord) -> Survey:
    """How far the survey of a file is."""
    folder = folder_of(bench, upload)
    noted = _noted(folder / _RECORD)
    if noted is None:
        return Survey()
    run = RunId(noted["run"])
    samples = folder / _SAMPLES
    if noted["is_kept"] and samples.is_file():
        return Survey("succeeded", run, samples=samples)
    try:
        record, node = bench.workspace.store.run(run), bench.workspace.store.nodes(run)[_NODE]
    except NotFound:
        return Survey()
    if record.state is RunState.SUCCEEDED:
        return Survey("succeeded", run, samples=samples) if _keep(bench, folder, node) else Survey()
    return _under_way(record, node)


def require_samples(bench: Workbench, upload: UploadRecord) -> Path:
    """The list of samples. Raises Conflict until a survey has succeeded."""
    found = survey_of(bench, upload)
    if found.samples is None:
        raise Conflict.of(
            "what is in this file is not known yet",
            code="S127",
            got=f"survey: {found.state}",
            fix="Wait for the survey to end"
            if found.state in ("queued", "running")
            else "Start a survey",
        )
    return found.samples


def _pipeline(path: str) -> str:
    """The text of the run; JSON texts are YAML texts too."""
    document = {
        "netloom": 1,
        "name": "survey",
        "nodes": {_NODE: {"op": "data.survey", "path": path}},
    }
    return json.dumps(document, ensure_ascii=False)


def _under_way(record: RunRecord, node: NodeRecord) -> Survey:
    return Survey(
        state=_STATES.get(record.state, "queued"),
        run=record.id,
        progress=node.progress if record.state is RunState.RUNNING else None,
        diagnostics=node.diagnostics,
    )


def _keep(bench: Workbench, folder: Path, node: NodeRecord) -> bool:
    """Copy what a survey found beside the file; False if it is gone."""
    output = node.outputs.get(_PORT)
    try:
        if output is None:
            return False
        artifact = bench.workspace.artifacts.get(output.artifact)
    except (NotFound, ArtifactDamaged):
        return False
    with writing(folder / _SAMPLES) as target, (artifact.folder / _OUTPUT).open("rb") as source:
        shutil.copyfileobj(source, target, 1 << 20)
    write_json(folder / _RECORD, {"run": node.run, "is_kept": True})
    return True


def _noted(file: Path) -> dict[str, Any] | None:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        return {"run": str(document["run"]), "is_kept": bool(document["is_kept"])}
    except (OSError, ValueError, KeyError, TypeError):
        return None
