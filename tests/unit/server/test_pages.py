"""The front end's files, and the headers of every answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def front_end(site: Any, tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "web"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<title>index</title>")
    (folder / "assets" / "main-1f9c.js").write_text("1")
    (tmp_path / "secret.txt").write_text("secret")
    before = site.client.app.state.front_end
    site.client.app.state.front_end = folder
    yield folder
    site.client.app.state.front_end = before


@pytest.mark.parametrize("path", ["/", "/runs/20260131-142530-1f9c04", "/sign-up?invitation=x"])
def test_every_address_is_a_screen_of_the_front_end(site: Any, front_end: Path, path: str) -> None:
    page = site.client.get(path)
    assert (page.status_code, page.text) == (200, "<title>index</title>")
    assert page.headers["cache-control"] == "no-cache"


def test_built_files_are_kept_by_browsers(site: Any, front_end: Path) -> None:
    script = site.client.get("/assets/main-1f9c.js")
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.headers["content-type"].startswith("text/javascript")


def test_scripts_travel_compressed_to_those_who_can_read_that(site: Any, front_end: Path) -> None:
    packed = site.client.get("/assets/main-1f9c.js", headers={"Accept-Encoding": "br, gzip"})
    plain = site.client.get("/assets/main-1f9c.js", headers={"Accept-Encoding": "identity"})
    assert [answer.headers.get("content-encoding") for answer in (packed, plain)] == ["gzip", None]
    assert (packed.text, plain.text) == ("1", "1")
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert packed.headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/..%2fsecret.txt", "/%2e%2e/secret.txt", "/a%00"]
)
def test_no_path_leads_out_of_the_front_end(site: Any, front_end: Path, path: str) -> None:
    assert "secret" not in site.client.get(path).text


def test_without_a_front_end_there_is_a_page_that_says_so(site: Any, front_end: Path) -> None:
    (front_end / "index.html").unlink()
    assert "Netloom is running" in site.client.get("/").text


def test_an_unknown_address_of_the_api_is_a_problem(site: Any) -> None:
    response = site.client.get("/api/v1/nothing")
    assert (response.status_code, response.json()["diagnostics"][0]["code"]) == (404, "S113")
    wrong = site.client.delete("/api/v1/health")
    assert (wrong.status_code, wrong.json()["diagnostics"][0]["code"]) == (405, "S114")


def test_every_answer_has_the_security_headers(site: Any) -> None:
    for path in ("/", "/api/v1/session", "/api/v1/nothing", "/api/v1/openapi.json"):
        headers = site.client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-frame-options"] == "DENY"
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe-eval" not in policy


def test_a_defect_is_told_without_its_traceback(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: Any, **options: Any) -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr(site.hosting.bench.queue, "queued", fail)
    response = site.get("ada", "/queue")
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["diagnostics"][0]["code"] == "S199"
    assert "secret" not in response.text
    assert "Traceback" not in response.text


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'{"text": "\xff"}', b'{"text": "\\ud800"}', b"[" * 100_000, b'{"txt": ""}'],
)
def test_bodies_that_cannot_be_read_are_refused(site: Any, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    response = site.call("ada", "POST", "/text/check", content=body, headers=headers)
    assert response.status_code in (400, 422), response.text
    assert response.json()["diagnostics"]


def test_a_body_that_is_too_long_is_refused(new_site: Any) -> None:
    site = new_site(max_body_bytes=1000, upload_chunk_bytes=1000, max_picture_bytes=1000)
    response = site.post("ada", "/text/check", {"text": "x" * 2000})
    assert (response.status_code, response.json()["diagnostics"][0]["code"]) == (413, "S115")
