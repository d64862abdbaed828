"""What this package's modules subclass of fastai, whose packages warn of each other's old names while imported."""

import warnings

from . import _torchvision  # noqa: F401  lets torchvision be imported

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import fastai.vision.all  # noqa: F401  all of it now, so that no later import of a part warns
    from fastai.callback.core import Callback as Callback
    from fastai.callback.core import CancelFitException as CancelFitException
    from fastai.data.core import DataLoaders as DataLoaders
