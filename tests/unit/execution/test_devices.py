import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from netloom.execution import devices
from netloom.execution.devices import Gpu, inventory


def test_this_machine_has_processors_and_memory() -> None:
    found = inventory()
    assert found.cpus > 0
    assert found.memory_mb > 100


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"cpu.max": "150000 100000"}, 1.5),
        ({"cpu.max": "max 100000"}, None),
        ({"cpu/cpu.cfs_quota_us": "50000", "cpu/cpu.cfs_period_us": "100000"}, 0.5),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, None),
        ({}, None),
    ],
)
def test_control_groups_limit_processors(
    tmp_path: Path, files: dict[str, str], expected: float | None
) -> None:
    write(tmp_path, files)
    assert devices._cpu_quota(tmp_path) == expected


@pytest.mark.parametrize(
    "files", [{"memory.max": "104857600"}, {"memory/memory.limit_in_bytes": "104857600"}]
)
def test_control_groups_limit_memory(tmp_path: Path, files: dict[str, str]) -> None:
    write(tmp_path, files)
    assert devices.memory_mb(tmp_path) == 100


@pytest.mark.parametrize("text", ["max", "9223372036854771712"])
def test_no_limit_is_the_machine(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"memory.max": text})
    assert devices.memory_mb(tmp_path) == devices.memory_mb(tmp_path / "none")


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text + "\n")


class FakeNvml(SimpleNamespace):
    """The driver's library with two cards, the second of which refuses to answer."""

    class NVMLError(Exception):
        pass

    def nvmlInit(self) -> None: ...  # noqa: N802
    def nvmlShutdown(self) -> None: ...  # noqa: N802

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return 3

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:  # noqa: N802
        if index == 1:
            raise self.NVMLError
        return index

    def nvmlDeviceGetUUID(self, handle: int) -> str:  # noqa: N802
        return f"GPU-{handle}abc"

    def nvmlDeviceGetName(self, handle: int) -> bytes:  # noqa: N802
        return b"Card"

    def nvmlDeviceGetMemoryInfo(self, handle: int) -> SimpleNamespace:  # noqa: N802
        return SimpleNamespace(total=(handle + 1) << 30)


@pytest.mark.parametrize(
    ("visible", "expected"),
    [
        (None, [0, 2]),
        ("2", [2]),
        ("GPU-0a", [0]),
        ("2, 0", [0, 2]),
        ("0,-1,2", [0]),
        ("", []),
    ],
)
def test_gpus_that_answer_and_are_visible_are_listed(
    monkeypatch: pytest.MonkeyPatch, visible: str | None, expected: list[int]
) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", FakeNvml())
    monkeypatch.setattr(devices, "_is_wsl", lambda: True)
    if visible is None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    else:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    found = inventory().gpus
    assert found == tuple(Gpu(index, "Card", (index + 1) * 1024) for index in expected)


def test_a_machine_without_a_driver_has_no_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", None)
    monkeypatch.setattr(devices, "_is_wsl", lambda: True)
    assert inventory().gpus == ()
