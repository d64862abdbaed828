"""Answers counted in pictures: label by label, and pair by pair."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LabelScore:
    """One label, counted in pictures: how many have it, how many were answered with it, and how many are both.

    `precision` is right / answered, `recall` right / pictures, each None where nothing is there to divide by;
    `f1` is their harmonic mean, 0 where none is right, None where neither is known.
    """

    label: str
    pictures: int
    answered: int
    right: int

    @property
    def precision(self) -> float | None:
        """Of the pictures answered with the label, the share that has it."""
        return self.right / self.answered if self.answered else None

    @property
    def recall(self) -> float | None:
        """Of the pictures that have the label, the share answered with it."""
        return self.right / self.pictures if self.pictures else None

    @property
    def f1(self) -> float | None:
        """2 precision recall / (precision + recall), in the form that is defined wherever one of them is."""
        both = self.pictures + self.answered
        return 2 * self.right / both if both else None


@dataclass(frozen=True)
class Pair:
    """`count` pictures of `truth`, which has `pictures` in all, were answered with `answer`."""

    truth: str
    answer: str
    count: int
    pictures: int
