"""``tf.train.Example`` messages as rows of a table, and back; without TensorFlow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from netloom.core.errors import InvalidData
from netloom.tables.columns import Column, arrow_schema, element_type

if TYPE_CHECKING:
    import pyarrow as pa

_KINDS = {"bytes_list": "bytes", "float_list": "number", "int64_list": "integer"}


@lru_cache(maxsize=1)
def example_class() -> Any:
    """The message class, from a description of its own: TensorFlow may define the same elsewhere."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(
        name="example.proto", package="tensorflow", syntax="proto3"
    )
    kind = descriptor_pb2.FieldDescriptorProto
    lists = (
        ("BytesList", kind.TYPE_BYTES),
        ("FloatList", kind.TYPE_FLOAT),
        ("Int64List", kind.TYPE_INT64),
    )
    for name, type_ in lists:
        message = file.message_type.add(name=name)
        message.field.add(name="value", number=1, type=type_, label=kind.LABEL_REPEATED)
    feature = file.message_type.add(name="Feature")
    feature.oneof_decl.add(name="kind")
    for number, (field, (name, _)) in enumerate(zip(_KINDS, lists), start=1):
        feature.field.add(
            name=field,
            number=number,
            type=kind.TYPE_MESSAGE,
            type_name=f".tensorflow.{name}",
            label=kind.LABEL_OPTIONAL,
            oneof_index=0,
        )
    features = file.message_type.add(name="Features")
    entry = features.nested_type.add(name="FeatureEntry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, type=kind.TYPE_STRING, label=kind.LABEL_OPTIONAL)
    entry.field.add(
        name="value",
        number=2,
        type=kind.TYPE_MESSAGE,
        type_name=".tensorflow.Feature",
        label=kind.LABEL_OPTIONAL,
    )
    features.field.add(
        name="feature",
        number=1,
        type=kind.TYPE_MESSAGE,
        type_name=".tensorflow.Features.FeatureEntry",
        label=kind.LABEL_REPEATED,
    )
    example = file.message_type.add(name="Example")
    example.field.add(
        name="features",
        number=1,
        type=kind.TYPE_MESSAGE,
        type_name=".tensorflow.Features",
        label=kind.LABEL_OPTIONAL,
    )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("tensorflow.Example"))


def batches_of_records(
    records: Iterable[bytes],
    *,
    name: str,
    sample: int,
    types: dict[str, str],
    batch_rows: int,
) -> tuple[tuple[Column, ...], Iterator[pa.RecordBatch]]:
    """Rows of messages: their columns and, one after the other, batches of them.

    A feature that has one value in each record of the sample is a single value, else a list. Bytes are
    texts if all of the sample are UTF-8. A feature that a record lacks is null.

    Args:
        name: What the file is called in messages.
        sample: From so many records columns and types are found out.
        types: Types of columns that are known.
    """
    messages = _parsed(records, name)
    first = list(islice(messages, sample))
    columns = _columns(first, types)
    schema = arrow_schema(columns)

    def batches() -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        rest, number = chain(first, messages), 0
        while block := list(islice(rest, batch_rows)):
            values = [_values(block, column, name=name, number=number) for column in columns]
            arrays = [_array(items, field, name) for items, field in zip(values, schema)]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)
            number += len(block)

    return columns, batches()


def records_of_batch(batch: pa.RecordBatch, columns: Sequence[Column]) -> Iterator[bytes]:
    """The rows of a batch as messages.

    Numbers become 32-bit floats, which is all the format has; texts become UTF-8, dates and timestamps
    their usual texts, booleans 0 and 1. A null leaves the feature out. A map becomes two lists,
    ``name/keys`` and ``name/values``.
    """
    example = example_class()
    rows = [batch.column(column.name).to_pylist() for column in columns]
    for number in range(batch.num_rows):
        message = example()
        feature = message.features.feature
        for column, values in zip(columns, rows):
            value = values[number]
            if value is None:
                continue
            if column.type.startswith("map<"):
                _extend(feature[f"{column.name}/keys"], [key for key, _ in value], "text")
                kind = str(element_type(column.type))
                _extend(feature[f"{column.name}/values"], [item for _, item in value], kind)
            elif column.type.startswith("list<"):
                _extend(feature[column.name], value, str(element_type(column.type)))
            else:
                _extend(feature[column.name], [value], column.type)
        yield message.SerializeToString(deterministic=True)


