"""The models of a workspace: what runs gave out and what people registered, as one list.

A model is known by the id of its registration, or by its artifact while it has none. Whoever may see a run
may see the models it gave out; a registered model belongs to whoever registered it and outlives the run.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from netloom.accounts.credentials import new_id
from netloom.accounts.permissions import Access, Actor, Right, may, right_over
from netloom.accounts.sharing import ObjectId, ObjectKind
from netloom.core.errors import Conflict, NetloomError, NotFound
from netloom.core.identifiers import ArtifactId, NodeId, RunId
from netloom.tracking.model_store import ModelOutput, RegisteredModel
from netloom.workspace.model_description import ModelDescription, description_of
from netloom.workspace.model_lineage import ModelHistory, model_history, model_metrics

if TYPE_CHECKING:
    from netloom.workspace.workbench import Workbench


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelQuery:
    """Which models, newest first.

    Attributes:
        text: Must occur in name, description, pipeline, a class or a target, whatever the case.
        registered: None for both kinds.
    """

    text: str = ""
    task: str | None = None
    registered: bool | None = None
    limit: int = 100
    offset: int = 0


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A trained model, and what somebody may do with it.

    Attributes:
        made: What gave it out: a node of a run, or what is remembered of it.
    """

    made: ModelOutput | RegisteredModel
    access: Access
    right: Right

    @property
    def registration(self) -> RegisteredModel | None:
        """None for what nobody has named."""
        return self.made if isinstance(self.made, RegisteredModel) else None

    @property
    def id(self) -> str:
        """See the top of this module."""
        return self.made.id if isinstance(self.made, RegisteredModel) else self.made.artifact

    @property
    def name(self) -> str:
        """As registered, or where it comes from."""
        if isinstance(self.made, RegisteredModel):
            return self.made.name
        return f"{self.made.pipeline} · {self.made.node}"

    @property
    def description(self) -> str:
        """A remark of whoever registered it."""
        return self.made.description if isinstance(self.made, RegisteredModel) else ""

    @property
    def about(self) -> ModelDescription:
        """What its package says of itself."""
        return description_of(self.made.preview)

    @property
    def artifact(self) -> ArtifactId:
        """Where the package lies."""
        return self.made.artifact

    @property
    def output(self) -> str:
        """Which output of a run gave it out: ``RUN:NODE.PORT``; without the port if it is not remembered."""
        port = f".{self.made.port}" if isinstance(self.made, ModelOutput) else ""
        return f"{self.made.run}:{self.made.node}{port}"

    def mentions(self, text: str) -> bool:
        """Whether a text occurs in what people read of it."""
        words = (self.name, self.description, self.made.pipeline, *self.about.words)
        return any(text.casefold() in word.casefold() for word in words)


def models(bench: Workbench, actor: Actor, query: ModelQuery) -> tuple[Sequence[KnownModel], int]:
    """A page of the models somebody may see, and how many match on all pages."""
    found = [
        model
        for model in _visible(bench, actor)
        if query.task in (None, model.about.task)
        and query.registered in (None, model.registration is not None)
        and model.mentions(query.text)
    ]
    found.sort(key=lambda model: model.made.created, reverse=True)
    return found[query.offset : query.offset + query.limit], len(found)


def find_model(bench: Workbench, actor: Actor, model: str) -> KnownModel:
    """A model by its id.

    Raises:
        NotFound: There is none, or this actor may not know of it.
    """
    outputs = bench.models.outputs(actor, artifact=model) if _is_artifact(model) else ()
    for known in _given_out(outputs, actor):
        return known
    access = bench.access.access(ObjectId(ObjectKind.MODEL, model))
    right = right_over(actor, access)
    if right is None:
        raise NotFound.of(f"there is no model {model!r}", fix="It may have been unregistered")
    return KnownModel(bench.models.model(model), access, right)


def find_output(bench: Workbench, actor: Actor, run: str, node: str) -> KnownModel:
    """The model that a node gave out.

    Raises:
        NotFound: The run, which the actor may see, has no such output.
    """
    outputs = bench.workspace.store.nodes(RunId(run)).get(NodeId(node))
    for output in outputs.outputs.values() if outputs else ():
        for known in _given_out(bench.models.outputs(actor, artifact=output.artifact), actor):
            return known
    raise NotFound.of(
        f"node {node[:100]!r} of run {run} gave no trained model out",
        expected="a node such as a training, that has succeeded; scratch runs do not count",
    )


