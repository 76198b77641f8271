"""Optimisers with parameter groups chosen by regular expressions over parameter names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

from netloom.core.diagnostics import Diagnostic
from netloom.core.errors import InvalidInput
from netloom.training.recipe import SGD, AdamW, Optimizer, ParameterGroup


def build_optimizer(
    spec: Optimizer, parameters: Iterable[tuple[str, nn.Parameter]], *, fused: bool = True
) -> torch.optim.Optimizer:
    """An optimiser over named parameters; those without gradient are left out.

    Args:
        fused: One kernel per update where torch has it. Must be off when a gradient scaler is used
            together with clipping.

    Raises:
        InvalidInput: A pattern matches no parameter, or nothing is left to train.

    Example:
        >>> optimizer = build_optimizer(AdamW(), nn.Linear(3, 2).named_parameters())
        >>> [group["weight_decay"] for group in optimizer.param_groups]
        [0.01, 0.0]
    """
    groups = parameter_groups(spec, [item for item in parameters if item[1].requires_grad])
    match spec:
        case AdamW(betas=betas, eps=eps):
            return torch.optim.AdamW(groups, betas=betas, eps=eps, fused=fused)
        case SGD(momentum=momentum, nesterov=nesterov):
            return torch.optim.SGD(groups, momentum=momentum, nesterov=nesterov, fused=fused)


def parameter_groups(
    spec: Optimizer, parameters: list[tuple[str, nn.Parameter]]
) -> list[dict[str, Any]]:
    """Torch parameter groups: by pattern (first match wins), then by whether they decay.

    Groups whose learning rate is scaled to 0 stop requiring gradients and are left out.

    Raises:
        InvalidInput: A pattern matches no parameter, or nothing is left to train.

    Example:
        >>> spec = AdamW(groups=(ParameterGroup(pattern="bias", learning_rate_scale=0.5),))
        >>> groups = parameter_groups(spec, list(nn.Linear(3, 2).named_parameters()))
        >>> [group["lr"] for group in groups]
        [0.003, 0.0015]
    """
    _check_patterns(spec, [name for name, _ in parameters])
    buckets: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in parameters:
        group = next((g for g in spec.groups if re.search(g.pattern, name)), None)
        scale = 1.0 if group is None else group.learning_rate_scale
        if scale == 0.0:
            parameter.requires_grad_(False)
            continue
        rate = spec.learning_rate * scale
        buckets.setdefault((rate, _decay(spec, group, parameter)), []).append(parameter)
    if not buckets:
        raise InvalidInput.of(
            "every parameter is frozen, so there is nothing to train",
            code="X303",
            fix="Give at least one group a learning_rate_scale above 0",
        )
    return [
        {"params": members, "lr": rate, "initial_lr": rate, "weight_decay": decay}
        for (rate, decay), members in buckets.items()
    ]


def _decay(spec: Optimizer, group: ParameterGroup | None, parameter: nn.Parameter) -> float:
    if group is not None and group.weight_decay is not None:
        return group.weight_decay
    return spec.weight_decay if parameter.ndim > 1 or spec.decay_all else 0.0


def _check_patterns(spec: Optimizer, names: list[str]) -> None:
    idle = [g.pattern for g in spec.groups if not any(re.search(g.pattern, n) for n in names)]
    if idle:
        raise InvalidInput(
            *(
                Diagnostic(
                    code="X302",
                    message=f"the parameter group {pattern!r} matches no parameter",
                    expected=f"a pattern found in names such as {', '.join(names[:6])}",
                    fix="Correct the pattern or remove the group",
                )
                for pattern in idle
            )
        )
