"""Pages outside the API: the link printed at start, and the front end's files."""

from __future__ import annotations

import gzip
import mimetypes
from functools import lru_cache
from pathlib import Path

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from netloom.accounts.refusals import SignInRequired
from netloom.server.hosting import Hosting, hosting_of
from netloom.server.identity import COOKIE, find_session, set_cookie
from netloom.workspace.signing_in import local_user, open_session

FRONT_END = Path(__file__).parent / "web"
"""The built front end, if this installation has one."""

_COMPRESSED = {".js", ".css"}
"""Files that travel as a third of their size."""

router = APIRouter(include_in_schema=False)

_NO_FRONT_END = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Netloom</title>
<style>body{font:15px/1.6 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}</style>
<h1>Netloom is running</h1>
<p>This installation has no pages, only the programming interface:
<a href="/api/v1/openapi.json">/api/v1/openapi.json</a> describes it.</p></html>
"""


@router.get("/start")
async def open_start_link(request: Request, token: str = Query(max_length=200)) -> Response:
    """Sign the first who comes with the printed link in as this machine's administrator."""
    return await run_in_threadpool(_enter, request, token)


@router.get("/{path:path}")
def front_end(request: Request, path: str) -> Response:
    """A file of the front end; any other address is one of its screens."""
    if path.startswith("api/"):
        from starlette.exceptions import HTTPException

        raise HTTPException(404)
    folder = getattr(request.app.state, "front_end", FRONT_END)
    file = _file(folder, path) or _file(folder, "index.html")
    if file is None:
        return HTMLResponse(_NO_FRONT_END)
    # Built files carry a digest in their names; the page that names them must be asked for every time.
    if "assets" not in file.relative_to(folder.resolve()).parts:
        return FileResponse(file, headers={"Cache-Control": "no-cache"})
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    if file.suffix not in _COMPRESSED or "gzip" not in request.headers.get("accept-encoding", ""):
        return FileResponse(file, headers=headers)
    media_type = mimetypes.guess_type(file.name)[0]
    headers["Content-Encoding"] = "gzip"
    return Response(_compressed(file), media_type=media_type, headers=headers)


def _enter(request: Request, token: str) -> Response:
    hosting: Hosting = hosting_of(request)
    response = RedirectResponse("/", status_code=303)
    response.headers["Cache-Control"] = "no-store"
    if hosting.link is not None and hosting.link.take(token):
        user = local_user(hosting.bench)
        agent = request.headers.get("user-agent", "")
        days = hosting.settings.session_days
        _, secret = open_session(hosting.bench, user.name, days=days, agent=agent)
        set_cookie(request, response, secret, days=days)
        return response
    cookie = request.cookies.get(COOKIE)
    if cookie and find_session(hosting, cookie) is not None:
        return response  # opened again by the browser it was for
    raise SignInRequired.of(
        "this link is not valid: it was used already, or the server has started anew",
        code="S120",
        fix="Sign in, or start the server again and open the link it prints",
    )


@lru_cache(maxsize=200)
def _compressed(file: Path) -> bytes:
    """The file, compressed once: what it is called tells what it contains."""
    return gzip.compress(file.read_bytes(), mtime=0)


def _file(folder: Path, path: str) -> Path | None:
    if not path or "\0" in path or len(path) > 500:
        return None
    found = (folder / path).resolve()
    is_inside = found.is_relative_to(folder.resolve())
    return found if is_inside and found.is_file() else None