def register(
    bench: Workbench, model: KnownModel, *, name: str, description: str, actor: Actor
) -> KnownModel:
    """Keep a model under a name; it is that name's next version, shared like the one before.

    Raises:
        NotFound: The package is gone.
    """
    bench.workspace.artifacts.get(model.artifact)
    made = model.made
    entry = RegisteredModel(
        id=new_id(),
        owner=actor.name,
        name=name,
        version=0,
        description=description,
        artifact=made.artifact,
        size_bytes=made.size_bytes,
        run=made.run,
        node=made.node,
        pipeline=made.pipeline,
        preview=dict(made.preview),
        history=history_of(bench, model).to_json(),
        created=made.created,
        registered=time.time(),
    )
    with bench.queue.together():
        access = _inherited(bench, actor, name)
        kept = bench.models.register(entry)
        bench.access.put(ObjectId(ObjectKind.MODEL, kept.id), access)
    return KnownModel(kept, access, right_over(actor, access) or Right.READ)


def amend(
    bench: Workbench, model: KnownModel, *, name: str | None, description: str | None
) -> KnownModel:
    """Rename or describe a registered model. Raises Conflict for one that is not registered."""
    amended = bench.models.amend(registered(model).id, name=name, description=description)
    return replace(model, made=amended)


def unregister(bench: Workbench, model: KnownModel) -> None:
    """Forget the name; the package stays as long as its run. Raises Conflict if it has none."""
    entry = registered(model)
    with bench.queue.together():
        bench.models.remove(entry.id)
        bench.access.forget(ObjectId(ObjectKind.MODEL, entry.id))


def registered(model: KnownModel) -> RegisteredModel:
    """What was registered. Raises Conflict for a model without a name."""
    if model.registration is None:
        raise Conflict.of(
            "this model is not registered",
            code="S140",
            fix="Register it first: POST /api/v1/models",
        )
    return model.registration


def history_of(bench: Workbench, model: KnownModel) -> ModelHistory:
    """How a model was made: by the records of its run, or what was remembered when it was registered."""
    made = model.made
    try:
        return model_history(bench.workspace.store.nodes(made.run), made.node, made.artifact)
    except (NetloomError, KeyError):
        if model.registration is None:
            return ModelHistory(settings={}, metrics={})
        return ModelHistory.from_json(model.registration.history)


def may_see_run(bench: Workbench, model: KnownModel, actor: Actor) -> bool:
    """Whether somebody may read the run a model comes from; a registered one is shared without it."""
    if model.registration is None:
        return True
    return may(actor, Right.READ, bench.access.access(ObjectId(ObjectKind.RUN, model.made.run)))


def metrics_of(bench: Workbench, found: Sequence[KnownModel]) -> list[dict[str, float]]:
    """Metrics of many models, by ``node.name``."""
    measured = bench.models.measured({model.made.run for model in found})
    return [
        model_metrics(measured[model.made.run], model.made.node, model.artifact)
        if model.made.run in measured
        else _remembered(model)
        for model in found
    ]


def _remembered(model: KnownModel) -> dict[str, float]:
    history: Any = model.registration.history if model.registration else {}
    return dict(history.get("metrics", {}))


def _visible(bench: Workbench, actor: Actor) -> list[KnownModel]:
    named = []
    for entry in bench.models.registered(among=bench.access.visible(ObjectKind.MODEL, actor)):
        access = bench.access.access(ObjectId(ObjectKind.MODEL, entry.id))
        right = right_over(actor, access)
        if right is not None:
            named.append(KnownModel(entry, access, right))
    artifacts = {model.artifact for model in named}
    given_out = _given_out(bench.models.outputs(actor), actor)
    return [*named, *(model for model in given_out if model.artifact not in artifacts)]


def _given_out(outputs: Iterable[ModelOutput], actor: Actor) -> list[KnownModel]:
    """One model for each artifact: from the first run that made it, with the strongest right of all runs."""
    found: dict[ArtifactId, KnownModel] = {}
    for output in outputs:
        right = right_over(actor, output.access) or Right.READ
        known = found.get(output.artifact)
        if known is None:
            found[output.artifact] = KnownModel(output, output.access, right)
            continue
        if right.includes(known.right):
            known = replace(known, right=right)
        if output.is_made and not _is_made(known):
            known = replace(known, made=output, access=output.access)
        found[output.artifact] = known
    return list(found.values())


def _is_made(model: KnownModel) -> bool:
    return isinstance(model.made, ModelOutput) and model.made.is_made


def _inherited(bench: Workbench, actor: Actor, name: str) -> Access:
    """Who may use the newest version of the actor's models of this name, who may use the next."""
    own = bench.access.owned_by(ObjectKind.MODEL, actor.name)
    before = [model for model in bench.models.registered(among=own) if model.name == name]
    if not before:
        return Access(actor.name)
    newest = max(before, key=lambda model: model.version)
    return bench.access.access(ObjectId(ObjectKind.MODEL, newest.id))


def _is_artifact(model: str) -> bool:
    return len(model) == 64 and set(model) <= set("0123456789abcdef")
