"""Files of data are sent in pieces, go on after an interruption, are checked and have versions."""

from __future__ import annotations

import hashlib
import shutil
from typing import Any

import pytest

from .archives import FLOWERS, png, send, sent, zipped

CONTENT = zipped({"a/1.png": png((1, 2, 3)), "b/2.png": png((4, 5, 6))})


def announce(site: Any, **more: Any) -> str:
    return str(site.dataset("ada", file_name="../../flo wers.zip", size_bytes=len(CONTENT), **more))


def codes(response: Any) -> list[str]:
    return [diagnostic["code"] for diagnostic in response.json()["diagnostics"]]


def test_a_file_arrives_in_pieces(site: Any) -> None:
    dataset = announce(site, sha256=hashlib.sha256(CONTENT).hexdigest())
    assert send(site, dataset, CONTENT[:50], 0).json()["received_bytes"] == 50
    early = site.post("ada", f"/datasets/{dataset}/complete")
    assert (early.status_code, codes(early)) == (409, ["S124"])
    lost = send(site, dataset, CONTENT[70:], 70)
    assert (lost.status_code, lost.json()["diagnostics"][0]["expected"]) == (409, "offset 50")
    assert site.get("ada", f"/datasets/{dataset}").json()["received_bytes"] == 50
    send(site, dataset, CONTENT[50:], 50)
    done = site.post("ada", f"/datasets/{dataset}/complete").json()
    assert (done["is_complete"], done["format"]) == (True, "zip")
    assert done["path"] == f".netloom/uploads/{dataset}/flo wers.zip"
    assert done["source"] == {"operator": "data.image_zip", "settings": {"path": done["path"]}}
    project = site.hosting.bench.workspace.project
    assert (project / done["path"]).read_bytes() == CONTENT
    assert send(site, dataset, b"x", len(CONTENT)).status_code == 409
    assert site.post("ada", f"/datasets/{dataset}/complete").json()["id"] == dataset


def test_a_file_is_given_back_whole_or_in_part(site: Any) -> None:
    dataset = announce(site)
    send(site, dataset, CONTENT[:50], 0)
    early = site.get("ada", f"/datasets/{dataset}/content")
    assert (early.status_code, codes(early)) == (409, ["S124"])
    send(site, dataset, CONTENT[50:], 50)
    site.post("ada", f"/datasets/{dataset}/complete")
    whole = site.get("ada", f"/datasets/{dataset}/content")
    assert (whole.status_code, whole.content) == (200, CONTENT)
    assert whole.headers["Content-Disposition"] == "attachment; filename*=utf-8''flo%20wers.zip"
    part = site.get("ada", f"/datasets/{dataset}/content", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, CONTENT[10:20])
    (site.hosting.bench.workspace.project / f".netloom/uploads/{dataset}/flo wers.zip").unlink()
    assert site.get("ada", f"/datasets/{dataset}/content").status_code == 404


def test_a_completion_that_was_cut_short_is_taken_up(site: Any) -> None:
    """The program died between giving the file its name and remembering that."""
    dataset = announce(site)
    send(site, dataset, CONTENT, 0)
    folder = site.hosting.bench.workspace.layout.root / "uploads" / dataset
    (folder / ".part").rename(folder / "flo wers.zip")
    assert site.get("ada", f"/datasets/{dataset}").json()["received_bytes"] == len(CONTENT)
    assert site.post("ada", f"/datasets/{dataset}/complete").json()["is_complete"]


def test_a_damaged_file_is_sent_again(site: Any) -> None:
    dataset = announce(site, sha256="0" * 64)
    send(site, dataset, CONTENT, 0)
    refused = site.post("ada", f"/datasets/{dataset}/complete")
    assert (refused.status_code, codes(refused)) == (422, ["S123"])
    assert site.get("ada", f"/datasets/{dataset}").json()["received_bytes"] == 0


def test_more_than_was_announced_is_refused(site: Any) -> None:
    dataset = announce(site)
    assert send(site, dataset, CONTENT + b"x", 0).status_code == 422
    assert site.get("ada", f"/datasets/{dataset}").json()["received_bytes"] == 0


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\x1f\x8b no zip", ["S125"]),
        (CONTENT[:-30], ["I006"]),
        (zipped({"a/notes.txt": b"x"}), ["I003"]),
        (zipped({"../1.png": b"x", "/2.png": b"x", "a/3.bmp": bytes(11 << 20)}), None),
    ],
)
def test_what_no_pipeline_can_read_leaves_nothing(
    site: Any, content: bytes, expected: list[str] | None
) -> None:
    uploads = site.hosting.bench.workspace.layout.root / "uploads"
    before = set(uploads.iterdir()) if uploads.is_dir() else set()
    refused = sent(site, content)
    assert refused.status_code == 422
    assert codes(refused) == (expected or ["I007", "I007", "I008"])
    assert set(uploads.iterdir()) == before


def test_other_files_for_pipelines_are_kept(site: Any) -> None:
    table = sent(site, b"path,label\na.png,a\n", file_name="list.csv").json()
    assert (table["format"], table["source"]["operator"]) == ("table", "data.image_list")
    assert (table["survey_state"], table["survey"]["run"]) == ("none", None)
    asked = site.post("ada", f"/datasets/{table['id']}/survey")
    assert (asked.status_code, codes(asked)) == (422, ["S126"])
    parquet = sent(site, b"PAR1..PAR1", file_name="a.parquet").json()
    assert parquet["source"]["operator"] == "data.image_parquet"


