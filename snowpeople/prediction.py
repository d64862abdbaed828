"""The answer for one picture, and how it follows from what a network says."""

from dataclasses import dataclass

NEITHER = "neither"


@dataclass(frozen=True)
class Prediction:
    """The answer for one picture.

    ``probabilities`` has every label, in the order of the vocabulary, and adds up to 1. ``familiarity``, from 0 to 1,
    says how much the picture is like those the classifier learnt from; None where the export has no sense of that.
    ``label`` is the likeliest, or ``"neither"`` where it does not reach a threshold of the export's card;
    ``probability`` is then how likely it is to be none of the others. ``unfamiliar`` says whether it is "neither" for
    being unlike all that was learnt.
    """

    label: str
    probability: float
    probabilities: dict[str, float]
    familiarity: float | None = None
    unfamiliar: bool = False


def decide(probabilities: dict[str, float], familiarity: float | None, known: float, familiar: float) -> Prediction:
    """The answer, from every label's probability and how familiar the picture is.

    known, familiar: what the probability of the likeliest label, and the familiarity, have to reach; 0 refuses nothing.
    """
    label = max(probabilities, key=probabilities.__getitem__)
    probability = probabilities[label]
    if label != NEITHER and familiarity is not None and familiarity < familiar:
        # As sure as it is unfamiliar: at the threshold it is one way or the other.
        probability = 1 - familiarity / (2 * familiar)
        return Prediction(NEITHER, probability, probabilities, familiarity, unfamiliar=True)
    if label != NEITHER and probability < known:
        label, probability = NEITHER, probabilities.get(NEITHER, 1 - probability)
    return Prediction(label, probability, probabilities, familiarity)
