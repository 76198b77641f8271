"""What is in a zip file: surveyed by a run, leafed through, shown small."""

from __future__ import annotations

import io
import time
from typing import Any

import PIL.Image
import pytest

from netloom.core.diagnostics import Diagnostic
from netloom.core.identifiers import NodeId, RunId
from netloom.execution.events import NodeProgressed
from netloom.execution.states import RunState

from .archives import (
    FLOWERS,
    RED,
    begin_survey,
    end_survey,
    finish_survey,
    png,
    sent,
    surveyed,
    zipped,
)


@pytest.fixture(scope="module")
def flowers(site: Any) -> Any:
    """A surveyed data set of ada's."""
    return surveyed(site, zipped(FLOWERS), name="flowers")


def test_a_complete_file_is_surveyed_by_a_scratch_run_of_its_owner(new_site: Any) -> None:
    site = new_site()
    kept = sent(site, zipped(FLOWERS), name="flowers").json()
    assert (kept["survey_state"], kept["survey"]["state"]) == ("queued", "queued")
    assert (kept["num_images"], kept["survey"]["findings"]) == (None, None)
    run = site.get("ada", f"/runs/{kept['survey']['run']}").json()
    assert (run["owner"], run["scratch"], run["description"]) == ("ada", True, "survey of flowers")
    assert [node["operator"] for node in run["nodes"]] == ["data.survey"]
    assert site.get("ada", "/runs").json()["total"] == 0
    assert site.get("bob", f"/runs/{run['id']}").status_code == 404


def test_a_survey_is_followed(new_site: Any) -> None:
    site = new_site()
    kept = sent(site, zipped(FLOWERS)).json()
    path, run = f"/datasets/{kept['id']}", RunId(kept["survey"]["run"])
    early = site.get("ada", f"{path}/samples")
    assert (early.status_code, early.json()["diagnostics"][0]["code"]) == (409, "S127")
    begin_survey(site, run)
    assert site.get("ada", path).json()["survey"]["state"] == "running"
    again = site.post("ada", f"{path}/survey")
    assert (again.status_code, again.json()["survey"]["run"]) == (202, run)  # not a second one


def test_a_failed_survey_says_why_and_can_be_repeated(new_site: Any) -> None:
    site = new_site()
    kept = sent(site, zipped(FLOWERS)).json()
    path, run = f"/datasets/{kept['id']}", RunId(kept["survey"]["run"])
    end_survey(site, run, RunState.FAILED, diagnostics=(Diagnostic("I005", "all are bad"),))
    survey = site.get("ada", path).json()["survey"]
    assert survey["state"] == "failed"
    assert [problem["message"] for problem in survey["diagnostics"]] == ["all are bad"]
    again = site.post("ada", f"{path}/survey").json()["survey"]
    assert (again["state"], again["run"] != run) == ("queued", True)
    site.post("ada", f"/runs/{again['run']}/cancel")
    end_survey(site, RunId(again["run"]), RunState.CANCELLED)
    assert site.get("ada", path).json()["survey"]["state"] == "cancelled"


def test_findings_are_told(flowers: Any) -> None:
    assert (flowers["num_images"], flowers["num_classes"]) == (3, 2)
    found = flowers["survey"]["findings"]
    assert found["layout"] == "parts"
    assert found["classes"] == [
        {"name": "rose", "num_images": 2, "parts": {"train": 1, "test": 1}},
        {"name": "tulip", "num_images": 1, "parts": {"train": 1, "test": 0}},
    ]
    assert found["skipped"]["files"] == [
        {"path": "test/tulip/broken.png", "reason": "it is damaged, cut short or no image"}
    ]
    assert found["duplicates"]["groups"] == [[0, 1]]
    assert found["leaks"] == [{"part": "test", "num_images": 1, "samples": [0]}]
    assert flowers["source"]["settings"] == {"path": flowers["path"], "on_bad": "skip"}


