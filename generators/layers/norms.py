"""The SPADE norm, the condition it reads at every resolution, and spectral norm."""

from __future__ import annotations

import functools

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.spectral_norm import SpectralNorm

from generators.layers.folding import Folded
from generators.layers.neighbourhoods import Count, Neighbourhoods, convolve, palette_of, windows_of

ROWS = 4096
"""Pixels that are modulated together without gradient; what is gathered for them stays in the processor's cache."""


KEPT = 2**20
"""Elements of the largest weight of which evaluation keeps a divided copy. The 56 million of a paper-size decoder's
coarsest blocks would be a second decoder in memory, while their inputs, of a few pixels, are divided in no time."""


class CondPyramid:
    """A condition, resized by nearest neighbour to every size that is asked for, once.

    All norms of one resolution share one resized tensor, or the distinct neighbourhoods of its pixels.

    Args:
        cond: (N, C, H, W).
        memory_format: Of the resized tensors.
    """

    def __init__(self, cond: Tensor, memory_format: torch.memory_format = torch.preserve_format) -> None:
        self._cond, self._format = cond, memory_format
        self._levels: dict[tuple[int, ...], Tensor] = {}
        self._neighbourhoods: dict[tuple[int, ...], Neighbourhoods | None] = {}

    def at(self, x: Tensor) -> Tensor:
        """Return the condition at the height and width of `x`."""
        size = tuple(x.shape[2:])
        if size not in self._levels:
            same = size == tuple(self._cond.shape[2:])
            level = self._cond if same else F.interpolate(self._cond, size=size, mode="nearest")
            keep = self._format is torch.preserve_format
            self._levels[size] = level if keep else level.contiguous(memory_format=self._format)
        return self._levels[size]

    def neighbourhoods(self, x: Tensor) -> Neighbourhoods | None:
        """Return the distinct neighbourhoods at the height and width of `x`.

        None if there are too many, if gradients are to reach the condition, or if it has reduced precision.
        """
        size = tuple(x.shape[2:])
        if self._cond.requires_grad or self._cond.dtype not in (torch.float32, torch.float64):
            return None
        if size not in self._neighbourhoods:
            self._neighbourhoods[size] = self._count(size)
        return self._neighbourhoods[size]

    def channels_last(self) -> CondPyramid:
        """Return the same condition in channels-last memory."""
        last = self._format is torch.channels_last
        return self if last else CondPyramid(self._cond, torch.channels_last)

    def _count(self, size: tuple[int, ...]) -> Neighbourhoods | None:
        if self._palette is None:
            return None
        vectors, numbers = self._palette
        if size != tuple(numbers.shape[1:]):
            # float64 holds every number exactly, and the same rule picks the same pixels as in `at`
            numbers = F.interpolate(numbers[:, None].double(), size=size, mode="nearest")[:, 0].long()
        small = windows_of(numbers, len(vectors))
        large = small and windows_of(small.at, len(small.members))
        return Neighbourhoods(vectors, small, large) if small and large else None

    @functools.cached_property
    def _palette(self) -> tuple[Tensor, Tensor] | None:
        return palette_of(self._cond)


class SpadeNorm(nn.Module):
    """Spatially-adaptive normalisation: y = n(x) * (1 + gamma(cond)) + beta(cond).

    n is batch norm without parameters of its own; gamma and beta are two 3x3 convolutions away from the condition
    (Park et al. 2019, eq. 1 and 2). Key layout of the official checkpoints.

    On processors, gamma and beta are computed once for every distinct 5x5 neighbourhood of the condition where that is
    faster, which is decided by count (`Count.pays`); small maps and noisy conditions are convolved pixel by pixel.
    Other norms of this kind profit as well: subclass this one (OASIS renames its batch norm), and give all norms of a
    forward the same `CondPyramid`, of everything that they read. It finds by itself which pixels are equal, 3D noise
    included. A method with other layers calls `neighbourhoods.convolve` with what `CondPyramid.neighbourhoods` gives.

    Args:
        channels: Channels of x.
        cond_channels: Channels of the condition.
        hidden: Width between the two convolutions; 128 in every published model.
    """

    def __init__(self, channels: int, cond_channels: int, hidden: int = 128) -> None:
        super().__init__()
        self.param_free_norm = nn.BatchNorm2d(channels, affine=False)
        self.mlp_shared = nn.Sequential(nn.Conv2d(cond_channels, hidden, 3, padding=1), nn.ReLU())
        self.mlp_gamma = nn.Conv2d(hidden, channels, 3, padding=1)
        self.mlp_beta = nn.Conv2d(hidden, channels, 3, padding=1)

    def forward(self, x: Tensor, cond: CondPyramid) -> Tensor:
        """Normalise x, (N, channels, h, w), under the condition; same shape."""
        if (shared := self._worthwhile(x, cond)) is not None:
            with torch.autocast("cpu", enabled=False):
                return self._by_neighbourhood(x, shared)
        return self.modulate(x, self.mlp_shared(cond.at(x)))

    def modulate(self, x: Tensor, hidden: Tensor) -> Tensor:
        """Normalise x, (N, channels, h, w), under what `mlp_shared` made of the condition, (N, hidden, h, w)."""
        # gamma and beta read the same input: one convolution of twice the width is faster than two
        weight = torch.cat((self.mlp_gamma.weight, self.mlp_beta.weight))
        bias = torch.cat((_bias(self.mlp_gamma), _bias(self.mlp_beta)))
        gamma, beta = F.conv2d(hidden, weight, bias, padding=1).chunk(2, dim=1)
        return torch.addcmul(beta, self.param_free_norm(x), 1 + gamma)

    def _worthwhile(self, x: Tensor, cond: CondPyramid) -> Neighbourhoods | None:
        """The distinct neighbourhoods, where they are worth their while; measured on processors only."""
        if x.device.type != "cpu" or not (x.dtype == self.mlp_gamma.weight.dtype or torch.is_autocast_enabled("cpu")):
            return None
        if torch.compiler.is_compiling() or torch._C._get_tracing_state():  # counts are not for a graph to keep
            return None
        hidden, learning = self.mlp_gamma.in_channels, self.training or torch.is_grad_enabled()
        if not Count.may_pay(hidden, learning):
            return None
        shared = cond.neighbourhoods(x)
        return shared if shared is not None and shared.count.pays(hidden, learning) else None

    def _by_neighbourhood(self, x: Tensor, shared: Neighbourhoods) -> Tensor:
        """The same value, gamma and beta computed once for every distinct neighbourhood; in the weights' precision."""
        x = x.to(self.mlp_gamma.weight.dtype)
        first = self.mlp_shared[0]
        weight, bias = first.get_parameter("weight"), first.get_parameter("bias")
        hidden = F.relu(convolve(shared.palette, shared.small, weight, bias))
        scale = 1 + convolve(hidden, shared.large, self.mlp_gamma.weight, _bias(self.mlp_gamma))
        shift = convolve(hidden, shared.large, self.mlp_beta.weight, _bias(self.mlp_beta))
        norm = self.param_free_norm
        if self.training or torch.is_grad_enabled():
            x = norm(x)
        else:  # batch norm is linear here, and neighbourhoods are fewer than pixels
            scale = scale * (norm.get_buffer("running_var") + norm.eps).rsqrt()
            shift = torch.addcmul(shift, scale, norm.get_buffer("running_mean"), value=-1)
        n, channels, height, width = x.shape
        pixels = x.contiguous(memory_format=torch.channels_last).permute(0, 2, 3, 1).flatten(0, 2)
        result = _modulate(pixels, torch.cat((scale, shift), dim=1), shared.large.at.flatten())
        return result.view(n, height, width, channels).permute(0, 3, 1, 2)


