"""How many processes read samples ahead of the training. Values never depend on it, only speed does.

It follows from what the job was granted, not from a setting: with ``needs: {cpus: n}`` one core computes
and ``n − 1`` read. Small data sets, whose prepared pictures stay in memory after the first epoch, are read
in the training's own process, which is faster than passing them between processes. The environment
variable ``NETLOOM_LOADER_WORKERS`` overrides both.
"""

from __future__ import annotations

import os

from netloom.core.errors import InvalidInput
from netloom.data.datasets import Samples

VARIABLE = "NETLOOM_LOADER_WORKERS"
_KEPT_BYTES = 256 << 20
"""What the loader keeps of prepared pictures."""


def num_readers(samples: Samples, *, cores: int) -> int:
    """Processes that read the training part ahead; 0 reads in the training's own process.

    Args:
        cores: Granted to this process.

    Raises:
        InvalidInput: The environment variable is no whole number of 0 or more (X334).
    """
    chosen = os.environ.get(VARIABLE, "")
    if chosen:
        if not chosen.isdecimal():
            raise InvalidInput.of(
                f"the environment variable {VARIABLE} is not a number of processes",
                code="X334",
                expected="a whole number of 0 or more",
                got=repr(chosen),
                fix="Correct it, or unset it to let the grant of the job decide",
            )
        return int(chosen)
    if cores <= 1 or _is_kept_in_memory(samples):
        return 0
    return cores - 1


def _is_kept_in_memory(samples: Samples) -> bool:
    fixed, _ = samples.stages()
    image = samples.read(0)
    prepared = fixed(image, None) if fixed else image
    return prepared.nbytes * len(samples) <= _KEPT_BYTES
