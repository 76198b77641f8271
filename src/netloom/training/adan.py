"""Adan, the adaptive Nesterov momentum optimiser (Xie et al. 2022, arXiv:2208.06677)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn


class Adan(torch.optim.Optimizer):
    """Adan with decoupled weight decay, all parameters of a group at once.

    For the gradient ``g`` of update ``k`` (from 1), with every operation element by element::

        m ← β₁ m + (1 − β₁) g                         gradient
        v ← β₂ v + (1 − β₂) (g − g′)                  its change since the last update, 0 at first
        n ← β₃ n + (1 − β₃) (g + β₂ (g − g′))²        square of the gradient extrapolated
        θ ← (θ − η (m̂ + β₂ v̂) / (√n̂ + ε)) / (1 + η λ)

    where a hat divides by ``1 − βᵏ``. This is algorithm 1 of the paper in the form of the authors' own
    program: the betas are one minus the paper's, all averages start at zero and are corrected for it,
    ε stands outside the root, and weight decay λ is applied last, as a proximal step.

    Averages and the count of updates belong to each parameter, so one that joins in later (gradual
    unfreezing) starts at ``k`` = 1. Parameters without gradient are left alone.

    Example:
        >>> weight = nn.Parameter(torch.tensor([1.0, -1.0]))
        >>> optimizer = Adan([weight], lr=0.1, weight_decay=0.0)
        >>> weight.square().sum().backward()
        >>> optimizer.step()
        >>> [round(value, 4) for value in weight.tolist()]
        [0.9, -0.9]
    """

    def __init__(
        self,
        parameters: Iterable[nn.Parameter] | list[dict[str, Any]],
        *,
        lr: float = 1e-3,
        betas: tuple[float, float, float] = (0.98, 0.92, 0.99),
        eps: float = 1e-8,
        weight_decay: float = 0.02,
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(parameters, defaults)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change the parameters; see the class for the formula.

        Args:
            closure: Evaluates the loss anew; its value is returned.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for count, members in self._by_count(group["params"]).items():
                _update(members, [self.state[member] for member in members], group, count)
        return loss

    def _by_count(self, parameters: list[nn.Parameter]) -> dict[int, list[Tensor]]:
        """Parameters with a gradient by the number of this update; nearly always one number."""
        members: dict[int, list[Tensor]] = {}
        for parameter in parameters:
            if parameter.grad is None:
                continue
            state = self.state[parameter]
            if not state:
                state["step"] = 0
                for name in ("exp_avg", "exp_avg_diff", "exp_avg_sq"):
                    state[name] = torch.zeros_like(parameter)
                state["last_grad"] = parameter.grad.clone()
            state["step"] += 1
            members.setdefault(state["step"], []).append(parameter)
        return members


def _update(
    parameters: list[Tensor], states: list[dict[str, Any]], group: dict[str, Any], count: int
) -> None:
    beta1, beta2, beta3 = group["betas"]
    rate = group["lr"]
    grads = [parameter.grad for parameter in parameters if parameter.grad is not None]
    means, changes, squares, last = (
        [state[name] for state in states]
        for name in ("exp_avg", "exp_avg_diff", "exp_avg_sq", "last_grad")
    )
    difference = torch._foreach_sub(grads, last)
    torch._foreach_lerp_(means, grads, 1.0 - beta1)
    torch._foreach_lerp_(changes, difference, 1.0 - beta2)
    extrapolated = torch._foreach_mul(difference, beta2)
    torch._foreach_add_(extrapolated, grads)
    torch._foreach_mul_(squares, beta3)
    torch._foreach_addcmul_(squares, extrapolated, extrapolated, value=1.0 - beta3)

    root = torch._foreach_sqrt(squares)
    torch._foreach_div_(root, math.sqrt(1.0 - beta3**count))
    torch._foreach_add_(root, group["eps"])
    by_mean = rate / (1.0 - beta1**count)
    by_change = rate * beta2 / (1.0 - beta2**count)
    torch._foreach_addcdiv_(parameters, means, root, value=-by_mean)
    torch._foreach_addcdiv_(parameters, changes, root, value=-by_change)
    if group["weight_decay"]:
        torch._foreach_div_(parameters, 1.0 + rate * group["weight_decay"])
    torch._foreach_copy_(last, grads)