def _extend(feature: Any, values: Sequence[Any], kind: str) -> None:
    if kind in ("integer", "boolean"):
        feature.int64_list.value.extend(int(value) for value in values)
    elif kind == "number" or kind.startswith("decimal"):
        feature.float_list.value.extend(float(value) for value in values)
    elif kind == "bytes":
        feature.bytes_list.value.extend(values)
    else:
        feature.bytes_list.value.extend(_text(value).encode() for value in values)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value.isoformat())


def _parsed(records: Iterable[bytes], name: str) -> Iterator[Any]:
    from google.protobuf.message import DecodeError

    example = example_class()
    for number, record in enumerate(records):
        try:
            yield example.FromString(record).features.feature
        except DecodeError as error:
            raise InvalidData.of(
                f"{name}: record {number + 1} is no tf.train.Example message",
                code="T131",
                fix="Only files of such messages are tables",
            ) from error


def _columns(messages: Sequence[Any], types: dict[str, str]) -> tuple[Column, ...]:
    kinds: dict[str, str] = {}
    several: set[str] = set()
    not_text: set[str] = set()
    for feature in messages:
        for name, value in feature.items():
            kind = value.WhichOneof("kind")
            if kind is None:
                continue
            items = getattr(value, kind).value
            kinds.setdefault(name, _KINDS[kind])
            if len(items) != 1:
                several.add(name)
            if kind == "bytes_list" and name not in not_text and not all(map(_is_utf8, items)):
                not_text.add(name)
    found = {}
    for name, kind in kinds.items():
        scalar = "text" if kind == "bytes" and name not in not_text else kind
        found[name] = f"list<{scalar}>" if name in several else scalar
    return tuple(Column(name, kind) for name, kind in sorted({**found, **types}.items()))


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def _values(messages: Sequence[Any], column: Column, *, name: str, number: int) -> list[Any]:
    kind = element_type(column.type) or column.type
    is_list = column.type.startswith("list<")
    found: list[Any] = []
    for place, feature in enumerate(messages):
        value = feature[column.name] if column.name in feature else None  # noqa: SIM401 - no dict
        which = None if value is None else value.WhichOneof("kind")
        if which is None:
            found.append(None)
            continue
        assert value is not None
        items = list(getattr(value, which).value)
        if kind == "text":
            items = [_decoded(item, column, name, number + place) for item in items]
        if not is_list and len(items) > 1:
            raise InvalidData.of(
                f"{name}: record {number + place + 1} has {len(items)} values of {column.name!r}, "
                "others have one",
                code="T132",
                fix=f"Say that it is a list<{kind}> with `types`, or raise `sample`",
            )
        found.append(items if is_list else (items[0] if items else None))
    return found


def _decoded(item: Any, column: Column, name: str, number: int) -> Any:
    try:
        return item.decode() if isinstance(item, bytes) else item
    except UnicodeDecodeError as error:
        raise InvalidData.of(
            f"{name}: record {number + 1}: {column.name!r} is no text",
            code="T132",
            fix=f"Say that it holds bytes, with types: {{{column.name}: bytes}}, or raise `sample`",
        ) from error


def _array(values: list[Any], field: pa.Field, name: str) -> pa.Array:
    import pyarrow as pa

    try:
        return pa.array(values, field.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise InvalidData.of(
            f"{name}: {field.name!r} does not always hold what it held at first: {error}",
            code="T132",
            expected=str(field.type),
            fix="Say what it holds with `types`, or raise `sample`",
        ) from error
