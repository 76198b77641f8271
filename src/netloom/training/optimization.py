"""Optimisers with parameter groups chosen by regular expressions over parameter names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import torch
from torch import nn

from netloom.core.diagnostics import Diagnostic
from netloom.core.errors import InvalidInput
from netloom.training.adan import Adan as AdanOptimizer
from netloom.training.recipe import SGD, AdamW, Adan, Optimizer, ParameterGroup


def build_optimizer(
    spec: Optimizer,
    parameters: Iterable[tuple[str, nn.Parameter]],
    *,
    blocks: Sequence[str] = (),
    layer_decay: float = 1.0,
    fused: bool = True,
) -> torch.optim.Optimizer:
    """An optimiser over named parameters; those without gradient are left out.

    Args:
        blocks: Names of consecutive modules from input to output, needed for ``layer_decay``.
        layer_decay: With L blocks, the rates of block i (from 1) are multiplied by
            ``layer_decay ^ (L − i)``, so the last block (the head) keeps its own. Groups with a
            ``learning_rate`` of their own keep exactly that.
        fused: One kernel per update where torch has it. Must be off when a gradient scaler is used
            together with clipping, and when parameters join in later (fused SGD cannot do that).

    Raises:
        InvalidInput: A pattern takes no parameter (X302), or nothing is left to train (X303).

    Example:
        >>> optimizer = build_optimizer(AdamW(), nn.Linear(3, 2).named_parameters())
        >>> [group["weight_decay"] for group in optimizer.param_groups]
        [0.01, 0.0]
    """
    groups = parameter_groups(
        spec,
        [item for item in parameters if item[1].requires_grad],
        blocks=blocks,
        layer_decay=layer_decay,
    )
    match spec:
        case AdamW(betas=betas, eps=eps):
            return torch.optim.AdamW(groups, betas=betas, eps=eps, fused=fused)
        case Adan(betas=three_betas, eps=eps):
            return AdanOptimizer(groups, betas=three_betas, eps=eps)
        case SGD(momentum=momentum, dampening=dampening, nesterov=nesterov):
            return torch.optim.SGD(
                groups, momentum=momentum, dampening=dampening, nesterov=nesterov, fused=fused
            )


def parameter_groups(
    spec: Optimizer,
    parameters: list[tuple[str, nn.Parameter]],
    *,
    blocks: Sequence[str] = (),
    layer_decay: float = 1.0,
) -> list[dict[str, Any]]:
    """Torch parameter groups: by pattern (first match wins), rate, and whether they decay.

    Each names the ``pattern`` that chose it, None for the rest. Groups whose learning rate is
    scaled to 0 stop requiring gradients and are left out.

    Raises:
        InvalidInput: A pattern takes no parameter (X302), or nothing is left to train (X303).

    Example:
        >>> from netloom.training.recipe import AdamWGroup
        >>> spec = AdamW(groups=(AdamWGroup(pattern="bias", learning_rate_scale=0.5),))
        >>> groups = parameter_groups(spec, list(nn.Linear(3, 2).named_parameters()))
        >>> [group["lr"] for group in groups]
        [0.003, 0.0015]
    """
    chosen = [_first_match(spec.groups, name) for name, _ in parameters]
    _check_patterns(spec.groups, chosen, [name for name, _ in parameters])
    buckets: dict[_Bucket, list[nn.Parameter]] = {}
    for (name, parameter), group in zip(parameters, chosen, strict=True):
        rate = _rate(spec, group, layer_scale(name, blocks, layer_decay))
        if rate == 0.0:
            parameter.requires_grad_(False)
            continue
        bucket = _Bucket(group, rate, _decay(spec, group, parameter))
        buckets.setdefault(bucket, []).append(parameter)
    if not buckets:
        raise InvalidInput.of(
            "every parameter is frozen, so there is nothing to train",
            code="X303",
            fix="Give at least one group a learning_rate_scale above 0, or let the model tune more",
        )
    return [bucket.torch_group(members) for bucket, members in buckets.items()]


def layer_scale(name: str, blocks: Sequence[str], decay: float) -> float:
    """Multiple of the learning rate of a parameter by the block it lies in; 1 in the last one.

    Raises:
        ValueError: The parameter lies in none of the blocks.

    Example:
        >>> layer_scale("stem.weight", ("stem", "body", "head"), 0.5)
        0.25
    """
    if decay == 1.0:
        return 1.0
    for below, block in enumerate(reversed(blocks)):
        if name.startswith(f"{block}."):
            return float(decay**below)
    raise ValueError(f"parameter {name} lies in none of the blocks {', '.join(blocks)}")


def describe_groups(optimizer: torch.optim.Optimizer) -> str:
    """One line that says what is trained how fast, for the person watching.

    Example:
        >>> optimizer = build_optimizer(SGD(), nn.Linear(3, 2).named_parameters())
        >>> describe_groups(optimizer)
        'learning rates: 0.05 for 8 parameters'
    """
    patterns: dict[str | None, list[dict[str, Any]]] = {}
    for group in optimizer.param_groups:
        patterns.setdefault(group["pattern"], []).append(group)
    parts = []
    for pattern, groups in patterns.items():
        rates = sorted({group["initial_lr"] for group in groups})
        span = f"{rates[0]:.3g}" if len(rates) == 1 else f"{rates[0]:.3g} to {rates[-1]:.3g}"
        count = sum(parameter.numel() for group in groups for parameter in group["params"])
        which = "" if pattern is None else f" matching {pattern!r}"
        parts.append(f"{span} for {count:,} parameters{which}")
    return "learning rates: " + "; ".join(parts)


class _Bucket(NamedTuple):
    """What parameters must share to be in one torch group."""

    group: ParameterGroup | None
    rate: float
    decay: float

    def torch_group(self, members: list[nn.Parameter]) -> dict[str, Any]:
        overrides = {
            name: value
            for name in ("momentum", "betas")
            if (value := getattr(self.group, name, None)) is not None
        }
        return {
            "params": members,
            "pattern": None if self.group is None else self.group.pattern,
            "lr": self.rate,
            "initial_lr": self.rate,
            "weight_decay": self.decay,
            **overrides,
        }


def _first_match(groups: Sequence[ParameterGroup], name: str) -> ParameterGroup | None:
    return next((group for group in groups if re.search(group.pattern, name)), None)


def _rate(spec: Optimizer, group: ParameterGroup | None, scale: float) -> float:
    if group is None:
        return spec.learning_rate * scale
    if group.learning_rate is not None:
        return group.learning_rate
    return spec.learning_rate * group.learning_rate_scale * scale


def _decay(spec: Optimizer, group: ParameterGroup | None, parameter: nn.Parameter) -> float:
    if group is not None and group.weight_decay is not None:
        return group.weight_decay
    return spec.weight_decay if parameter.ndim > 1 or spec.decay_all else 0.0


def _check_patterns(
    groups: Sequence[ParameterGroup], chosen: list[ParameterGroup | None], names: list[str]
) -> None:
    used = {id(group) for group in chosen}
    idle = [group.pattern for group in groups if id(group) not in used]
    if idle:
        raise InvalidInput(*(_idle(pattern, names) for pattern in idle))


def _idle(pattern: str, names: list[str]) -> Diagnostic:
    if any(re.search(pattern, name) for name in names):
        return Diagnostic(
            code="X302",
            message=f"the parameter group {pattern!r} takes no parameter: "
            "groups before it take all that it matches",
            fix="Put it before them, or remove it",
        )
    return Diagnostic(
        code="X302",
        message=f"the parameter group {pattern!r} matches no parameter that is trained",
        expected=f"a pattern found in names such as {', '.join(names[:6])}",
        fix="Correct the pattern or remove the group",
    )
