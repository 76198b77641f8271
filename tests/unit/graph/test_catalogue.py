from __future__ import annotations

import inspect
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from netloom.core.errors import InvalidInput, NotFound
from netloom.core.values import FileCodec, JsonCodec, TableFile
from netloom.graph.catalogue import (
    Catalogue,
    operators_in,
    place_of_operator,
    project_operator_files,
)
from netloom.graph.operator import operator


class Sound: ...


class Speech(Sound): ...


class SoundCodec(JsonCodec):
    media_type = "application/x-sound"


@operator(group="sound")
def record() -> Sound:
    """Record."""
    return Sound()


@operator(group="sound")
def slower(sound: Sound, *, times: float = 2.0) -> Sound:
    """Slow down."""
    return sound


def line_of(function: Any) -> int:
    return inspect.getsourcelines(function)[1]


def test_operators_are_found_by_id() -> None:
    catalogue = Catalogue([record, slower])
    assert list(catalogue) == [record, slower]
    assert len(catalogue) == 2
    assert catalogue.get("sound.record") is record
    assert catalogue.get("sound.play") is None
    assert catalogue.operator("sound.slower") is slower


def test_an_unknown_operator_is_answered_with_close_names() -> None:
    with pytest.raises(NotFound) as caught:
        Catalogue([record, slower]).operator("sund.slower")
    [problem] = caught.value.diagnostics
    assert (problem.code, problem.fix) == ("G101", "Did you mean 'sound.slower'?")
    with pytest.raises(NotFound) as caught:
        Catalogue([record]).operator("zzz")
    assert caught.value.diagnostics[0].fix == "`netloom operators` lists them all"


def test_two_operators_of_one_name_are_refused_with_both_places() -> None:
    @operator(group="sound", id="sound.record")
    def other() -> Sound:
        """Record otherwise."""
        return Sound()

    with pytest.raises(InvalidInput) as caught:
        Catalogue([record]).with_operators([other])
    [problem] = caught.value.diagnostics
    here = f"{__file__}:{line_of(record.function)}"
    there = f"{__file__}:{line_of(other.function)}"
    assert problem.code == "G120"
    assert problem.message == f"two operators are called 'sound.record': {here} and {there}"
    assert problem.place == place_of_operator(other)


def test_the_same_operator_twice_is_one_operator() -> None:
    assert len(Catalogue([record]).with_operators([record, slower])) == 2


def test_a_catalogue_never_changes() -> None:
    small = Catalogue([record])
    large = small.with_operators([slower])
    assert (len(small), len(large)) == (1, 2)
    with pytest.raises(TypeError):
        small.operators["sound.slower"] = slower  # type: ignore[index]


def test_a_module_contributes_what_it_defines_and_its_codecs() -> None:
    module = ModuleType(__name__)
    foreign = operator(group="x")(lambda_like)
    foreign.function.__module__ = "elsewhere"
    vars(module).update(record=record, alias=record, foreign=foreign, CODECS={Sound: SoundCodec()})
    assert operators_in(module) == [record, record]
    catalogue = Catalogue().with_module(module)
    assert list(catalogue) == [record]
    assert isinstance(catalogue.codec_for_value(Speech()), SoundCodec)


def lambda_like() -> int:
    """A function of another module."""
    return 1


def test_values_are_kept_by_the_codec_of_their_nearest_class() -> None:
    catalogue = Catalogue(codecs={Sound: SoundCodec()})
    assert isinstance(catalogue.codec_for_value(Sound()), SoundCodec)
    assert isinstance(catalogue.codec_for_value(Speech()), SoundCodec)
    assert isinstance(catalogue.codec_for_value(TableFile("path:a")), FileCodec)
    assert type(catalogue.codec_for_value({"a": 1})) is JsonCodec


def test_artifacts_are_read_by_the_codec_of_their_media_type() -> None:
    catalogue = Catalogue(codecs={Sound: SoundCodec()})
    assert isinstance(catalogue.codec_for_media_type("application/x-sound"), SoundCodec)
    assert type(catalogue.codec_for_media_type("application/json")) is JsonCodec
    with pytest.raises(NotFound) as caught:
        catalogue.codec_for_media_type("application/x-smell")
    assert caught.value.diagnostics[0].code == "W405"


def test_port_types_have_names() -> None:
    @operator(group="x")
    def measure(sounds: list[Sound], words: dict[str, int] | None = None) -> float:
        """Measure."""
        return 0.0

    catalogue = Catalogue([measure])
    names = ("Sound", "dict", "float", "anything", "Smell")
    assert [catalogue.port_type(name) for name in names] == [Sound, dict, float, Any, None]


def test_files_of_operators_are_those_of_the_projects_folder(tmp_path: Path) -> None:
    assert project_operator_files(tmp_path) == []
    folder = tmp_path / "operators"
    (folder / "deeper").mkdir(parents=True)
    for name in ("b.py", "a.py", "_private.py", "notes.txt", "deeper/c.py"):
        (folder / name).touch()
    assert project_operator_files(tmp_path) == [folder / "a.py", folder / "b.py"]
