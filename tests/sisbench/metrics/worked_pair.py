"""The 8x8 image pair whose colour and texture numbers were worked out once with scikit-image, SciPy and POT."""

from __future__ import annotations

import torch
from torch import Tensor

_A = (
    "2d678c78827c33866f76956fa5a8906182d54e807e54b1a0898f906e8c5d377d945ab5c9789bc05870afa3c97c8c82a7"
    "8936435480854eaa698e488c7f7ec37c56d94d66c9a4abc386488a304aba806089406e6968568faf75957266b67468da"
    "7d735e6544a57a6ca06ab09f5e7382b8cb88bed4d65783884d699672a759904bbd80815b82ba87646aac6daf78bbd8b5"
    "554fa065366a8197809e98ae428c9191cac0756a76c9897f804a587442b67b66af6266a57a5f739385d4a8d0a5628793"
)
_B = (
    "2b133249078da24c7d72b92a2abb117f51762b5b38a6819ead257f7935763660425b40220b0cc8b17380070ec857b786"
    "bfd050c74d88312f98393e8c0e2f8626ab59813b5ca28ecf1eaabbb11ac5544fb822637639482c4073adaf33cc851843"
    "971d72905fb6216bbdc89b39a0d3b37b888c902bd2d6ad6186cb613991c7c278de558e7ce6c03ce856d9d98e3425e9de"
    "32da777fe091334e65936ca8c77599e4c9648c91acb05ec983f77c7233539b724d6583ef7ecf97a1eef1e6db6f3d9dc7"
)


def _image(pixels: str) -> Tensor:
    rows = torch.tensor(list(bytes.fromhex(pixels)), dtype=torch.uint8).view(8, 8, 3)
    return rows.permute(2, 0, 1).contiguous()


A, B = _image(_A), _image(_B)
TRUTH = torch.tensor([[0, 0, 0, 0, 1, 1, 1, 1]] * 6 + [[2, 2, 2, 2, 3, 3, 3, 3]] * 2)
