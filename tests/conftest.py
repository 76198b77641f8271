"""What every test shares: a clean environment, and the markers that need a device or a server."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Machines that run the tests are shared and slow at times: examples have no time limit of their own.
settings.register_profile("netloom", deadline=None)
settings.load_profile("netloom")

# Before any test imports numpy or torch: their thread pools read it once.
os.environ.setdefault("OMP_NUM_THREADS", "1")

_OWN_VARIABLES = ("NETLOOM_TEST_POSTGRES_URL", "NETLOOM_START_METHOD")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    no_postgres = pytest.mark.skip(reason="NETLOOM_TEST_POSTGRES_URL is not set")
    no_gpu = pytest.mark.skip(reason="no CUDA device")
    for item in items:
        if "postgres" in item.keywords and "NETLOOM_TEST_POSTGRES_URL" not in os.environ:
            item.add_marker(no_postgres)
        if "gpu" in item.keywords and not _num_gpus():
            item.add_marker(no_gpu)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own NETLOOM_… variables must not change what is tested."""
    for name in [name for name in os.environ if name.startswith("NETLOOM_")]:
        if name not in _OWN_VARIABLES:
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def repository() -> Path:
    """Root of the checkout."""
    return Path(__file__).parent.parent


_gpus: int | None = None


def _num_gpus() -> int:
    global _gpus  # noqa: PLW0603 - asked once per session
    if _gpus is None:
        try:
            import pynvml

            pynvml.nvmlInit()
            _gpus = pynvml.nvmlDeviceGetCount()
        except Exception:  # no driver, no library: no device
            _gpus = 0
    return _gpus
