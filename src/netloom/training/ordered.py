"""What all trainings have that are ordered, whatever they learn from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

if TYPE_CHECKING:
    from dataclasses import Field

    from netloom.core.reporter import Reporter
    from netloom.training.callbacks import Callbacks
    from netloom.training.recipe import Recipe


class Ordered(Protocol):
    """A training as it is ordered: a dataclass with these fields among others."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def recipe(self) -> Recipe:
        """How."""

    @property
    def reporter(self) -> Reporter:
        """Who is told."""

    @property
    def gpus(self) -> tuple[int, ...]:
        """CUDA devices granted."""

    @property
    def ranks(self) -> int | None:
        """Processes that share every batch; None takes one for each GPU."""

    @property
    def callbacks(self) -> Callbacks:
        """Who is asked at certain moments."""

    @property
    def memory_mb(self) -> int | None:
        """Main memory granted, for ``batch_size: auto``; None is what the machine has."""


OrderedT = TypeVar("OrderedT", bound=Ordered)
