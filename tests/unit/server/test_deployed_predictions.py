"""Deployments tried out over HTTP, and answers that people correct."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from netloom.cli.main import call as netloom

from .deployment_place import CAT, Place, clean_place, codes, encoded, picture


@pytest.fixture
def place(site: Any) -> Iterator[Place]:
    with clean_place(site) as place:
        yield place


def test_trying_out_goes_through_the_process(place: Place) -> None:
    place.supervise()
    name = place.running()

    def ask(content: bytes, kind: str = "image/png", **query: Any) -> Any:
        return place.site.call(
            "ada", "POST", f"/deployments/{name}/predict", content=content, params=query,
            headers={"Content-Type": kind},
        )  # fmt: skip

    answer = ask(picture(), top=1).json()
    assert 0 < answer.pop("seconds") < 30
    (shown,) = answer["predictions"]
    assert (shown["top"], shown["prediction"]) == ([{"label": "cat", "score": 0.9}], CAT)
    assert (shown["width"], shown["height"], shown["drawing"]) == (8, 6, None)
    assert ask(picture(), "text/html").status_code == 415
    place.site.hosting.bench.numbers.measure()
    numbers = place.site.get("ada", f"/deployments/{name}/numbers").json()
    assert (numbers["latest"]["requests"], numbers["every_s"], numbers["p50_ms"]) == (7, 5, [None])
    (row,) = place.site.get("ada", "/deployments").json()["deployments"]
    assert row["numbers"] == numbers["latest"]


def test_objects_are_drawn_and_refusals_passed_on(place: Place) -> None:
    found = {"objects": [{"label": "cat", "score": 0.9, "box": [400, 300, 1200, 900]}]}
    place.supervise(task="object_detection", prediction=found)
    name = place.running()
    answer = place.site.call(
        "ada", "POST", f"/deployments/{name}/predict", content=picture((2048, 1024)),
        headers={"Content-Type": "application/octet-stream"},
    ).json()  # fmt: skip
    (shown,) = answer["predictions"]
    assert (shown["top"], shown["prediction"]) == ([], found)
    drawn = Image.open(io.BytesIO(base64.b64decode(shown["drawing"]))).convert("RGB")
    edge = drawn.getpixel((int(drawn.width * 800 / 2048), int(drawn.height * 300 / 1024)))
    assert edge != (255, 0, 0)
    assert drawn.getpixel((3, 3)) == (255, 0, 0)


def test_what_the_process_refuses_is_refused(place: Place) -> None:
    refusal = {"code": "I010", "severity": "error", "message": "no picture", "place": {}}
    place.supervise(refusal=refusal)
    name = place.running()
    answer = place.site.call(
        "ada", "POST", f"/deployments/{name}/predict", content=b"x",
        headers={"Content-Type": "image/png"},
    )  # fmt: skip
    assert (answer.status_code, answer.json()["detail"]) == (422, "No picture.")


def test_corrections_become_a_data_set(place: Place, tmp_path: Path, capsys: Any) -> None:
    place.supervise()
    name = place.running()
    first, second = picture(), picture((5, 5), "JPEG")

    def correct(content: bytes, **answer: Any) -> Any:
        body = {"picture": encoded(content), **answer}
        return place.site.post("ada", f"/deployments/{name}/corrections", body)

    assert correct(first, label="cat").json() == {"number": 1, "total": 1}
    correct(second, label="dog")
    assert correct(first, label="bird").json() == {"number": 3, "total": 3}
    assert correct(picture((3, 3)), label="dog").status_code == 201
    assert codes(correct(first, text="cat")) == ["S158"]
    assert codes(correct(first)) == ["S158"]
    assert codes(correct(b"<svg>", label="cat")) == ["I028"]
    assert codes(correct(first[:40], label="cat")) == ["I028"]
    refused = place.site.post(
        "ada", f"/deployments/{name}/corrections", {"picture": "ö", "label": "cat"}
    )
    assert codes(refused) == ["S158"]
    content = place.site.get("ada", f"/deployments/{name}/corrections.zip").content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == ["dog/000002.jpg", "bird/000003.png", "dog/000004.png"]
        assert archive.read("bird/000003.png") == first
    (tmp_path / "corrected.zip").write_bytes(content)
    assert netloom(["data", "import", str(tmp_path / "corrected.zip"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["format"], told["counts"], told["labels"]) == (
        "classes", {"classes": 3}, ["bird", "dog"],
    )  # fmt: skip
    assert place.site.get("ada", f"/deployments/{name}").json()["corrections"] == 4


@pytest.mark.parametrize(
    ("task", "answer", "counts"),
    [
        (
            "object_detection",
            {
                "objects": [
                    {"label": "cat", "box": [1, 2, 5, 5.5]},
                    {"label": "dog", "box": [0, 0, 2, 2]},
                ]
            },
            {"objects": 2},
        ),
        ("text_recognition", {"text": 'größe, "7"'}, {"texts": 1}),
        ("image_classification", {"label": "cat"}, {"classes": 1}),
        ("image_classification", {"label": "../bird"}, {"classes": 1}),
    ],
)
def test_corrections_that_folders_cannot_tell_are_a_table(
    place: Place, tmp_path: Path, capsys: Any, *, task: str, answer: Any, counts: Any
) -> None:
    place.supervise(task=task)
    name = place.running()
    body = {"picture": encoded(picture()), **answer}
    assert place.site.post("ada", f"/deployments/{name}/corrections", body).status_code == 201
    wrong = {**body, "objects": [{"label": "cat", "box": [3, 3, 3, 9]}]}
    refused = place.site.post("ada", f"/deployments/{name}/corrections", wrong)
    assert codes(refused) == ["S158"]
    content = place.site.get("ada", f"/deployments/{name}/corrections.zip").content
    (tmp_path / "corrected.zip").write_bytes(content)
    assert netloom(["data", "import", str(tmp_path / "corrected.zip"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["format"], told["counts"], told["problems"]["left_out"]) == ("jsonl", counts, 0)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        (row,) = map(json.loads, archive.read("data.jsonl").splitlines())
    assert row == {"path": "images/000001.png", **answer}


def test_answers_without_a_right_one_that_could_be_said_are_not_corrected(place: Place) -> None:
    place.supervise(task="depth_estimation")
    made = place.make()
    body = {"picture": encoded(picture()), "label": "cat"}
    place.until(made["id"])
    refused = place.site.post("ada", f"/deployments/{made['id']}/corrections", body)
    assert (refused.status_code, codes(refused)) == (409, ["S157"])
