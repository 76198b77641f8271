"""Refusals: requests that are turned down because of who asks, or how often.

NetloomError
├── SignInRequired      nobody, or somebody whose session or token is no longer good
├── NotAllowed          somebody who may not do this
└── TooManyAttempts     somebody who should wait
"""

from __future__ import annotations

from netloom.core.diagnostics import Diagnostic
from netloom.core.errors import NetloomError


class SignInRequired(NetloomError):
    """The request needs a user, and came with none or with wrong or expired credentials."""

    default_code = "S100"


class NotAllowed(NetloomError):
    """The user may not do this."""

    default_code = "S104"


class TooManyAttempts(NetloomError):
    """The same thing was tried too often.

    Attributes:
        wait_s: Seconds after which the next attempt is looked at.
    """

    default_code = "S102"

    def __init__(self, *diagnostics: Diagnostic, wait_s: float = 1.0) -> None:
        super().__init__(*diagnostics)
        self.wait_s = wait_s
