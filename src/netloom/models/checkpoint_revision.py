"""Which state of a checkpoint is meant: a rule for all settings that can name one."""

from __future__ import annotations

from typing import Protocol, TypeVar


class _NamesCheckpoint(Protocol):
    @property
    def pretrained(self) -> str | None: ...
    @property
    def revision(self) -> str | None: ...


T = TypeVar("T", bound=_NamesCheckpoint)


def revision_of_something(settings: T) -> T:
    """Refuse a revision where no checkpoint is named; for ``pydantic.model_validator(mode="after")``.

    Raises:
        ValueError: There is nothing of which it could be a revision.
    """
    if settings.revision is not None and settings.pretrained is None:
        raise ValueError("revision belongs to a pretrained network; name one, or remove it")
    return settings
