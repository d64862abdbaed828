"""A report counts sources, not files, and says how sure it is."""

import json

import numpy as np
import pytest

from snowpeople.report import Report, wilson

LABELS = ["abominable", "neither", "olaf"]


def make_report() -> Report:
    """Four near copies of one olaf, all right; two other olafs, wrong; a neither and two abominables, right."""
    truth = ["olaf"] * 6 + ["neither"] + ["abominable"] * 2
    answers = ["olaf"] * 4 + ["neither", "abominable", "neither", "abominable", "abominable"]
    sure = [0.9, 0.8, 0.7, 0.6, 0.5, 0.95, 0.99, 0.85, 0.75]
    rows = []
    for answer, share in zip(answers, sure, strict=True):
        row = [(1 - share) / 2] * 3
        row[LABELS.index(answer)] = share
        rows.append(row)
    return Report(LABELS, truth, np.array(rows), ["film"] * 4 + ["b", "c", "d", "e", "f"])


@pytest.mark.parametrize(
    ("right", "count", "low", "high"),
    # R: prop.test(right, count, correct = FALSE)
    [(9, 10, 0.5958, 0.9821), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (50, 100, 0.4038, 0.5962)],
)
def test_wilson_interval(right: int, count: int, low: float, high: float) -> None:
    assert wilson(right / count, count) == pytest.approx((low, high), abs=1e-4)


def test_nothing_seen_nothing_known() -> None:
    assert wilson(0.0, 0) == (0.0, 1.0)


def test_a_source_with_many_copies_counts_once() -> None:
    share = make_report().accuracy("olaf")
    assert (share.pictures, share.groups) == (6, 3)
    assert share.share == pytest.approx(1 / 3)
    assert (share.low, share.high) == pytest.approx(wilson(1 / 3, 3))
    assert str(share) == "33 % (6 to 79 %; 6 pictures from 3 groups)"


def test_accuracy_over_all() -> None:
    share = make_report().accuracy()
    assert (share.pictures, share.groups) == (9, 6)
    assert share.share == pytest.approx(4 / 6)


def test_a_group_that_is_half_right_counts_half() -> None:
    report = Report(["a", "b"], ["a", "a", "a"], np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]]), ["x", "x", "y"])
    assert report.accuracy("a").share == pytest.approx(0.75)


def test_a_label_without_pictures() -> None:
    report = Report(LABELS, ["olaf"], np.array([[0.1, 0.1, 0.8]]), ["x"])
    share = report.accuracy("neither")
    assert (share.pictures, share.groups, share.share, share.low, share.high) == (0, 0, 0.0, 0.0, 1.0)


def test_confusion_counts_pictures_by_truth_and_answer() -> None:
    assert make_report().confusion().tolist() == [[2, 0, 0], [0, 1, 0], [1, 1, 4]]


def test_the_worst_are_those_whose_truth_got_least() -> None:
    report = make_report()
    assert report.worst(3) == [5, 4, 3]
    assert len(report.worst(100)) == 9


def test_what_goes_on_the_card_is_plain_numbers() -> None:
    measured = json.loads(json.dumps(make_report().measured(), allow_nan=False))
    assert measured["accuracy"] == {"share": 0.6667, "low": 0.3, "high": 0.9032, "pictures": 9, "groups": 6}
    assert list(measured["by_label"]) == LABELS
    numbers = [value for part in measured["by_label"].values() for value in part.values()]
    assert {type(value) for value in numbers} == {int, float}


@pytest.mark.parametrize(("truth", "groups", "answers"), [(2, 2, 1), (1, 2, 1), (2, 1, 2), (0, 0, 0)])
def test_what_does_not_match_is_refused(truth: int, groups: int, answers: int) -> None:
    with pytest.raises(ValueError, match="do not match"):
        Report(["a", "b"], ["a"] * truth, np.full((answers, 2), 0.5), ["x"] * groups)


def test_a_truth_that_is_no_label_is_named() -> None:
    with pytest.raises(ValueError, match="yeti: not among the labels"):
        Report(LABELS, ["yeti"], np.full((1, 3), 1 / 3), ["x"])


def test_precision_recall_and_f1_by_hand() -> None:
    abominable, neither, olaf = make_report().scores()
    assert (abominable.label, abominable.pictures, abominable.answered, abominable.right) == ("abominable", 2, 3, 2)
    assert (abominable.precision, abominable.recall, abominable.f1) == (2 / 3, 1.0, 0.8)
    assert (neither.precision, neither.recall) == (0.5, 1.0)
    assert (olaf.precision, olaf.recall, olaf.f1) == (1.0, 4 / 6, 0.8)


def test_a_label_without_pictures_or_answers_has_no_precision_or_recall_rather_than_a_wrong_one() -> None:
    report = Report(LABELS, ["olaf"], np.array([[0.8, 0.1, 0.1]]), ["x"])
    abominable, neither, olaf = report.scores()
    assert (neither.precision, neither.recall, neither.f1) == (None, None, None)
    assert (abominable.precision, abominable.recall, abominable.f1) == (0.0, None, 0.0)
    assert (olaf.precision, olaf.recall, olaf.f1) == (None, 0.0, 0.0)


