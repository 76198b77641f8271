import random
from collections.abc import Iterator

import numpy as np
import pytest

from netloom.execution.local.limits import seed_everything, worker_environ


@pytest.fixture
def _streams_restored() -> Iterator[None]:
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    yield
    random.setstate(python)
    np.random.set_state(numpy)  # noqa: NPY002


@pytest.mark.usefixtures("_streams_restored")
@pytest.mark.parametrize("has_devices", [False, True])
def test_equal_seeds_give_equal_streams(has_devices: bool) -> None:
    torch = pytest.importorskip("torch")
    draws = []
    for seed in (5, 5, 2**63 - 1):
        seed_everything(seed, has_devices=has_devices)
        draw = np.random.rand()  # noqa: NPY002
        draws.append((random.random(), draw, float(torch.rand(()))))
    assert draws[0] == draws[1] != draws[2]


def test_a_worker_inherits_the_environment_but_not_threads_and_devices() -> None:
    inherited = {"HOME": "/h", "OMP_NUM_THREADS": "64", "CUDA_VISIBLE_DEVICES": "0,1,2,3"}
    environ = worker_environ(inherited, threads=2, gpus=(1, 3))
    assert environ["HOME"] == "/h"
    assert environ["OMP_NUM_THREADS"] == environ["OPENBLAS_NUM_THREADS"] == "2"
    assert environ["CUDA_VISIBLE_DEVICES"] == "1,3"
    assert worker_environ(inherited, threads=1, gpus=())["CUDA_VISIBLE_DEVICES"] == ""
    assert worker_environ({"PYTHONHASHSEED": "7"}, threads=1, gpus=())["PYTHONHASHSEED"] == "7"
