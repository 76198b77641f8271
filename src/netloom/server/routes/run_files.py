"""What a run left: logs by offset, metrics, files, artifacts."""

from __future__ import annotations

import asyncio
import math
import time
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool

from netloom.core.identifiers import NodeId
from netloom.server.downloads import FILE_RESPONSES, download
from netloom.server.hosting import Bench, Host
from netloom.server.ownership import ReadableRun
from netloom.server.schemas import runs as schemas
from netloom.workspace import run_files

router = APIRouter(prefix="/runs/{run}", tags=["run files"])

NodeQuery = Annotated[str, Query(max_length=500, description="Node id, as `component/node`.")]
Inline = Annotated[
    bool, Query(description="To be shown in a frame rather than saved; scripts never run.")
]
Step = Annotated[
    int | None, Query(ge=-(2**62), le=2**62, description="Bound of the part that is in view.")
]
_LOG_POLL_S = 0.2


@router.get("/log")
async def read_log(
    *,
    host: Host,
    run: ReadableRun,
    node: NodeQuery,
    offset: Annotated[int, Query(ge=0, le=2**62)] = 0,
    limit_bytes: Annotated[int, Query(ge=1, le=4 << 20)] = 256 << 10,
    wait_s: Annotated[
        float, Query(ge=0, le=25, description="Wait so long for more, if there is none yet.")
    ] = 0.0,
) -> schemas.LogPage:
    """A piece of a node's log from a byte on. To follow it, go on at ``next_offset`` with ``wait_s``."""
    deadline = time.monotonic() + wait_s
    while True:
        piece = await run_in_threadpool(
            run_files.read_log,
            host.bench.workspace,
            run.id,
            node,
            offset=offset,
            limit_bytes=limit_bytes,
        )
        is_over = time.monotonic() >= deadline or host.hub.is_closed
        if piece.content or piece.is_complete or is_over:
            break
        await asyncio.sleep(_LOG_POLL_S)
    return schemas.LogPage(
        text=piece.content.decode("utf-8", "replace"),
        offset=piece.offset,
        next_offset=piece.offset + len(piece.content),
        size_bytes=piece.size_bytes,
        is_complete=piece.is_complete,
    )


@router.get("/metrics")
def list_metrics(bench: Bench, run: ReadableRun) -> schemas.MetricNames:
    """Which metrics a run logged itself; those of reused results are in its nodes."""
    names = bench.workspace.store.metric_names(run.id)
    return schemas.MetricNames(
        metrics=[schemas.MetricName(node=node, name=name) for node, name in names]
    )


@router.get("/metrics/curve")
def get_curve(
    *,
    bench: Bench,
    run: ReadableRun,
    node: NodeQuery,
    name: Annotated[str, Query(max_length=500)],
    max_points: Annotated[int, Query(ge=4, le=100_000)] = 1000,
    from_step: Step = None,
    to_step: Step = None,
) -> schemas.MetricCurve:
    """Points of a metric, thinned out on the server. A reused result has the curve of whoever made it."""
    from netloom.tracking.metrics import between, thinned  # numpy: not before one looks at a curve

    series = bench.workspace.store.metrics(run.id, NodeId(node), name)
    whole = series.steps, series.values, series.times
    part = between(whole, first=from_step, last=to_step)
    steps, values, times = thinned(part, max_points)
    return schemas.MetricCurve(
        node=node,
        name=name,
        steps=steps.tolist(),
        values=[value if math.isfinite(value) else None for value in values.tolist()],
        times=times.tolist(),
        num_points=len(part[0]),
    )


@router.get("/files")
def list_files(bench: Bench, run: ReadableRun) -> schemas.FileList:
    """Every file in the run's folder: capsule, logs, checkpoints."""
    folder = bench.workspace.layout.runs / run.id
    found = list(run_files.run_files(bench.workspace, run.id))
    return schemas.FileList(
        files=[
            schemas.StoredFile(path=path.relative_to(folder).as_posix(), size_bytes=size)
            for path in found[: run_files.MOST_FILES]
            if (size := run_files.size_of(path)) is not None
        ],
        is_cut=len(found) > run_files.MOST_FILES,
    )


@router.get("/files/{path:path}", response_class=FileResponse, responses=FILE_RESPONSES)
def download_file(
    bench: Bench, run: ReadableRun, path: str, *, inline: Inline = False
) -> FileResponse:
    """One of them; ranges are possible."""
    return download(run_files.run_file(bench.workspace, run.id, path), inline=inline)


@router.get("/artifacts/{artifact}")
def get_artifact(bench: Bench, run: ReadableRun, artifact: str) -> schemas.ArtifactInfo:
    """What an output of the run consists of."""
    found = run_files.run_artifact(bench.workspace, run.id, artifact)
    return schemas.ArtifactInfo(
        id=found.id,
        media_type=found.manifest.media_type,
        size_bytes=found.manifest.size_bytes,
        files=[
            schemas.StoredFile(path=entry.path, size_bytes=entry.size_bytes)
            for entry in found.manifest.files
        ],
        refs=list(found.manifest.refs),
    )


@router.get(
    "/artifacts/{artifact}/files/{path:path}", response_class=FileResponse, responses=FILE_RESPONSES
)
def download_artifact_file(
    bench: Bench, run: ReadableRun, artifact: str, path: str, *, inline: Inline = False
) -> FileResponse:
    """A file of an output, such as a report; ranges are possible."""
    found = run_files.run_artifact(bench.workspace, run.id, artifact)
    return download(run_files.artifact_file(found, path), inline=inline)