def test_findings_outlive_the_run(new_site: Any) -> None:
    site = new_site()
    dataset = surveyed(site, zipped(FLOWERS))
    bench = site.hosting.bench
    run = RunId(dataset["survey"]["run"])
    output = next(iter(bench.workspace.store.nodes(run).values())).outputs
    bench.workspace.artifacts.discard(next(iter(output.values())).artifact)
    bench.workspace.store.delete_run(run)
    again = site.get("ada", f"/datasets/{dataset['id']}").json()
    assert again["survey"] == dataset["survey"]
    listed = site.get("ada", "/datasets").json()["datasets"][0]
    assert (listed["survey_state"], listed["num_images"]) == ("succeeded", 3)


def test_findings_that_were_collected_before_anybody_looked_are_found_again(new_site: Any) -> None:
    site = new_site()
    kept = sent(site, zipped(FLOWERS)).json()
    end_survey(site, RunId(kept["survey"]["run"]), RunState.SUCCEEDED)
    survey = site.get("ada", f"/datasets/{kept['id']}").json()["survey"]
    assert (survey["state"], survey["run"]) == ("none", None)
    assert site.post("ada", f"/datasets/{kept['id']}/survey").json()["survey_state"] == "queued"


@pytest.mark.parametrize(
    ("query", "paths"),
    [
        ({}, ["test/rose/3.png", "train/rose/1.png", "train/tulip/2.png"]),
        ({"label": "rose"}, ["test/rose/3.png", "train/rose/1.png"]),
        ({"label": ""}, []),
        ({"part": "train"}, ["train/rose/1.png", "train/tulip/2.png"]),
        ({"text": "TULIP"}, ["train/tulip/2.png"]),
        ({"duplicates": True}, ["test/rose/3.png", "train/rose/1.png"]),
    ],
)
def test_samples_are_listed(site: Any, flowers: Any, query: Any, paths: list[str]) -> None:
    page = site.get("ada", f"/datasets/{flowers['id']}/samples", params=query).json()
    assert ([sample["path"] for sample in page["samples"]], page["total"]) == (paths, len(paths))


def test_a_sample_says_what_it_is(site: Any, flowers: Any) -> None:
    query = {"offset": 1, "limit": 1}
    page = site.get("ada", f"/datasets/{flowers['id']}/samples", params=query).json()
    assert page == {
        "total": 3,
        "samples": [
            {
                "number": 1,
                "path": "train/rose/1.png",
                "label": "rose",
                "part": "train",
                "width": 400,
                "height": 100,
                "size_bytes": len(FLOWERS["train/rose/1.png"]),
                "group": 0,
            }
        ],
    }


def test_an_image_is_given_as_it_is(site: Any, flowers: Any) -> None:
    answer = site.get("ada", f"/datasets/{flowers['id']}/samples/2/image")
    assert answer.content == FLOWERS["train/tulip/2.png"]
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"] == "inline; filename*=UTF-8''2.png"
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_thumbnail_is_small_and_made_once(site: Any, flowers: Any) -> None:
    path = f"/datasets/{flowers['id']}/samples/0/image"
    answer = site.get("ada", path, params={"size": 100})
    picture = PIL.Image.open(io.BytesIO(answer.content))
    assert (answer.headers["content-type"], picture.size) == ("image/jpeg", (160, 40))
    near = [abs(a - b) for a, b in zip(picture.getpixel((80, 20)), RED, strict=True)]
    assert max(near) < 12
    cache = site.hosting.bench.workspace.layout.root / "cache" / "thumbnails"
    made = [file for file in cache.rglob("*-160") if file.read_bytes() == answer.content]
    assert len(made) == 1
    made[0].write_bytes(b"\xff\xd8\xff what was kept")
    assert site.get("ada", path, params={"size": 160}).content == b"\xff\xd8\xff what was kept"
    made[0].write_bytes(b"<script>")  # not an image: whoever wrote it, it is not given out
    assert site.get("ada", path, params={"size": 160}).content == answer.content


def test_small_images_are_not_blown_up(site: Any, flowers: Any) -> None:
    answer = site.get("ada", f"/datasets/{flowers['id']}/samples/2/image", params={"size": 640})
    assert answer.content == FLOWERS["train/tulip/2.png"]


