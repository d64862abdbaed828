"""What happens around an epoch: repeatable random numbers, the best kept, a state to go on from, a clean end."""

from __future__ import annotations

import math
import os
import random
import signal
import threading
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ._fastai import Callback, CancelFitException


def set_seed(seed: int) -> None:
    """Make what follows repeat: Python's, NumPy's and torch's random numbers, and the choice of algorithms on a GPU."""
    random.seed(seed)
    np.random.seed(seed % 2**32)  # they take no larger ones
    torch.manual_seed(seed % 2**63)
    torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = True, False


class Progress(dict[str, Any]):
    """How far a training is: all that is needed to go on after a kill, and to end with the best epoch.

    phase, epoch: the next to do. model, optimizer: their states. best: {"loss", "size", "phase", "epoch", "model"} of
    the epoch with the lowest validation loss at the size of the last. since: epochs without a better one. history: a
    row for each epoch. rate: the learning rate. settings: what it is a training of; another can't go on from it.
    """

    @classmethod
    def start(cls, settings: Any) -> Progress:
        """Before the first epoch."""
        return cls(phase=0, epoch=0, best=None, since=0, history=[], rate=None, settings=settings)

    @classmethod
    def resume(cls, file: Path | None, settings: Any) -> Progress:
        """From `file`, where it holds the same training, else from the start.

        Another training's is set aside as NAME.before, which is the last such; one that can't be read as NAME.damaged.
        """
        if file is None or not file.exists():
            return cls.start(settings)
        try:
            found = cls(torch.load(file, map_location="cpu", weights_only=True))
            same = found["settings"] == settings and found.keys() >= cls.start(settings).keys()
        except Exception:  # whatever a file cut off, or of another kind, can raise
            os.replace(file, file.with_name(f"{file.name}.damaged"))
            return cls.start(settings)
        if same:
            return found
        os.replace(file, file.with_name(f"{file.name}.before"))
        return cls.start(settings)

    def tired(self, patience: int) -> bool:
        """Whether there were so many epochs without a better one; with 0, never."""
        return 0 < patience <= int(self["since"])

    def save(self, file: Path | None) -> None:
        """Write `file` at once: never half of it."""
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            beside = file.with_name(f"{file.name}.{os.getpid()}.part")
            try:
                with beside.open("wb") as part:
                    torch.save(dict(self), part)
                os.replace(beside, file)
            except RuntimeError as error:  # how torch says that a write failed
                raise error.__context__ if isinstance(error.__context__, OSError) else error from None
            finally:
                beside.unlink(missing_ok=True)


class Keeper(Callback):  # type: ignore[misc]  # fastai ships no types
    """Seeds each epoch by its own number, and keeps what Progress says after it.

    So an epoch is the same whether those before it were run in this process or another. whole: the network, of which
    some layers learn. patience: after so many epochs without a lower validation loss, stop; 0: never. stop: whether
    somebody asked to stop, after a batch. say: gets a line after each epoch. agree: makes a loss the same in all
    processes.
    """

    order = 80  # after fastai's Recorder

    def __init__(
        self,
        progress: Progress,
        whole: nn.Module,
        phase: int,
        seed: int,
        patience: int,
        file: Path | None,
        stop: Callable[[], bool],
        say: Callable[[str], Any],
        agree: Callable[[float], float] = float,
    ) -> None:
        super().__init__()
        self.progress, self.whole, self.phase, self.seed = progress, whole, phase, seed
        self.patience, self.file, self.asked_to_stop, self.say = patience, file, stop, say
        self.agree = agree

    def before_epoch(self) -> None:
        """Draw this epoch's random numbers from a seed of its own."""
        set_seed(self.seed * 1_000_003 + self.phase * 1_009 + self.learn.epoch)
        self._losses: list[Tensor] = []

    def after_batch(self) -> None:
        """Note the loss, and stop between two batches where somebody asked for it."""
        if self.learn.training:
            self._losses.append(self.learn.loss.detach())
            if self.asked_to_stop():
                raise CancelFitException

    def after_epoch(self) -> None:
        """Keep the state, and the best so far."""
        if not len(self.learn.recorder.values[-1]):  # an epoch done before, which fastai skips
            return
        loss, size = self.agree(float(self.learn.recorder.values[-1][1])), self.learn.dls.loaders[0].size
        progress, best = self.progress, self.progress["best"]
        # Of this epoch alone: fastai's own is smoothed over epochs that another process may have run.
        train_loss = float(torch.stack(self._losses).mean())
        row = {"train_loss": train_loss, "valid_loss": loss, "accuracy": float(self.learn.recorder.values[-1][2])}
        progress["history"].append({"phase": self.phase, "epoch": self.learn.epoch, **row})
        progress["since"] += 1
        # Losses at another size don't compare. One that is no number is better than none, but not than another such.
        better = best is None or best["size"] != size or loss < best["loss"]
        if better or (math.isnan(best["loss"]) and not math.isnan(loss)):
            best = {"loss": loss, "size": size, "phase": self.phase, "epoch": self.learn.epoch}
            progress.update(best={**best, "model": deepcopy(self.whole.state_dict())}, since=0)
        progress.update(phase=self.phase, epoch=self.learn.epoch + 1)
        progress.update(model=self.whole.state_dict(), optimizer=_plain(self.learn.opt.state_dict()))
        progress.save(self.file)
        self.say(f"epoch {len(progress['history'])}: loss {loss:.3f}, {row['accuracy']:.1%} right")
        if progress.tired(self.patience):
            raise CancelFitException


def _plain(state: Any) -> Any:
    """Of Python's own kinds and tensors alone, which torch reads without running any code."""
    if isinstance(state, Mapping):
        return {name: _plain(value) for name, value in state.items()}
    if isinstance(state, torch.Tensor | str | bool | int | type(None)):
        return state
    return [_plain(value) for value in state] if isinstance(state, Iterable) else float(state)


class Interrupt:
    """A context in which the first Ctrl-C is only noted: calling the context says whether. The second is as always.

    launched: the process is one of several, and whoever launched them passes Ctrl-C on, so that each gets it twice. The
    second is then as good as none, and those after the context, too: the launcher itself ends those who are too slow.
    """

    def __init__(self, launched: bool = False) -> None:
        self.noted, self.launched = False, launched

    def __call__(self) -> bool:
        """Whether somebody asked to stop."""
        return self.noted

    def __enter__(self) -> Interrupt:
        self._before: Any = None
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.noted and not self.launched:
            raise KeyboardInterrupt
        self.noted = True

    def __exit__(self, *error: object) -> None:
        if self._before is not None and not (self.noted and self.launched):
            signal.signal(signal.SIGINT, self._before)
