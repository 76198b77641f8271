"""``deploy.sh`` in a fresh folder: it serves over real HTTP, and nothing of it is left when it is stopped."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import psutil
import pytest
from table_model_example import make_example

from netloom.inference.bundle_archive import unpack
from netloom.serving.bundle_writing import BundleLabel, graph_folder_of, write_bundle
from netloom.serving.sockets import listening_socket


@pytest.fixture
def folder(archive: Path, tmp_path: Path) -> Path:
    unpack(archive, tmp_path / "a folder")
    return tmp_path / "a folder"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def environment(**more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "NETLOOM_PYTHON": sys.executable, **more}


@contextmanager
def deployed(folder: Path, *arguments: str, **more: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [str(folder / "deploy.sh"), *arguments],
        env=environment(**more),
        cwd="/",
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def ask(port: int, path: str, body: bytes | None = None, **headers: str) -> Any:
    request = Request(f"http://127.0.0.1:{port}{path}", body, headers)
    with urlopen(request, timeout=20) as answer:
        return json.load(answer)


def wait_for(port: int, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            assert ask(port, "/readyz") == {"state": "ready"}
            return
        except (URLError, ConnectionError):
            assert process.poll() is None, process.stderr and process.stderr.read()
            assert time.monotonic() < end
            time.sleep(0.05)


def test_it_serves_what_the_sample_says_until_it_is_stopped(folder: Path) -> None:
    port = free_port()
    with deployed(folder, "1.x", str(port), NETLOOM_TOKEN="secret") as process:
        wait_for(port, process)
        family = [
            psutil.Process(process.pid),
            *psutil.Process(process.pid).children(recursive=True),
        ]
        request = (folder / "sample" / "request.json").read_bytes()
        answer = ask(port, "/aip", request, Authorization="Bearer secret")
        expected = json.loads((folder / "sample" / "response.json").read_text())
        assert (answer["code"], answer["message"]) == (200, "success")
        assert answer["data"]["scores"] == pytest.approx(expected["data"]["scores"], abs=1e-5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert not any(member.is_running() for member in family)


def test_a_model_of_tables_is_served_by_the_runtime_in_its_bundle(tmp_path: Path) -> None:
    folder, port = tmp_path / "clicks", free_port()
    graph_folder_of(make_example(tmp_path).package, folder)
    write_bundle(folder, BundleLabel(name="clicks", created=0.0))
    with deployed(folder, "1.0", str(port)) as process:
        wait_for(port, process)
        request = (folder / "sample" / "request.json").read_bytes()
        answer = ask(port, "/v1/predict", request, **{"Content-Type": "application/json"})
        (expected,) = json.loads((folder / "sample" / "response.json").read_text())["rows"]
        (row,) = answer["rows"]
        assert (answer["model"], list(row)) == ("clicks", list(expected))
        assert row["grade_scores"] == pytest.approx(expected["grade_scores"], abs=1e-5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["2.x"], "this bundle has version 1.2, not 2.x"),
        (["1.3"], "this bundle has version 1.2, not 1.3"),
        (["1.x", "http"], "http is no port"),
    ],
)
def test_what_cannot_be_served_is_said(folder: Path, arguments: list[str], said: str) -> None:
    with deployed(folder, *arguments) as process:
        _, errors = process.communicate(timeout=20)
        assert (process.returncode, said in errors) == (2, True)


def test_a_port_that_is_taken_is_said_and_so_is_a_changed_file(folder: Path) -> None:
    with listening_socket("127.0.0.1", 0) as taken:
        port = str(taken.getsockname()[1])
        with deployed(folder, "1.2", port) as process:
            _, errors = process.communicate(timeout=30)
            assert process.returncode == 1
            assert f"cannot listen at 127.0.0.1:{port}" in errors
    with (folder / "models" / "model" / "model.onnx").open("ab") as graph:
        graph.write(b"\0")
    with deployed(folder, "1", str(free_port())) as process:
        _, errors = process.communicate(timeout=30)
        assert (process.returncode, "model.onnx was changed" in errors) == (1, True)


def test_a_bundle_that_is_not_whole_is_said(archive: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(archive) as packed:
        packed.extract("deploy.sh", tmp_path)
    (tmp_path / "deploy.sh").chmod(0o755)
    with deployed(tmp_path) as process:
        _, errors = process.communicate(timeout=20)
        assert (process.returncode, "unzip the whole bundle" in errors) == (1, True)
