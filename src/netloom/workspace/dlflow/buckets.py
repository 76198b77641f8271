"""BUCKET, PRIMARY_KEYS, LABELS and DROP_COLUMNS as settings of ``tables.fit_features``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from netloom.workspace.dlflow.hocon import Configuration
from netloom.workspace.dlflow.outcomes import Ledger
from netloom.workspace.dlflow.steps import listed

_DEFAULT = "default"
_KNOWN = ("features", "is_encode", "method", "param")
_METHODS: dict[str, dict[str, str]] = {
    "minmax": {"min": "low", "max": "high"},
    "pnorm": {"p": "p"},
    "zscore": {},
}
"""Normalisations of DLFlow, with the settings that its parameters become."""
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_]+")


def feature_settings(configuration: Configuration, ledger: Ledger) -> dict[str, Any]:
    """Settings of the node that fits the feature map."""
    settings: dict[str, Any] = {}
    for key, setting in (
        ("PRIMARY_KEYS", "keys"),
        ("LABELS", "labels"),
        ("DROP_COLUMNS", "drop"),
    ):
        if names := listed(configuration.get(key)):
            settings[setting] = names
            ledger.mapped(key, f"features.{setting}")
    if (names := listed(configuration.get("LABELED_KEYS"))) and "labels" not in settings:
        settings["labels"] = names
        says = "features.labels; DLFlow's manual has this name, its code reads LABELS"
        ledger.mapped("LABELED_KEYS", says)
    buckets = configuration.get("BUCKET")
    buckets = dict(buckets) if isinstance(buckets, Mapping) else {}
    others = buckets.pop(_DEFAULT, {})
    found = [_bucket(name, bucket, ledger) for name, bucket in buckets.items()]
    if chosen := [bucket for bucket in found if bucket]:
        settings["buckets"] = chosen
    settings["others"] = {
        "name": _DEFAULT,
        "normalisation": _normalisation(_DEFAULT, others, ledger),
    }
    return settings


def _bucket(name: str, bucket: Any, ledger: Ledger) -> dict[str, Any] | None:
    key = f"BUCKET.{name}"
    if not isinstance(bucket, Mapping):
        ledger.not_supported(key, "this is no bucket: it has no `features`")
        return None
    features = listed(bucket.get("features"))
    if not features:
        ledger.not_needed(key, "the bucket has no features")
        return None
    plain = _NOT_IN_NAMES.sub("_", name)
    plain = plain if plain[:1].isalpha() else f"b_{plain}"
    renamed = "" if plain == name else f" as {plain}: names are letters, digits and underscores"
    ledger.mapped(f"{key}.features", f"a bucket of features{renamed}")
    return {
        "name": plain,
        "columns": features,
        "normalisation": _normalisation(name, bucket, ledger),
    }


def _normalisation(name: str, bucket: Any, ledger: Ledger) -> dict[str, Any]:
    bucket = bucket if isinstance(bucket, Mapping) else {}
    key = f"BUCKET.{name}"
    for unknown in (each for each in bucket if each not in _KNOWN):
        ledger.not_supported(
            f"{key}.{unknown}", "DLFlow itself does not read this key; it is left out"
        )
    if bucket.get("is_encode", True) in (False, "false"):
        says = "normalisation none; texts, which made DLFlow fail here, become ids"
        ledger.mapped(f"{key}.is_encode", says)
        for rest in ("method", "param"):
            if rest in bucket:
                ledger.not_needed(f"{key}.{rest}", "is_encode is false")
        return {"type": "none"}
    if "is_encode" in bucket:
        ledger.not_needed(f"{key}.is_encode", "true is usual")
    if name == _DEFAULT and "features" in bucket:
        says = "columns of no other bucket come to this one; names are not needed"
        ledger.not_needed(f"{key}.features", says)
    return _method(key, bucket, ledger)


def _method(key: str, bucket: Mapping[str, Any], ledger: Ledger) -> dict[str, Any]:
    method = str(bucket.get("method", "minmax")).lower()
    if method not in _METHODS:
        known = "minmax, zscore, pnorm, quantile, log1p, none"
        says = (
            f"DLFlow left the bucket as it was, and so does normalisation none. There are {known}"
        )
        ledger.not_supported(f"{key}.method", says)
        return {"type": "none"}
    if "method" in bucket:
        ledger.mapped(f"{key}.method", f"normalisation {method}")
    else:
        ledger.default(f"{key}.method", "normalisation minmax, as usual in DLFlow")
    given = bucket.get("param")
    param = given if isinstance(given, Mapping) else {}
    if method != "zscore":
        return {"type": method, **_numbers(key, param, _METHODS[method], ledger)}
    for part in ("withMean", "withStd"):
        if param.get(part, True) in (False, "false"):
            says = "mean and deviation are always both taken; scale the column with tables.query"
            ledger.not_supported(f"{key}.param.{part}", says)
        elif part in param:
            ledger.not_needed(f"{key}.param.{part}", "true is usual")
    return {"type": "zscore"}


def _numbers(
    key: str, param: Mapping[str, Any], names: Mapping[str, str], ledger: Ledger
) -> dict[str, float]:
    chosen = {}
    for name, setting in names.items():
        if name in param:
            chosen[setting] = float(param[name])
            ledger.mapped(f"{key}.param.{name}", f"normalisation.{setting}")
    return chosen
