from __future__ import annotations

import pytest

from netloom.core.settings import Fraction, Seed, Settings


class Split(Settings):
    valid: Fraction = 0.1
    seed: Seed = 0
    names: frozenset[str] = frozenset()


class Outer(Settings):
    inner: Split = Split()


def test_settings_are_values() -> None:
    assert Split() == Split(valid=0.1)
    assert hash(Split()) == hash(Split(seed=0))
    with pytest.raises(ValueError, match="frozen"):
        Split().seed = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    "bad",
    [
        {"vaild": 0.2},
        {"valid": 1.1},
        {"valid": float("nan")},
        {"seed": -1},
        {"seed": 2**63},
        {"seed": "x"},
    ],
)
def test_what_is_not_allowed_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Split.model_validate(bad)


def test_sets_are_written_in_order_at_every_depth() -> None:
    names = frozenset(f"name-{number}" for number in range(30))
    written = Outer(inner=Split(names=names)).model_dump(mode="json")
    assert written == {"inner": {"valid": 0.1, "seed": 0, "names": sorted(names)}}
    assert Outer.model_validate(written) == Outer(inner=Split(names=names))
