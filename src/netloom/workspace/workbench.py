"""The workbench: a workspace with users, pipelines of its own and a service that takes runs forward.

What the server calls, and nothing below. Like the workspace it only delegates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

from netloom.accounts.audit import AuditLog
from netloom.accounts.permissions import Access, Actor
from netloom.accounts.sessions import SessionStore
from netloom.accounts.sharing import AccessStore, ObjectId, ObjectKind
from netloom.accounts.throttle import Throttle
from netloom.accounts.tokens import InvitationStore, TokenStore
from netloom.accounts.users import UserStore
from netloom.core.identifiers import NodeId, RunId
from netloom.execution.events import RunEvent
from netloom.store.audit import SqlAuditLog
from netloom.store.deployments import SqlDeploymentStore
from netloom.store.models import SqlModelStore
from netloom.store.pipelines import SqlPipelineStore
from netloom.store.queue import SqlQueueStore
from netloom.store.run_table import SqlRunTable
from netloom.store.sessions import SqlSessionStore
from netloom.store.sharing import SqlAccessStore
from netloom.store.throttling import SqlFailureStore
from netloom.store.tokens import SqlInvitationStore, SqlTokenStore
from netloom.store.uploads import SqlUploadStore
from netloom.store.users import SqlUserStore
from netloom.tracking.deployment_store import DeploymentRecord, DeploymentStore
from netloom.tracking.model_store import ModelStore
from netloom.tracking.pipeline_store import PipelineStore
from netloom.tracking.records import RunRecord
from netloom.tracking.run_store import QueueStore
from netloom.tracking.run_table import RunTable
from netloom.tracking.upload_store import UploadStore
from netloom.workspace.authoring import load_text
from netloom.workspace.bundles.desk import BundleDesk
from netloom.workspace.deployments.numbers import NumbersKeeper
from netloom.workspace.deployments.supervisor import DeploymentSupervisor, OnChanged
from netloom.workspace.implied_connections import RunConnections
from netloom.workspace.pipelines import LoadedPipeline
from netloom.workspace.prediction_desk import PredictionDesk
from netloom.workspace.retrying import requeue
from netloom.workspace.reused_models import find_for, with_found_models
from netloom.workspace.service import Service
from netloom.workspace.submission import RunOptions, Selection, submit
from netloom.workspace.workspace import Workspace, with_current_operators

OnRecorded = Callable[[Sequence[RunEvent]], None]


class Workbench:
    """A workspace as several people use it at once. Safe for several threads.

    Args:
        on_recorded: Told of events once they are durable; called from the service's thread.
        on_deployment: Told of deployments that changed; called from whichever thread changed them.
        deployment_host: Where deployments listen.
    """

    def __init__(
        self,
        workspace: Workspace,
        on_recorded: OnRecorded = lambda events: None,
        *,
        on_deployment: OnChanged = lambda record: None,
        deployment_host: str = "127.0.0.1",
    ) -> None:
        self._workspace = workspace
        self._on_deployment = on_deployment
        self.service = Service(workspace, on_recorded)
        self.connections = RunConnections()
        self.predictions = PredictionDesk(workspace.layout.artifacts, workspace.project)
        self.bundles = BundleDesk(workspace.layout, workspace.project, on_done=self._on_bundle)
        self.supervisor = DeploymentSupervisor(
            workspace.layout,
            lambda: self.deployments,
            lambda: self._workspace.store,
            self.bundles,
            host=deployment_host,
            on_changed=on_deployment,
        )
        self.numbers = NumbersKeeper(self.supervisor.endpoints)

    @property
    def workspace(self) -> Workspace:
        """The workspace, with the project's operators as they are now."""
        current = with_current_operators(self._workspace)
        self._workspace = current
        return current

    @cached_property
    def users(self) -> UserStore:
        """Who may come in."""
        return SqlUserStore(self._workspace.database)

    @cached_property
    def sessions(self) -> SessionStore:
        """Browsers that are signed in."""
        return SqlSessionStore(self._workspace.database)

    @cached_property
    def tokens(self) -> TokenStore:
        """Programs' ways in."""
        return SqlTokenStore(self._workspace.database)

    @cached_property
    def invitations(self) -> InvitationStore:
        """Rights to sign up."""
        return SqlInvitationStore(self._workspace.database)

    @cached_property
    def throttle(self) -> Throttle:
        """Makes whoever guesses passwords wait."""
        return Throttle(SqlFailureStore(self._workspace.database))

    @cached_property
    def access(self) -> AccessStore:
        """Who may use what."""
        return SqlAccessStore(self._workspace.database)

    @cached_property
    def audit(self) -> AuditLog:
        """Who changed what."""
        return SqlAuditLog(self._workspace.database)

    @cached_property
    def pipelines(self) -> PipelineStore:
        """Pipelines kept here."""
        return SqlPipelineStore(self._workspace.database)

    @cached_property
    def uploads(self) -> UploadStore:
        """Files of data that were sent."""
        return SqlUploadStore(self._workspace.database)

    @cached_property
    def models(self) -> ModelStore:
        """Trained models: given out by runs, or registered."""
        return SqlModelStore(self._workspace.database)

    @cached_property
    def deployments(self) -> DeploymentStore:
        """What is served on this machine."""
        return SqlDeploymentStore(self._workspace.database)

    @cached_property
    def run_table(self) -> RunTable:
        """Many runs at once."""
        return SqlRunTable(self._workspace.database)

    @cached_property
    def queue(self) -> QueueStore:
        """Jobs that wait or run."""
        return SqlQueueStore(self._workspace.database)

    def load(
        self,
        text: str,
        *,
        sets: Sequence[str] = (),
        variables: Mapping[str, Any] | None = None,
    ) -> LoadedPipeline:
        """Check a pipeline's text; see :func:`netloom.workspace.authoring.load_text`."""
        return load_text(self.workspace, text, sets=sets, variables=variables)

    def submit(
        self,
        pipeline: LoadedPipeline,
        selection: Selection,
        options: RunOptions,
        *,
        actor: Actor,
        access: Access | None = None,
    ) -> RunId:
        """Queue a run that belongs to ``actor``; returns at once.

        Raises:
            InvalidInput: Something is wrong that can be known before running; nothing was queued.
        """
        pipeline = with_found_models(pipeline, partial(find_for, self, actor), self.workspace)
        with self.queue.together():  # a run that is anybody's would be nobody's
            run = submit(self.workspace, pipeline, selection, options)
            self.access.put(ObjectId(ObjectKind.RUN, run), access or Access(owner=actor.name))
        self.service.wake()
        return run

    def cancel(self, run: RunId) -> RunRecord:
        """Ask a run to stop. Raises Conflict if it has ended."""
        record = self.workspace.cancel(run)
        self.service.wake()
        return record

    def set_priority(self, run: RunId, priority: int) -> None:
        """Let the waiting jobs of a run come earlier (a higher number) or later."""
        self.workspace.store.set_priority(run, priority)
        self.service.wake()

    def retry(self, run: RunId) -> RunRecord:
        """Queue what did not succeed of a run again. Raises Conflict if there is nothing to do."""
        record = requeue(self.workspace, run)
        self.service.wake()
        return record

    def answer(self, run: RunId, node: NodeId, answer: Mapping[str, Any]) -> int:
        """Answer a waiting node; the run goes on. Returns the answer's version."""
        version = self.workspace.answer(run, node, answer)
        self.service.wake()
        return version

    def tell_of(self, deployment: DeploymentRecord) -> None:
        """A deployment was changed, or is wanted otherwise: let it be seen to, and listeners know."""
        self.supervisor.wake()
        self._on_deployment(deployment)

    def start_deployments(self) -> None:
        """Run the deployments of the workspace, and measure them, in the background."""
        self.supervisor.start()
        self.numbers.start()

    def _on_bundle(self) -> None:
        self.supervisor.wake()

    def close(self) -> None:
        """Stop deployments, predictions and the service, and close the database."""
        self.numbers.stop()
        self.supervisor.stop()
        self.bundles.close()
        self.predictions.close()
        self.service.stop()
        self._workspace.close()
