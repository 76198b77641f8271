"""Zip files of small pictures, sent and surveyed without a network and without a dispatcher."""

from __future__ import annotations

import io
import time
import zipfile
from typing import Any

import PIL.Image

from netloom.core.identifiers import NodeId, PortName, RunId
from netloom.core.reporter import SilentReporter
from netloom.core.values import File, FileCodec
from netloom.data.sample_list import MEDIA_TYPE
from netloom.data.zip_survey import survey_zip
from netloom.execution.events import NodeChanged, Output, RunChanged
from netloom.execution.states import RunState

RED, GREEN = (200, 10, 10), (10, 200, 10)


def png(colour: tuple[int, int, int], *, width: int = 8, height: int = 6) -> bytes:
    """A picture of one colour with a mark, so that those of two colours do not look alike."""
    picture = PIL.Image.new("RGB", (width, height), colour)
    picture.putpixel((0, 0), (0, 0, 255))
    target = io.BytesIO()
    picture.save(target, "PNG")
    return target.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


FLOWERS = {
    "train/rose/1.png": png(RED, width=400, height=100),
    "train/tulip/2.png": png(GREEN),
    "test/rose/3.png": png(RED, width=400, height=100),
    "test/tulip/broken.png": b"x",
    "notes.txt": b"x",
}


def send(site: Any, dataset: str, piece: bytes, offset: int, who: str = "ada") -> Any:
    headers = {"Content-Type": "application/octet-stream"}
    path = f"/datasets/{dataset}/content"
    return site.call(who, "PUT", path, params={"offset": offset}, content=piece, headers=headers)


def sent(site: Any, content: bytes, who: str = "ada", **more: Any) -> Any:
    """The answer when somebody has sent a whole file."""
    dataset = site.dataset(who, **{"file_name": "flowers.zip", "size_bytes": len(content), **more})
    assert send(site, dataset, content, 0, who).status_code == 200
    return site.post(who, f"/datasets/{dataset}/complete")


def surveyed(site: Any, content: bytes, **more: Any) -> Any:
    """A data set whose survey has succeeded, as its owner sees it."""
    kept = sent(site, content, **more).json()
    finish_survey(site, kept)
    return site.get("ada", f"/datasets/{kept['id']}").json()


def finish_survey(site: Any, dataset: Any) -> None:
    """Do what a dispatcher and its worker would do."""
    workspace = site.hosting.bench.workspace
    run = RunId(dataset["survey"]["run"])
    staged = workspace.artifacts.stage()
    work = workspace.artifacts.stage()
    archive = workspace.project / dataset["path"]
    survey_zip(archive, work / "samples.db", reporter=SilentReporter(work))
    codec = FileCodec()
    codec.save(File("work:samples.db", MEDIA_TYPE), staged, workdir=work)
    artifact = workspace.artifacts.commit(staged, media_type=codec.media_type)
    output = Output(artifact.id, codec.media_type, artifact.manifest.size_bytes)
    end_survey(site, run, RunState.SUCCEEDED, outputs={PortName("samples"): output})


def end_survey(site: Any, run: RunId, state: RunState, **more: Any) -> None:
    now = time.time()
    node = NodeId("survey")
    begin_survey(site, run)
    site.hosting.bench.workspace.store.emit(
        NodeChanged(run, node, state, now, **more), RunChanged(run, state, now)
    )


def begin_survey(site: Any, run: RunId) -> None:
    now = time.time()
    node = NodeId("survey")
    site.hosting.bench.workspace.store.emit(
        RunChanged(run, RunState.RUNNING, now),
        NodeChanged(run, node, RunState.QUEUED, now),
        NodeChanged(run, node, RunState.RUNNING, now, attempt=1),
    )
