"""What happens around an epoch: repeatable random numbers, the best kept, a state to go on from, a clean end."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import torch
from fastai.callback.core import Callback, CancelFitException
from torch import nn


def set_seed(seed: int) -> None:
    """Make what follows repeat: Python's, NumPy's and torch's random numbers."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


class Progress(dict[str, Any]):
    """How far a training is: all that is needed to go on after a kill, and to end with the best epoch.

    phase, epoch: the next to do. model, optimizer: their states. best: {"loss", "phase", "epoch", "model"} of the epoch
    with the lowest validation loss. since: epochs without a better one. history: a row for each epoch. rate: the
    learning rate. settings: what it is a training of; another can't go on from it.
    """

    @classmethod
    def start(cls, settings: Any) -> Progress:
        """Before the first epoch."""
        return cls(phase=0, epoch=0, best=None, since=0, history=[], rate=None, settings=settings)

    @classmethod
    def resume(cls, file: Path | None, settings: Any) -> Progress:
        """From `file`, where it holds the same training, else from the start. One that can't be read is set aside."""
        if file is None or not file.exists():
            return cls.start(settings)
        try:
            found = torch.load(file, map_location="cpu", weights_only=True)
        except Exception:  # whatever a file cut off can raise
            os.replace(file, file.with_name(f"{file.name}.damaged"))
            return cls.start(settings)
        return cls(found) if found["settings"] == settings else cls.start(settings)

    def save(self, file: Path | None) -> None:
        """Write `file` at once: never half of it."""
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            beside = file.with_name(f"{file.name}.{os.getpid()}.part")
            torch.save(dict(self), beside)
            os.replace(beside, file)


class Keeper(Callback):  # type: ignore[misc]  # fastai ships no types
    """Seeds each epoch by its own number, and keeps what Progress says after it.

    So an epoch is the same whether those before it were run in this process or another. patience: after so many epochs
    without a lower validation loss, stop; 0: never. stop: whether somebody asked to stop, after a batch. say: gets a line
    after each epoch.
    """

    order = 80  # after fastai's Recorder

    def __init__(
        self,
        progress: Progress,
        phase: int,
        seed: int,
        patience: int,
        file: Path | None,
        stop: Callable[[], bool],
        say: Callable[[str], Any],
    ) -> None:
        super().__init__()
        self.progress, self.phase, self.seed = progress, phase, seed
        self.patience, self.file, self.asked_to_stop, self.say = patience, file, stop, say
        self.ended_early = False

    def before_epoch(self) -> None:
        """Draw this epoch's random numbers from a seed of its own."""
        set_seed(self.seed * 1_000_003 + self.phase * 1_009 + self.learn.epoch)

    def before_train(self) -> None:
        """Leave the statistics of layers that do not learn as they are; it is quicker too."""
        for module in self.learn.model.modules():
            own = list(module.parameters())
            if own and not any(parameter.requires_grad for parameter in own):
                module.eval()

    def after_batch(self) -> None:
        """Stop between two batches, where somebody asked for it."""
        if self.learn.training and self.asked_to_stop():
            raise CancelFitException

    def after_epoch(self) -> None:
        """Keep the state, and the best so far."""
        loss = float(self.learn.recorder.values[-1][1])
        progress, model = self.progress, bare(self.learn.model)
        row = dict(
            zip(("train_loss", "valid_loss", "accuracy"), map(float, self.learn.recorder.values[-1]), strict=False)
        )
        progress["history"].append({"phase": self.phase, "epoch": self.learn.epoch, **row})
        progress["since"] += 1
        if progress["best"] is None or loss < progress["best"]["loss"]:
            state = deepcopy(model.state_dict())
            progress["best"] = {"loss": loss, "phase": self.phase, "epoch": self.learn.epoch, "model": state}
            progress["since"] = 0
        progress.update(phase=self.phase, epoch=self.learn.epoch + 1)
        progress.update(model=model.state_dict(), optimizer=self.learn.opt.state_dict())
        progress.save(self.file)
        self.say(f"epoch {len(progress['history'])}: loss {loss:.3f}, {row['accuracy']:.1%} right")
        if self.patience and progress["since"] >= self.patience:
            self.ended_early = True
            raise CancelFitException


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


def bare(model: nn.Module) -> nn.Module:
    """The model without what wraps it for several processes."""
    inner = getattr(model, "module", model)
    assert isinstance(inner, nn.Module)
    return inner


class Interrupt:
    """A context in which the first Ctrl-C is only noted: calling the context says whether. The second is as always."""

    def __init__(self) -> None:
        self.noted = False

    def __call__(self) -> bool:
        """Whether somebody asked to stop."""
        return self.noted

    def __enter__(self) -> Interrupt:
        self._before: Any = None
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.noted:
            raise KeyboardInterrupt
        self.noted = True

    def __exit__(self, *error: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
