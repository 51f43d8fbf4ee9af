"""The cache of results: within its bytes, the longest unused gone first."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.result.result import Result
from cnnviz.serving.results import ResultCache
from networks import build_branches
from pictures import draw

NUM_THREADS = 8


@pytest.fixture(scope="module")
def network() -> Network:
    return build_branches()


@pytest.fixture(scope="module")
def results(network: Network) -> list[Result]:
    """Five results of equal size."""
    return [Explorer(network)(draw(60, 60, seed)) for seed in range(5)]


@pytest.fixture(scope="module")
def large(network: Network) -> Result:
    """A result that takes more memory than two of the others."""
    return Explorer(network)(draw(400, 800))


def kept(cache: ResultCache, num_results: int = 5) -> list[int]:
    return [number for number in range(num_results) if cache.get(str(number)) is not None]


def test_result_is_found_back_by_its_key(results: list[Result]) -> None:
    cache = ResultCache(max_bytes=10 * results[0].nbytes)
    cache.put("0", results[0])
    assert cache.get("0") is results[0]
    assert cache.get("1") is None


def test_bytes_stay_within_the_limit_and_the_longest_unused_goes_first(results: list[Result]) -> None:
    cache = ResultCache(max_bytes=3 * results[0].nbytes)
    for number in range(3):
        cache.put(str(number), results[number])
    cache.get("0")
    cache.put("3", results[3])
    assert kept(cache) == [0, 2, 3]
    assert cache.num_bytes == 3 * results[0].nbytes


def test_putting_counts_as_use(results: list[Result]) -> None:
    cache = ResultCache(max_bytes=2 * results[0].nbytes)
    for key in ("0", "1", "0", "2"):
        cache.put(key, results[int(key)])
    assert kept(cache) == [0, 2]


def test_result_exactly_as_large_as_the_limit_is_kept(results: list[Result]) -> None:
    cache = ResultCache(max_bytes=results[0].nbytes)
    cache.put("0", results[0])
    assert kept(cache) == [0]


def test_result_that_is_too_large_is_not_kept_and_drives_nothing_out(results: list[Result], large: Result) -> None:
    cache = ResultCache(max_bytes=2 * results[0].nbytes)
    assert large.nbytes > cache.max_bytes
    cache.put("0", results[0])
    cache.put("large", large)
    assert cache.get("large") is None
    assert kept(cache) == [0]
    assert cache.num_bytes == results[0].nbytes


def test_larger_result_drives_out_as_many_as_it_needs(results: list[Result], large: Result) -> None:
    cache = ResultCache(max_bytes=large.nbytes + results[0].nbytes)
    for number in range(4):
        cache.put(str(number), results[number])
    cache.put("large", large)
    assert cache.get("large") is large
    assert kept(cache) == [3]
    assert cache.num_bytes == large.nbytes + results[0].nbytes


def test_replacing_a_key_keeps_the_count_right(results: list[Result], large: Result) -> None:
    cache = ResultCache(max_bytes=2 * large.nbytes)
    cache.put("0", results[0])
    cache.put("0", large)
    assert (cache.get("0"), cache.num_bytes) == (large, large.nbytes)
    cache.put("0", results[1])
    assert (cache.get("0"), cache.num_bytes) == (results[1], results[1].nbytes)


def test_replacing_by_a_result_that_is_too_large_leaves_no_old_one(results: list[Result], large: Result) -> None:
    cache = ResultCache(max_bytes=2 * results[0].nbytes)
    cache.put("0", results[0])
    cache.put("0", large)
    assert cache.get("0") is None
    assert cache.num_bytes == 0


def test_cache_of_no_bytes_keeps_nothing(results: list[Result]) -> None:
    cache = ResultCache(max_bytes=0)
    cache.put("0", results[0])
    assert cache.get("0") is None
    assert cache.num_bytes == 0


def test_threads_share_it_and_the_count_stays_right(results: list[Result]) -> None:
    cache = ResultCache(max_bytes=3 * results[0].nbytes)

    def use(seed: int) -> None:
        choice = random.Random(seed)
        for _ in range(2000):
            number = choice.randrange(5)
            found = cache.get(str(number))
            assert found is None or found is results[number]
            cache.put(str(number), results[number])
            assert cache.num_bytes <= cache.max_bytes + results[0].nbytes

    with ThreadPoolExecutor(NUM_THREADS) as pool:
        list(pool.map(use, range(NUM_THREADS)))
    assert cache.num_bytes == sum(results[number].nbytes for number in kept(cache)) == cache.max_bytes
