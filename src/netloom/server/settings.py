"""Settings of the server: the ``[server]`` section of ``netloom.toml``, and the command line over it."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any, Literal

from netloom.core.project_file import read_section
from netloom.core.settings import NonEmptyText, PositiveFloat, PositiveInt, Settings

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
    said = {name: value for name, value in overrides.items() if value is not None}
    return read_section(project, "server", ServerSettings, **said)
