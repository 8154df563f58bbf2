import numpy as np
import pytest

from telemetry.sync import engine_sound, search
from telemetry.sync.engine_sound import RPM_COUNT, Path, RpmMap

HOP_S = search.GRID_S / 2


def _map(random: np.random.Generator, *, rows: int) -> RpmMap:
    return RpmMap(0.0, HOP_S, random.normal(size=(rows, RPM_COUNT)).astype(np.float32))


def _route(random: np.random.Generator, time_s: np.ndarray) -> Path:
    place = random.uniform(0, RPM_COUNT - 1, len(time_s))
    weight = random.choice([0.0, 0.25, 1.0], len(time_s))
    return Path(time_s, place, weight, np.ones(len(time_s), bool))


@pytest.mark.parametrize("grid_s", [search.GRID_S, search.WIDE_GRID_S])
def test_a_score_is_the_weighted_sum_of_what_lies_under_the_path(grid_s: float) -> None:
    random = np.random.default_rng(1)
    hops = round(grid_s / HOP_S)
    chart = _map(random, rows=21 * hops)
    steps = random.integers(0, 12, 80)  # of the grid; also several samples at one place, and in one slot
    route = _route(random, 100.0 + np.cumsum(steps) * grid_s)

    found = search.curves(chart, {"AAA": route}, grid_s=grid_s)[0]

    coarse = chart.likeness.reshape(21, hops, RPM_COUNT).mean(1)
    for at in np.flatnonzero(np.isfinite(found.score)):
        row = np.rint((route.time_s - found.offset_s(int(at)) - HOP_S * (hops - 1) / 2) / grid_s).astype(int)
        under = (row >= 0) & (row < 21) & (route.weight > 0)
        likeness = coarse[row[under], np.rint(route.place[under]).astype(int)]
        wanted = (likeness * route.weight[under]).sum() / np.sqrt((route.weight[under] ** 2).sum())
        assert abs(found.score[at] - wanted) < 1e-4
    assert np.isfinite(found.score).sum() > 100


@pytest.mark.parametrize("length", [0, 1, 63, 64, 65, 1000])
@pytest.mark.parametrize("reach", [0, 3, 70])
def test_peaks_are_the_highest_that_are_not_near_a_higher_one(length: int, reach: int) -> None:
    random = np.random.default_rng(length)
    score = np.where(random.uniform(size=length) < 0.1, -np.inf, random.normal(size=length))

    found = search.peaks(score, reach=reach, most=20)

    wanted: list[int] = []
    for at in np.argsort(-score):
        if len(wanted) < 20 and np.isfinite(score[at]) and all(abs(at - other) > reach for other in wanted):
            wanted.append(int(at))
    assert found == wanted


def test_many_cars_are_scored_as_each_by_itself() -> None:
    random = np.random.default_rng(2)
    chart = _map(random, rows=60)
    routes = {tla: _route(random, np.cumsum(random.uniform(0.16, 0.48, 300))) for tla in ("AAA", "BBB", "CCC")}

    together = search.curves(chart, routes, rate=25 / 24)

    assert [curve.driver for curve in together] == list(routes)
    for curve in together:
        (alone,) = search.curves(chart, {curve.driver: routes[curve.driver]}, rate=25 / 24)
        np.testing.assert_array_equal(curve.score, alone.score)


def test_many_maps_are_scored_as_each_by_itself() -> None:
    random = np.random.default_rng(5)
    charts = [_map(random, rows=60) for _ in range(3)]
    routes = {"AAA": _route(random, np.cumsum(random.uniform(0.16, 0.48, 300)))}

    (together,) = search.curves_of(charts, routes)

    assert len(together) == len(charts)
    for chart, curve in zip(charts, together, strict=True):
        np.testing.assert_array_equal(curve.score, search.curves(chart, routes)[0].score)


def test_offsets_scored_at_once_are_scored_as_each_by_itself() -> None:
    random = np.random.default_rng(3)
    chart = _map(random, rows=200)
    route = _route(random, np.cumsum(random.uniform(0.16, 0.48, 60)))
    offsets_s = np.array([-1.0, 0.3, 5.0, 14.0])

    together = engine_sound.exact(chart, route, offsets_s)

    alone = [engine_sound.exact(chart, route, offsets_s[at : at + 1])[0] for at in range(4)]
    np.testing.assert_allclose(together, alone)


def test_nothing_lies_beyond_the_ends_of_the_map() -> None:
    random = np.random.default_rng(4)
    route = _route(random, np.cumsum(random.uniform(0.16, 0.48, 60)))

    assert engine_sound.exact(_map(random, rows=200), route, np.array([-100.0, 100.0])).tolist() == [0.0, 0.0]
