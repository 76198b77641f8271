"""Files of data are sent in pieces, and go on after an interruption."""

from __future__ import annotations

import hashlib
from typing import Any

CONTENT = bytes(range(256)) * 4


def send(site: Any, dataset: str, piece: bytes, offset: int) -> Any:
    headers = {"Content-Type": "application/octet-stream"}
    path = f"/datasets/{dataset}/content"
    return site.call("ada", "PUT", path, params={"offset": offset}, content=piece, headers=headers)


def announce(site: Any, **more: Any) -> str:
    return str(site.dataset("ada", file_name="../../flo wers.zip", size_bytes=len(CONTENT), **more))


def test_a_file_arrives_in_pieces(site: Any) -> None:
    dataset = announce(site, sha256=hashlib.sha256(CONTENT).hexdigest())
    assert send(site, dataset, CONTENT[:500], 0).json()["received_bytes"] == 500
    early = site.post("ada", f"/datasets/{dataset}/complete")
    assert (early.status_code, early.json()["diagnostics"][0]["code"]) == (409, "S124")
    lost = send(site, dataset, CONTENT[700:], 700)
    assert (lost.status_code, lost.json()["diagnostics"][0]["expected"]) == (409, "offset 500")
    assert site.get("ada", f"/datasets/{dataset}").json()["received_bytes"] == 500
    send(site, dataset, CONTENT[500:], 500)
    done = site.post("ada", f"/datasets/{dataset}/complete").json()
    assert done["is_complete"]
    assert done["path"] == f".netloom/uploads/{dataset}/flo wers.zip"
    project = site.hosting.bench.workspace.project
    assert (project / done["path"]).read_bytes() == CONTENT
    assert send(site, dataset, b"x", len(CONTENT)).status_code == 409


def test_a_damaged_file_is_sent_again(site: Any) -> None:
    dataset = announce(site, sha256="0" * 64)
    send(site, dataset, CONTENT, 0)
    refused = site.post("ada", f"/datasets/{dataset}/complete")
    assert (refused.status_code, refused.json()["diagnostics"][0]["code"]) == (422, "S123")
    assert site.get("ada", f"/datasets/{dataset}").json()["received_bytes"] == 0


def test_more_than_was_announced_is_refused(site: Any) -> None:
    dataset = announce(site)
    assert send(site, dataset, CONTENT + b"x", 0).status_code == 422
    assert site.get("ada", f"/datasets/{dataset}").json()["received_bytes"] == 0


def test_limits_are_told_and_kept(new_site: Any) -> None:
    site = new_site(max_upload_bytes=10, upload_chunk_bytes=2)
    listed = site.get("ada", "/datasets").json()
    assert (listed["max_upload_bytes"], listed["chunk_bytes"]) == (10, 2)
    body = {"name": "n", "file_name": "f", "size_bytes": 11}
    assert site.post("ada", "/datasets", body).status_code == 413
    assert send(site, site.dataset(), b"abc", 0).status_code == 413


def test_a_deleted_file_is_gone(site: Any) -> None:
    dataset = announce(site)
    assert site.call("ada", "DELETE", f"/datasets/{dataset}").status_code == 204
    assert site.get("ada", f"/datasets/{dataset}").status_code == 404
    folder = site.hosting.bench.workspace.layout.root / "uploads" / dataset
    assert not folder.exists()
