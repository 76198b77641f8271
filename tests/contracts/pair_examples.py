"""Small pairs of pictures, and lines with texts, for the contract of learning tasks."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
from torch import Tensor

from netloom.data.datasets import Samples, open_samples
from netloom.data.index import index_table, write_index
from netloom.data.view import Dataset
from netloom.models.reading_spec import TrOCR

COUNT = 12
TEXTS = ["ab", "b", "", "ba a", "aab", "b b"]


def pairs(folder: Path) -> Samples:
    """Grey noise, and the same with every level a little higher."""
    rng = np.random.default_rng(0)
    for kind in ("input", "target"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    names = [f"{row}.png" for row in range(COUNT)]
    for name in names:
        picture = rng.integers(0, 180, (12, 16), dtype=np.uint8)
        cv2.imwrite(str(folder / "input" / name), picture)
        cv2.imwrite(str(folder / "target" / name), picture + np.uint8(60))
    columns = {"target": pa.array([f"target/{name}" for name in names])}
    return _opened(folder, [f"input/{name}" for name in names], columns, "image_enhancement")


def lines(folder: Path) -> Samples:
    """A bright bar for each a, two thin ones for each b, nothing for a space."""
    rng = np.random.default_rng(0)
    texts = [TEXTS[row % len(TEXTS)] for row in range(COUNT)]
    for row, text in enumerate(texts):
        picture = rng.integers(0, 60, (12, 40), dtype=np.uint8)
        for place, character in enumerate(text):
            left = 2 + 9 * place
            if character == "a":
                picture[2:10, left : left + 5] = 250
            elif character == "b":
                picture[2:10, [left, left + 4]] = 250
        cv2.imwrite(str(folder / f"{row}.png"), picture)
    paths = [f"{row}.png" for row in range(COUNT)]
    samples = _opened(folder, paths, {"text": pa.array(texts)}, "text_recognition", size=(40, 12))
    return replace(samples, label_names=(" ", "a", "b"))


def tiny_trocr() -> TrOCR:
    """Small enough for a few steps, and without dropout."""
    encoder = {
        "model_type": "vit",
        "hidden_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 16,
        "patch_size": 4,
    }
    decoder = {
        "model_type": "trocr",
        "d_model": 16,
        "decoder_layers": 1,
        "decoder_attention_heads": 2,
        "decoder_ffn_dim": 16,
        "max_position_embeddings": 8,
        "cross_attention_hidden_size": 16,
    }
    parts = {"encoder": encoder, "decoder": decoder}
    return TrOCR(dropout=0.0, architecture={"model_type": "vision-encoder-decoder", **parts})


def without_answer(samples: Samples) -> Samples:
    """The last sample is not annotated."""
    assert samples.annotations is not None
    known_N = samples.annotations.is_known_N.copy()
    known_N[-1] = False
    texts = [*samples.annotations.texts[:-1], None]
    return replace(
        samples, annotations=replace(samples.annotations, is_known_N=known_N, texts=texts)
    )


def targets_that_change_nothing(samples: Samples) -> Samples:
    """Every target is the picture itself."""
    assert samples.annotations is not None
    return replace(samples, annotations=replace(samples.annotations, files=samples.paths))


def texts_of(*texts: str) -> Callable[[Samples], Samples]:
    """The samples with other texts."""

    def change(samples: Samples) -> Samples:
        assert samples.annotations is not None
        chosen = [texts[row % len(texts)] for row in range(len(samples))]
        return replace(samples, annotations=replace(samples.annotations, texts=chosen))

    return change


def slow_enhancement(outputs: Tensor, batch: Any) -> dict[str, float]:
    """Picture by picture, level by level."""
    psnr = gain = loss = 0.0
    for levels, picture, target in zip(
        outputs.tolist(), batch.images_NCHW.tolist(), batch.companions_NCHW.tolist(), strict=True
    ):
        after, before, wanted = (_flat(each) for each in (levels, picture, target))
        stored = [round(255 * min(max(level, 0.0), 1.0)) for level in after]
        psnr += _psnr(stored, wanted)
        gain += _psnr(stored, wanted) - _psnr(before, wanted)
        apart = [level - value / 255 for level, value in zip(after, wanted, strict=True)]
        loss += sum(math.sqrt(each**2 + 1e-6) for each in apart) / len(apart)
    count = len(outputs)
    return {"psnr_db": psnr / count, "gain_db": gain / count, "loss": loss / count}


def slow_reading(outputs: Tensor, batch: Any) -> dict[str, float]:
    """Line by line; the loss by adding up every path of the network's steps."""
    edits = exact = loss = characters = 0.0
    for logits, text in zip(outputs.double().tolist(), batch.texts, strict=True):
        best = [row.index(max(row)) for row in logits]
        read = [a for a, before in zip(best, [None, *best], strict=False) if a not in (before, 3)]
        apart = _distance("".join(" ab"[place] for place in read), text)
        edits, exact, characters = edits + apart, exact + (apart == 0), characters + len(text)
        shares = [[math.exp(value) for value in row] for row in logits]
        likely = _probability(
            [[value / sum(row) for value in row] for row in shares], [" ab".index(c) for c in text]
        )
        loss -= math.log(likely) / max(len(text), 1)
    count = len(outputs)
    return {"cer": edits / characters, "exact_match": exact / count, "loss": loss / count}


