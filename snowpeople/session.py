"""The bytes of an ONNX model → a session of ONNX Runtime, checked against the card that came with it."""

import os
from typing import Any

from .archive import ExportError


def start(model: bytes, path: str, size: int, labels: int, threads: int | None = None) -> Any:
    """A session that takes pictures of `size` pixels and answers with the probabilities of so many labels.

    path: of the export, for error messages only. threads: as many as it gains from, unless told. Raises ExportError for
    a model that is damaged, or none of this card.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # So small a model gains nothing from more threads, and threads that spin while they wait starve a shared core.
    options.intra_op_num_threads = threads or min(2, _cores())
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Without the arena the memory of a large batch goes back when the batch is done.
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4  # its own messages on damaged models are no help to a user
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        # onnxruntime raises half a dozen types of its own, all directly under Exception.
        raise ExportError(
            f"the model in {path} is damaged. Copy or download the file again, or make it with training.ipynb"
        ) from error
    inputs = {value.name: list(value.shape) for value in session.get_inputs()}
    outputs = {value.name: list(value.shape) for value in session.get_outputs()}
    if inputs.get("picture", [None])[1:] != [3, size, size] or len(inputs) != 1:
        raise mismatch(path, f"pictures of {size} × {size} pixels, but its model takes {inputs}")
    if not isinstance(outputs.get("probabilities", [""])[-1], int):
        raise mismatch(path, f"{labels} labels, but its model answers with {outputs}")
    if outputs["probabilities"][-1] != labels:
        raise mismatch(path, f"{labels} labels, but its model answers with {outputs['probabilities'][-1]}")
    return session


def mismatch(path: str, what: str) -> ExportError:
    """The error for a card that names what its model is not like."""
    return ExportError(f"the card in {path} names {what}. Make the export again with training.ipynb")


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
