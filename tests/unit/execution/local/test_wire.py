import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.identifiers import ArtifactId, JobId, NodeId, OperatorId, PortName, RunId
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
from netloom.execution.jobs import ArtifactInput, DeviceLease, JobSpec, Step, StepInput
from netloom.execution.local.wire import (
    BrokenWire,
    FrameReader,
    Order,
    event_of_frame,
    frame_bytes,
    frame_of_event,
)
from netloom.graph.operator import Needs

J = JobId("j")
EVENTS: list[JobEvent] = [
    JobStarted(J, 42),
    MetricsLogged(J, "loss", b"s" * 16, b"v" * 16, b"t" * 16),
    Progressed(J, 1.5, None, "step", None),
    Noted(J, "ünïcode \0"),
    JobSucceeded(J, {PortName("out"): Output(ArtifactId("a"), "x/y", 3, {"rows": [1]})}, 0.5),
    JobEnded(J, "failed", 1.0, (Diagnostic("X201", "m", Place(node="n", line=3)),)),
    JobEnded(J, "waiting", 1.0, request={"label": 3}, retryable=False),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.kind)
def test_events_survive_the_wire(event: JobEvent) -> None:
    [frame] = FrameReader().feed(frame_bytes(*frame_of_event(event)))
    assert event_of_frame(frame) == event


@given(st.lists(st.integers(1, 60), max_size=40))
def test_frames_are_found_however_the_stream_is_cut(cuts: list[int]) -> None:
    stream = b"".join(frame_bytes(*frame_of_event(event)) for event in EVENTS)
    reader, found, start = FrameReader(), [], 0
    for cut in [*cuts, len(stream)]:
        found += reader.feed(stream[start : start + cut])
        start += cut
    assert [event_of_frame(frame) for frame in found] == EVENTS


@pytest.mark.parametrize("noise", [b"\xff" * 64, b"\x04\0\0\0\0\0\0\0nope"])
def test_noise_is_recognised(noise: bytes) -> None:
    with pytest.raises(BrokenWire):
        FrameReader().feed(noise)


@pytest.mark.parametrize(
    "document", [{}, {"kind": "job_started", "job": "j"}, {"kind": "unknown", "job": "j"}]
)
def test_documents_that_are_no_events_are_refused(document: dict[str, str]) -> None:
    with pytest.raises(BrokenWire):
        event_of_frame((document, b""))


def test_an_order_survives_the_wire() -> None:
    steps = (
        Step(NodeId("a"), OperatorId("op.a"), {"x": [1, None]}, {}),
        Step(
            NodeId("b"),
            OperatorId("op.b"),
            {},
            {
                PortName("one"): ArtifactInput(ArtifactId("f" * 64)),
                PortName("many"): [StepInput(0, PortName("out"))],
            },
        ),
    )
    job = JobSpec(
        id=J,
        run=RunId("r"),
        node=NodeId("b"),
        attempt=2,
        steps=steps,
        catalogue="m:f",
        code="c",
        workspace="/w",
        folder="/w/f",
        project="/p",
        needs=Needs(cpus=0.5, gpus=(0, 2), gpu="preferred"),
        operator_files=("/p/operators/a.py",),
        timeout_s=3.5,
        preload=("torch",),
        answer={"label": 1},
    )
    lease = DeviceLease(J, cpus=0.5, gpus=(1, 3), gpu_memory_mb=100)
    order = Order(job, lease, {"HOME": "/h"}, ["/lib"], memory_limit_mb=9, may_stay=True)
    assert Order.from_json(json.loads(json.dumps(order.to_json()))) == order
    assert order != replace(order, may_stay=False)