def slow_writing(outputs: Tensor, batch: Any) -> dict[str, float]:
    """Line by line, character by character; the loss up to the first mistake, a tenth of it smoothed."""
    edits = exact = loss = characters = 0.0
    for logits, text in zip(outputs.double().tolist(), batch.texts, strict=True):
        best = [row.index(max(row)) for row in logits]
        written = "".join(" ab"[place] for place in [*best, 3][: [*best[:5], 3].index(3)])
        apart = _distance(written, text)
        edits, exact, characters = edits + apart, exact + (apart == 0), characters + len(text)
        terms = []
        for row, place in zip(logits, [*(" ab".index(each) for each in text), 3], strict=False):
            unlikely = [math.log(sum(map(math.exp, row))) - value for value in row]
            terms.append(0.9 * unlikely[place] + 0.1 * sum(unlikely) / 4)
            if row.index(max(row)) != place:
                break
        loss += sum(terms) / len(terms)
    count = len(outputs)
    return {"cer": edits / characters, "exact_match": exact / count, "loss": loss / count}


def _probability(rows: list[list[float]], text: list[int]) -> float:
    """Of a text: of all ways to begin it (its first places, what came last), step by step."""
    beginnings = {(0, None): 1.0}
    for row in rows:
        following: dict[Any, float] = {}
        for (done, last), share in beginnings.items():
            choices = [(done, None, row[-1])]
            if last is not None:
                choices.append((done, last, row[last]))
            if done < len(text) and text[done] != last:
                choices.append((done + 1, text[done], row[text[done]]))
            for key_done, key_last, value in choices:
                key = (key_done, key_last)
                following[key] = following.get(key, 0.0) + share * value
        beginnings = following
    return sum(share for (done, _), share in beginnings.items() if done == len(text))


def _distance(first: str, second: str) -> int:
    if not first or not second:
        return len(first) + len(second)
    return min(
        _distance(first[1:], second) + 1,
        _distance(first, second[1:]) + 1,
        _distance(first[1:], second[1:]) + (first[0] != second[0]),
    )


def _psnr(first: list[float], second: list[float]) -> float:
    squared = sum((a - b) ** 2 for a, b in zip(first, second, strict=True)) / len(first)
    return 10 * math.log10(255**2 / squared)


def _flat(planes: list[list[list[float]]]) -> list[float]:
    return [level for plane in planes for row in plane for level in row]


def _opened(
    folder: Path,
    paths: list[str],
    columns: dict[str, Any],
    task: str,
    *,
    size: tuple[int, int] = (16, 12),
) -> Samples:
    table = index_table(
        ids=paths,
        digests=paths,
        paths=paths,
        parts=["train"] * len(paths),
        sizes=[size] * len(paths),
    )
    for name, column in columns.items():
        table = table.append_column(name, column)
    write_index(folder / "index.parquet", table)
    view: Dataset[Any] = Dataset(task, "work:index.parquet", "work:", "folder", (), channels=1)
    return open_samples(view, lambda place: folder / place.removeprefix("work:"), part="train")
