from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from netloom.core.identifiers import JobId, NodeId, OperatorId, RunId
from netloom.execution.devices import Gpu, Inventory
from netloom.execution.jobs import DeviceLease, JobSpec, Step
from netloom.execution.placement import place, unplaceable
from netloom.graph.operator import Needs

TWO_CARDS = Inventory(
    cpus=8, memory_mb=32_000, gpus=(Gpu(0, "big", 24_000), Gpu(1, "small", 16_000))
)


def job(name: str, **needs: object) -> JobSpec:
    return JobSpec(
        id=JobId(name),
        run=RunId("run"),
        node=NodeId(name),
        attempt=1,
        steps=(Step(NodeId(name), OperatorId("op"), {}, {}),),
        catalogue="",
        code="",
        workspace="",
        folder="",
        project="",
        needs=Needs.model_validate(needs),
    )


def placed(
    *jobs: JobSpec, inventory: Inventory = TWO_CARDS, leases: tuple[DeviceLease, ...] = ()
) -> dict[str, DeviceLease]:
    started, impossible = place(jobs, inventory, leases)
    assert impossible == []
    return {spec.id: lease for spec, lease in started}


def test_jobs_start_in_order_until_the_processors_are_taken() -> None:
    leases = placed(job("a", cpus=5), job("b", cpus=3), job("c", cpus=0.5))
    assert list(leases) == ["a", "b"]
    assert leases["a"] == DeviceLease(JobId("a"), cpus=5)


def test_a_job_that_wants_more_processors_than_there_are_gets_them_all() -> None:
    assert placed(job("a", cpus=64))["a"].cpus == 8


def test_jobs_without_processors_start_on_a_busy_machine() -> None:
    full = (DeviceLease(JobId("x"), cpus=8),)
    assert list(placed(job("a", cpus=1), job("b", cpus=0), leases=full)) == ["b"]


def test_light_jobs_are_not_started_by_the_thousand() -> None:
    many = [job(f"j{number}", cpus=0) for number in range(1000)]
    assert len(placed(*many, job("heavy", cpus=1))) == 16 + 4 * 8 + 1


def test_a_whole_card_is_chosen_as_small_as_possible() -> None:
    assert placed(job("a", gpu="required", gpus=1))["a"].gpus == (1,)
    large = job("a", gpu="required", gpus=1, gpu_memory_mb=20_000)
    assert placed(large)["a"].gpus == (0,)


def test_jobs_share_a_card_by_reserved_memory() -> None:
    jobs = [job(name, gpu="required", gpu_memory_mb=10_000) for name in "abcd"]
    assert {name: lease.gpus for name, lease in placed(*jobs).items()} == {
        "a": (1,),
        "b": (0,),
        "c": (0,),
    }


def test_a_shared_card_is_not_given_away_as_a_whole() -> None:
    shared = DeviceLease(JobId("x"), cpus=0, gpus=(1,), gpu_memory_mb=1_000)
    assert placed(job("a", gpu="required"), leases=(shared,))["a"].gpus == (0,)


def test_a_range_of_cards_takes_as_many_as_are_free() -> None:
    many = job("a", gpu="preferred", gpus=(0, 8))
    assert placed(many)["a"].gpus == (0, 1)
    busy = DeviceLease(JobId("x"), cpus=0, gpus=(0,))
    assert placed(many, leases=(busy,))["a"].gpus == (1,)


def test_a_preferred_gpu_is_waited_for_where_there_is_one() -> None:
    busy = DeviceLease(JobId("x"), cpus=0, gpus=(0, 1))
    assert placed(job("a", gpu="preferred"), leases=(busy,)) == {}


def test_a_preferred_gpu_is_done_without_where_there_is_none() -> None:
    no_cards = replace(TWO_CARDS, gpus=())
    lease = placed(job("a", gpu="preferred", gpu_memory_mb=5), inventory=no_cards)["a"]
    assert lease == DeviceLease(JobId("a"), cpus=1)


def test_gpu_never_ignores_the_number_of_gpus() -> None:
    assert placed(job("a", gpus=2))["a"].gpus == ()


def test_small_jobs_do_not_delay_the_first_one_that_waits() -> None:
    running = DeviceLease(JobId("x"), cpus=5)
    assert placed(job("big", cpus=6), job("small", cpus=1), leases=(running,)) == {}


def test_small_jobs_use_what_the_waiting_one_does_not_need() -> None:
    running = DeviceLease(JobId("x"), cpus=1, gpus=(0, 1))
    started = placed(job("big", cpus=2, gpu="required"), job("small", cpus=4), leases=(running,))
    assert list(started) == ["small"]