def test_balanced_accuracy_counts_each_label_once() -> None:
    assert make_report().balanced_accuracy() == pytest.approx((1 + 1 + 1 / 3) / 3)
    assert Report(LABELS, ["olaf"], np.array([[0.1, 0.1, 0.8]]), ["x"]).balanced_accuracy() == 1.0


def test_what_is_confused_with_what_comes_most_frequent_first() -> None:
    truth = ["a"] * 9 + ["b"] * 3 + ["c"] * 4
    answers = [0] * 6 + [1, 1, 2] + [0, 0, 1] + [0, 1, 1, 1]
    report = Report(["a", "b", "c"], truth, np.eye(3)[answers], list(map(str, range(16))))
    pairs = [(pair.truth, pair.answer, pair.count, pair.pictures) for pair in report.pairs()]
    assert pairs[:3] == [("c", "b", 3, 4), ("b", "a", 2, 3), ("a", "b", 2, 9)]
    assert [pair.count for pair in report.pairs(2)] == [3, 2]
    assert sum(pair.count for pair in report.pairs(None)) == (~report.right).sum()


def test_nothing_wrong_nothing_confused() -> None:
    assert Report(["a", "b"], ["a", "b"], np.eye(2), ["x", "y"]).pairs() == []


def make_abstaining() -> Report:
    familiarity = np.array([5, 1, 5, 5, 1, 1, 5])
    truth = ["olaf"] * 4 + ["neither"] * 2 + ["abominable"]
    return Report(LABELS, truth, np.full((7, 3), 1 / 3), list("aabcdef"), familiarity=familiarity, threshold=5)


def test_kept_is_the_share_of_known_pictures_that_are_familiar_enough() -> None:
    kept = make_abstaining().kept()
    assert kept is not None
    assert (kept.pictures, kept.groups) == (5, 4)  # without the two of neither
    assert kept.share == pytest.approx((0.5 + 1 + 1 + 1) / 4)
    of_neither = make_abstaining().kept("neither")
    assert of_neither is not None
    assert of_neither.share == 0


def test_without_a_threshold_nothing_is_known_of_what_is_kept() -> None:
    report = make_report()
    assert report.kept() is None
    assert "kept" not in report.measured()
    assert make_abstaining().measured()["kept"]["share"] == 0.875


def test_calibration_before_and_after_a_temperature() -> None:
    logits = np.random.default_rng(0).normal(size=(400, 3))
    tempered, before = (np.exp(x) / np.exp(x).sum(1, keepdims=True) for x in (logits, 4 * logits))
    truth = [LABELS[np.random.default_rng(i).choice(3, p=row)] for i, row in enumerate(tempered)]
    report = Report(LABELS, truth, tempered, list(map(str, range(400))), before=before)
    now, then = report.reliability(), report.reliability(before=True)
    assert now is not None
    assert then is not None
    assert now.error < 0.08 < 0.2 < then.error
    calibration = report.measured()["calibration"]
    assert calibration["ece"] == pytest.approx(now.error, abs=1e-4)
    assert calibration["ece_before"] == pytest.approx(then.error, abs=1e-4)
    assert calibration["negative_log_likelihood"] < calibration["negative_log_likelihood_before"]
    assert make_report().reliability(before=True) is None
    assert "ece_before" not in make_report().measured()["calibration"]


@pytest.mark.parametrize("what", ["before", "familiarity"])
def test_what_does_not_match_the_pictures_is_refused_by_name(what: str) -> None:
    with pytest.raises(ValueError, match=f"values of {what} do not match"):
        Report(["a", "b"], ["a"], np.full((1, 2), 0.5), ["x"], **{what: np.ones((2, 2))})  # type: ignore[arg-type]


def test_a_card_of_very_many_labels_stays_small() -> None:
    labels = [f"label {i}" for i in range(3000)]
    truth = [labels[i] for i in range(0, 3000, 3)]
    answers = np.zeros((1000, 3000), np.float32)
    answers[np.arange(1000), np.arange(0, 3000, 3)] = 1
    answers[7] = np.eye(3000)[0]
    measured = Report(labels, truth, answers, truth).measured()
    assert len(measured["by_label"]) == 1000
    assert measured["by_label"]["label 21"]["share"] == 0
    assert "confusion" not in measured
    assert len(json.dumps(measured, indent=1)) < 400_000


def test_the_matrix_goes_on_the_card_where_it_can_be_read() -> None:
    assert make_report().measured()["confusion"] == [[2, 0, 0], [0, 1, 0], [1, 1, 4]]


def test_part_of_a_matrix_is_cut_from_the_whole() -> None:
    assert make_report().confusion([0, 2]).tolist() == [[2, 0], [1, 4]]


def test_the_most_mistaken_labels_are_those_in_most_mistakes() -> None:
    truth, answers = list("aabbcd"), [1, 1, 0, 1, 2, 1]
    report = Report(list("abcd"), truth, np.eye(4)[answers], list("uvwxyz"))
    assert report.most_mistaken(2) == [0, 1]
    assert report.most_mistaken(3) == [0, 1, 3]
    assert report.most_mistaken(9) == [0, 1, 2, 3]


def test_what_no_skill_at_all_would_be_right_of() -> None:
    label, share = make_report().majority()
    assert label == "olaf"
    assert share == pytest.approx(3 / 6)
