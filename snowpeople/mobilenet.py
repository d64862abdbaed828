"""MobileNet v1, which torchvision does not have: small, quick, and as good on photos as networks four times its size.

A. Howard et al., MobileNets, 2017, arXiv 1704.04861. Up to its twelfth block, where features are 1/32 of the picture.
It is made of torch's own layers alone, so that an export of it loads wherever torch is.
"""

from collections import OrderedDict

from torch import nn

STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2)


def mobilenet_v1() -> nn.Sequential:
    """The untrained network: pictures from -1 to 1, N×3×H×W, to features N×1024×H/32×W/32.

    Its layers are named `stem` and `block0` to `block11`, each `depthwise` and `pointwise`, a `conv` and a `bn`.
    Padding is TensorFlow's "same", as its weights expect: where the stride is 2, the odd pixel goes right and below.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict(stem=_unit(3, 32, 3, 2))
    channels = 32
    for index, stride in enumerate(STRIDES):
        wider = min(1024, channels * 2) if stride == 2 or index == 0 else channels
        parts: OrderedDict[str, nn.Module] = OrderedDict(
            depthwise=_unit(channels, channels, 3, stride, groups=channels), pointwise=_unit(channels, wider, 1, 1)
        )
        layers[f"block{index}"] = nn.Sequential(parts)
        channels = wider
    return nn.Sequential(layers)


def _unit(before: int, after: int, kernel: int, stride: int, groups: int = 1) -> nn.Sequential:
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    if stride == 2:
        layers["pad"] = nn.ZeroPad2d((0, 1, 0, 1))
    padding = kernel // 2 if stride == 1 else 0
    layers["conv"] = nn.Conv2d(before, after, kernel, stride, padding, groups=groups, bias=False)
    layers["bn"] = nn.BatchNorm2d(after, eps=1e-3)
    layers["relu"] = nn.ReLU6(inplace=True)
    return nn.Sequential(layers)
