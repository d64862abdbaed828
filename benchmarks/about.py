"""What a measurement was made on and with."""

import importlib.metadata
import os
import platform
from pathlib import Path
from typing import Any

import psutil
import torch


def machine() -> dict[str, Any]:
    cpu = platform.processor() or platform.machine()
    if (info := Path("/proc/cpuinfo")).exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        cpu = names[0].partition(":")[2].strip() if names else cpu
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = round(psutil.virtual_memory().total / 1e9)
    about = {"cores": cores, "cpu": cpu, "memory_gb": memory, "system": f"{platform.system()} {platform.machine()}"}
    return about | ({"gpu": torch.cuda.get_device_name()} if torch.cuda.is_available() else {})


def busy(seconds: float = 3.0) -> float:
    """How many cores other programs keep busy just now. The load average would still count what ended minutes ago."""
    return float(psutil.cpu_percent(seconds)) / 100 * (psutil.cpu_count() or 1)


def versions() -> dict[str, str]:
    names = ("fastai", "torch", "onnxruntime", "voila", "ipywidgets", "anywidget", "pillow")
    return {"python": platform.python_version()} | {name: version for name in names if (version := _version(name))}


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None  # training needs no dashboard
