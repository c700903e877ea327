"""CAM++ (Wang et al. 2023, "Fast and efficient speaker verification"): whose voice it is, in 192 numbers.

Shapes: B sounds, F frames of 10 ms, at least 3; T = ceil(F / 2) frames behind the strided layer;
C channels. The network: an image of 80 bands is reduced to 320 channels, then come three blocks of densely
connected layers, each layer gated by the mean of its 2 s segment and of the whole, then mean and deviation.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional

from tts.indextts2.config import CampPlusConfig

HEAD_CHANNELS = 32
"""Of the two-dimensional front; fixed in the released model, as all constants below."""
BLOCKS = ((12, 1), (24, 2), (16, 2))
"""Layers and dilation of each dense block."""
SEGMENT_FRAMES = 100
"""2 s of context share a gate."""
NORM_EPS = 1e-5
"""Of batch norm, torch's default."""


class CampPlus(nn.Module):
    """Centred filter banks to a style vector."""

    def __init__(self, config: CampPlusConfig) -> None:
        super().__init__()
        self.head = _Head()
        parts: OrderedDict[str, nn.Module] = OrderedDict()
        bands = config.feat_dim // 8
        parts["tdnn"] = _Strided(HEAD_CHANNELS * bands, config.init_channels)
        channels = config.init_channels
        for number, (layers, dilation) in enumerate(BLOCKS, start=1):
            parts[f"block{number}"] = _DenseBlock(config, channels, layers, dilation)
            channels += layers * config.growth_rate
            parts[f"transit{number}"] = _Transition(channels)
            channels //= 2
        parts["out_nonlinear"] = _NormRelu(channels)
        parts["stats"] = _Statistics()
        parts["dense"] = _Embedding(2 * channels, config.embedding_size)
        self.xvector = nn.Sequential(parts)

    def forward(self, fbank: Tensor) -> Tensor:
        """The style (B, 192) of filter banks less their mean, (B, F, 80)."""
        return self.xvector(self.head(fbank))


class _BatchNorm(nn.Module):
    """By the statistics of training, over axis 1 of whatever has channels there."""

    def __init__(self, channels: int, *, affine: bool = True) -> None:
        super().__init__()
        self.running_mean: Tensor
        self.running_var: Tensor
        self.register_buffer("running_mean", torch.empty(channels))
        self.register_buffer("running_var", torch.empty(channels))
        self.weight = nn.Parameter(torch.empty(channels)) if affine else None
        self.bias = nn.Parameter(torch.empty(channels)) if affine else None

    def forward(self, x: Tensor) -> Tensor:
        return functional.batch_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias, training=False, eps=NORM_EPS
        )


class _NormRelu(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.batchnorm = _BatchNorm(channels)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.batchnorm(x))


class _Head(nn.Module):
    """(B, F, 80) to (B, 320, F): two stages of two blocks; each stage and the end halve the bands."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, HEAD_CHANNELS, 3, padding=1, bias=False)
        self.bn1 = _BatchNorm(HEAD_CHANNELS)
        self.layer1 = nn.Sequential(_Residual(2), _Residual(1))
        self.layer2 = nn.Sequential(_Residual(2), _Residual(1))
        self.conv2 = nn.Conv2d(HEAD_CHANNELS, HEAD_CHANNELS, 3, stride=(2, 1), padding=1, bias=False)
        self.bn2 = _BatchNorm(HEAD_CHANNELS)

    def forward(self, fbank: Tensor) -> Tensor:
        x = functional.relu(self.bn1(self.conv1(fbank.transpose(1, 2).unsqueeze(1))))
        x = self.layer2(self.layer1(x))
        return functional.relu(self.bn2(self.conv2(x))).flatten(1, 2)


class _Residual(nn.Module):
    def __init__(self, stride: int) -> None:
        super().__init__()
        width, steps = HEAD_CHANNELS, (stride, 1)
        self.conv1 = nn.Conv2d(width, width, 3, stride=steps, padding=1, bias=False)
        self.bn1 = _BatchNorm(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = _BatchNorm(width)
        straight = nn.Conv2d(width, width, 1, stride=steps, bias=False)
        self.shortcut = nn.Sequential() if stride == 1 else nn.Sequential(straight, _BatchNorm(width))

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu(self.bn1(self.conv1(x)))
        return functional.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


class _Strided(nn.Module):
    """The layer that halves the frame rate."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.linear = nn.Conv1d(channels, out, 5, stride=2, padding=2, bias=False)
        self.nonlinear = _NormRelu(out)

    def forward(self, x: Tensor) -> Tensor:
        return self.nonlinear(self.linear(x))


class _DenseBlock(nn.Module):
    """Each layer reads the input and all that the layers before it have added."""

    def __init__(self, config: CampPlusConfig, channels: int, layers: int, dilation: int) -> None:
        super().__init__()
        growth = config.growth_rate
        for index in range(layers):
            layer = _DenseLayer(channels + index * growth, config.bn_size * growth, growth, dilation)
            self.add_module(f"tdnnd{index + 1}", layer)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.children():
            x = torch.cat((x, layer(x)), dim=1)
        return x


class _DenseLayer(nn.Module):
    def __init__(self, channels: int, inner: int, out: int, dilation: int) -> None:
        super().__init__()
        self.nonlinear1 = _NormRelu(channels)
        self.linear1 = nn.Conv1d(channels, inner, 1, bias=False)
        self.nonlinear2 = _NormRelu(inner)
        self.cam_layer = _GatedConvolution(inner, out, dilation)

    def forward(self, x: Tensor) -> Tensor:
        return self.cam_layer(self.nonlinear2(self.linear1(self.nonlinear1(x))))


class _GatedConvolution(nn.Module):
    """Context-aware masking: one gate for each channel and segment."""

    def __init__(self, channels: int, out: int, dilation: int) -> None:
        super().__init__()
        self.linear_local = nn.Conv1d(channels, out, 3, padding=dilation, dilation=dilation, bias=False)
        self.linear1 = nn.Conv1d(channels, channels // 2, 1)
        self.linear2 = nn.Conv1d(channels // 2, out, 1)

    def forward(self, x: Tensor) -> Tensor:
        segments = functional.avg_pool1d(x, SEGMENT_FRAMES, ceil_mode=True)  # the last may be shorter
        context = x.mean(-1, keepdim=True) + segments
        gates = torch.sigmoid(self.linear2(functional.relu(self.linear1(context))))
        gate = gates.repeat_interleave(SEGMENT_FRAMES, dim=-1)[..., : x.shape[-1]]
        return self.linear_local(x) * gate


class _Transition(nn.Module):
    """To half the channels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.nonlinear = _NormRelu(channels)
        self.linear = nn.Conv1d(channels, channels // 2, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(self.nonlinear(x))


class _Statistics(nn.Module):
    """(B, C, T) to mean and unbiased deviation over time, (B, 2 C)."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat((x.mean(-1), x.std(-1)), dim=-1)


class _Embedding(nn.Module):
    """(B, 2 C) to (B, 192)."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.linear = nn.Conv1d(channels, out, 1, bias=False)
        self.nonlinear = nn.ModuleDict({"batchnorm": _BatchNorm(out, affine=False)})

    def forward(self, x: Tensor) -> Tensor:
        y = self.linear(x.unsqueeze(-1)).squeeze(-1)
        return self.nonlinear["batchnorm"](y)
