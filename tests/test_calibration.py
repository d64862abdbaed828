"""Probabilities become as true as they can be without changing an answer; what was never seen is told from what was."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from snowpeople.calibration import Familiarity, fit_familiarity, pooled, soften, temperature
from snowpeople.report.reliability import reliability

# ---- true probabilities


def answers(sharpness: float, count: int = 3000, classes: int = 4) -> tuple[Tensor, Tensor]:
    """Logits and what is true, where the true probabilities are those of the logits divided by `sharpness`."""
    generator = torch.Generator().manual_seed(1)
    logits = 1.5 * torch.randn(count, classes, generator=generator)
    return logits * sharpness, torch.multinomial(logits.softmax(1), 1, generator=generator)[:, 0]


def calibration_error(logits: Tensor, targets: Tensor) -> float:
    return reliability(logits.softmax(1).numpy(), targets.numpy()).error


@pytest.mark.parametrize("sharpness", [0.4, 1.0, 3.0])
def test_the_temperature_makes_probabilities_true(sharpness: float) -> None:
    logits, targets = answers(sharpness)
    value = temperature(logits, targets)
    assert value == pytest.approx(sharpness, rel=0.1)
    after = calibration_error(logits / value, targets)
    assert after < 0.03
    if sharpness != 1:
        assert after < calibration_error(logits, targets) / 2


@pytest.mark.parametrize(("sharpness", "limit"), [(100.0, 5.0), (0.01, 0.2)])
def test_the_temperature_stays_within_bounds(sharpness: float, limit: float) -> None:
    assert temperature(*answers(sharpness, 200)) == pytest.approx(limit)


def test_nobody_is_made_surer_than_five_times_however_right() -> None:
    assert temperature(torch.eye(3).repeat(1000, 1), torch.arange(3).repeat(1000)) == pytest.approx(0.2)


def test_softening_divides_the_logits_for_good_and_changes_no_answer() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Sequential(nn.Linear(16, 3), nn.Dropout(0.5))).eval()
    x = torch.randn(50, 8)
    with torch.inference_mode():
        before = network(x)
        soften(network, 2.5)
        after = network(x)
    assert torch.allclose(after, before / 2.5, atol=1e-6)
    assert torch.equal(after.argmax(1), before.argmax(1))
    # It can go on learning.
    network(x).sum().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())


# ---- what is familiar


def clusters(count: int, seed: int, features: int = 24) -> tuple[Tensor, Tensor]:
    """Pooled features of three classes: positive, each strong in places of its own."""
    generator = torch.Generator().manual_seed(seed)
    targets = torch.arange(count) % 3
    centres = torch.full((3, features), 0.3)
    for label in range(3):
        centres[label, 4 * label : 4 * label + 4] = 3.0
    return centres[targets] * torch.exp(0.3 * torch.randn(count, features, generator=generator)), targets


def strangers(count: int, features: int = 24) -> Tensor:
    """Features strong where no class has been."""
    generator = torch.Generator().manual_seed(9)
    found = torch.full((count, features), 0.3)
    found[:, 14:20] = 3.0
    return found * torch.exp(0.3 * torch.randn(count, features, generator=generator))


@pytest.fixture(scope="module")
def sense() -> Familiarity:
    return fit_familiarity(*clusters(150, 0), clusters(60, 1)[0])


def test_strangers_are_told_from_the_known(sense: Familiarity) -> None:
    known, unknown = sense(clusters(300, 2)[0]), sense(strangers(300))
    assert (known >= 0.5).float().mean() > 0.85  # pictures that it has never seen, nor set its threshold by
    assert (unknown < 0.5).float().mean() > 0.95
    for familiarity in (known, unknown):
        assert familiarity.shape == (300,)
        assert ((familiarity >= 0) & (familiarity <= 1)).all()


def test_familiarity_does_not_depend_on_how_strong_all_features_are(sense: Familiarity) -> None:
    features = torch.cat([clusters(30, 3)[0], strangers(30)])
    assert torch.allclose(sense(features), sense(7 * features), atol=1e-3)


def test_familiarity_of_a_picture_does_not_depend_on_its_batch(sense: Familiarity) -> None:
    features = torch.cat([clusters(30, 3)[0], strangers(30)])
    assert torch.allclose(sense(features), torch.cat([sense(one[None]) for one in features]), atol=1e-4)


def test_features_that_say_nothing_have_a_familiarity(sense: Familiarity) -> None:
    assert torch.isfinite(sense(torch.stack([torch.zeros(24), -torch.ones(24), torch.full((24,), 1e6)]))).all()


@settings(deadline=None, max_examples=40)
@given(
    count=st.integers(1, 60),
    seed=st.integers(0, 1000),
    keep=st.sampled_from([0.5, 0.8, 0.95, 1.0]),
    step=st.sampled_from([0.0, 0.5, 2.0]),
)
def test_the_threshold_keeps_at_least_the_share_asked_for(count: int, seed: int, keep: float, step: float) -> None:
    features, targets = clusters(45, seed)
    apart = clusters(count, seed + 1)[0]
    if step:  # so coarse that many are equally far
        features, apart = (step * (values / step).round() for values in (features, apart))
    made = fit_familiarity(features, targets, apart, keep)
    kept = float((made(apart) >= 0.5).float().mean())
    assert kept >= keep - 1e-6
    if keep < 1 and not step:
        assert kept <= keep + 1 / count + 1e-6  # and hardly more


def test_it_learns_from_one_picture_a_class() -> None:
    features, targets = clusters(3, 0)
    made = fit_familiarity(features, targets, features)
    assert (made(features) >= 0.5).all()
    assert (made(strangers(20)) < 0.5).all()


def test_classes_need_not_be_numbered_without_gaps(sense: Familiarity) -> None:
    features, targets = clusters(150, 0)
    other = fit_familiarity(features, 5 * targets + 1, clusters(60, 1)[0])
    assert torch.allclose(other(strangers(20)), sense(strangers(20)))


def test_its_state_can_be_kept_and_loaded(sense: Familiarity) -> None:
    features = clusters(20, 4)[0]
    copy = Familiarity(torch.zeros_like(sense.means), torch.zeros_like(sense.directions), 0.0)
    copy.load_state_dict(sense.state_dict())
    assert torch.equal(copy(features), sense(features))


# ---- features


def test_pooled_features_are_those_of_each_picture_in_order() -> None:
    torch.manual_seed(0)
    body = nn.Sequential(nn.Conv2d(3, 5, 3), nn.BatchNorm2d(5), nn.Dropout(0.5)).train()
    pictures, targets = torch.randn(7, 3, 8, 8), torch.arange(7) % 3
    statistics = {name: value.clone() for name, value in body.state_dict().items()}
    features, own = pooled(body, list(zip(pictures.split(3), targets.split(3), strict=True)))
    with torch.inference_mode():
        assert torch.allclose(features, body.eval()(pictures).mean((2, 3)), atol=1e-6)
    assert torch.equal(own, targets)
    # Looking teaches nothing.
    assert all(torch.equal(value, statistics[name]) for name, value in body.state_dict().items())


def test_all_right_of_a_few_makes_nothing_certain() -> None:
    logits = torch.tensor([[9.0, 0.0], [0.0, 9.0]] * 5)
    value = temperature(logits, torch.tensor([0, 1] * 5))
    assert 0.85 < float((logits / value).softmax(1).max()) < 0.95
