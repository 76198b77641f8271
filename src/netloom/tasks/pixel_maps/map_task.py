"""What tasks that learn a map of numbers for each picture have in common.

Shape legend: N samples, C channels, H height, W width.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.protocol import Contender, Evaluation, Prediction, Scored
from netloom.tasks.scene_task import SceneTask

if TYPE_CHECKING:
    import pyarrow as pa

    from netloom.data.apply.motion import Motion
    from netloom.data.datasets import Samples
    from netloom.tasks.pixel_maps.evaluation import Map, MapKind


class MapTask(SceneTask):
    """Scores are maps ``(N, C, H, W)`` at the network's resolution, predictions maps of the picture."""

    is_spatial = True
    heads = frozenset({"pixels"})

    def kind(self) -> MapKind:
        """How maps are taken back, measured and drawn."""
        raise NotImplementedError

    def map_json(self, map_HWC: Map) -> Prediction:
        """A map of a picture as a prediction."""
        raise NotImplementedError

    def fitted_loss(self, loss: Any, samples: Samples) -> Any:
        """As it is: the training part decides nothing about it."""
        return loss

    def decode(
        self, scores: NDArray[np.float32], labels: Sequence[str], motions: Sequence[Motion]
    ) -> list[Prediction]:
        """The map of each picture, and numbers that sum it up."""
        back = self.kind().back
        return [
            self.map_json(back(scores_CHW, motion))
            for scores_CHW, motion in zip(scores, motions, strict=True)
        ]

    def arrow_types(self) -> Mapping[str, pa.DataType]:
        """An example tells them all."""
        return {}

    def truth(self, samples: Samples, position: int) -> Prediction | None:
        """The known map in the form of a prediction."""
        companion = samples.companion(position)
        return None if companion is None else self.map_json(companion.pixels)

    def evaluate(
        self,
        scored: Iterable[Scored],
        samples: Samples,
        labels: Sequence[str],
        *,
        bootstrap: int,
        seed: int,
    ) -> Evaluation:
        """All metrics at the resolution of the pictures, and the worst and best pictures."""
        from netloom.tasks.pixel_maps.evaluation import map_evaluation

        return map_evaluation(self.kind(), scored, samples, bootstrap=bootstrap, seed=seed)

    def compare(
        self,
        first: Contender,
        second: Contender,
        samples: Samples,
        *,
        bootstrap: int,
        seed: int,
    ) -> Evaluation:
        """Differences of all metrics with paired intervals, and where they differ most."""
        from netloom.tasks.pixel_maps.comparison import map_comparison

        return map_comparison(self.kind(), first, second, samples, bootstrap=bootstrap, seed=seed)
