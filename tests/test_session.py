"""A model that can't run, or is none of its card, is refused with the remedy, and in no other words."""

import pytest
from helpers import make_model

from snowpeople import ExportError
from snowpeople.session import start


@pytest.mark.parametrize("model", [b"", b"not onnx", b"\x08\x09\x12\x00"])
def test_a_damaged_model(model: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ExportError, match=r"the model in my/export\.pkl is damaged"):
        start(model, "my/export.pkl", size=8, labels=3)
    assert capfd.readouterr() == ("", "")


def test_a_card_of_another_model() -> None:
    with pytest.raises(ExportError, match="2 labels, but its model answers with 3"):
        start(make_model(), "export.pkl", size=8, labels=2)
    with pytest.raises(ExportError, match="16 × 16 pixels"):
        start(make_model(), "export.pkl", size=16, labels=3)
