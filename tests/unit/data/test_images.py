from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from netloom.core.errors import InvalidData
from netloom.data.images import (
    ArrayImages,
    FolderImages,
    decode_image,
    path_from_text,
    text_from_path,
)


def encoded(image: Any, suffix: str = ".png") -> bytes:
    return bytes(cv2.imencode(suffix, image)[1].tobytes())


def test_colours_come_out_as_red_green_blue() -> None:
    bgr = np.zeros((2, 3, 3), np.uint8)
    bgr[:] = (10, 20, 200)
    assert decode_image(encoded(bgr), channels=3)[0, 0].tolist() == [200, 20, 10]


def test_grey_decoding_has_one_channel() -> None:
    assert decode_image(encoded(np.full((2, 3, 3), 7, np.uint8)), channels=1).shape == (2, 3, 1)


def test_alpha_is_dropped_and_16_bit_levels_are_reduced() -> None:
    with_alpha = np.full((2, 2, 4), (1, 2, 3, 0), np.uint8)
    assert decode_image(encoded(with_alpha), channels=3)[0, 0].tolist() == [3, 2, 1]
    deep = np.full((2, 2), 0x8034, np.uint16)
    assert decode_image(encoded(deep), channels=1).ravel().tolist() == [0x80] * 4


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".webp", ".tif"])
def test_images_cut_short_are_refused(suffix: str) -> None:
    image = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    content = encoded(image, suffix)
    assert decode_image(content, channels=3).shape == (40, 40, 3)
    with pytest.raises(ValueError, match="damaged, cut short or no image"):
        decode_image(content[: len(content) // 2], channels=3)


def test_empty_and_foreign_content_is_refused_with_the_reason() -> None:
    with pytest.raises(ValueError, match="the file is empty"):
        decode_image(b"", channels=3)
    with pytest.raises(ValueError, match="no image"):
        decode_image(b"<html>404</html>", channels=3)


def test_a_vanished_file_is_named(tmp_path: Path) -> None:
    reader = FolderImages(tmp_path, ["rose/1.png"], channels=3)
    with pytest.raises(InvalidData) as caught:
        reader.read(0)
    problem = caught.value.diagnostics[0]
    assert problem.code == "I010"
    assert str(tmp_path / "rose/1.png") in problem.message
    assert "No such file" in problem.message


@pytest.mark.parametrize("name", ["rose/1.png", "花/一.png", "bytes:odd.png", "caf\udce9/1.png"])
def test_file_names_survive_as_text(name: str) -> None:
    text = text_from_path(name)
    assert text.encode().decode() == text
    assert path_from_text(text) == name


def test_names_in_another_encoding_can_be_read(tmp_path: Path) -> None:
    name = "花.png".encode("gbk")
    (tmp_path / os.fsdecode(name)).write_bytes(encoded(np.zeros((2, 3, 3), np.uint8)))
    reader = FolderImages(tmp_path, [text_from_path(os.fsdecode(name))], channels=3)
    assert reader.read(0).shape == (2, 3, 3)


def test_arrays_are_read_by_row_in_the_channels_asked_for(tmp_path: Path) -> None:
    grey = np.arange(3, dtype=np.uint8).reshape(3, 1, 1, 1)
    np.save(tmp_path / "grey.npy", grey)
    rows = np.array([2, 0])
    assert ArrayImages(tmp_path / "grey.npy", rows, channels=1).read(0).tolist() == [[[2]]]
    assert ArrayImages(tmp_path / "grey.npy", rows, channels=3).read(0).tolist() == [[[2, 2, 2]]]
    np.save(tmp_path / "colour.npy", np.full((3, 1, 1, 3), 90, np.uint8))
    assert ArrayImages(tmp_path / "colour.npy", rows, channels=1).read(1).tolist() == [[[90]]]


def test_a_reader_is_sent_to_workers_without_its_pixels(tmp_path: Path) -> None:
    np.save(tmp_path / "media.npy", np.zeros((100, 20, 20, 1), np.uint8))
    reader = ArrayImages(tmp_path / "media.npy", np.arange(100), channels=1)
    reader.read(0)
    packed = pickle.dumps(reader)
    assert len(packed) < 5000
    assert pickle.loads(packed).read(99).shape == (20, 20, 1)


@pytest.mark.parametrize(
    "array",
    [np.zeros((2, 4, 4, 1), np.uint8), np.zeros((9, 4, 4), np.uint8), np.zeros((9, 4, 4, 1))],
)
def test_an_array_that_does_not_match_the_index_is_refused(tmp_path: Path, array: Any) -> None:
    np.save(tmp_path / "media.npy", array)
    with pytest.raises(InvalidData) as caught:
        ArrayImages(tmp_path / "media.npy", np.array([8]), channels=1).read(0)
    assert caught.value.diagnostics[0].got == f"{array.dtype} of shape {array.shape}"


def test_pickled_arrays_are_never_loaded(tmp_path: Path) -> None:
    np.save(tmp_path / "media.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(InvalidData, match="Cannot read the images"):
        ArrayImages(tmp_path / "media.npy", np.array([0]), channels=1).read(0)
