"""What people do with deployments: make, start, stop, renew, take back, delete.

Each of these only writes down what is wanted; the supervisor sees to it, in whichever program runs the
deployments of the workspace.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from netloom.accounts.credentials import new_id, new_secret
from netloom.accounts.permissions import Access, Actor, Right, right_over
from netloom.accounts.sharing import ObjectId, ObjectKind
from netloom.core.errors import Conflict, NotFound
from netloom.core.identifiers import UserName
from netloom.tracking.deployment_states import DeploymentState, RevisionState, Wanted
from netloom.tracking.deployment_store import DeploymentRecord, RevisionRecord
from netloom.tracking.records import RunRecord
from netloom.workspace.deployments.files import keep_token

if TYPE_CHECKING:
    from netloom.workspace.workbench import Workbench

TOKEN_PREFIX = "nd_"  # noqa: S105 - what they begin with is no secret


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentQuery:
    """Which deployments, newest first.

    Attributes:
        text: Must occur in the name, the note or a pipeline's name, whatever the case.
    """

    text: str = ""
    state: DeploymentState | None = None
    limit: int = 100
    offset: int = 0


@dataclass(frozen=True, slots=True)
class KnownDeployment:
    """A deployment with its revisions, newest first, and what somebody may do with it."""

    record: DeploymentRecord
    revisions: tuple[RevisionRecord, ...]
    access: Access
    right: Right

    def numbered(self, number: int) -> RevisionRecord | None:
        """The revision of a number."""
        return next((each for each in self.revisions if each.number == number), None)

    @property
    def current(self) -> RevisionRecord | None:
        """What answers, or answered last."""
        return self.numbered(self.record.revision)

    @property
    def upcoming(self) -> RevisionRecord | None:
        """What is to take over."""
        is_other = self.record.target != self.record.revision
        return self.numbered(self.record.target) if is_other else None

    def mentions(self, text: str) -> bool:
        """Whether a text occurs in what people read of it."""
        words = [self.record.name, self.record.note]
        words += [each.pipeline for each in (self.current, self.upcoming) if each is not None]
        return any(text.casefold() in word.casefold() for word in words)


def deploy(
    bench: Workbench,
    run: RunRecord,
    *,
    name: str,
    owner: UserName | None,
    note: str = "",
    port: int | None = None,
    is_protected: bool = False,
) -> tuple[DeploymentRecord, str | None]:
    """Serve what a run trained, from now on. Returns the token too, if callers need one.

    Args:
        owner: None for the command line: it is the administrators'.

    Raises:
        Conflict: The owner has one of this name, or another has the port.
    """
    record = DeploymentRecord(
        id=new_id(),
        name=name,
        note=note,
        port=port,
        is_protected=is_protected,
        wanted=Wanted.RUNNING,
        state=DeploymentState.PREPARING,
        revision=0,
        target=1,
        created=time.time(),
    )
    others = bench.deployments.deployments()
    _refuse_name(bench, others, name, owner)
    _refuse_port(others, port)
    token = new_secret(TOKEN_PREFIX) if is_protected else None
    if token is not None:
        keep_token(bench.workspace.layout, record.id, token)
    with bench.queue.together():
        bench.deployments.add(record, _revision(record.id, 1, run, owner))
        if owner is not None:
            bench.access.put(ObjectId(ObjectKind.DEPLOYMENT, record.id), Access(owner=owner))
    bench.tell_of(record)
    return record, token


def describe(
    bench: Workbench, known: KnownDeployment, *, name: str | None, note: str | None
) -> DeploymentRecord:
    """Change name or note. Raises Conflict if the owner has another one of this name."""
    if name is not None and name.casefold() != known.record.name.casefold():
        _refuse_name(bench, bench.deployments.deployments(), name, known.access.owner)
    record = bench.deployments.describe(known.record.id, name=name, note=note)
    bench.tell_of(record)
    return record


def start(bench: Workbench, record: DeploymentRecord) -> DeploymentRecord:
    """Let it run, also if it was given up; the bundle of a revision that failed is tried once more."""
    _try_again(bench, record)
    return _wanting(bench, record, Wanted.RUNNING)


def stop(bench: Workbench, record: DeploymentRecord) -> DeploymentRecord:
    """Let it answer what has come, and end."""
    return _wanting(bench, record, Wanted.STOPPED)


def renew(
    bench: Workbench, record: DeploymentRecord, run: RunRecord, *, by: UserName | None
) -> RevisionRecord:
    """Let the models of a run take over once they are ready; until then, nothing changes for callers."""
    made = bench.deployments.add_revision(_revision(record.id, 0, run, by))
    bench.tell_of(bench.deployments.deployment(record.id))
    return made


def activate(bench: Workbench, record: DeploymentRecord, number: int) -> DeploymentRecord:
    """Let a revision take over that was made before: roll back, or forward again.

    Raises:
        NotFound: There is no such revision.
        Conflict: It could not be made or served.
    """
    revision = bench.deployments.revision(record.id, number)
    if revision.state is RevisionState.FAILED and revision.digest is None:
        raise Conflict.of(
            f"revision {number} has no bundle",
            code="S153",
            fix="Deploy its run once more, or choose another revision",
        )
    if revision.state is RevisionState.FAILED:
        bench.deployments.update_revision(_ready_again(revision))
    return _wanting(bench, record, record.wanted, target=number)


def delete(bench: Workbench, record: DeploymentRecord) -> None:
    """Forget it; its process ends, and its log, token and corrections go."""
    with bench.queue.together():
        bench.deployments.remove(record.id)
        bench.access.forget(ObjectId(ObjectKind.DEPLOYMENT, record.id))
    bench.numbers.forget(record.id)
    bench.tell_of(record)


def deployments(
    bench: Workbench, actor: Actor, query: DeploymentQuery
) -> tuple[Sequence[KnownDeployment], int]:
    """A page of the deployments somebody may see, and how many match on all pages."""
    visible = bench.access.visible(ObjectKind.DEPLOYMENT, actor)
    records = bench.deployments.deployments(among=visible)
    revisions = _by_deployment(bench.deployments.revisions())
    found = []
    for record in records:
        access = bench.access.access(ObjectId(ObjectKind.DEPLOYMENT, record.id))
        right = right_over(actor, access)
        if right is None or query.state not in (None, record.state):
            continue
        known = KnownDeployment(record, revisions.get(record.id, ()), access, right)
        if known.mentions(query.text):
            found.append(known)
    return found[query.offset : query.offset + query.limit], len(found)


def known_deployment(
    bench: Workbench, record: DeploymentRecord, access: Access, right: Right
) -> KnownDeployment:
    """A deployment with its revisions."""
    return KnownDeployment(record, tuple(bench.deployments.revisions(of=record.id)), access, right)


def _by_deployment(
    revisions: Sequence[RevisionRecord],
) -> Mapping[str, tuple[RevisionRecord, ...]]:
    found: dict[str, tuple[RevisionRecord, ...]] = {}
    for each in revisions:
        found[each.deployment] = (*found.get(each.deployment, ()), each)
    return found


def _wanting(
    bench: Workbench, record: DeploymentRecord, wanted: Wanted, *, target: int | None = None
) -> DeploymentRecord:
    changed = bench.deployments.want(record.id, wanted, target=target)
    bench.tell_of(changed)
    return changed


def _try_again(bench: Workbench, record: DeploymentRecord) -> None:
    target = bench.deployments.revision(record.id, record.target)
    if target.state is RevisionState.FAILED:
        bench.deployments.update_revision(_ready_again(target))


def _ready_again(revision: RevisionRecord) -> RevisionRecord:
    state = RevisionState.READY if revision.digest else RevisionState.PREPARING
    return replace(revision, state=state, problem=())


def _revision(deployment: str, number: int, run: RunRecord, by: UserName | None) -> RevisionRecord:
    return RevisionRecord(
        deployment=deployment,
        number=number,
        run=run.id,
        pipeline=run.request.pipeline,
        state=RevisionState.PREPARING,
        created=time.time(),
        created_by=by,
    )


def _refuse_name(
    bench: Workbench, others: Sequence[DeploymentRecord], name: str, owner: UserName | None
) -> None:
    for other in others:
        if other.name.casefold() != name.casefold():
            continue
        if bench.access.access(ObjectId(ObjectKind.DEPLOYMENT, other.id)).owner == owner:
            raise Conflict.of(
                f"there is a deployment {other.name!r} already",
                code="S150",
                fix="Choose another name, or give that one a new revision",
            )


def _refuse_port(others: Sequence[DeploymentRecord], port: int | None) -> None:
    for other in others:
        if port is not None and other.port == port:
            raise Conflict.of(
                f"another deployment has port {port}",
                code="S151",
                fix="Choose another port, or none: a free one is taken",
            )


def find_deployment(bench: Workbench, text: str) -> DeploymentRecord:
    """A deployment by its name or id, whosever it is.

    Raises:
        NotFound: There is none.
        Conflict: Several people have one of this name.
    """
    records = bench.deployments.deployments()
    found = [each for each in records if each.id == text]
    found = found or [each for each in records if each.name.casefold() == text.casefold()]
    if not found:
        names = ", ".join(each.name for each in records[:10])
        raise NotFound.of(f"there is no deployment {text!r}", expected=names or None)
    if len(found) > 1:
        raise Conflict.of(
            f"there are {len(found)} deployments called {text!r}",
            expected="the id of one: " + ", ".join(each.id for each in found),
        )
    return found[0]
