"""What scikit-learn's linear models and boosted trees reach on the rows of these examples.

    netloom run wine.yaml && python compare.py cultivar .netloom/runs/RUN/outputs/parts.out/rows

It learns from the parts `train` and `valid` and measures on `test`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, mean_absolute_error, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def measured(label: str, folder: Path) -> dict[str, float]:
    """Scores of both models on the test part."""
    table = pq.read_table(folder)
    part = np.array(table["part"].to_pylist())
    wanted = np.array(table[label].to_pylist())
    names = [name for name in table.column_names if name not in (label, "part", "row")]
    is_text = [str(table.schema.field(name).type) in ("string", "large_string") for name in names]
    rows = np.array([table[name].to_pylist() for name in names], dtype=object).T
    texts = np.array(is_text)
    prepared = make_column_transformer(
        (
            make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()),
            np.flatnonzero(~texts),
        ),
        (OneHotEncoder(handle_unknown="ignore"), np.flatnonzero(texts)),
    )
    is_number = wanted.dtype.kind == "f"
    linear = Ridge() if is_number else LogisticRegression(max_iter=5000)
    trees = HistGradientBoostingRegressor if is_number else HistGradientBoostingClassifier
    learned, test = part != "test", part == "test"
    found = {}
    for name, model in (("linear", linear), ("trees", trees(random_state=0))):
        fitted = make_pipeline(prepared, model).fit(rows[learned], wanted[learned])
        said = fitted.predict(rows[test])
        if is_number:
            found[f"{name} mae"] = float(mean_absolute_error(wanted[test], said))
            continue
        found[f"{name} accuracy"] = float(accuracy_score(wanted[test], said))
        if len(set(wanted)) == 2:
            chance = fitted.predict_proba(rows[test])[:, 1]
            found[f"{name} auc"] = float(roc_auc_score(wanted[test], chance))
    return found


if __name__ == "__main__":
    print(measured(sys.argv[1], Path(sys.argv[2])))
