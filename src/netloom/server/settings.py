"""Settings of the server: the ``[server]`` section of ``netloom.toml``, and the command line over it."""

from __future__ import annotations

import ipaddress
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.errors import InvalidInput
from netloom.core.settings import NonEmptyText, PositiveFloat, PositiveInt, Settings
from netloom.workspace.layout import PROJECT_FILE

SignUp = Literal["closed", "invitation", "open"]


class ServerSettings(Settings):
    """How the workbench is served.

    Attributes:
        host: Address to listen at; other machines reach the workbench only if it is not a loopback address.
        port: 0 takes a free one.
        sign_up: Who may make an account: nobody, who was invited, or everybody. Administrators always can.
        browse: Folders in which members may look for files to name in settings; relative ones start at the
            project folder, none closes them all. What runs may read is not limited by this.
        session_days: How long a browser stays signed in without being used.
        max_body_bytes: Longest request, if pieces of data are not longer.
        max_upload_bytes: Largest file of data.
        upload_chunk_bytes: Longest piece in which such a file is sent.
        max_picture_bytes: Largest picture to predict.
        deployment_host: Address at which deployed models listen; other machines reach them only if it is
            not a loopback address.
        heartbeat_s: How often a quiet event stream says that it lives.
    """

    host: NonEmptyText = "127.0.0.1"
    port: int = 8000
    sign_up: SignUp = "invitation"
    browse: tuple[NonEmptyText, ...] = (".",)
    session_days: PositiveFloat = 30.0
    max_body_bytes: PositiveInt = 8 << 20
    max_upload_bytes: PositiveInt = 20 << 30
    upload_chunk_bytes: PositiveInt = 16 << 20
    max_picture_bytes: PositiveInt = 16 << 20
    deployment_host: NonEmptyText = "127.0.0.1"
    heartbeat_s: PositiveFloat = 15.0

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def read_settings(project: Path, **overrides: Any) -> ServerSettings:
    """Settings of a project.

    Args:
        overrides: What the command line says; None leaves a setting as the file has it.

    Raises:
        InvalidInput: The file cannot be read, or a setting has no such value.
    """
    file = project / PROJECT_FILE
    written = _section(file) if file.is_file() else {}
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return ServerSettings.model_validate({**written, **given})
    except ValidationError as error:
        raise InvalidInput(
            *(
                Diagnostic(
                    code="S110",
                    message=f"server.{'.'.join(map(str, problem['loc']))}: {problem['msg']}",
                    place=Place(file=str(file)),
                    got=repr(problem["input"]),
                )
                for problem in error.errors()
            )
        ) from error


def _section(file: Path) -> dict[str, Any]:
    try:
        section = tomllib.loads(file.read_text(encoding="utf-8")).get("server", {})
    except (OSError, ValueError) as error:
        raise InvalidInput.of(
            "the project file cannot be read",
            code="S110",
            place=Place(file=str(file)),
            got=str(error),
            fix="Mend it, or move it away",
        ) from error
    return section if isinstance(section, dict) else {"server": section}