def test_browsers_keep_images(site: Any, flowers: Any) -> None:
    path = f"/datasets/{flowers['id']}/samples/0/image"
    first = site.get("ada", path, params={"size": 160})
    assert first.headers["cache-control"] == "private, max-age=86400"
    headers = {"If-None-Match": f'"other", W/{first.headers["etag"]}'}
    again = site.get("ada", path, params={"size": 160}, headers=headers)
    assert (again.status_code, again.content) == (304, b"")
    assert site.get("ada", path, headers=headers).status_code == 200  # another size


def test_what_is_not_there_is_not_found(site: Any, flowers: Any) -> None:
    path = f"/datasets/{flowers['id']}/samples"
    assert site.get("ada", f"{path}/3/image").status_code == 404
    assert site.get("bob", f"{path}/0/image").status_code == 404
    assert site.get("ada", f"{path}/0/image", params={"size": 5000}).status_code == 422


def test_an_exchanged_file_is_noticed(new_site: Any) -> None:
    site = new_site()
    dataset = surveyed(site, zipped(FLOWERS))
    file = site.hosting.bench.workspace.project / dataset["path"]
    file.write_bytes(zipped({"a/1.png": png(RED)}) * 20)
    answer = site.get("ada", f"/datasets/{dataset['id']}/samples/1/image")
    assert (answer.status_code, answer.json()["diagnostics"][0]["code"]) == (422, "I027")


def test_a_survey_ends_with_its_file(new_site: Any) -> None:
    site = new_site()
    kept = sent(site, zipped(FLOWERS)).json()
    begin_survey(site, RunId(kept["survey"]["run"]))
    assert site.call("ada", "DELETE", f"/datasets/{kept['id']}").status_code == 204
    assert site.get("ada", f"/runs/{kept['survey']['run']}").json()["cancel_requested"]


def test_the_source_is_known_as_soon_as_a_file_has_arrived(new_site: Any) -> None:
    site = new_site()
    boxes = b"photos/1.png,8,6\n1\n1,1,4,4\ncat\n"
    for members, expected in [
        ({"photos/1.png": png(RED), "label.txt": boxes}, ("data.detection", {})),
        ({"images/1.png": png(RED), "masks/1.png": png(RED)}, ("data.segmentation", {})),
        (FLOWERS, ("data.image_zip", {})),
        ({"1.png": png(RED), "2.png": png(RED)}, ("data.image_zip", {"labels": "none"})),
        ({"run/1.mp4": b"x", "jump/2.mp4": b"x"}, ("data.video", {})),
    ]:
        kept = sent(site, zipped(members)).json()
        assert kept["survey_state"] == "queued"
        operator, settings = expected
        assert kept["source"] == {
            "operator": operator,
            "settings": {"path": kept["path"], **settings},
        }
        assert kept["reader"] == operator


def test_nobody_knows_the_source_of_very_many_files_before_the_survey(
    new_site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netloom.workspace.upload_formats._MOST_CONTENTS_BYTES", 10)
    site = new_site()
    kept = sent(site, zipped(FLOWERS)).json()
    assert (kept["source"], kept["reader"]) == (None, "data.image_zip")
    finish_survey(site, kept)
    known = site.get("ada", f"/datasets/{kept['id']}").json()
    assert known["source"]["settings"] == {"path": kept["path"], "on_bad": "skip"}


def test_how_far_a_survey_is_is_told_in_lists_too(new_site: Any) -> None:
    site = new_site()
    kept = sent(site, zipped(FLOWERS)).json()
    run = RunId(kept["survey"]["run"])
    begin_survey(site, run)
    progress = {"done": 64.0, "total": 300.0, "unit": "image", "eta_s": 2.5}
    site.hosting.bench.workspace.store.emit(
        NodeProgressed(run, NodeId("survey"), time.time(), **progress)
    )
    (listed,) = site.get("ada", "/datasets").json()["datasets"]
    assert {key: listed["survey_progress"][key] for key in progress} == progress
    finish_survey(site, kept)
    (listed,) = site.get("ada", "/datasets").json()["datasets"]
    assert listed["survey_progress"] is None
