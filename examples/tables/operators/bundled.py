"""Three real tables that come with scikit-learn, made a little less tidy: gaps, and a column of texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from netloom import RunContext, operator
from netloom.core.settings import Fraction, Seed
from netloom.tables.table import WORK_ROWS, Table, written_table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEVELS = ("low", "medium", "high", "very high")
CUT = {"breast_cancer": "mean_area", "wine": "color_intensity", "diabetes": "bmi"}
"""The column of each table that becomes texts: in which quarter of the rows a number lies."""


@operator(group="tables", job=True)
def bundled(
    *,
    name: Literal["breast_cancer", "wine", "diabetes"],
    missing: Fraction = 0.05,
    seed: Seed = 7,
    run: RunContext,
) -> Table:
    """A table that comes with scikit-learn: 569 tumours, 178 wines, or 442 patients with diabetes.

    One column of numbers becomes texts (its quarters), and some values are taken away.

    Args:
        name: Which of them.
        missing: Share of the values of each column that are taken away.
        seed: Start of the random numbers that choose them.

    Returns:
        The table, with the key `row` and the label: `diagnosis`, `cultivar` or `progression`.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    features, label = loaded(name)
    generator = np.random.default_rng(seed)
    columns: dict[str, Any] = {"row": np.arange(len(next(iter(features.values()))))}
    for title, values in features.items():
        gone = generator.random(len(values)) < missing
        kept = quarters(values) if title == CUT[name] else values
        columns[title] = pa.array(kept, mask=gone)
    folder = run.resolve(WORK_ROWS)
    folder.mkdir(parents=True)
    pq.write_table(pa.table({**columns, **label}), folder / "0.parquet")
    return written_table(WORK_ROWS, run.resolve, keys=("row",))


def loaded(name: str) -> tuple[dict[str, NDArray[np.float64]], dict[str, Any]]:
    """Columns of numbers, and the label."""
    from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine

    if name == "diabetes":
        data = load_diabetes(scaled=False)
        label: dict[str, Any] = {"progression": data.target}
    else:
        data = load_breast_cancer() if name == "breast_cancer" else load_wine()
        title = "diagnosis" if name == "breast_cancer" else "cultivar"
        label = {title: data.target_names[data.target].astype(str)}
    titles = [str(title).replace(" ", "_").replace("/", "_") for title in data.feature_names]
    return dict(zip(titles, data.data.T, strict=True)), label


def quarters(values: NDArray[np.float64]) -> NDArray[np.str_]:
    """In which quarter of the rows each number lies, as a text."""
    import numpy as np

    ends = np.quantile(values, (0.25, 0.5, 0.75))
    return np.array(LEVELS)[np.searchsorted(ends, values, side="right")]
