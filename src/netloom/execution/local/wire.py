"""Frames between a dispatcher and its workers: one JSON document and raw bytes each, over a socket.

A frame is two little-endian uint32 lengths, the document as UTF-8 JSON, and the bytes (packed metrics;
usually none). Only these frames travel: nothing received is unpickled or executed.
"""

from __future__ import annotations

import json
import socket
import struct
from dataclasses import asdict, dataclass
from typing import Any

from netloom.core.diagnostics import Diagnostic
from netloom.core.identifiers import ArtifactId, JobId, PortName
from netloom.execution.events import (
    JobEnded,
    JobEvent,
    JobStarted,
    JobSucceeded,
    MetricsLogged,
    Noted,
    Output,
    Progressed,
)
from netloom.execution.jobs import DeviceLease, JobSpec

Document = dict[str, Any]
Frame = tuple[Document, bytes]

_LENGTHS = struct.Struct("<II")
_LARGEST_BYTES = 256 << 20
"""A longer frame can only be noise, for instance a job that wrote to the socket by its number."""


class BrokenWire(Exception):
    """What arrived is not a frame."""


@dataclass(frozen=True, slots=True)
class Order:
    """Everything a worker process is told about one job.

    Attributes:
        environ: Complete environment of the process.
        import_path: ``sys.path`` of the dispatcher, so that both import the same modules.
        memory_limit_mb: What the job's processes may use together; None is unlimited.
        may_stay: The process may wait for another job afterwards.
    """

    job: JobSpec
    lease: DeviceLease
    environ: dict[str, str]
    import_path: list[str]
    memory_limit_mb: int | None = None
    may_stay: bool = False

    def to_json(self) -> Document:
        """The wire form."""
        return {
            "job": self.job.to_json(),
            "lease": asdict(self.lease),
            "environ": self.environ,
            "import_path": self.import_path,
            "memory_limit_mb": self.memory_limit_mb,
            "may_stay": self.may_stay,
        }

    @classmethod
    def from_json(cls, document: Document) -> Order:
        """Inverse of :meth:`to_json`."""
        lease = document["lease"]
        return cls(
            job=JobSpec.from_json(document["job"]),
            lease=DeviceLease(**{**lease, "gpus": tuple(lease["gpus"])}),
            environ=document["environ"],
            import_path=document["import_path"],
            memory_limit_mb=document["memory_limit_mb"],
            may_stay=document["may_stay"],
        )


def frame_bytes(document: Document, blob: bytes = b"") -> bytes:
    """A frame ready to be sent."""
    text = json.dumps(document, separators=(",", ":")).encode()
    return b"".join((_LENGTHS.pack(len(text), len(blob)), text, blob))


def receive_frame(connection: socket.socket) -> Frame | None:
    """Wait for one frame on a blocking socket; None at the end of the stream."""
    header = _receive_exactly(connection, _LENGTHS.size)
    if header is None:
        return None
    text_size, blob_size = _LENGTHS.unpack(header)
    body = _receive_exactly(connection, text_size + blob_size)
    return None if body is None else (json.loads(body[:text_size]), body[text_size:])


def _receive_exactly(connection: socket.socket, size: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < size:
        part = connection.recv(min(size - len(parts), 1 << 20))
        if not part:
            return None
        parts += part
    return bytes(parts)


class FrameReader:
    """Cuts what arrives on a non-blocking socket into frames."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, received: bytes) -> list[Frame]:
        """The frames that ``received`` completes.

        Raises:
            BrokenWire: The stream is not made of frames; it cannot be read any further.
        """
        self._pending += received
        frames: list[Frame] = []
        while len(self._pending) >= _LENGTHS.size:
            text_size, blob_size = _LENGTHS.unpack_from(self._pending)
            if text_size + blob_size > _LARGEST_BYTES:
                raise BrokenWire(f"a frame of {text_size + blob_size} bytes")
            end = _LENGTHS.size + text_size + blob_size
            if len(self._pending) < end:
                break
            text_end = _LENGTHS.size + text_size
            try:
                document = json.loads(self._pending[_LENGTHS.size : text_end])
            except ValueError as error:
                raise BrokenWire(str(error)) from error
            frames.append((document, bytes(self._pending[text_end:end])))
            del self._pending[:end]
        return frames


def frame_of_event(event: JobEvent) -> Frame:
    """An event as document and bytes."""
    if isinstance(event, MetricsLogged):
        header = {"kind": event.kind, "job": event.job, "name": event.name}
        return header, event.steps + event.values + event.times
    document: Document = asdict(event)
    if isinstance(event, JobEnded):
        document["diagnostics"] = [diagnostic.to_json() for diagnostic in event.diagnostics]
    return document, b""


def event_of_frame(frame: Frame) -> JobEvent:
    """Inverse of :func:`frame_of_event`.

    Raises:
        BrokenWire: It is not an event.
    """
    document, blob = dict(frame[0]), frame[1]
    try:
        return _event(document.pop("kind"), JobId(document.pop("job")), document, blob)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BrokenWire(f"not an event: {error}") from error


def _event(kind: str, job: JobId, document: Document, blob: bytes) -> JobEvent:
    match kind:
        case "job_started":
            return JobStarted(job, document["pid"])
        case "metrics_logged":
            third = len(blob) // 3  # three arrays of eight-byte numbers, equally long
            arrays = (blob[:third], blob[third : 2 * third], blob[2 * third :])
            return MetricsLogged(job, document["name"], *arrays)
        case "progressed":
            return Progressed(job, **document)
        case "noted":
            return Noted(job, document["message"])
        case "job_succeeded":
            outputs = {
                PortName(port): Output(**{**output, "artifact": ArtifactId(output["artifact"])})
                for port, output in document["outputs"].items()
            }
            return JobSucceeded(job, outputs, document["seconds"])
        case "job_ended":
            diagnostics = tuple(map(Diagnostic.from_json, document.pop("diagnostics")))
            return JobEnded(job, diagnostics=diagnostics, **document)
    raise ValueError(f"unknown kind {kind!r}")
