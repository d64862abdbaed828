"""What is wrong with the pictures of a data set: suspects, each with a reason, and what that means for training."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..dataset.concerns import imbalance, lone
from ..dataset.layout import some

# Set aside unless asked otherwise: what teaches nothing, or something wrong, beyond doubt.
ASIDE = ("unreadable", "too small", "blank", "copy across classes", "copy across the split", "copy")
# Set aside when asked for: likeness errs on pictures with little in them, and near copies in one class do no harm, for
# a split keeps them together.
NEAR = ("near copy across classes", "near copy across the split", "near copy")
# Never set aside: the picture is well.
KEPT = ("no access", "misnamed")
KINDS = (*ASIDE, *NEAR, *KEPT)


@dataclass(frozen=True)
class Suspect:
    """A picture, what is wrong with it (one of KINDS) and why, in words; or a folder that can't be opened.

    name: what a misnamed file should be called.
    """

    picture: Path
    label: str
    kind: str
    reason: str
    name: str = ""


@dataclass
class Findings:
    """What verify.verify found in a data set. As a string it is a table of them.

    checked: how many pictures of each label were looked at, none perhaps.
    suspects: in the order of KINDS, then of names. A picture is there once, and once more if it is misnamed.
    loose: pictures that lie beside the labels' folders, where they belong to no label.
    """

    folder: Path
    checked: dict[str, int]
    suspects: list[Suspect] = field(default_factory=list)
    loose: list[Path] = field(default_factory=list)

    def aside(self, near: bool = False) -> dict[Path, str]:
        """The pictures to set aside, each with its reason; with `near`, near copies too."""
        kinds = (*ASIDE, *NEAR) if near else ASIDE
        return {each.picture: f"{each.kind}: {each.reason}" for each in self.suspects if each.kind in kinds}

    def names(self, near: bool = False) -> dict[Path, str]:
        """The right names of misnamed pictures, without those to set aside."""
        aside = self.aside(near)
        return {each.picture: each.name for each in self.suspects if each.name and each.picture not in aside}

    def problems(self) -> list[str]:
        """What stands in the way of training on what is left, a sentence each."""
        left = self._left(ASIDE)
        found = []
        if len(left) < 2:
            what = f"one folder of pictures ({some(list(left))})" if left else "no folder of pictures"
            found.append(f"{self.folder} holds {what}; a classifier needs one for each of two labels or more.")
        if empty := [label for label, count in left.items() if not count]:
            found.append(f"no usable picture of {some(empty)}. Add pictures, or move the folder away.")
        return found

    def warnings(self) -> list[str]:
        """What may spoil training on what is left, a sentence each."""
        found = lone(self._left((*ASIDE, "near copy"))) + imbalance(self._left(ASIDE))
        if self.loose:
            names = some([path.name for path in self.loose])
            found.append(
                f"{names}: beside the folders of the labels, so of no label. Move to one what is to be learnt."
            )
        return found

    def document(self) -> dict[str, Any]:
        """All of it for a program, as JSON can hold it; pictures are named by their paths in the folder."""
        suspects = [
            {
                "picture": each.picture.relative_to(self.folder).as_posix(),
                "label": each.label,
                "kind": each.kind,
                "reason": each.reason,
            }
            for each in self.suspects
        ]
        return {
            "folder": str(self.folder),
            "pictures": self.checked,
            "suspects": suspects,
            "problems": self.problems(),
            "warnings": self.warnings(),
        }

    def table(self, most: int = 20) -> list[str]:
        """Lines: how many suspects of each kind each label has, then the first of them by name."""
        head = f"{self.folder}: {sum(self.checked.values())} pictures of {len(self.checked)} labels"
        if not self.suspects:
            return [f"{head}, nothing found"]
        counts = Counter((KINDS.index(each.kind), each.label) for each in self.suspects)
        rows = [(KINDS[kind], label, str(count)) for (kind, label), count in sorted(counts.items())]
        widths = [max(len(row[column]) for row in rows[:most]) for column in range(3)]
        lines = [f"  {kind:<{widths[0]}}  {label:<{widths[1]}}  {count:>{widths[2]}}" for kind, label, count in rows]
        named = [
            f"  {each.picture.relative_to(self.folder).as_posix()}: {each.kind}: {each.reason}"
            for each in self.suspects
        ]
        return [
            f"{head}, {len(self.suspects)} suspect{'s' * (len(self.suspects) > 1)}",
            "",
            *_first(lines, most),
            "",
            *_first(named, most),
        ]

    def __str__(self) -> str:
        return "\n".join([*self.table(), *self.problems(), *self.warnings()])

    def _left(self, without: tuple[str, ...]) -> dict[str, int]:
        gone = Counter(each.label for each in self.suspects if each.kind in without)
        return {label: count - gone[label] for label, count in self.checked.items()}


def _first(lines: list[str], most: int) -> list[str]:
    more = [f"  and {len(lines) - most} more"] if len(lines) > most else []
    return lines[:most] + more
