"""Operators that behave in every way a job can, for the executor contract suite."""

import ctypes
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from netloom.core.errors import InvalidData
from netloom.core.identifiers import ArtifactId
from netloom.core.settings import PositiveInt
from netloom.core.values import File
from netloom.execution.context import RunContext
from netloom.execution.jobs import Waiting
from netloom.graph.catalogue import Catalogue, operators_in
from netloom.graph.operator import operator
from netloom.graph.plugins import with_files


class Pair(NamedTuple):
    total: int
    report: File


class Slow:
    """A value whose codec says when it is being saved, and takes for ever."""


class SlowCodec:
    media_type = "application/x-slow"

    def save(self, value: Slow, folder: Path, *, workdir: Path) -> tuple[ArtifactId, ...]:
        (workdir / "saving").touch()
        (folder / "half").write_text("half")
        time.sleep(60)
        return ()


@operator(group="test", job=True)
def add(left: int, right: int = 10, *, scale: PositiveInt = 1) -> int:
    return (left + right) * scale


@operator(group="test")
def number(*, value: int) -> int:
    return value


@operator(group="test", job=True)
def total(items: list[int], *, run: RunContext) -> Pair:
    (run.workdir / "report.txt").write_text(f"{len(items)} items")
    return Pair(sum(items), File("work:report.txt", "text/plain"))


@operator(group="test", job=True)
def read(report: File, *, run: RunContext) -> str:
    return run.resolve(report.location).read_text()


@operator(group="test", job=True)
def raises() -> int:
    print("about to raise")
    raise ZeroDivisionError("of course")


@operator(group="test", job=True)
def raises_invalid_data() -> int:
    raise InvalidData.of("the image is torn", code="I100")


@operator(group="test", job=True)
def hangs(*, run: RunContext) -> int:
    (run.workdir / "hanging").touch()
    time.sleep(60)
    return 0


@operator(group="test", job=True)
def ignores_requests_to_stop(*, run: RunContext) -> int:
    import signal

    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    (run.workdir / "hanging").touch()
    time.sleep(60)
    return 0


@operator(group="test", job=True)
def stops_gracefully(*, run: RunContext) -> int:
    with run.stopping_gracefully():
        (run.workdir / "hanging").touch()
        while not run.should_stop:
            time.sleep(0.01)
        (run.checkpoints / "saved").write_text(str(run.attempt))
    return 0


@operator(group="test", job=True)
def exits() -> int:
    sys.exit(3)


@operator(group="test", job=True)
def exits_hard() -> int:
    print("goodbye", flush=True)
    os._exit(7)


@operator(group="test", job=True)
def crashes() -> int:
    ctypes.string_at(0)
    return 0


@operator(group="test", job=True)
def kills_itself() -> int:
    os.kill(os.getpid(), 9)
    time.sleep(60)
    return 0


@operator(group="test", job=True)
def prints_garbage() -> int:
    os.write(1, bytes(range(256)) * 100)
    os.write(2, b"\xff\xfe\x00")
    sys.stdout.write("surrogate \udcff\n")
    sys.stdout.close()
    return 1


@operator(group="test", job=True)
def writes_to_every_descriptor() -> int:
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, b"\xff" * 64)
        except OSError:
            pass
    time.sleep(60)
    return 1


@operator(group="test", job=True)
def takes_all_memory() -> int:
    hoard = []
    while True:
        hoard.append(bytearray(os.urandom(1 << 16)) * 64)
        time.sleep(0.001)


@operator(group="test", job=True)
def asks_for_too_much_at_once() -> int:
    return len(bytearray(1 << 40))


@operator(group="test", job=True)
def leaves_a_child(*, pid_file: str, detached: bool = False) -> int:
    child = subprocess.Popen(["sleep", "60"], start_new_session=detached)
    Path(pid_file).write_text(str(child.pid))
    return 1


@operator(group="test", job=True)
def leaves_a_thread() -> int:
    threading.Thread(target=time.sleep, args=(60,)).start()
    return 1


@operator(group="test", job=True)
def forks_through_the_stack() -> int:
    os.fork()
    return 1


@operator(group="test", job=True)
def returns_wrong_type() -> int:
    return "text"  # type: ignore[return-value]


@operator(group="test", job=True)
def returns_nothing() -> Pair:
    return None  # type: ignore[return-value]


@operator(group="test", job=True)
def returns_unsavable() -> dict[str, Any]:
    return {"socket": object()}


@operator(group="test", job=True)
def returns_slow() -> Slow:
    return Slow()


@operator(group="test", job=True)
def asks_a_person(*, run: RunContext) -> int:
    return Waiting({"question": "how many?"}) if run.answer is None else run.answer["count"]  # type: ignore[return-value]


@operator(group="test", job=True)
def meets_another(*, folder: str, name: str, other: str) -> int:
    (Path(folder) / name).touch()
    deadline = time.monotonic() + 20
    while not (Path(folder) / other).exists():
        if time.monotonic() > deadline:
            raise TimeoutError(other)
        time.sleep(0.005)
    return 1


@operator(group="test", job=True)
def logs_metrics(*, steps: int, run: RunContext) -> int:
    for step in range(steps):
        run.log(step, {"loss": 1 / (step + 1), "lr": 0.1})
    run.progress(steps, steps)
    run.note("all logged")
    return steps


@operator(group="test", job=True)
def flushes_and_dies(*, run: RunContext) -> int:
    """Logs a point, flushes it and is killed at once."""
    run.log(3, {"loss": 0.5})
    run.flush()
    os.kill(os.getpid(), 9)
    return 0


@operator(group="test", job=True)
def describes_itself(*, run: RunContext) -> dict[str, Any]:
    return {
        "pid": os.getpid(),
        "leads_group": os.getpgid(0) == os.getpid() == os.getsid(0),
        "random": random.random(),
        "threads": os.environ["OMP_NUM_THREADS"],
        "devices": os.environ["CUDA_VISIBLE_DEVICES"],
        "gpus": list(run.gpus),
        "cwd": str(Path.cwd()),
        "attempt": run.attempt,
        "kept": sorted(path.name for path in run.checkpoints.iterdir()),
        "scratch": sorted(path.name for path in run.workdir.iterdir()),
        "stdin": sys.stdin.read(),
        "home": os.environ.get("HOME"),
    }


@operator(group="test", job=True)
def keeps_a_checkpoint_and_dies(*, run: RunContext) -> int:
    if run.attempt == 1:
        (run.checkpoints / "step-1").touch()
        (run.workdir / "rubbish").touch()
        os.kill(os.getpid(), 9)
    return len(list(run.checkpoints.iterdir())) + 10 * len(list(run.workdir.iterdir()))


def catalogue(files: Sequence[Path] = ()) -> Catalogue:
    own = operators_in(sys.modules[__name__])
    return Catalogue(own, codecs={Slow: SlowCodec()})


def project_catalogue(files: Sequence[Path] = ()) -> Catalogue:
    return with_files(Catalogue(), files)


def broken_catalogue(files: Sequence[Path] = ()) -> Catalogue:
    raise RuntimeError("half a catalogue")


def hanging_catalogue(files: Sequence[Path] = ()) -> Catalogue:
    time.sleep(60)
    raise AssertionError
