"""pix2pixHD's instance features: an encoder whose output is averaged over each instance, and cluster centres to draw.

Instances are given by their ids, image by image: an id that occurs in two images of a batch is two instances. An
instance's label is that of most of its pixels; on Cityscapes this is the official rule (`id // 1000`, or the id itself
below 1000), which other data sets' ids do not follow.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from generators._pix2pixhd_layers import head, hourglass
from generators._prepared import TrainingSet
from generators._training import derive_seed


class FeatureEncoder(nn.Module):
    """Image to instance features (pix2pixHD's netE): an hourglass without residual blocks, averaged over instances.

    Args:
        features: Channels out; 3 as published.
        width: Channels of the first layer (nef).
        downsamplings: Halvings of the size.
    """

    def __init__(self, features: int = 3, width: int = 16, downsamplings: int = 4) -> None:
        super().__init__()
        self.model = nn.Sequential(*hourglass(3, width, downsamplings, 0), *head(width, features))

    def forward(self, image: Tensor, ids: Tensor) -> Tensor:
        """Encode (N, 3, H, W) in [-1, 1] with instance ids (N, 1, H, W); return (N, features, H, W) in [-1, 1]."""
        return region_means(self.model(image), ids)


def region_means(x: Tensor, ids: Tensor) -> Tensor:
    """Replace each instance by its mean in every channel, image by image.

    Args:
        x: (N, C, H, W).
        ids: Instance ids, (N, 1, H, W).
    """
    rows = []
    for sample, sample_ids in zip(x, ids, strict=True):
        region, count = number_regions(sample_ids)
        rows.append(_means(sample, region, count)[:, region].unflatten(1, x.shape[2:]))
    return torch.stack(rows)


def number_regions(ids: Tensor) -> tuple[Tensor, int]:
    """Number the instances of one image by rising id; return each pixel's number, int64 (H * W), and how many."""
    values, region = torch.unique(ids.flatten(), return_inverse=True)
    return region, len(values)


def region_labels(layout: Tensor, region: Tensor, count: int) -> Tensor:
    """Return the label of most pixels of each instance, (count,); the smallest of several.

    Args:
        layout: One-hot layout of one image, (L, H, W).
        region: Number of each pixel's instance, (H * W).
        count: How many instances there are.
    """
    votes = layout.new_zeros(len(layout), count).index_add_(1, region, layout.flatten(1))
    return votes.argmax(dim=0)


def draw_features(layout: Tensor, ids: Tensor, noise: Tensor, centers: Tensor, counts: Tensor) -> Tensor:
    """Give every instance one of the cluster centres of its label, drawn with equal chances.

    Args:
        layout: One-hot layouts, (N, L, H, W).
        ids: Instance ids, (N, 1, H, W).
        noise: Uniform in [0, 1), (N, 1, H, W); an instance's draw is the number at its first pixel.
        centers: Cluster centres by label, (L, K, C).
        counts: How many of the K a label has, (L,); an instance of a label that has none gets zeros.

    Returns:
        Features, (N, C, H, W).
    """
    maps = []
    for sample, sample_ids, uniform in zip(layout, ids, noise, strict=True):
        region, count = number_regions(sample_ids)
        label = region_labels(sample, region, count)
        places = torch.arange(len(region), device=region.device)
        first = places.new_full((count,), len(region)).scatter_reduce_(0, region, places, "amin")
        available = counts[label]
        pick = (uniform.flatten()[first] * available).long().clamp(max=centers.shape[1] - 1)
        chosen = centers[label, pick] * (available > 0)[:, None]
        maps.append(chosen[region].T.unflatten(1, sample.shape[1:]))
    return torch.stack(maps)


@torch.no_grad()
def cluster_features(
    encoder: FeatureEncoder, samples: TrainingSet, labels: int, clusters: int, seed: int
) -> tuple[Tensor, Tensor]:
    """Cluster the features of all instances of a training set, label by label, by k-means.

    Args:
        encoder: The trained encoder.
        samples: Conditions with instance ids as their last channel, and photos.
        labels: Channels of the layout.
        clusters: Centres of each label, at most; a label with fewer different instances has fewer.
        seed: Of the starts of k-means.

    Returns:
        Centres (labels, clusters, C), zeros beyond those that a label has; and how many it has, int64 (labels,).
    """
    from scipy.cluster.vq import kmeans  # which only the end of a training needs

    device = next(encoder.parameters()).device
    found: list[list[Tensor]] = [[] for _ in range(labels)]
    channels = 0
    for index in range(len(samples)):
        cond, photo = (part.to(device) for part in samples[index])
        raw = encoder.model(photo[None].float() / 127.5 - 1)[0]
        channels = len(raw)
        region, count = number_regions(cond[-1])
        label_of = region_labels(cond[:labels], region, count).tolist()
        for label, mean in zip(label_of, _means(raw, region, count).T.cpu(), strict=True):
            found[label].append(mean)
    centers, counts = torch.zeros(labels, clusters, channels), torch.zeros(labels, dtype=torch.int64)
    for label, means in enumerate(found):
        if means:
            observed = torch.stack(means).double()
            k = min(clusters, len(observed.unique(dim=0)))
            codes, _ = kmeans(observed.numpy(), k, seed=derive_seed(seed, "clusters", label) % 2**32)
            counts[label] = len(codes)
            centers[label, : len(codes)] = torch.from_numpy(codes)
    return centers, counts


def _means(x: Tensor, region: Tensor, count: int) -> Tensor:
    """Mean of each region, (C, count), summed in float64: a region may have millions of pixels."""
    sums = x.new_zeros(len(x), count, dtype=torch.float64).index_add_(1, region, x.flatten(1).double())
    return (sums / torch.bincount(region, minlength=count)).to(x.dtype)
