"""What is asked of pictures besides what they show."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.datastructures import QueryParams

from .problem import ProblemError

# A map takes 50 passes through the network, but the picture is fetched and decoded once only.
MAP_COST = 10


@dataclass(frozen=True)
class Extras:
    """What an answer has more than the prediction: where the classifier looked, the picture in small."""

    attention: bool = False
    thumbnail: bool = False

    @property
    def cost(self) -> int:
        """As how many pictures one counts, wherever there is a limit."""
        return MAP_COST if self.attention else 1


PLAIN = Extras()


def read(query: QueryParams) -> Extras:
    """The extras that an address asks for. Raises ProblemError for what is neither "true" nor "false"."""
    return Extras(_switch(query, "attention"), _switch(query, "thumbnail"))


def _switch(query: QueryParams, name: str) -> bool:
    values = query.getlist(name)
    if values not in ([], ["true"], ["false"]):
        raise ProblemError("query", f"The parameter {name} is given once, as true or false.")
    return values == ["true"]
