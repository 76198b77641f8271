import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.graph.pipeline_file.yaml_entries import read_entries
from netloom.graph.pipeline_file.yaml_scalars import NotFinite, text_of_scalar, value_of_scalar


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("on", "on"),
        ("no", "no"),
        ("null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-7", -7),
        ("0o17", 15),
        ("0xff", 255),
        ("1_000", "1_000"),
        ("1e-3", 0.001),
        ("1.", 1.0),
        (".5", 0.5),
        ("1.2.3", "1.2.3"),
        ("2026-01-31", "2026-01-31"),
        ("12:30", "12:30"),
        ("+", "+"),
    ],
)
def test_plain_scalars_follow_the_core_schema_of_yaml_1_2(text: str, value: object) -> None:
    found = value_of_scalar(text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("text", [".inf", "-.inf", ".nan", "1e999", "9" * 500])
def test_numbers_that_json_cannot_express_are_refused(text: str) -> None:
    with pytest.raises(NotFinite):
        value_of_scalar(text)


@given(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.text(alphabet="-+.:,#&*!|>'\"%@`{}[]?<=~ \n\t0123456789eEtrufalsn$\\/")
)
def test_what_is_written_reads_back_also_inside_a_flow_mapping(value: object) -> None:
    text = text_of_scalar(value)  # type: ignore[arg-type]
    for document in (f"key: {text}\n", f"{{key: {text}, other: 1}}\n", f"- [{text}]\n"):
        entry = read_entries(document, layer="", file=None)
        assert entry is not None
        plain = entry.plain()
        found = plain[0][0] if isinstance(plain, list) else plain["key"]
        assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("text", ["resnet18", "data.split", "fit.model", "a-b", "images/train"])
def test_ordinary_words_are_not_quoted(text: str) -> None:
    assert text_of_scalar(text) == text
