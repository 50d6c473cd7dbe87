"""pix2pixHD (Wang et al., CVPR 2018): global generator, local enhancers for 2048x1024, instance features.

In the official key layout. Files from torch before 0.4 carry running statistics of instance norms (`running_mean`,
`running_var`), which the official code neither reads nor misses: its norms use the statistics of the image. They are
dropped when such a file is loaded.

The published numbers of SPADE's tables are retrainings of this code by SPADE's authors at 256x512 and 256x256 (recipes
`cityscapes`, `ade20k`, `ade20k_outdoors`, `coco_stuff`), whose weights are not public; the paper's own are 2048x1024,
scored by PSPNet. The released `label2city_1024p/latest_net_G.pth` is the network of `cityscapes-1024p`. The official
test script writes JPEG files; how images are written is the protocol's choice here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from generators._base import Generator, Stages
from generators._errors import GeneratorError
from generators._patch_objective import PatchObjective
from generators._pix2pixhd_discriminator import PyramidDiscriminator, adversarial, matching
from generators._pix2pixhd_features import FeatureEncoder, cluster_features, draw_features
from generators._pix2pixhd_layers import ResidualBlock, down, half, head, hourglass, stem, up
from generators._prepared import TrainingSet
from generators._recipe import Recipe
from generators._registry import register
from generators.layers.blocks import initialise
from generators.layers.discriminators import Features

CITYSCAPES = Recipe(
    source="Wang et al. 2018, sec. 3 and 4; official code for sizes of layers, betas and loss weights; at the size of "
    "SPADE's comparison (Park et al. 2019, sec. 4), who trained the public code",
    size=(256, 512),
    discriminator={"width": 64, "layers": 3, "scales": 2},
    loss_weights={"gan": 1.0, "feature_matching": 10.0, "vgg": 10.0},
    batch_size=1,
    epochs=100,
    decay_epochs=100,
    lr_g=2e-4,
    lr_d=2e-4,
    betas=(0.5, 0.999),
    gan_mode="ls",
    init="normal",
    init_gain=0.02,
)
ADE20K = dataclasses.replace(CITYSCAPES, size=(256, 256))
COCO = ADE20K
CITYSCAPES_512P = dataclasses.replace(
    CITYSCAPES, size=(512, 1024), source="Wang et al. 2018, sec. 3 and 4; official 512p training script"
)
CITYSCAPES_1024P = dataclasses.replace(
    CITYSCAPES_512P,
    source="Wang et al. 2018, sec. 3.2; official 1024p training script for 24 GB",
    size=(1024, 2048),
    model={"width": 32, "enhancers": 1, "local_blocks": 3},
    discriminator={"width": 64, "layers": 3, "scales": 3},
    epochs=50,
    decay_epochs=50,
    start=("model.",),
    start_epochs=10,
)
CITYSCAPES_1024P_LONG = dataclasses.replace(
    CITYSCAPES_1024P,
    source="Wang et al. 2018, sec. 3.2; official 1024p training script that keeps the global network for 20 epochs; "
    "its length is the code's default",
    epochs=100,
    decay_epochs=100,
    start_epochs=20,
)


def _with_features(recipe: Recipe) -> Recipe:
    """Return the training with instance features of the same paper (sec. 3.4): 3 channels, 10 clusters a label."""
    return dataclasses.replace(recipe, model={**recipe.model, "features": 3})


QUICK = Recipe(
    source="ours: minutes on two CPU cores; chosen by measurement on tinytown, no published counterpart",
    model={"width": 16, "downsamplings": 2, "blocks": 6},
    discriminator={"width": 16, "layers": 3, "scales": 2},
    loss_weights={"gan": 1.0, "feature_matching": 10.0, "l1": 50.0, "texture": 100.0, "checkerboard": 10.0},
    batch_size=1,
    steps=650,
    decay_steps=300,
    lr_g=1e-3,
    lr_d=5e-4,
    betas=(0.5, 0.99),
    gan_mode="ls",
    fresh_fakes=False,
    init_gain=0.7,
)
QUICK_HALF = dataclasses.replace(
    QUICK, source=f"{QUICK.source}; the coarse half of a coarse-to-fine training", size=(64, 128)
)
QUICK_LOCAL = dataclasses.replace(
    QUICK,
    source=f"{QUICK.source}; the fine half, which starts from a run of quick-half",
    model={**QUICK.model, "width": 8, "enhancers": 1, "local_blocks": 2},
    start=("model.",),
    start_steps=150,
)


class Pix2PixHDObjective(PatchObjective):
    """pix2pixHD's losses: least squares summed over scales, D's halved; feature matching; VGG.

    With instance features their encoder is trained with G, and images are made from the real image's features. D sees
    the layout and the edges, not the instance ids.
    """

    def __init__(self, generator: Generator, recipe: Recipe, vgg_weights: Path | None = None) -> None:
        super().__init__(generator, recipe, vgg_weights)
        self.feature_encoder: FeatureEncoder | None = None
        if isinstance(generator, Pix2PixHD) and generator.features:
            self.feature_encoder = FeatureEncoder(generator.features, downsamplings=generator.downsamplings)
            initialise(self.feature_encoder, recipe)

    def build_discriminator(self, generator: Generator, recipe: Recipe) -> nn.Module:
        """Build D for layout, edges and image."""
        discriminator = PyramidDiscriminator(generator.num_labels + generator.edges + 3, **recipe.discriminator)
        initialise(discriminator, recipe)
        return discriminator

    def adversarial(self, features: Features, *, is_real: bool, for_d: bool) -> Tensor:
        """Sum over the scales; D's counts half."""
        return adversarial(features, is_real=is_real, for_d=for_d, mode=self.gan_mode)

    def matching(self, fake: Features, real: Features) -> Tensor:
        """Feature matching with the official factor 4 / (number of outputs)."""
        return matching(fake, real)

    def encoder(self) -> nn.Module | None:
        """Return the feature encoder, if there is one."""
        return self.feature_encoder

    def stages(self, generator: Generator, cond: Tensor, real: Tensor) -> Stages:
        """Run G, with instance features those of the real image."""
        if self.feature_encoder is None or not isinstance(generator, Pix2PixHD):
            return generator.stages(cond)
        return generator.render(cond, self.feature_encoder(real, cond[:, -1:]))

    def generator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        """Loss terms of G and E."""
        return super().generator_terms(self._judged_cond(cond), real, stages)

    def discriminator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        """Loss terms of D: half the sum of the official code."""
        return super().discriminator_terms(self._judged_cond(cond), real, stages)

    def finish(self, generator: Generator, training_set: TrainingSet | None, seed: int) -> None:
        """Cluster the features of the training set's instances; the centres become part of the generator's state."""
        if self.feature_encoder is None or not isinstance(generator, Pix2PixHD):
            return
        if training_set is None:
            raise GeneratorError("pix2pixHD's instance features are clustered over the training set; give it to train.")
        centers, counts = cluster_features(
            self.feature_encoder, training_set, generator.num_labels, generator.clusters, seed
        )
        generator.centers.copy_(centers)
        generator.center_counts.copy_(counts)

    def _judged_cond(self, cond: Tensor) -> Tensor:
        return cond if self.feature_encoder is None else cond[:, :-1]


