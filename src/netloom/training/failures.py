"""Why a training failed, told with what was seen in this very training."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from netloom.core.errors import JobFailed, NetloomError

if TYPE_CHECKING:
    from torch import Tensor

    from netloom.training.engine import Engine
    from netloom.training.progress import Progress
    from netloom.training.recipe import Recipe

_READER_DIED = "DataLoader worker"


def diverged(
    progress: Progress,
    loss: float,
    *,
    engine: Engine,
    recipe: Recipe,
    tensors: Mapping[str, Tensor],
) -> JobFailed:
    """The failure of a training whose loss is no longer a number (X301).

    Args:
        tensors: Everything learned, by name.
    """
    broken = next((n for n, t in tensors.items() if not bool(t.isfinite().all())), None)
    return JobFailed.of(
        f"the loss is {loss} at step {progress.step}: the training has diverged",
        code="X301",
        expected="a finite loss",
        got="; ".join(_seen(progress, engine, broken)),
        fix=_capitalised("; ".join(_advice(progress, recipe, broken))),
    )


def _seen(progress: Progress, engine: Engine, broken: str | None) -> Iterator[str]:
    yield f"a learning rate of {engine.learning_rate:.3g}"
    if progress.last_finite is None:
        yield "no finite loss since the start"
    else:
        yield f"a loss of {progress.last_finite.loss:.4g} at step {progress.last_finite.step}"
    norm = engine.gradient_norm
    if norm is not None:
        yield f"a gradient norm of {norm:.3g}"
    if broken:
        yield f"numbers in {broken} that are not finite"


def _advice(progress: Progress, recipe: Recipe, broken: str | None) -> Iterator[str]:
    if progress.last_finite is None and broken is None:
        yield (
            "the weights are sound, so look at the data and the loss: labels, class_weights, and "
            "inputs that are not normalised"
        )
    rate = recipe.optimizer.learning_rate
    yield f"lower optimizer.learning_rate, {rate:g}, to {rate / 10:g}"
    if recipe.clip_norm is None:
        yield "or set clip_norm: 1.0"
    if recipe.precision == "16-mixed":
        yield "or set precision: bf16-mixed, whose numbers reach as far as 32-bit ones"
    yield "or choose a longer schedule.warmup"
    yield "check that the inputs are normalised"


@contextmanager
def explained(recipe: Recipe, *, needs: str = "") -> Iterator[None]:
    """Turn what libraries raise inside the block into failures that say what to change.

    Args:
        needs: What the training was expected to need, e.g. "310 MB"; empty if unknown.

    Raises:
        JobFailed: Memory ran out (X332), or a process that read data died (X333).

    Example:
        >>> from netloom.training.recipe import Recipe
        >>> try:
        ...     with explained(Recipe(batch_size=64)):
        ...         raise MemoryError
        ... except JobFailed as failure:
        ...     print(len(failure.diagnostics))
        1
    """
    try:
        yield
    except NetloomError:
        raise
    except Exception as error:
        if _is_out_of_memory(error):
            raise _out_of_memory(error, recipe, needs) from error
        if isinstance(error, RuntimeError) and str(error).startswith(_READER_DIED):
            raise _reader_died(error) from error
        raise


def _is_out_of_memory(error: Exception) -> bool:
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)


def _out_of_memory(error: Exception, recipe: Recipe, needs: str) -> JobFailed:
    on_gpu = type(error).__name__ == "OutOfMemoryError"
    changes = []
    if isinstance(recipe.batch_size, int) and recipe.batch_size > 1:
        half = 2 ** math.floor(math.log2(recipe.batch_size / 2))
        changes.append(
            f"set batch_size: {half} and accumulate: {recipe.accumulate * recipe.batch_size // half}, "
            "which gives the same updates"
        )
    if on_gpu and recipe.precision == "32-true":
        changes.append("set precision: bf16-mixed, which halves what is kept for the gradients")
    changes.append(
        "use a smaller model or smaller inputs, or a GPU with more memory"
        if on_gpu
        else "use a smaller model or smaller inputs, or grant more with needs: {memory_mb: …}"
    )
    return JobFailed.of(
        f"the training ran out of memory on the {'GPU' if on_gpu else 'processor'} with batches of "
        f"{recipe.batch_size}",
        code="X332",
        expected=f"to need about {needs}" if needs else None,
        got=(str(error).partition("\n")[0] or "no further word")[:300],
        fix=_capitalised("; or ".join(changes)),
    )


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _reader_died(error: RuntimeError) -> JobFailed:
    return JobFailed.of(
        "a process that reads samples ahead was killed",
        code="X333",
        got=str(error).partition("\n")[0][:300],
        fix="It probably ran out of memory, or of shared memory (/dev/shm): set the environment "
        "variable NETLOOM_LOADER_WORKERS=0 to read in the training's own process, or grant more memory",
    )
