"""Which pictures are near copies of each other: a hash a picture, and groups of hashes that differ little."""

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image

# Two pictures are near copies when at most this many of their 256 hash bits differ.
NEAR_BITS = 12
# Neighbours must differ by more grey levels than this, of 256: what compression does to a plain area is no likeness.
NOISE = 2

# How many hashes are compared with how many at once: few enough for a processor's cache.
_ROWS, _COLUMNS = 64, 4096


def likeness_hash(picture: Image.Image) -> np.ndarray:
    """256 bits that near copies share, as 32 uint8: which of two neighbours is brighter, on a 16 by 16 grid.

    Known as dHash: N. Krawetz, Kind of like that, 2013.
    """
    grey = np.asarray(picture.convert("L").resize((17, 16), Image.Resampling.BOX), np.int16)
    return np.packbits(grey[:, 1:] > grey[:, :-1] + NOISE)


def distances(one: np.ndarray, hashes: np.ndarray) -> np.ndarray:
    """In how many bits one hash (32 uint8) differs from each of N (N × 32 uint8): N integers."""
    differing: np.ndarray = np.bitwise_count(hashes ^ one).sum(1, dtype=np.int64)
    return differing


def groups(hashes: np.ndarray, bits: int = NEAR_BITS) -> np.ndarray:
    """Put N hashes (N × 32 uint8) in groups: for each, the index of the first hash in its group (N integers).

    Two hashes that differ in at most `bits` bits are in one group, and so are those that a chain of such hashes
    connects. All pairs are compared, so none is missed whatever the hashes are, in tiles, so memory grows with N alone.
    Equal hashes count once, and hashes with so many more bits set that they can't be near are passed over.
    Raises ValueError for more than 255 bits.
    """
    if not 0 <= bits <= 255:
        raise ValueError(f"bits is a number from 0 to 255, not {bits}")
    if not len(hashes):
        return np.zeros(0, np.intp)
    whole = np.ascontiguousarray(hashes, np.uint8).view(np.dtype((np.void, 32))).ravel()
    _, first, inverse = np.unique(whole, return_index=True, return_inverse=True)
    distinct = hashes[first]
    weights = np.bitwise_count(distinct).sum(1, dtype=np.int64)
    order = np.argsort(weights, kind="stable")
    leaders = np.arange(len(order))
    _join_near(np.ascontiguousarray(distinct[order]).view(np.uint64), weights[order], leaders, bits)
    # Of each group of sorted distinct hashes, the least index among the hashes as they came.
    least = np.full(len(order), len(hashes))
    np.minimum.at(least, leaders, first[order])
    group = np.empty(len(order), np.intp)
    group[order] = least[leaders]
    return group[inverse.ravel()]


def _join_near(words: np.ndarray, weights: np.ndarray, leaders: np.ndarray, bits: int) -> None:
    """Join the leaders of all near hashes (N × 4 uint64), which are sorted by their numbers of bits set."""
    columns = _drawn(words)
    ends = np.searchsorted(weights, weights + bits, side="right")
    jobs = os.cpu_count() or 1
    with ThreadPoolExecutor(jobs) as pool:
        tiles = [_Tiles(columns, leaders, bits) for _ in range(jobs)]
        for top in range(0, len(words), _ROWS):
            bottom = min(top + _ROWS, len(words))
            starts = range(top, ends[bottom - 1], _COLUMNS)
            found = [pool.submit(own.near, top, bottom, starts[k::jobs]) for k, own in enumerate(tiles)]
            pairs = [pair for each in found for pair in each.result()]
            if pairs:
                first, second = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
                _join(leaders, first, second)


def _drawn(words: np.ndarray) -> np.ndarray:
    """N hashes (N × 4 uint64) as 4 × N uint64, with the bits of all in one other order.

    The order is drawn by lot: bits of neighbouring rows of a picture say much the same, and the first word is to tell
    most pairs apart.
    """
    lot = np.random.default_rng(0).permutation(256)
    drawn = np.empty((4, len(words)), np.uint64)
    for start in range(0, len(words), _COLUMNS):
        part = np.unpackbits(words[start : start + _COLUMNS].view(np.uint8), axis=1)[:, lot]
        drawn[:, start : start + _COLUMNS] = np.ascontiguousarray(np.packbits(part, axis=1)).view(np.uint64).T
    return drawn


class _Tiles:
    """Compares hashes tile by tile, in memory that is used again: to ask for it anew takes longer than to fill it."""

    def __init__(self, columns: np.ndarray, leaders: np.ndarray, bits: int) -> None:
        self._columns, self._leaders, self._bits = columns, leaders, bits
        self._differ = np.empty(_ROWS * _COLUMNS, np.uint64)
        self._count = np.empty(_ROWS * _COLUMNS, np.uint8)
        self._total = np.empty(_ROWS * _COLUMNS, np.uint8)

    def near(self, top: int, bottom: int, starts: Iterable[int]) -> list[tuple[np.ndarray, np.ndarray]]:
        """The pairs of near hashes not joined yet: one from `top` to `bottom`, one in a tile that begins at a start."""
        pairs = []
        for left in starts:
            right = min(left + _COLUMNS, self._columns.shape[1])
            ours, theirs = self._leaders[top:bottom], self._leaders[left:right]
            if (ours == ours[0]).all() and (theirs == ours[0]).all():
                continue
            total = self._distances(self._columns[:, top:bottom], self._columns[:, left:right])
            if total is not None:
                # The hashes are all different, so 0 is a hash beside itself, or 256 in 8 bits. numpy is many times
                # faster in finding places on a line than on a plane.
                near = (total <= self._bits) & (ours[:, None] != theirs) & (total > 0)
                i, j = np.divmod(np.flatnonzero(near.ravel()), right - left)
                pairs.append((i + top, j + left))
        return pairs

    def _distances(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray | None:
        """In how many bits each of R hashes differs from each of C (R × C), modulo 256; None where none is near."""
        shape = rows.shape[1], columns.shape[1]
        size = shape[0] * shape[1]
        differ, count, total = (memory[:size].reshape(shape) for memory in (self._differ, self._count, self._total))
        total.fill(0)
        for row, column in zip(rows, columns, strict=True):
            np.bitwise_xor(row[:, None], column, out=differ)
            np.bitwise_count(differ, out=count)
            np.add(total, count, out=total)
            if total.min() > self._bits:
                return None
        return total


def _join(leaders: np.ndarray, first: np.ndarray, second: np.ndarray) -> None:
    """Give the groups of each pair one leader, the lower; every hash points to its leader before and after."""
    while len(first):
        a, b = leaders[first], leaders[second]
        apart = a != b
        first, second = first[apart], second[apart]
        np.minimum.at(leaders, np.maximum(a, b)[apart], np.minimum(a, b)[apart])
        while not np.array_equal(higher := leaders[leaders], leaders):
            leaders[:] = higher