def test_the_card_nearest_to_being_free_is_kept_for_the_waiting_job() -> None:
    running = (
        DeviceLease(JobId("x"), cpus=0, gpus=(0,), gpu_memory_mb=4_000),
        DeviceLease(JobId("y"), cpus=0, gpus=(1,), gpu_memory_mb=4_000),
    )
    whole = job("whole", gpu="required")
    shared = job("shared", gpu="required", gpu_memory_mb=8_000)
    assert placed(whole, shared, leases=running)["shared"].gpus == (1,)


def test_what_can_never_run_is_reported_with_the_need_to_lower() -> None:
    jobs = [
        job("memory", memory_mb=64_000),
        job("cards", gpu="required", gpus=3),
        job("card", gpu="required", gpu_memory_mb=40_000),
        job("fine"),
    ]
    started, impossible = place(jobs, TWO_CARDS, ())
    assert [spec.id for spec, _ in started] == ["fine"]
    assert [
        (problem.code, problem.place.node, problem.place.setting, problem.expected, problem.got)
        for _, problem in impossible
    ] == [
        ("X211", "memory", "needs.memory_mb", "at most 32000 MB", "64000 MB"),
        ("X211", "cards", "needs.gpus", "at most 2", "3"),
        ("X211", "card", "needs.gpu_memory_mb", "at most 24000 MB on the largest", "40000 MB on 1"),
    ]


inventories = st.builds(
    lambda cpus, memory, cards: Inventory(
        cpus, memory, tuple(Gpu(index, "card", size) for index, size in enumerate(cards))
    ),
    st.integers(1, 16),
    st.integers(1_000, 64_000),
    st.lists(st.integers(4_000, 24_000), max_size=4),
)
needs = st.fixed_dictionaries(
    {
        "cpus": st.sampled_from([0, 0.25, 1, 2, 4, 32]),
        "gpu": st.sampled_from(["never", "preferred", "required"]),
        "gpus": st.one_of(st.integers(0, 3), st.tuples(st.integers(0, 2), st.integers(2, 5))),
        "memory_mb": st.one_of(st.none(), st.integers(1, 40_000)),
        "gpu_memory_mb": st.one_of(st.none(), st.integers(1, 24_000)),
    }
)


@given(inventories, st.lists(needs, max_size=12), st.data())
def test_devices_are_never_overcommitted_and_everybody_gets_a_turn(
    inventory: Inventory, demands: list[dict[str, object]], data: st.DataObject
) -> None:
    waiting = [job(f"j{number}", **demand) for number, demand in enumerate(demands)]
    running: list[DeviceLease] = []
    order: list[str] = []
    while waiting:
        started, impossible = place(waiting, inventory, running)
        for spec, _ in impossible:
            assert unplaceable(spec.node, spec.needs, inventory) is not None
            waiting.remove(spec)
        for spec, lease in started:
            waiting.remove(spec)
            running.append(lease)
            order.append(spec.id)
            assert_lease_suits(spec.needs, lease, inventory)
        assert_within(inventory, running)
        assert running or not waiting, "something waits although nothing runs"
        if running:
            running.remove(data.draw(st.sampled_from(running)))


@given(inventories, needs, needs)
def test_endless_small_jobs_never_starve_the_first_that_waits(
    inventory: Inventory,
    first: dict[str, object],
    others: dict[str, object],
) -> None:
    big = job("first", **first)
    if unplaceable(big.node, big.needs, inventory) is not None:
        return
    fillers = [job(f"filler{number}", **others) for number in range(6)]
    running = [lease for _, lease in place(fillers, inventory, ())[0]]
    for turn in range(len(running)):
        late = [job(f"late{turn}-{number}", **others) for number in range(4)]
        started, _ = place([big, *late], inventory, running)
        if big in [spec for spec, _ in started]:
            return
        # The oldest ends; those that came later go on for ever.
        running = [*running[1:], *(lease for _, lease in started)]
    final, _ = place([big], inventory, running)
    assert [spec.id for spec, _ in final] == ["first"]


def assert_lease_suits(need: Needs, lease: DeviceLease, inventory: Inventory) -> None:
    assert lease.cpus == min(need.cpus, inventory.cpus)
    assert lease.memory_mb == need.memory_mb
    assert len(set(lease.gpus)) == len(lease.gpus)
    if need.gpu == "never":
        assert lease.gpus == ()
    if need.gpu == "required":
        fewest = need.gpus[0] if isinstance(need.gpus, tuple) else need.gpus
        assert len(lease.gpus) >= max(1, fewest)


def assert_within(inventory: Inventory, leases: list[DeviceLease]) -> None:
    assert sum(lease.cpus for lease in leases) <= inventory.cpus + 1e-6
    assert sum(lease.memory_mb or 0 for lease in leases) <= inventory.memory_mb
    for gpu in inventory.gpus:
        holders = [lease for lease in leases if gpu.index in lease.gpus]
        if any(lease.gpu_memory_mb is None for lease in holders):
            assert len(holders) == 1
        else:
            assert sum(lease.gpu_memory_mb or 0 for lease in holders) <= gpu.memory_mb
