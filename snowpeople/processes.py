"""Several processes that train one network together, as torchrun and `accelerate launch` start them.

`state` is accelerate's PartialState everywhere, and None where there is one process.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from ._fastai import Callback


@contextmanager
def several() -> Iterator[Any]:
    """Accelerate's state, where several processes train together; else None.

    What is gathered from them is gathered here, so fastai is not to know of the others: it would wait
    for them when the first one exports alone.
    """
    if count() < 2:
        yield None
        return
    from accelerate import PartialState

    shared = PartialState(cpu=not torch.cuda.is_available())
    told = os.environ.pop("WORLD_SIZE", None)
    try:
        yield shared
    finally:
        if told is not None:
            os.environ["WORLD_SIZE"] = told


def part(shared: Any) -> None:
    """End what the processes have in common."""
    shared.wait_for_everyone()
    shared.destroy_process_group()
    shared._reset_state()


def count() -> int:
    """How many processes train together, as torchrun, accelerate and the kinds of MPI tell it."""
    told = ("WORLD_SIZE", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE")
    return max(int(os.environ.get(name) or 1) for name in told)


def alone_in_spite() -> bool:
    """Whether `accelerate launch` was asked for several processes and started this one alone."""
    return {"ACCELERATE_MIXED_PRECISION", "MASTER_ADDR"} <= os.environ.keys()


class Shared(Callback):  # type: ignore[misc]  # fastai ships no types
    """Trains in several processes, each on its share of every epoch, through Accelerate."""

    order = 5  # before anything looks at the model

    def __init__(self, state: Any) -> None:
        super().__init__()
        self.state = state

    def before_fit(self) -> None:
        """Wrap the model, so that gradients are averaged over all processes."""
        self.learn.model.to(self.state.device)
        ids = [self.state.device.index] if self.state.device.type == "cuda" else None
        self.learn.model = nn.parallel.DistributedDataParallel(self.learn.model, device_ids=ids)
        self.learn.dls.loaders[0].share = (self.state.process_index, self.state.num_processes)

    def after_fit(self) -> None:
        """Take the wrapping off."""
        self.learn.model = bare(self.learn.model)
        self.learn.dls.loaders[0].share = (0, 1)


def first(value: Any, state: Any) -> Any:
    """What the first process says, in all processes; `state` is accelerate's PartialState, None where there is one."""
    if state is None:
        return value
    told = [value]
    torch.distributed.broadcast_object_list(told, device=state.device)
    return told[0]


def any_of(value: bool, state: Any) -> bool:
    """Whether any process says so, in all processes."""
    if state is None:
        return value
    told = torch.tensor(int(value), device=state.device)
    torch.distributed.all_reduce(told, torch.distributed.ReduceOp.MAX)
    return bool(told)


def bare(model: nn.Module) -> nn.Module:
    """The model without what wraps it for several processes."""
    inner = getattr(model, "module", model)
    assert isinstance(inner, nn.Module)
    return inner