@register(
    "pix2pixhd",
    title="pix2pixHD",
    task="layout",
    paper="Wang et al., High-Resolution Image Synthesis and Semantic Manipulation with Conditional GANs, CVPR 2018",
    conditions=("layout", "edges"),
    recipes={
        "cityscapes": CITYSCAPES,
        "ade20k": ADE20K,
        "ade20k_outdoors": ADE20K,
        "coco_stuff": COCO,
        "cityscapes-512p": CITYSCAPES_512P,
        "cityscapes-1024p": CITYSCAPES_1024P,
        "cityscapes-1024p-long": CITYSCAPES_1024P_LONG,
        "cityscapes-512p-features": _with_features(CITYSCAPES_512P),
        "cityscapes-1024p-features": _with_features(CITYSCAPES_1024P),
        "quick": QUICK,
        "quick-features": _with_features(QUICK),
        "quick-half": QUICK_HALF,
        "quick-local": QUICK_LOCAL,
    },
    objective=Pix2PixHDObjective,
)
class Pix2PixHD(Generator):
    """An hourglass with residual blocks at its waist; enhancers of higher resolution around it; instance features.

    Args:
        num_labels: Channels of the one-hot layout, the unknown label included.
        edges: Whether an instance-edge channel follows the layout.
        size: Height and width of the image.
        width: Channels of the outermost convolutions (ngf): 64 without enhancer, 32 with one.
        downsamplings: Halvings inside the global network.
        blocks: Residual blocks of the global network.
        enhancers: Local enhancers, each doubling the resolution; 1 for 2048x1024.
        local_blocks: Residual blocks of each enhancer.
        features: Channels of instance features; 0 for a network without, 3 as published. With features the condition
            has one more channel, the instance ids, and noise draws a cluster centre for every instance. A photo's own
            features, which a run's `encoder.pth` makes (`FeatureEncoder`), go into `render`.
        clusters: Cluster centres of each label, at most.

    Raises:
        GeneratorError: The size is no multiple of what the halvings make, or too small for them.
    """

    def __init__(
        self,
        num_labels: int,
        edges: bool,
        size: tuple[int, int],
        width: int = 64,
        downsamplings: int = 4,
        blocks: int = 9,
        enhancers: int = 0,
        local_blocks: int = 3,
        features: int = 0,
        clusters: int = 10,
    ) -> None:
        super().__init__(num_labels, edges, size)
        self.instances = bool(features)
        self.width, self.downsamplings, self.blocks = width, downsamplings, blocks
        self.enhancers, self.local_blocks = enhancers, local_blocks
        self.features, self.clusters = features, clusters
        multiple = 2 ** (downsamplings + enhancers)
        if any(side % multiple or side < 2 * multiple for side in size):
            raise GeneratorError(
                f"pix2pixHD with {downsamplings} halvings and {enhancers} enhancers makes sizes that are multiples of "
                f"{multiple}, at least {2 * multiple}; {size[0]}x{size[1]} is not."
            )
        channels = num_labels + int(edges) + features
        layers = hourglass(channels, width * 2**enhancers, downsamplings, blocks)
        self.model = nn.Sequential(*layers, *([] if enhancers else head(width)))
        for n in range(1, enhancers + 1):
            w = width * 2 ** (enhancers - n)
            self.add_module(f"model{n}_1", nn.Sequential(*stem(channels, w), *down(w)))
            rest = [*(ResidualBlock(2 * w) for _ in range(local_blocks)), *up(w)]
            self.add_module(f"model{n}_2", nn.Sequential(*rest, *(head(w) if n == enhancers else [])))
        if features:
            self.centers: Tensor
            self.center_counts: Tensor
            self.register_buffer("centers", torch.zeros(num_labels, clusters, features))
            self.register_buffer("center_counts", torch.zeros(num_labels, dtype=torch.int64))

    @classmethod
    def takes_instances(cls, options: Mapping[str, Any]) -> bool:
        """With instance features the ids are part of the condition."""
        return bool(options.get("features"))

    @property
    def input_channels(self) -> int:
        """Channels of the first convolution: features in the place of instance ids."""
        return self.num_labels + int(self.edges) + self.features

    def stages(self, cond: Tensor, noise: Tensor | None = None) -> Stages:
        """Compute "image" from cond (N, C, H, W); with instance features, draw them by noise (N, 1, H, W)."""
        if not self.features:
            return self.render(cond)
        if noise is None:
            raise GeneratorError("pix2pixHD with instance features needs noise; draw it with sample_noise.")
        layout, ids = cond[:, : self.num_labels], cond[:, -1:]
        return self.render(cond, draw_features(layout, ids, noise, self.centers, self.center_counts))

    def render(self, cond: Tensor, features: Tensor | None = None) -> Stages:
        """Compute "image", from given instance features where the network has them.

        Args:
            cond: (N, C, H, W).
            features: (N, features, H, W), such as `FeatureEncoder` makes from a photo.
        """
        x = cond if features is None else torch.cat((cond[:, :-1], features), dim=1)
        pyramid = [x]
        for _ in range(self.enhancers):
            pyramid.append(half(pyramid[-1]))
        image: Tensor = self.model(pyramid.pop())
        for n in range(1, self.enhancers + 1):
            image = self.get_submodule(f"model{n}_2")(image + self.get_submodule(f"model{n}_1")(pyramid.pop()))
        return {"image": image} if features is None else {"image": image, "features": features}

    def sample_noise(self, n: int, rng: torch.Generator | None = None) -> Tensor | None:
        """Draw uniform numbers that choose cluster centres, (n, 1, H, W); None without instance features."""
        return torch.rand(n, 1, *self.size, generator=rng) if self.features else None

    def adapt_state(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Drop the running statistics of instance norms, which old files carry and nothing reads."""
        dropped = ("running_mean", "running_var", "num_batches_tracked")
        return {key: value for key, value in state.items() if key.rpartition(".")[2] not in dropped}
