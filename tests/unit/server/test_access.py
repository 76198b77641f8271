"""Every route × who asks × whose object it is: who gets in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

BODIES: dict[str, Any] = {
    "signIn": {"name": "nobody", "password": "wrong password"},
    "signUp": {"name": "new", "password": "a long password"},
    "changePassword": {"old": "wrong password", "new": "another password"},
    "createUser": {"name": "made", "password": "a long password"},
    "updateUser": {"display_name": "V."},
    "createInvitation": {},
    "createToken": {"name": "t"},
    "createPipeline": {},
    "saveDraft": {"text": "nodes: {}"},
    "editDraft": {"edits": [{"kind": "move_node", "node": "first", "x": 1, "y": 2}]},
    "createVersion": {},
    "sharePipeline": {"visibility": "private"},
    "shareRun": {"visibility": "private"},
    "shareDataset": {"visibility": "private"},
    "updateDataset": {"description": "red ones"},
    "shareModel": {"visibility": "private"},
    "createDeployment": {"name": "d", "run": "none"},
    "updateDeployment": {"note": "better"},
    "shareDeployment": {"visibility": "private"},
    "createRevision": {"run": "none"},
    "createCorrection": {"picture": "", "label": "cat"},
    "createModel": {"name": "m", "run": "none", "node": "none"},
    "updateModel": {"description": "better"},
    "createDataset": {"name": "d", "file_name": "d.zip", "size_bytes": 3},
    "createRun": {"text": "netloom: 1\nname: x\nnodes: {n: {op: small.number}}", "to": ["no"]},
    "rerun": {"to": ["nowhere"]},
    "setPriority": {"priority": 1},
    "setDevices": {},
    "answerNode": {"node": "first", "answer": {}},
    "checkText": {"text": ""},
    "columnsOfText": {"text": ""},
    "editText": {"text": "", "edits": [{"kind": "remove_node", "node": "x"}]},
    "writeText": {"graph": {}},
    "planText": {"text": "netloom: 1\nname: x\nnodes: {}\n"},
    "explainNode": {"text": "netloom: 1\nname: x\nnodes: {}\n", "node": "x"},
}
QUERIES = {
    "diffVersions": {"before": 1},
    "appendToDataset": {"offset": 7},
    "predict": {"top": 0},  # refused for its value, once the caller is let in
    "predictDeployed": {"top": 0},
    "readLog": {"node": "first"},
    "getCurve": {"node": "first", "name": "loss"},
    "streamEvents": {"after": -1},  # refused for its value, once the caller is let in
    "streamRunEvents": {"after": -1},
}

# What each operation asks for. A route that is missing here fails the test.
ANYBODY = "getSession signIn signOut signUp getHealth"
READERS = """listModels listDeployments listDatasets listTemplates
  listPeople listTokens listOperators getOperator listPortTypes listStateLooks
  checkText columnsOfText editText writeText planText explainNode listPipelines streamEvents listRuns
  getServer getDevices getQueue"""
BROWSERS = "changePassword createToken deleteToken"
AUTHORS = "createPipeline createModel createDeployment createDataset listFolder"
RUNNERS = "createRun"
ADMINISTRATORS = """listUsers createUser getUser updateUser listInvitations createInvitation
  deleteInvitation listAuditEntries setDevices
  getStorage collectGarbage"""
PIPELINE_RIGHTS = {
    "read": "getPipeline getSketchedPipeline listVersions getVersion diffVersions getPipelineAccess",
    "write": "saveDraft editDraft createVersion",
    "own": "deletePipeline sharePipeline",
}
DATASET_RIGHTS = {
    "read": "getDataset downloadDataset getDatasetAccess listSamples getSampleImage",
    "write": "updateDataset appendToDataset completeDataset surveyDataset",
    "own": "deleteDataset shareDataset",
}
MODEL_RIGHTS = {
    "read": "getModel downloadPackage listExamples getExample getModelAccess",
    "run": "predict",
    "write": "updateModel",
    "own": "deleteModel shareModel",
}
DEPLOYMENT_RIGHTS = {
    "read": "getDeployment readDeploymentLog getNumbers getDeploymentAccess",
    "run": "predictDeployed createCorrection",
    "write": """updateDeployment startDeployment stopDeployment createRevision activateRevision
      downloadCorrections""",
    "own": "deleteDeployment shareDeployment",
}
RUN_RIGHTS = {
    "read": """getRun getCapsule downloadCapsule downloadBundle compareRuns readLog listMetrics getCurve
      listFiles downloadFile
      getArtifact downloadArtifactFile streamRunEvents getRunAccess
      previewOutput lookAtOutput getStoredSample getStoredImage""",
    "run": "rerun",
    "write": "cancelRun retryRun answerNode setPriority",
    "own": "deleteRun shareRun",
}

RIGHTS = {
    "pipeline": PIPELINE_RIGHTS,
    "run": RUN_RIGHTS,
    "dataset": DATASET_RIGHTS,
    "model": MODEL_RIGHTS,
    "deployment": DEPLOYMENT_RIGHTS,
}

IN, NOBODY, FORBIDDEN, UNKNOWN = "in", 401, 403, 404
RANK = {"read": 0, "run": 1, "write": 2, "own": 3}

# (who asks, the most their role and token let them do, whether they may administer)
CALLERS = {
    "ada": ("own", False),
    "bob": ("own", False),
    "vera": ("read", False),
    "root": ("own", True),
    "ada/read": ("read", False),
    "ada/run": ("run", False),
    "ada/write": ("own", False),
    "ada/admin": ("own", False),
    "bob/read": ("read", False),
    "root/write": ("own", False),
    "root/admin": ("own", True),
}
# Whose the object is: visibility, shares, and what ada (owner), bob, vera and root are granted by it.
OWNERSHIPS: dict[str, tuple[dict[str, Any], dict[str, str | None]]] = {
    "private": ({"visibility": "private", "shares": {"bob": "write"}}, {"bob": None, "vera": None}),
    "shared to nobody": ({"visibility": "shared"}, {"bob": None, "vera": None}),
    "shared to read": (
        {"visibility": "shared", "shares": {"bob": "read", "vera": "read"}},
        {"bob": "read", "vera": "read"},
    ),
    "shared to run": (
        {"visibility": "shared", "shares": {"bob": "run", "vera": "run"}},
        {"bob": "run", "vera": "run"},
    ),
    "shared to write": (
        {"visibility": "shared", "shares": {"bob": "write", "vera": "write"}},
        {"bob": "write", "vera": "write"},
    ),
    "public": ({"visibility": "public"}, {"bob": "run", "vera": "run"}),
    "public, one may write": (
        {"visibility": "public", "shares": {"bob": "write"}},
        {"bob": "write", "vera": "run"},
    ),
}


def operations(site: Any) -> Iterator[tuple[str, str, str]]:
    document = site.client.get("/api/v1/openapi.json").json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield operation["operationId"], method.upper(), path.removeprefix("/api/v1")


def named(words: str) -> set[str]:
    return set(words.split())


def of_objects(rights: dict[str, str]) -> dict[str, str]:
    return {name: right for right, words in rights.items() for name in words.split()}


def verdict(response: Any) -> str | int:
    """Whether the caller was let in: refused for anything else than who they are counts as in."""
    codes = (
        {d["code"] for d in response.json()["diagnostics"]} if response.status_code >= 400 else ()
    )
    if response.status_code == 401 and "S101" not in codes:
        return NOBODY
    if response.status_code == 403 and not {"S109", "S101"} & set(codes):
        return FORBIDDEN
    assert response.status_code < 500, response.text
    return IN


def call(site: Any, who: str | None, operation: str, method: str, path: str) -> Any:
    options: dict[str, Any] = {"params": dict(QUERIES.get(operation, {}))}
    if operation == "compareRuns":
        options["params"] = {"with": path.split("/")[2]}
    if operation in BODIES:
        options["json"] = BODIES[operation]
    if operation in {"saveDraft", "editDraft", "createVersion"}:
        options["headers"] = {"If-Match": '"999"'}  # nothing is changed
    return site.call(who, method, path, **options)


def test_every_route_is_in_the_table(site: Any) -> None:
    tables = [ANYBODY, READERS, BROWSERS, AUTHORS, RUNNERS, ADMINISTRATORS]
    known = set().union(*map(named, tables), *map(of_objects, RIGHTS.values()))
    assert {operation for operation, _, _ in operations(site)} == known


def expected(operation: str, who: str | None) -> str | int:
    if operation in named(ANYBODY):
        return IN
    if who is None:
        return NOBODY
    limit, administers = CALLERS[who]
    allowed = {
        **dict.fromkeys(named(READERS), True),
        **dict.fromkeys(named(BROWSERS), "/" not in who),
        **dict.fromkeys(named(AUTHORS), RANK[limit] >= RANK["write"]),
        **dict.fromkeys(named(RUNNERS), RANK[limit] >= RANK["run"]),
        **dict.fromkeys(named(ADMINISTRATORS), administers),
    }
    return IN if allowed[operation] else FORBIDDEN


@pytest.mark.parametrize("who", [None, *CALLERS])
def test_routes_without_an_object(site: Any, who: str | None) -> None:
    objects = set().union(*map(of_objects, RIGHTS.values()))
    routes = [each for each in operations(site) if each[0] not in objects]
    routes.sort(key=lambda route: route[0] == "signOut")  # last: it ends the session
    found = {
        operation: verdict(call(site, who, operation, method, filled(path)))
        for operation, method, path in routes
    }
    site.forget(who)
    assert found == {operation: expected(operation, who) for operation in found}


def filled(path: str) -> str:
    for name, value in {
        "name": "vera",
        "invitation": "none",
        "token": "none",
        "operator": "small.number",
        "number": "1",
        "artifact": "none",
        "node": "first",
        "output": "out",
        "path": "request.json",
    }.items():
        path = path.replace(f"{{{name}}}", value)
    return path


@pytest.fixture(scope="module")
def queued_run(site: Any) -> str:
    """A run that stays as it is: nothing dispatches it, and it cannot be deleted before it ends."""
    return str(site.run())


@pytest.mark.parametrize("ownership", OWNERSHIPS)
@pytest.mark.parametrize("kind", ["pipeline", "run", "dataset", "model", "deployment"])
def test_routes_of_an_object(site: Any, queued_run: str, kind: str, ownership: str) -> None:
    body, granted = OWNERSHIPS[ownership]
    rights = of_objects(RIGHTS[kind])
    routes = [each for each in operations(site) if each[0] in rights]
    routes.sort(key=lambda route: (route[1] == "DELETE", "share" in route[0]))
    make = {
        "pipeline": lambda: site.pipeline()["id"],
        "dataset": site.dataset,
        "model": site.model,
        "deployment": lambda: site.deployment(run=queued_run),
    }
    wrong = []
    for who in [None, *CALLERS]:
        thing = queued_run if kind == "run" else make[kind]()
        assert site.put("ada", f"/{kind}s/{thing}/access", body).status_code == 200
        for operation, method, path in routes:
            if operation == f"delete{kind.title()}":
                site.put("ada", f"/{kind}s/{thing}/access", body)
            found = is_let_in(
                call(site, who, operation, method, with_object(path, kind, thing)), thing
            )
            wanted = object_verdict(who, rights[operation], granted)
            if found != wanted:
                wrong.append((who, operation, found, wanted))
    assert wrong == []


def with_object(path: str, kind: str, thing: str) -> str:
    return filled(path).replace(f"{{{kind}}}", thing)


def is_let_in(response: Any, thing: str) -> str | int:
    if response.status_code == 404:
        detail = response.json()["detail"]
        is_hidden = f"'{thing}'" in detail
        return UNKNOWN if is_hidden else IN
    return verdict(response)


def object_verdict(who: str | None, wanted: str, granted: dict[str, str | None]) -> str | int:
    if who is None:
        return NOBODY
    name = who.partition("/")[0]
    right = granted.get(name, "own")  # ada owns it, root administers
    if right is None:
        return UNKNOWN
    limit, _ = CALLERS[who]
    return IN if min(RANK[right], RANK[limit]) >= RANK[wanted] else FORBIDDEN
