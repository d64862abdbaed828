"""Several processes train as one; the command's own tests start real ones."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
import torch
from test_callbacks import SETTINGS, Lines, lines  # noqa: F401  a fixture
from torch import nn

from snowpeople import processes
from snowpeople.callbacks import Keeper, Progress
from snowpeople.processes import Shared, any_of, bare, first


@pytest.fixture
def alone() -> Iterator[SimpleNamespace]:
    """A group of one process, which is led as one of many."""
    from torch.distributed import HashStore  # type: ignore[attr-defined]  # it is there

    torch.distributed.init_process_group("gloo", store=HashStore(), rank=0, world_size=1)
    yield SimpleNamespace(device=torch.device("cpu"), process_index=0, num_processes=1)
    torch.distributed.destroy_process_group()


def test_a_shared_training_leaves_the_learner_as_it_was(
    lines: Callable[[list[float]], Lines],  # noqa: F811  as pytest has it
    alone: SimpleNamespace,
) -> None:
    plain, shared = lines([1.0] * 2), lines([1.0] * 2)
    shared.model.load_state_dict(plain.model.state_dict())
    for training, more in ((plain, []), (shared, [Shared(alone)])):
        with training.learn.no_bar(), training.learn.no_logging():
            training.learn.fit(
                2, 0.1, cbs=[Keeper(Progress.start(SETTINGS), training.model, 0, 1, 1, None, bool, str), *more]
            )
    assert shared.learn.model is shared.model
    assert shared.learn.dls.loaders[0].share == (0, 1)
    assert torch.equal(shared.model.weight, plain.model.weight)


def test_all_processes_hear_what_the_first_says_and_whether_any_asks(alone: SimpleNamespace) -> None:
    for state in (None, alone):
        assert first({"rate": 0.01}, state) == {"rate": 0.01}
        assert any_of(True, state) is True
        assert any_of(False, state) is False


def test_a_model_that_is_not_wrapped_is_bare() -> None:
    model = nn.Linear(1, 1)
    assert bare(model) is model


@pytest.mark.parametrize("name", ["WORLD_SIZE", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE"])
def test_their_number_is_what_the_launcher_says(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for other in ("WORLD_SIZE", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE"):
        monkeypatch.delenv(other, raising=False)
    assert processes.count() == 1
    with processes.several() as state:
        assert state is None
    monkeypatch.setenv(name, "3")
    assert processes.count() == 3
