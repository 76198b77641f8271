"""Serving over HTTP: one picture per request, against servers written by hand and with libraries.

Claims, for a JPEG of 500 × 375 in base64 and a small convnet at 64 px: at least 0.95 × the requests of
FastAPI with ONNX Runtime written by hand (in threads or in the event loop, whichever is faster) at 1, 8 and
32 clients, and at least 1.5 × LitServe and BentoML at 32 clients. `--soak` sends 20 000 requests and tells
how memory grew.

    python benchmarks/serving.py [--seconds 3] [--repetitions 5] [--soak] [--against litserve bentoml]

Clients are a process of their own (`http_peers/load.py`). Servers take turns, so that what else the machine
does meets all of them; ratios are of neighbouring turns. `cpu_ms` is the server's processor time per request,
children included.
"""

from __future__ import annotations

import argparse
import base64
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import cv2
import numpy as np
import psutil
from peers import peer_python, row

from netloom.compression.onnx_export import export_model
from netloom.data.transforms.sizing import Resize
from netloom.models.architecture import Architecture, ImageInput, LinearHead
from netloom.models.network import build_network
from netloom.models.package import PackageManifest, save_package
from netloom.models.spec import ConvNet

SIDE = 64
HERE = Path(__file__).parent
OURS = "netloom"
BY_HAND = ("fastapi", "fastapi_async")
LIBRARIES = {"litserve": "litserve==0.2.19", "bentoml": "bentoml==1.4.40"}
GOALS = {**dict.fromkeys(BY_HAND, 0.95), **dict.fromkeys(LIBRARIES, 1.5)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--soak", action="store_true", help="only send 20 000 requests to ours")
    parser.add_argument("--against", nargs="+", choices=GOALS, default=[*GOALS])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        exported = exported_model(folder)
        bodies = request_bodies(folder)
        if options.soak:
            soak(exported, bodies[OURS])
            return
        for kind in options.against:
            compare(kind, exported, bodies, options)


def compare(kind: str, exported: Path, bodies: dict[str, Path], options: Any) -> None:
    """Ours and one other server, in turns."""
    with served(OURS, exported) as ours, served(kind, exported) as other:
        for clients in options.clients:
            measured: dict[str, list[dict[str, float]]] = {OURS: [], kind: []}
            for _ in range(options.repetitions):
                for each, (port, process) in ((OURS, ours), (kind, other)):
                    body = bodies.get(each, bodies[OURS])
                    measured[each].append(load(port, process, body, clients, options.seconds))
            report(kind, f"{clients} clients", measured, goal=GOALS[kind])


def report(
    kind: str,
    what: str,
    measured: dict[str, list[dict[str, float]]],
    *,
    unit: str = "requests/s",
    each: int = 1,
    **more: Any,
) -> None:
    """Rates of both servers, of which a request has ``each``, and how they compare."""
    for name, turns in measured.items():
        facts = {
            key: round(statistics.median(turn[key] for turn in turns), 2)
            for key in ("p50_ms", "p99_ms", "cpu_ms")
        }
        rates = [each * turn["per_s"] for turn in turns]
        print(json.dumps(row(f"{name}, {what}", rates, unit, **facts)))
    pairs = list(zip(measured[OURS], measured[kind], strict=True))
    ratios = [ours["per_s"] / other["per_s"] for ours, other in pairs]
    costs = [other["cpu_ms"] / ours["cpu_ms"] for ours, other in pairs]
    facts = {**more, "cpu_ratio": round(statistics.median(costs), 3)}
    print(json.dumps(row(f"{OURS} / {kind}, {what}", ratios, "", **facts)), flush=True)


def load(
    port: int, process: psutil.Process, body: Path, clients: int, seconds: float, *more: str
) -> dict[str, float]:
    """What clients see of a server, and what it costs; ``more`` are options of ``http_peers/load.py``."""
    before = cpu_s(process)
    command = [sys.executable, str(HERE / "http_peers" / "load.py"), "--port", str(port)]
    command += ["--body", str(body), "--clients", str(clients), "--seconds", str(seconds), *more]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    measured: dict[str, float] = json.loads(done.stdout)
    return {**measured, "cpu_ms": 1000 * (cpu_s(process) - before) / measured["answers"]}


def cpu_s(process: psutil.Process) -> float:
    family = [process, *process.children(recursive=True)]
    return sum(sum(member.cpu_times()[:2]) for member in family)


@contextmanager
def served(kind: str, exported: Path) -> Iterator[tuple[int, psutil.Process]]:
    """A server of a kind, ready, with its port."""
    port = free_port()
    if kind == OURS:
        command = [sys.executable, "-m", "netloom.serving", "serve", str(exported)]
        command += ["--port", str(port)]
    else:
        python = Path(sys.executable)
        if kind in LIBRARIES:
            python = peer_python(LIBRARIES[kind], "onnxruntime", "opencv-python-headless")
        graph = str(exported / "model.onnx")
        command = [str(python), str(HERE / "http_peers" / "servers.py"), kind, graph, str(port)]
    with tempfile.TemporaryFile() as log:
        process = psutil.Popen(command, stdout=log, stderr=log)
        try:
            try:
                wait_for(port, process)
            except RuntimeError:
                log.seek(0)
                print(log.read().decode()[-2000:], file=sys.stderr)
                raise
            yield port, process
        finally:
            if process.is_running():
                for member in (process, *process.children(recursive=True)):
                    member.terminate()
            process.wait(20)


def wait_for(port: int, process: psutil.Popen) -> None:
    end = time.monotonic() + 120
    while True:
        try:
            urlopen(Request(f"http://127.0.0.1:{port}/", method="GET"), timeout=5).close()
            return
        except OSError as error:  # an HTTP error is an answer as well
            if hasattr(error, "code"):
                return
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("the server did not start") from error
            time.sleep(0.2)


def soak(exported: Path, body: Path, *, requests: int = 20_000) -> None:
    """Memory after the first thousand requests, and after all."""
    with served(OURS, exported) as (port, process):
        answers, memory = 0, []
        while answers < requests:
            clients = (1, 8, 32)[len(memory) % 3]
            answers += int(load(port, process, body, clients, 10.0)["answers"])
            memory.append(process.memory_info().rss / 1e6)
            print(f"{answers} requests, {memory[-1]:.1f} MB", file=sys.stderr, flush=True)
        early = max(memory[: max(3, len(memory) // 10)])
        facts = {"requests": answers, "early_mb": round(early, 1), "last_mb": round(memory[-1], 1)}
        print(json.dumps(row("soak: growth of memory", [memory[-1] - early], "MB", **facts)))


def exported_model(folder: Path) -> Path:
    image = ImageInput(channels=3, height=SIDE, width=SIDE, mean=(0.5,) * 3, std=(0.25,) * 3)
    plan = Architecture(input=image, backbone=ConvNet(), head=LinearHead(outputs=10))
    manifest = PackageManifest(
        task="image_classification",
        labels=tuple(f"class {number}" for number in range(10)),
        architecture=plan,
        preprocessing=(Resize(size=SIDE).model_dump(mode="json"),),
    )
    save_package(folder / "package", manifest, build_network(plan, seed=0).state_dict())
    export_model(folder / "package", folder / "exported")
    return folder / "exported"


def request_bodies(folder: Path) -> dict[str, Path]:
    """A photograph in base64, as each server takes it."""
    coarse = np.random.default_rng(0).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    pixels = cv2.resize(coarse, (500, 375), interpolation=cv2.INTER_CUBIC)
    text = base64.b64encode(cv2.imencode(".jpg", pixels)[1].tobytes()).decode()
    (folder / "one.json").write_text(json.dumps({"image": text}))
    (folder / "list.json").write_text(json.dumps({"image": [text]}))
    return {OURS: folder / "one.json", "bentoml": folder / "list.json"}


def free_port() -> int:
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
