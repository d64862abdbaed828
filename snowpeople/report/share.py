"""A share that was seen in few cases, and how far it can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True)
class Share:
    """How many of something were right: pictures, the distinct groups they come from, and the share that was right.

    `share` is the mean over groups of each group's share, so that a source with many near copies counts once;
    `low` and `high` are its 95 % Wilson interval with the number of groups as the sample size.
    """

    pictures: int
    groups: int
    share: float
    low: float
    high: float

    def __str__(self) -> str:
        """Such as `91 % (72 to 98 %; 21 pictures from 11 groups)`."""
        interval = f"{self.low * 100:.0f} to {self.high * 100:.0f} %"
        return f"{self.share * 100:.0f} % ({interval}; {self.pictures} pictures from {self.groups} groups)"

    def numbers(self) -> dict[str, float | int]:
        """For the card: plain numbers, four digits behind the point."""
        return {
            "share": round(self.share, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
            "pictures": self.pictures,
            "groups": self.groups,
        }


def wilson(share: float, count: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share seen in `count` independent cases (E. B. Wilson 1927, JASA 22)."""
    if count == 0:
        return 0.0, 1.0
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return max(0.0, middle - half), min(1.0, middle + half)
