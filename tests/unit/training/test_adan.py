from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from netloom.training.adan import Adan

GRADIENTS = torch.randn((12, 5), generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def by_the_paper(
    start: Tensor,
    gradients: Tensor,
    *,
    lr: float,
    betas: tuple[float, float, float],
    eps: float,
    decay: float,
) -> Tensor:
    """Algorithm 1 number by number, with the authors' bias corrections."""
    values = []
    for first, column in zip(start.tolist(), gradients.T.tolist(), strict=True):
        theta = first
        b1, b2, b3 = (1 - beta for beta in betas)  # the paper's betas
        m = v = n = 0.0
        before = column[0]
        for k, g in enumerate(column, start=1):
            m = (1 - b1) * m + b1 * g
            v = (1 - b2) * v + b2 * (g - before)
            n = (1 - b3) * n + b3 * (g + (1 - b2) * (g - before)) ** 2
            m_hat = m / (1 - (1 - b1) ** k)
            v_hat = v / (1 - (1 - b2) ** k)
            n_hat = n / (1 - (1 - b3) ** k)
            eta = lr / (n_hat**0.5 + eps)
            theta = (theta - eta * (m_hat + (1 - b2) * v_hat)) / (1 + lr * decay)
            before = g
        values.append(theta)
    return torch.tensor(values, dtype=torch.float64)


def descended(parameter: nn.Parameter, optimizer: Adan, gradients: Tensor) -> None:
    for gradient in gradients:
        parameter.grad = gradient.clone()
        optimizer.step()


@pytest.mark.parametrize("decay", [0.0, 0.3])
@pytest.mark.parametrize("betas", [(0.98, 0.92, 0.99), (0.5, 0.1, 0.7)])
def test_it_follows_the_paper(betas: tuple[float, float, float], decay: float) -> None:
    start = torch.linspace(-2, 2, 5, dtype=torch.float64)
    parameter = nn.Parameter(start.clone())
    optimizer = Adan([parameter], lr=0.05, betas=betas, eps=1e-3, weight_decay=decay)
    descended(parameter, optimizer, GRADIENTS)
    expected = by_the_paper(start, GRADIENTS, lr=0.05, betas=betas, eps=1e-3, decay=decay)
    torch.testing.assert_close(parameter.detach(), expected, rtol=1e-12, atol=1e-12)


def test_its_defaults_are_the_published_ones() -> None:
    optimizer = Adan([nn.Parameter(torch.zeros(1))])
    assert optimizer.defaults == {
        "lr": 1e-3,
        "betas": (0.98, 0.92, 0.99),
        "eps": 1e-8,
        "weight_decay": 0.02,
    }


def test_it_goes_on_from_its_state_as_if_never_stopped() -> None:
    whole, stopped = (nn.Parameter(torch.ones(5, dtype=torch.float64)) for _ in range(2))
    descended(whole, Adan([whole], lr=0.1), GRADIENTS)
    first = Adan([stopped], lr=0.1)
    descended(stopped, first, GRADIENTS[:7])
    second = Adan([stopped], lr=0.1)
    second.load_state_dict(first.state_dict())
    descended(stopped, second, GRADIENTS[7:])
    assert torch.equal(whole, stopped)


def test_a_parameter_that_joins_in_later_counts_from_one() -> None:
    early, late, alone = (nn.Parameter(torch.ones(5, dtype=torch.float64)) for _ in range(3))
    both = Adan([early, late], lr=0.1)
    for step, gradient in enumerate(GRADIENTS):
        early.grad = gradient.clone()
        late.grad = gradient.clone() if step >= 4 else None
        both.step()
    descended(alone, Adan([alone], lr=0.1), GRADIENTS[4:])
    assert torch.equal(late, alone)
    assert both.state[early]["step"] == 12


def test_a_closure_is_evaluated_with_gradients_and_its_loss_returned() -> None:
    parameter = nn.Parameter(torch.tensor([2.0]))
    optimizer = Adan([parameter], lr=0.1)

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = parameter.square().sum()
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == 4.0
    assert parameter.item() < 2.0