def _modulate(pixels: Tensor, table: Tensor, at: Tensor) -> Tensor:
    """Multiply and add what a table holds for each pixel.

    Args:
        pixels: (M, C).
        table: Factors and summands, (D, 2 * C).
        at: Row of the table of each pixel, (M,).

    Returns:
        (M, C).
    """
    if torch.is_grad_enabled():
        scale, shift = table.index_select(0, at).chunk(2, dim=1)
        return torch.addcmul(shift, pixels, scale)
    result = torch.empty_like(pixels)
    for part, out, rows in zip(pixels.split(ROWS), result.split(ROWS), at.split(ROWS), strict=True):
        scale, shift = table.index_select(0, rows).chunk(2, dim=1)
        torch.addcmul(shift, part, scale, out=out)
    return result


def _bias(conv: nn.Conv2d) -> Tensor:
    return conv.get_parameter("bias")


def spectral_norm(module: nn.Conv2d) -> nn.Conv2d:
    """Attach spectral norm in the key layout of the official checkpoints (`weight_orig`, `weight_u`, `weight_v`).

    The newer parametrisation of torch names its tensors differently and starts with 15 power iterations; the published
    weights go with the stored vectors of this one. In evaluation without gradients the weight is divided once for every
    state of the three tensors, not once a call; or its input is, where that is the smaller one (`KEPT`).
    """
    torch.nn.utils.spectral_norm(module)
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, SpectralNorm):
            module._forward_pre_hooks[key] = _FoldedSpectralNorm(hook)
    return module


class _FoldedSpectralNorm(SpectralNorm):
    """torch's spectral norm that keeps the weight of evaluation, divided; of large weights it divides the input."""

    def __init__(self, hook: SpectralNorm) -> None:
        super().__init__(hook.name, hook.n_power_iterations, hook.dim, hook.eps)
        self._folded = Folded()

    def __call__(  # type: ignore[override]  # what a hook returns is the layer's input
        self, module: nn.Module, inputs: tuple[Tensor, ...]
    ) -> Tensor | None:
        if module.training or torch.is_grad_enabled() or torch.compiler.is_compiling():
            self._folded.forget()
            super().__call__(module, inputs)
            return None
        x = inputs[0]
        weight: Tensor = getattr(module, f"{self.name}_orig")
        sources = tuple(getattr(module, self.name + suffix) for suffix in ("_orig", "_u", "_v"))
        if weight.numel() > max(KEPT, x.numel()) and not x.is_cuda:
            setattr(module, self.name, weight.detach())
            # laid out as the weight is; for an input with channels last the layer would copy its weight in every call
            return (x / self._folded.of(sources, lambda: self._sigma(module))).contiguous()
        last = x.is_contiguous(memory_format=torch.channels_last)
        memory_format = torch.channels_last if last else torch.contiguous_format  # as the convolution would convert it

        def compute() -> Tensor:
            weight = self.compute_weight(module, do_power_iteration=False)
            return weight.contiguous(memory_format=memory_format)

        setattr(module, self.name, self._folded.of(sources, compute, memory_format))
        return None

    def _sigma(self, module: nn.Module) -> Tensor:
        weight, u, v = (getattr(module, self.name + suffix) for suffix in ("_orig", "_u", "_v"))
        return torch.dot(u, torch.mv(self.reshape_weight_to_matrix(weight), v))
