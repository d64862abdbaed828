"""Near copies are found, all of them, whatever the pictures are, and without a table of all pairs."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from snowpeople import likeness
from snowpeople.likeness import NEAR_BITS, distances, groups, likeness_hash


def by_hand(hashes: np.ndarray, bits: int) -> list[int]:
    """The groups, found by walking from each hash to every one that is near."""
    found: dict[int, int] = {}
    for start in range(len(hashes)):
        waiting = [start]
        while waiting:
            at = waiting.pop()
            if at not in found:
                found[at] = start
                near = [
                    bin(int.from_bytes((hashes[at] ^ other).tobytes(), "big")).count("1") <= bits for other in hashes
                ]
                waiting += [i for i, close in enumerate(near) if close]
    return [found[i] for i in range(len(hashes))]


def flipped(bits: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """A copy of 256 bits with `count` of them turned."""
    bits = bits.copy()
    bits[rng.choice(256, count, replace=False)] ^= 1
    return bits


def packed(rows: list[np.ndarray]) -> np.ndarray:
    return np.packbits(np.array(rows, np.uint8).reshape(-1, 256), axis=1)


@given(st.integers(0, 2**32 - 1), st.sampled_from([0, 1, NEAR_BITS, 40, 128, 255]))
@settings(max_examples=60, deadline=None)
def test_groups_are_those_found_by_hand(seed: int, bits: int) -> None:
    """Hashes of all sorts: plain pictures, chains of copies, equal ones, opposites, and any."""
    rng = np.random.default_rng(seed)
    rows: list[np.ndarray] = [np.zeros(256, np.uint8), np.ones(256, np.uint8)]
    for _ in range(int(rng.integers(0, 40))):
        base = rows[rng.integers(len(rows))]
        match rng.integers(5):
            case 0:
                rows.append((rng.random(256) < rng.choice([0.02, 0.1, 0.5])).astype(np.uint8))
            case 1:
                rows.append(1 - base)
            case _:
                rows.append(flipped(base, int(rng.choice([0, bits, min(256, bits + 1), 3, 12, 13])), rng))
    rng.shuffle(rows)
    assert groups(packed(rows), bits).tolist() == by_hand(packed(rows), bits)


def test_groups_over_many_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same, where hardly any pair stands in one tile."""
    monkeypatch.setattr(likeness, "_ROWS", 3)
    monkeypatch.setattr(likeness, "_COLUMNS", 7)
    rng = np.random.default_rng(1)
    rows = [(rng.random(256) < 0.1).astype(np.uint8) for _ in range(20)]
    rows += [flipped(rows[rng.integers(len(rows))], int(rng.integers(20)), rng) for _ in range(80)]
    assert groups(packed(rows)).tolist() == by_hand(packed(rows), NEAR_BITS)


@pytest.mark.parametrize("bits", [-1, 256])
def test_bits_out_of_range(bits: int) -> None:
    with pytest.raises(ValueError, match=f"from 0 to 255, not {bits}"):
        groups(np.zeros((2, 32), np.uint8), bits)


def test_no_hash_and_one() -> None:
    assert groups(np.zeros((0, 32), np.uint8)).tolist() == []
    assert groups(np.zeros((1, 32), np.uint8)).tolist() == [0]


@pytest.mark.parametrize("kind", ["equal", "near", "plain"])
def test_a_crowd_of_copies_takes_no_table_of_pairs(kind: str) -> None:
    """20,000 copies of one picture have 200 million pairs."""
    rng = np.random.default_rng(0)
    rows = np.zeros((20_000, 256), np.uint8)
    if kind == "near":
        rows[:] = rng.integers(0, 2, 256)
    if kind != "equal":
        rows[np.arange(len(rows))[:, None], rng.integers(0, 256, (len(rows), 4))] ^= 1
    hashes = np.packbits(rows, axis=1)
    tracemalloc.start()
    found = groups(hashes)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert set(found.tolist()) == {0}
    assert peak < 150e6


def test_distances_count_bits() -> None:
    rng = np.random.default_rng(0)
    rows = [rng.integers(0, 2, 256).astype(np.uint8)]
    rows += [flipped(rows[0], count, rng) for count in (1, 100, 256)]
    hashes = packed(rows)
    assert distances(hashes[0], hashes).tolist() == [0, 1, 100, 256]


def test_noise_on_plain_areas_is_no_difference() -> None:
    plain = Image.new("RGB", (17, 16), (90, 140, 200))
    plain.paste((200, 60, 60), (5, 3, 12, 13))
    worn = np.asarray(plain, np.int16) + np.random.default_rng(0).integers(-1, 2, (16, 17, 1))
    first, second = likeness_hash(plain), likeness_hash(Image.fromarray(worn.astype(np.uint8)))
    assert distances(first, second[None])[0] <= NEAR_BITS
