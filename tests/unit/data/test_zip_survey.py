"""A zip file is surveyed in one pass, and finds what the sources and the statistics find."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from netloom.core.digests import digest_of_bytes
from netloom.core.errors import InvalidData
from netloom.core.reporter import SilentReporter
from netloom.data.datasets import open_samples
from netloom.data.formats.image_zip import index_image_zip
from netloom.data.sample_list import SampleQuery, read_findings, read_samples
from netloom.data.statistics import measure_dataset
from netloom.data.zip_member import read_member
from netloom.data.zip_survey import survey_zip

Survey = Callable[..., dict[str, Any]]


def noise(seed: int, *, width: int = 12, height: int = 9, suffix: str = ".png") -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return cv2.imencode(suffix, pixels)[1].tobytes()


@pytest.fixture
def make_zip(tmp_path: Path) -> Callable[[dict[str, bytes]], Path]:
    def make(members: dict[str, bytes], **settings: Any) -> Path:
        with zipfile.ZipFile(tmp_path / "images.zip", "w", **settings) as target:
            for name, content in members.items():
                target.writestr(name, content)
        return tmp_path / "images.zip"

    return make


@pytest.fixture
def survey(tmp_path: Path, make_zip: Any) -> Survey:
    """The findings about an archive of these members; they are what the list holds too."""

    def run(members: dict[str, bytes], **settings: Any) -> dict[str, Any]:
        target = tmp_path / "samples.db"
        target.unlink(missing_ok=True)
        archive = make_zip(members)
        findings = survey_zip(archive, target, reporter=SilentReporter(tmp_path), **settings)
        assert read_findings(target) == findings
        return findings

    return run


MEMBERS = {
    "set/train/rose/10.png": noise(1),
    "set/train/rose/2.png": noise(2, width=24, height=18),
    "set/train/tulip/1.jpg": noise(3, width=16, height=8, suffix=".jpg"),
    "set/test/rose/copy.png": noise(1),
    "set/test/tulip/same.png": noise(2, width=24, height=18),
    "set/test/tulip/broken.png": noise(4)[:60],
    "set/readme.txt": b"x",
    "__MACOSX/set/train/rose/._2.png": b"x",
}


def test_everything_worth_knowing_is_found(survey: Survey) -> None:
    found = survey(MEMBERS)
    assert (found["num_images"], found["num_unlabelled"], found["layout"]) == (5, 0, "parts")
    assert found["classes"] == [
        {"name": "rose", "num_images": 3, "parts": {"train": 2, "test": 1}},
        {"name": "tulip", "num_images": 2, "parts": {"train": 1, "test": 1}},
    ]
    assert found["parts"] == {"train": 3, "test": 2}
    assert found["skipped"] == {
        "total": 1,
        "files": [
            {
                "path": "set/test/tulip/broken.png",
                "reason": "it is damaged, cut short or no image",
            }
        ],
    }
    assert found["remarks"] == ["ignored 1 file that is not an image"]
    assert found["image_bytes"] == sum(
        len(content)
        for name, content in MEMBERS.items()
        if name.endswith(("g", "G")) and "broken" not in name and not name.startswith("__")
    )
    # Numbers are in natural order: test/rose/copy 0, test/tulip/same 1, train/rose/2 2, 10 3, tulip/1 4.
    assert found["duplicates"] == {"num_groups": 2, "num_images": 4, "groups": [[0, 3], [1, 2]]}
    assert found["conflicts"] == {"num_groups": 1, "num_images": 2, "groups": [[1, 2]]}
    assert found["leaks"] == [{"part": "test", "num_images": 2, "samples": [0, 1]}]
    assert (found["width"]["min"], found["width"]["median"], found["width"]["max"]) == (12, 16, 24)
    assert sum(bar["num_images"] for bar in found["width"]["bars"]) == 5
    assert found["usual_sizes"][0] == {"width": 12, "height": 9, "num_images": 2}
    assert found["num_sizes"] == 3


def test_the_list_says_where_each_image_is(survey: Survey, tmp_path: Path) -> None:
    survey(MEMBERS)
    samples, total = read_samples(tmp_path / "samples.db", SampleQuery())
    assert total == 5
    assert [sample.path for sample in samples] == [
        "set/test/rose/copy.png",
        "set/test/tulip/same.png",
        "set/train/rose/2.png",
        "set/train/rose/10.png",
        "set/train/tulip/1.jpg",
    ]
    assert [(s.label, s.part, s.width, s.height, s.duplicates) for s in samples] == [
        ("rose", "test", 12, 9, 0),
        ("tulip", "test", 24, 18, 1),
        ("rose", "train", 24, 18, 1),
        ("rose", "train", 12, 9, 0),
        ("tulip", "train", 16, 8, None),
    ]
    for sample in samples:
        content = read_member(tmp_path / "images.zip", sample)
        assert content == MEMBERS[sample.path]
        assert (sample.size_bytes, sample.digest) == (len(content), digest_of_bytes(content))


def test_it_agrees_with_the_source_and_the_statistics(survey: Survey, tmp_path: Path) -> None:
    found = survey(MEMBERS)
    work = tmp_path / "work"
    work.mkdir()
    reporter = SilentReporter(work)
    view = index_image_zip(tmp_path / "images.zip", work, reporter=reporter, on_bad="skip")

    def resolve(location: str) -> Path:
        return work / location.partition(":")[2]

    measured = measure_dataset(view, resolve, reporter=reporter)
    samples, _ = read_samples(tmp_path / "samples.db", SampleQuery())
    assert [sample.path for sample in samples] == list(measured.ids)
    assert [sample.digest for sample in samples] == open_samples(view, resolve).digests
    assert [bar["name"] for bar in found["classes"]] == list(view.labels)
    assert found["mean"] == pytest.approx(measured.levels.mean)
    assert found["std"] == pytest.approx(measured.levels.std)
    assert found["leaks"][0]["samples"] == list(measured.leaks["test"])


def test_images_in_no_class_folder_have_no_labels(survey: Survey) -> None:
    members = {"1.png": noise(1), "2.png": noise(2)}
    found = survey(members)
    assert (found["layout"], found["classes"], found["num_unlabelled"]) == ("none", [], 2)
    assert found["leaks"] == []
    with pytest.raises(InvalidData) as caught:
        survey(members, labels="folders")
    assert caught.value.diagnostics[0].code == "I004"


def test_class_folders_can_be_passed_over(survey: Survey) -> None:
    found = survey({"a/1.png": noise(1), "b/2.png": noise(2)}, labels="none")
    assert (found["layout"], found["num_unlabelled"]) == ("none", 2)


def test_strays_are_skipped_where_there_are_classes(survey: Survey) -> None:
    found = survey({"a/1.png": noise(1), "b/2.png": noise(2), "3.png": noise(3)})
    assert found["num_images"] == 2
    assert found["skipped"]["files"] == [
        {"path": "3.png", "reason": "it lies outside the class folders"}
    ]


def test_near_duplicates_are_one_group_with_their_copies(survey: Survey, tmp_path: Path) -> None:
    large = np.zeros((64, 64, 3), np.uint8)
    large[:, :32] = np.linspace(0, 255, 64, dtype=np.uint8)[:, None, None]
    small = cv2.resize(large, (32, 32), interpolation=cv2.INTER_AREA)
    encoded = [cv2.imencode(".png", image)[1].tobytes() for image in (large, small)]
    members = {"a/1.png": encoded[0], "a/2.png": encoded[0], "b/3.png": encoded[1]}
    found = survey({**members, "b/4.png": noise(9)})
    assert found["near_duplicates"]["groups"] == [[0, 1, 2]]
    assert found["duplicates"]["groups"] == [[0, 1]]
    samples, _ = read_samples(tmp_path / "samples.db", SampleQuery())
    assert [sample.duplicates for sample in samples] == [0, 0, 0, None]
    assert survey(members, most_bits=None)["near_duplicates"]["num_groups"] == 0


def test_lists_are_cut_but_counted(survey: Survey) -> None:
    bad = {f"a/{number}.png": b"x" for number in range(130)}
    found = survey({**bad, "a/good.png": noise(1)})
    assert found["skipped"]["total"] == 130
    assert len(found["skipped"]["files"]) == 100
    copies = survey({f"a/{number}.png": noise(1) for number in range(30)})["duplicates"]
    assert (copies["num_images"], len(copies["groups"][0])) == (30, 20)


def test_an_archive_without_usable_images_is_refused(survey: Survey) -> None:
    with pytest.raises(InvalidData) as caught:
        survey({"a/1.png": b"x", "a/2.png": b""})
    assert {d.code for d in caught.value.diagnostics} == {"I005"}
    with pytest.raises(InvalidData) as caught:
        survey({"notes.txt": b"x"})
    assert caught.value.diagnostics[0].code == "I003"


def test_it_is_the_same_with_threads(survey: Survey) -> None:
    assert survey(MEMBERS, threads=3) == survey(MEMBERS)