def test_limits_are_told_and_kept(new_site: Any) -> None:
    site = new_site(max_upload_bytes=10, upload_chunk_bytes=2)
    listed = site.get("ada", "/datasets").json()
    assert (listed["max_upload_bytes"], listed["chunk_bytes"]) == (10, 2)
    refused = site.post("ada", "/datasets", {"name": "n", "file_name": "f", "size_bytes": 11})
    assert (refused.status_code, refused.json()["diagnostics"][0]["expected"]) == (
        413,
        "at most 10 bytes",
    )
    assert send(site, site.dataset(), b"abc", 0).status_code == 413


def test_a_full_disk_is_told_before_anything_is_sent(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type(shutil.disk_usage("/"))(100, 99, 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    body = {"name": "n", "file_name": "f.zip", "size_bytes": 2}
    refused = site.post("ada", "/datasets", body)
    assert (refused.status_code, codes(refused)) == (507, ["S123"])


def test_the_same_name_again_is_the_next_version(new_site: Any) -> None:
    site = new_site()
    first = sent(site, CONTENT, name="flowers").json()
    second = sent(site, CONTENT, name="flowers").json()
    sent(site, CONTENT, "bob", name="flowers")
    assert (first["version"], first["is_newest"]) == (1, True)
    assert [(v["id"], v["version"]) for v in second["versions"]] == [
        (second["id"], 2),
        (first["id"], 1),
    ]
    listed = site.get("ada", "/datasets").json()["datasets"]
    assert [(d["id"], d["version"], d["is_newest"]) for d in listed] == [
        (second["id"], 2, True),
        (first["id"], 1, False),
    ]
    site.dataset("ada", name="flowers")  # announced, but not there yet
    listed = site.get("ada", "/datasets").json()["datasets"]
    assert [(d["version"], d["is_newest"]) for d in listed] == [(3, False), (2, True), (1, False)]
    everybodys = site.get("root", "/datasets").json()["datasets"]
    assert sorted((d["owner"], d["version"]) for d in everybodys) == [
        ("ada", 1),
        ("ada", 2),
        ("ada", 3),
        ("bob", 1),
    ]


def test_a_file_is_renamed_and_described(new_site: Any) -> None:
    site = new_site()
    dataset = sent(site, CONTENT, name="flowers", description="from the garden").json()
    other = sent(site, CONTENT, name="trees").json()
    path = f"/datasets/{dataset['id']}"
    told = site.call("ada", "PATCH", path, json={"description": "from two gardens"}).json()
    assert (told["name"], told["version"], told["description"]) == (
        "flowers",
        1,
        "from two gardens",
    )
    renamed = site.call("ada", "PATCH", path, json={"name": "trees"}).json()
    assert (renamed["name"], renamed["version"], renamed["path"]) == ("trees", 2, dataset["path"])
    assert [version["id"] for version in renamed["versions"]] == [dataset["id"], other["id"]]
    assert renamed["description"] == "from two gardens"


def test_the_list_is_searched(new_site: Any) -> None:
    site = new_site()
    sent(site, CONTENT, name="Flowers", description="red and white")
    sent(site, CONTENT, name="trees", file_name="Oaks.zip")

    def found(text: str) -> list[str]:
        answer = site.get("ada", "/datasets", params={"text": text}).json()
        return [dataset["name"] for dataset in answer["datasets"]]

    assert found("") == ["trees", "Flowers"]
    assert (found("FLOW"), found("white"), found("oak")) == (["Flowers"], ["Flowers"], ["trees"])
    assert found("no such") == []


def test_a_deleted_file_is_gone(site: Any) -> None:
    dataset = announce(site)
    assert site.call("ada", "DELETE", f"/datasets/{dataset}").status_code == 204
    assert site.get("ada", f"/datasets/{dataset}").status_code == 404
    folder = site.hosting.bench.workspace.layout.root / "uploads" / dataset
    assert not folder.exists()


def test_a_file_that_runs_have_read_is_deleted_only_by_force(site: Any) -> None:
    kept = sent(site, zipped(FLOWERS)).json()
    text = f"netloom: 1\nname: x\nnodes: {{n: {{op: data.image_zip, path: '{kept['path']}'}}}}"
    run = site.run(text=text)
    refused = site.call("ada", "DELETE", f"/datasets/{kept['id']}")
    assert (refused.status_code, codes(refused)) == (409, ["S128"])
    assert refused.json()["diagnostics"][0]["got"] == run
    site.put("ada", f"/datasets/{kept['id']}/access", {"visibility": "public"})
    hidden = site.run("bob", text=text)
    got = site.call("ada", "DELETE", f"/datasets/{kept['id']}").json()["diagnostics"][0]["got"]
    assert (got, hidden in got) == (f"{run}, 1 of other people", False)
    forced = site.call("ada", "DELETE", f"/datasets/{kept['id']}", params={"force": True})
    assert forced.status_code == 204
