"""Days of clicks with planted effects, so that it is known how well anybody could tell who clicks.

Whatever belongs to a person, an ad or a city follows from its number alone, by a hash: so it is the same on
every day, and no table has to be kept in memory. What is drawn is drawn from the day and the seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from netloom import RunContext, operator
from netloom.core.settings import NonEmptyText, PositiveInt, Seed
from netloom.tables.table import WORK_ROWS, Table, written_table

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.random import Generator
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Ids = NDArray[np.int64]

TOPICS = ("sports", "music", "travel", "food", "cars", "games", "books", "news")
DEVICES = ("phone", "tablet", "desktop", "television")
CITIES = 2_000
ADS_A_DAY, NEW_ADS_A_DAY = 500, 50
FIRST_DAY = date(2026, 1, 1)
BLOCK = 500_000
"""Rows that are made at once."""


class Clicks(NamedTuple):
    """A day of clicks.

    Attributes:
        table: One row for each person who saw an ad that day.
        known: Rows, share of clicks, and the area under the curve of the planted probabilities: nobody
            can do better.
    """

    table: Table
    known: dict[str, Any]


@operator(group="clicks", job=True)
def shown(*, day: NonEmptyText, rows: PositiveInt, seed: Seed = 7, run: RunContext) -> Clicks:
    """Who saw which ad on a day, and clicked or did not.

    Each day a tenth of the ads is new. Whether somebody clicks depends on age, city, ad, device, hour,
    earlier visits, and most on whether the ad is about what the person likes.

    Args:
        day: Such as 2026-03-01.
        rows: People.
        seed: Start of all random numbers.

    Returns:
        The table, and what is known of it.
    """
    import numpy as np

    chances, clicked = [], []

    def blocks() -> Iterator[dict[str, Any]]:
        for people, generator in people_in_blocks(day, rows, seed):
            block, chance = shown_to(people, day, generator)
            chances.append(chance.astype(np.float32))
            clicked.append(block["clicked"])
            yield block

    table = written(blocks(), rows, run, keys=("user",))
    chance, label = np.concatenate(chances), np.concatenate(clicked)
    known = {"rows": rows, "clicks": float(label.mean()), "best_auc": auc(chance, label)}
    run.log(0, known)
    return Clicks(table, known)


@operator(group="clicks", job=True)
def profiles(*, day: NonEmptyText, rows: PositiveInt, seed: Seed = 7, run: RunContext) -> Table:
    """What is known of each person: age, income, city and what they like, with gaps.

    Args:
        day: Such as 2026-03-01.
        rows: People.
        seed: Start of all random numbers.

    Returns:
        The table.
    """
    people = people_in_blocks(day, rows, seed)
    return written((profiles_of(each) for each, _ in people), rows, run, keys=("user",))


@operator(group="clicks", job=True)
def visits(*, day: NonEmptyText, rows: PositiveInt, seed: Seed = 7, run: RunContext) -> Table:
    """Every visit of the last week: several rows of a person, or none.

    Args:
        day: Such as 2026-03-01.
        rows: People.
        seed: Start of all random numbers.

    Returns:
        The table.
    """
    people = people_in_blocks(day, rows, seed)
    return written((visits_of(*each) for each in people), rows, run)


def people_in_blocks(day: str, rows: int, seed: int) -> Iterator[tuple[Ids, Generator]]:
    """People of a day, each once, in blocks with a generator for each; a tenth comes and goes daily."""
    import numpy as np

    first = day_number(day) * (rows // 10)
    for number, start in enumerate(range(0, rows, BLOCK)):
        people = np.arange(first + start, first + min(start + BLOCK, rows), dtype=np.int64)
        yield people, np.random.default_rng((seed, day_number(day), number))


def shown_to(people: Ids, day: str, generator: Generator) -> tuple[dict[str, Any], Numbers]:
    """Ads that people saw, whether they clicked, and how probable that was."""
    import numpy as np

    count = len(people)
    ads = day_number(day) * NEW_ADS_A_DAY + generator.integers(0, ADS_A_DAY, count)
    hour = generator.integers(0, 24, count)
    device = generator.choice(len(DEVICES), count, p=(0.6, 0.1, 0.25, 0.05))
    topic = (uniform(ads, "topic") * len(TOPICS)).astype(np.int64)
    chance = chance_of(people, ads, hour, device, topic)
    gone = generator.random(count) < 0.1
    block = {
        "user": people,
        "ad": labels("ad", ads),
        "topic": np.array(TOPICS)[topic],
        "device": masked(np.array(DEVICES)[device], gone),
        "hour": hour,
        "clicked": generator.random(count) < chance,
    }
    return block, chance


def chance_of(people: Ids, ads: Ids, hour: Ids, device: Ids, topic: Ids) -> Numbers:
    """The probability of a click: what is to be learned."""
    import numpy as np

    logit = (
        -3.2
        + 2.0 * (liked(people) == topic)
        + 1.2 * (uniform(ads, "appeal") - 0.5)
        + 1.0 * (uniform(city_of(people), "city") - 0.5)
        - 0.0015 * (age_of(people) - 35.0) ** 2
        + 0.5 * np.log1p(num_visits(people))
        + 0.4 * np.cos((hour - 20) * (2 * np.pi / 24))
        + np.array((0.0, -0.2, 0.3, -1.0))[device]
    )
    chance: Numbers = 1.0 / (1.0 + np.exp(-logit))
    return chance


def profiles_of(people: Ids) -> dict[str, Any]:
    """Profiles, with gaps that belong to the person."""
    import numpy as np

    income = np.exp(10.0 + 0.6 * (uniform(people, "income") * 4 - 2))
    return {
        "user": people,
        "age": masked(age_of(people).astype(np.int64), uniform(people, "age?") < 0.08),
        "income": masked(np.round(income, 2), uniform(people, "income?") < 0.2),
        "city": labels("city", city_of(people)),
        "likes": masked(np.array(TOPICS)[liked(people)], uniform(people, "likes?") < 0.05),
    }


def visits_of(people: Ids, generator: Generator) -> dict[str, Any]:
    """One row for each visit."""
    import numpy as np

    user = np.repeat(people, num_visits(people))
    return {"user": user, "seconds": np.round(generator.exponential(90.0, len(user)), 1)}


def liked(people: Ids) -> Ids:
    """What each person likes, as a place in TOPICS."""
    return (uniform(people, "likes") * len(TOPICS)).astype("int64")


def city_of(people: Ids) -> Ids:
    """Cities of very different size: the first has a twentieth of all people, the last hardly any."""
    return (uniform(people, "city") ** 3 * CITIES).astype("int64")


def age_of(people: Ids) -> Numbers:
    """Ages from 16 to 76, young ones more often."""
    return 16.0 + 60.0 * uniform(people, "age") ** 1.5


def num_visits(people: Ids) -> Ids:
    """How often each person visited: mostly not at all, some of them many times."""
    return (uniform(people, "visits") ** 4 * 12).astype("int64")


def uniform(ids: Ids, what: str) -> Numbers:
    """Numbers from 0 to 1 that follow from ids alone, others for each name (SplitMix64)."""
    import zlib

    import numpy as np

    mixed = ids.astype(np.uint64) + np.uint64(zlib.crc32(what.encode()) << 17)
    mixed = (mixed + np.uint64(0x9E3779B97F4A7C15)) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)).astype(np.float64) / 2.0**53


def labels(prefix: str, ids: Ids) -> pa.Array:
    """Texts such as ``ad_00017``, each made once."""
    import numpy as np
    import pyarrow as pa

    values, places = np.unique(ids, return_inverse=True)
    names = pa.array([f"{prefix}_{value:05d}" for value in values])
    return names.take(pa.array(places))


def masked(values: Any, gone: Any) -> pa.Array:
    """Values, with nulls where they are gone."""
    import pyarrow as pa

    return pa.array(values, mask=gone)


def auc(scores: NDArray[np.float32], label: NDArray[np.bool_]) -> float:
    """Area under the ROC curve."""
    import numpy as np

    order = np.argsort(scores, kind="stable")
    ranks = np.empty(len(order))
    ranks[order] = np.arange(1, len(order) + 1)
    positive = int(label.sum())
    above = ranks[label].sum() - positive * (positive + 1) / 2
    return float(above / (positive * (len(label) - positive)))


def day_number(day: str) -> int:
    """Days since the first day of 2026."""
    return (date.fromisoformat(day) - FIRST_DAY).days


def written(
    blocks: Iterator[dict[str, Any]], rows: int, run: RunContext, *, keys: tuple[str, ...] = ()
) -> Table:
    """Blocks of columns as one Parquet file of the job."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = run.resolve(WORK_ROWS)
    folder.mkdir(parents=True)
    writer = None
    for number, block in enumerate(blocks, start=1):
        table = pa.table(block)
        writer = writer or pq.ParquetWriter(folder / "0.parquet", table.schema, compression="zstd")
        writer.write_table(table)
        run.progress(min(number * BLOCK, rows), rows, unit="row")
    assert writer is not None
    writer.close()
    return written_table(WORK_ROWS, run.resolve, keys=keys)
