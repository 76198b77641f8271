"""Datasets → their wire forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from netloom.accounts.permissions import Actor, right_over
from netloom.accounts.sharing import ObjectId, ObjectKind
from netloom.core.identifiers import UserName
from netloom.data.sample_list import ListedSample, read_findings
from netloom.server.ownership import OwnedDataset
from netloom.server.schemas import datasets as schemas
from netloom.server.schemas.diagnostics import diagnostics
from netloom.server.schemas.runs import Progress
from netloom.workspace import uploads
from netloom.workspace.surveys import Survey, SurveyState, survey_of
from netloom.workspace.upload_contents import noted_contents
from netloom.workspace.workbench import Workbench

_SOURCES = {"zip": "data.image_zip", "parquet": "data.image_parquet", "table": "data.image_list"}


def visible_datasets(
    bench: Workbench, actor: Actor, *, name: str | None = None
) -> list[OwnedDataset]:
    """The data sets that somebody may see, newest first: all, or those of a name."""
    found = []
    for record in bench.uploads.uploads(among=bench.access.visible(ObjectKind.DATASET, actor)):
        if name is not None and record.name != name:
            continue
        access = bench.access.access(ObjectId(ObjectKind.DATASET, record.id))
        right = right_over(actor, access)
        if right is not None:
            found.append(OwnedDataset(record, access, right))
    return found


def dataset_list(
    bench: Workbench, visible: Sequence[OwnedDataset], *, text: str
) -> list[schemas.Dataset]:
    """Those whose name, description or file name holds a text."""
    wanted, newest = text.casefold(), _newest(visible)
    return [
        schemas.Dataset(
            **_fields(bench, dataset, survey, findings, is_newest=_key(dataset) in newest)
        )
        for dataset in visible
        if any(
            wanted in said.casefold()
            for said in (dataset.record.name, dataset.record.description, dataset.record.file_name)
        )
        for survey, findings in [_surveyed(bench, dataset)]
    ]


def dataset_details(
    bench: Workbench, dataset: OwnedDataset, visible: Sequence[OwnedDataset]
) -> schemas.DatasetDetails:
    """One data set with what is in it.

    Args:
        visible: Those that the caller may see; the versions are among them.
    """
    survey, findings = _surveyed(bench, dataset)
    is_newest = _key(dataset) in _newest(visible)
    fields = _fields(bench, dataset, survey, findings, is_newest=is_newest)
    return schemas.DatasetDetails(
        **fields,
        survey=schemas.Survey(
            state=survey.state,
            run=survey.run,
            progress=_progress(survey),
            diagnostics=diagnostics(survey.diagnostics),
            findings=schemas.Findings.model_validate(findings) if findings else None,
        ),
        versions=[
            schemas.DatasetVersion(
                id=each.record.id,
                version=each.record.version,
                is_complete=each.record.is_complete,
                created=each.record.created,
            )
            for each in sorted(visible, key=lambda each: each.record.version, reverse=True)
            if _key(each)[:2] == _key(dataset)[:2]
        ],
        source=_source(
            fields["format"], fields["path"], survey.state, _known(bench, dataset, findings)
        ),
    )


def sample_page(samples: Sequence[ListedSample], total: int) -> schemas.SamplePage:
    """Samples of a surveyed file."""
    return schemas.SamplePage(
        samples=[
            schemas.Sample(
                number=sample.number,
                path=sample.path,
                label=sample.label,
                part=sample.part,
                width=sample.width,
                height=sample.height,
                size_bytes=sample.size_bytes,
                group=sample.duplicates,
            )
            for sample in samples
        ],
        total=total,
    )


def _progress(survey: Survey) -> Progress | None:
    return Progress(**survey.progress) if survey.progress else None


def _known(
    bench: Workbench, dataset: OwnedDataset, findings: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    """What a survey has found; until then what the table of contents told when the file arrived."""
    return findings or noted_contents(bench, dataset.record)


def _surveyed(bench: Workbench, dataset: OwnedDataset) -> tuple[Survey, dict[str, Any] | None]:
    survey = survey_of(bench, dataset.record)
    return survey, read_findings(survey.samples) if survey.samples else None


def _fields(
    bench: Workbench,
    dataset: OwnedDataset,
    survey: Survey,
    findings: dict[str, Any] | None,
    *,
    is_newest: bool,
) -> dict[str, Any]:
    """What the list tells of a data set."""
    record = dataset.record
    return {
        "id": record.id,
        "name": record.name,
        "version": record.version,
        "is_newest": is_newest,
        "description": record.description,
        "file_name": record.file_name,
        "size_bytes": record.size_bytes,
        "received_bytes": uploads.received_bytes(bench, record),
        "is_complete": record.is_complete,
        "sha256": record.sha256,
        "format": uploads.format_of_upload(bench, record),
        "path": uploads.path_in_pipelines(bench, record) if record.is_complete else None,
        "reader": _reader(
            uploads.format_of_upload(bench, record), _known(bench, dataset, findings)
        ),
        "survey_state": survey.state,
        "survey_progress": _progress(survey),
        "num_images": findings["num_images"] if findings else None,
        "num_classes": len(findings["classes"]) if findings else None,
        "owner": dataset.access.owner,
        "visibility": dataset.access.visibility,
        "right": dataset.right,
        "created": record.created,
        "completed": record.completed,
    }


_Key = tuple[str, UserName | None, int]


def _key(dataset: OwnedDataset) -> _Key:
    """Name, owner and version: what tells data sets apart for people."""
    return dataset.record.name, dataset.access.owner, dataset.record.version


def _newest(datasets: Sequence[OwnedDataset]) -> set[_Key]:
    """The newest version of each; one that has not arrived counts only where none has."""
    newest: dict[tuple[str, UserName | None], tuple[bool, int]] = {}
    for dataset in datasets:
        name, owner, version = _key(dataset)
        key, rank = (name, owner), (dataset.record.is_complete, version)
        newest[key] = max(rank, newest.get(key, rank))
    return {(name, owner, version) for (name, owner), (_, version) in newest.items()}


def _reader(format_: str | None, findings: Mapping[str, Any] | None) -> str | None:
    """The operator that reads a file, as far as is known; surveys of earlier versions know less."""
    if format_ is None:
        return None
    annotations = findings.get("annotations") if findings else None
    return annotations["operator"] if annotations else _SOURCES[format_]


def _source(
    format_: str | None,
    path: str | None,
    state: SurveyState,
    findings: Mapping[str, Any] | None,
) -> schemas.SourceNode | None:
    """The node that reads the file, set as far as is known; None while only a survey will tell."""
    if format_ is None or path is None:
        return None
    if findings is None and state in ("queued", "running"):
        return None
    settings: dict[str, Any] = {"path": path}
    reader = _reader(format_, findings)
    if findings and findings["layout"] == "none" and reader == _SOURCES[format_]:
        settings["labels"] = "none"
    if findings and findings.get("skipped", {}).get("total"):
        settings["on_bad"] = "skip"
    return schemas.SourceNode(operator=reader or _SOURCES[format_], settings=settings)
