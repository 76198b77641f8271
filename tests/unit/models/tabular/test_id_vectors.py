from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from netloom.models.tabular import id_vectors
from netloom.models.tabular.feature_input import FeatureInput, IdBagColumn, IdsColumn, IdSpace
from netloom.models.tabular.id_vectors import IdVectors, with_unknown_ids

Rows = dict[str, Any]


def tensors(rows: Rows) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(array) for name, array in rows.items()}


def test_vectors_are_those_of_a_program_that_takes_one_id_at_a_time(
    every_column: FeatureInput, rows_of: Any, slow_vectors: Callable[..., Any]
) -> None:
    torch.manual_seed(0)
    vectors = IdVectors(every_column, width=5)
    rows = rows_of(every_column, 6)
    tables = {
        "a": vectors.get_parameter("a_ids").detach().numpy(),
        "b": vectors.get_parameter("b_ids").detach().numpy(),
    }
    found_NFD = torch.cat(vectors(tensors(rows)), dim=1).detach().numpy()
    assert found_NFD.shape == (6, 4, 5)
    np.testing.assert_allclose(
        found_NFD, slow_vectors(every_column, rows, tables), rtol=0, atol=1e-6
    )
    assert not found_NFD[0, 2:].any()  # nothing but padding, and an empty list


def test_padding_is_zero_and_is_never_trained(every_column: FeatureInput, rows_of: Any) -> None:
    torch.manual_seed(0)
    vectors = IdVectors(every_column)
    optimizer = torch.optim.AdamW(vectors.parameters(), lr=0.1)
    for seed in range(3):
        loss = sum(each.sin().sum() for each in vectors(tensors(rows_of(every_column, 40, seed))))
        assert isinstance(loss, torch.Tensor)
        loss.backward()
        optimizer.step()
    of_tags, of_likes = 6 + 1, 0 + 1
    assert not vectors.get_parameter("a_ids")[of_tags].any()
    assert not vectors.get_parameter("b_ids")[of_likes].any()
    assert vectors.get_parameter("a_ids")[
        1
    ].all()  # nothing there, of a feature with one id: learned


def test_one_look_up_for_all_features_with_one_id(
    rows_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    features = tuple(IdSpace(name=f"f{n}", offset=5 * n, size=5) for n in range(10))
    input = FeatureInput(columns=(IdsColumn(name="a_ids", bucket="a", size=50, features=features),))
    vectors = IdVectors(input)
    calls: list[tuple[int, ...]] = []
    original = id_vectors.embedding

    def counted(ids: torch.Tensor, table: torch.Tensor) -> torch.Tensor:
        calls.append(tuple(ids.shape))
        return original(ids, table)

    monkeypatch.setattr(id_vectors, "embedding", counted)
    (found_NFD,) = vectors(tensors(rows_of(input, 7)))
    assert (calls, tuple(found_NFD.shape)) == ([(7, 10)], (7, 10, 4))


def test_each_bucket_is_as_wide_as_its_largest_feature_needs() -> None:
    small = (IdSpace(name="city", offset=0, size=6), IdSpace(name="shop", offset=6, size=400))
    input = FeatureInput(
        columns=(
            IdsColumn(name="a_ids", bucket="a", size=406, features=small),
            IdBagColumn(name="b_likes_ids", bucket="b", offset=0, size=9, width=None),
        )
    )
    assert IdVectors(input).features == (("city", 16), ("shop", 16), ("b_likes_ids", 4))


def test_unknown_ids_take_the_place_of_a_share_of_all_but_the_padding(
    every_column: FeatureInput, rows_of: Any
) -> None:
    rows = tensors(rows_of(every_column, 400))
    every = with_unknown_ids(rows, every_column, 1.0)
    assert every["a_ids"].unique(dim=0).tolist() == [[0, 13]]
    tags = torch.where(rows["a_tags_ids"] == 7, 7, 6)
    assert every["a_tags_ids"].tolist() == tags.tolist()
    assert every["a_ids"].dtype == rows["a_ids"].dtype
    torch.manual_seed(0)
    some = with_unknown_ids(rows, every_column, 0.25)
    kept = (some["a_ids"] == rows["a_ids"]).float().mean().item()
    assert kept == pytest.approx(0.75 + 0.25 * (1 / 6 + 1 / 11) / 2, abs=0.04)
    assert rows["a_ids"].max() > 13  # what came in is as it was
