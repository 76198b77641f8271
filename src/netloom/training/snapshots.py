"""Turning a training into a snapshot and a snapshot back into the training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netloom.training.checkpoints import Snapshot, Track
from netloom.training.peers import Peers
from netloom.training.randomness import captured_streams, restore_streams

if TYPE_CHECKING:
    from torch import Tensor

    from netloom.training.engine import Engine
    from netloom.training.progress import Progress
    from netloom.training.trainable import Trainable


def capture(
    trainable: Trainable[Any],
    engine: Engine,
    progress: Progress,
    *,
    peers: Peers = Peers(),
    tracks: frozenset[Track] = frozenset(),
) -> Snapshot:
    """Everything that decides how the training goes on. Must be taken between updates, by all peers.

    The tensors are live: they change as the training goes on.
    """
    progress.loss_sum.copy_(peers.mean(progress.loss_sum))
    tensors = _under("model", trainable.state_dict())
    for rank, streams in enumerate(peers.gathered(captured_streams(engine.device))):
        tensors |= _under(f"random/{rank}", streams)
    scalars: dict[str, Any] = {}
    rates: dict[str, list[float]] = {}
    for name, optimizer in engine.optimizers.items():
        state_of: dict[int, dict[str, Any]] = dict(optimizer.optimizer.state_dict()["state"])
        tensors |= _under(f"optimizer/{name}", _flat(state_of, scalars, name))
        rates[name] = [group["lr"] for group in optimizer.param_groups]
    if engine.average is not None:
        tensors |= _under("average", engine.average.state_dict())
    if progress.best is not None:
        tensors |= _under("best", progress.best.weights)
    state = {
        "progress": progress.to_json(),
        "updates": engine.updates,
        "average_updates": 0 if engine.average is None else engine.average.updates,
        "optimizer": scalars,
        "learning_rates": rates,
        "precision": engine.fabric.strategy.precision.state_dict(),
    }
    best_step = None if progress.best is None else progress.best.step
    return Snapshot(progress.step, tensors, state, best_step=best_step, tracks=tracks)


def restore(
    snapshot: Snapshot,
    trainable: Trainable[Any],
    engine: Engine,
    progress: Progress,
    *,
    peers: Peers = Peers(),
) -> None:
    """Put a training of the same signature back to where the snapshot was taken.

    If there are more processes now than there were then, the additional ones keep the random streams they
    have, and the training goes on like before only in distribution.
    """
    state = dict(snapshot.state)
    trainable.load_state_dict(_below("model", snapshot.tensors))
    for name, optimizer in engine.optimizers.items():
        own = _below(f"optimizer/{name}", snapshot.tensors)
        whole = optimizer.optimizer.state_dict()
        whole["state"] = _nested(own, state["optimizer"].get(name, {}))
        for group, rate in zip(whole["param_groups"], state["learning_rates"][name], strict=True):
            group["lr"] = rate
        optimizer.optimizer.load_state_dict(whole)
    if engine.average is not None:
        average = _below("average", snapshot.tensors)
        engine.average.load_state_dict(average, updates=state["average_updates"])
    engine.updates = state["updates"]
    engine.fabric.strategy.precision.load_state_dict(state["precision"])
    progress.restore(state["progress"], _below("best", snapshot.tensors))
    streams = _below(f"random/{peers.rank}", snapshot.tensors)
    if streams:
        restore_streams(streams, engine.device)


def _flat(
    state: dict[int, dict[str, Any]], scalars: dict[str, Any], name: str
) -> dict[str, Tensor]:
    """Optimiser state as named tensors; what is no tensor goes to ``scalars[name]``."""
    import torch

    tensors = {}
    for index, entries in state.items():
        for key, value in entries.items():
            if isinstance(value, torch.Tensor):
                tensors[f"{index}/{key}"] = value
            else:
                scalars.setdefault(name, {})[f"{index}/{key}"] = value
    return tensors


def _nested(tensors: dict[str, Tensor], scalars: dict[str, Any]) -> dict[int, dict[str, Any]]:
    state: dict[int, dict[str, Any]] = {}
    for path, value in [*tensors.items(), *scalars.items()]:
        index, _, key = path.partition("/")
        state.setdefault(int(index), {})[key] = value
    return state


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {f"{prefix}/{name}": tensor for name, tensor in tensors.items()}


def _below(prefix: str, tensors: Any) -> dict[str, Tensor]:
    start = f"{prefix}/"
    return {name[len(start) :]: t for name, t in tensors.items() if name.startswith(start)}
