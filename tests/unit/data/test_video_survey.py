"""Zip files of videos: counted, measured and shown by a still without being unpacked as a whole."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from netloom.core.errors import InvalidData
from netloom.core.reporter import SilentReporter
from netloom.data.sample_list import SampleQuery, read_samples, read_still
from netloom.data.zip_survey import survey_zip

av = pytest.importorskip("av")


def film(*, frames: int, colour: tuple[int, int, int], rate: int = 10) -> bytes:
    """A video of one colour, 32 × 24 pixels."""
    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=rate)
        stream.width, stream.height, stream.pix_fmt = 32, 24, "yuv420p"
        pixels = np.full((24, 32, 3), colour, np.uint8)
        for _ in range(frames):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
    return target.getvalue()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "sport.zip"
    long = film(frames=30, colour=(200, 30, 30))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("train/run/1.mp4", film(frames=5, colour=(30, 200, 30)))
        target.writestr("train/run/2.mp4", long)
        target.writestr("train/jump/3.mp4", long)
        target.writestr("test/jump/4.MP4", film(frames=10, colour=(30, 30, 200)))
        target.writestr("test/jump/broken.mp4", b"no video at all")
        target.writestr("notes.txt", "x")
    return path


def test_videos_are_counted_and_measured(archive: Path, tmp_path: Path) -> None:
    list_file = tmp_path / "samples.db"
    found = survey_zip(archive, list_file, reporter=SilentReporter(tmp_path))
    assert (found["num_images"], found["parts"]) == (4, {"train": 3, "test": 1})
    assert [(each["name"], each["num_images"]) for each in found["classes"]] == [
        ("jump", 2),
        ("run", 2),
    ]
    assert found["videos"] == {
        "total_s": 7.5,
        "shortest_s": 0.5,
        "median_s": 2.0,
        "longest_s": 3.0,
    }
    assert (found["annotations"]["form"], found["annotations"]["operator"]) == (
        "videos",
        "data.video",
    )
    assert found["usual_sizes"] == [{"width": 32, "height": 24, "num_images": 4}]
    assert [file["path"] for file in found["skipped"]["files"]] == ["test/jump/broken.mp4"]
    assert found["duplicates"]["num_groups"] == 1
    assert found["conflicts"]["num_images"] == 2  # the same video in two classes
    assert not [each for each in tmp_path.iterdir() if each.suffix == ".mp4"]


def test_each_has_a_still(archive: Path, tmp_path: Path) -> None:
    list_file = tmp_path / "samples.db"
    survey_zip(archive, list_file, reporter=SilentReporter(tmp_path))
    samples, total = read_samples(list_file, SampleQuery(label="run"))
    assert (total, [(each.path, each.part) for each in samples]) == (
        2,
        [("train/run/1.mp4", "train"), ("train/run/2.mp4", "train")],
    )
    colours = []
    for sample in samples:
        still = read_still(list_file, sample.number)
        assert still is not None
        pixels = cv2.imdecode(np.frombuffer(still, np.uint8), cv2.IMREAD_COLOR)
        assert pixels is not None
        assert pixels.shape == (24, 32, 3)
        colours.append(pixels.mean(axis=(0, 1))[::-1])
    assert np.abs(np.array(colours) - [(30, 200, 30), (200, 30, 30)]).max() < 8
    assert read_still(list_file, 99) is None


def test_an_archive_without_a_usable_video_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "broken.zip"
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("a/1.mp4", b"x")
    with pytest.raises(InvalidData, match=r"a/1\.mp4"):
        survey_zip(path, tmp_path / "samples.db", reporter=SilentReporter(tmp_path))


def test_lists_of_images_have_no_stills(tmp_path: Path) -> None:
    path = tmp_path / "photos.zip"
    image = cv2.imencode(".png", np.zeros((4, 4, 3), np.uint8))[1].tobytes()
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("a/1.png", image)
    survey_zip(path, tmp_path / "samples.db", reporter=SilentReporter(tmp_path))
    assert read_still(tmp_path / "samples.db", 0) is None
