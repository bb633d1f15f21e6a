"""Models that do not fit on one device: weights, gradients and moments in parts over the ranks (PyTorch's FSDP2).

Each block of both towers is gathered while it computes and given up after. The temperature, a scalar, cannot be cut and
stays whole on every rank. Checkpoints hold whole tensors, so they do not tell how a run was parted.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from reprolib.train import models

if TYPE_CHECKING:
    import torch

    from reprolib.train.ranks import Ranks


def shard(model: Any, ranks: Ranks) -> Any:
    """`model`, its parameters cut over the ranks in place; gradients are means over them, as with DDP."""
    import torch.distributed as dist
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    mesh = init_device_mesh(ranks.device.type, (ranks.world,))
    scalars = {each for each in model.parameters() if each.ndim == 0}
    for module in (*models.blocks(model), model):
        fully_shard(module, mesh=mesh, ignored_params=scalars)
    for scalar in scalars:
        scalar.data = scalar.data.to(ranks.device)
        scalar.register_post_accumulate_grad_hook(lambda each: dist.all_reduce(each.grad.div_(ranks.world)))
    return model


def whole(value: torch.Tensor) -> torch.Tensor:
    """`value` with all its parts, which every rank must ask for; any other tensor as it is."""
    from torch.distributed.tensor import DTensor

    return value.full_tensor() if isinstance(value, DTensor) else value


def like(value: torch.Tensor, own: torch.Tensor) -> torch.Tensor:
    """This rank's part of the whole tensor `value`, if `own`, which it is for, is cut; else `value` itself."""
    from torch.distributed.tensor import DTensor, distribute_tensor

    if not isinstance(own, DTensor) or value.shape != own.shape:
        return value
    return distribute_tensor(value.to(own.device), own.device_mesh, own.placements, src_data_rank=None)


def norm(gradients: list[torch.Tensor]) -> float:
    """The norm of all gradients together, the same on every rank."""
    import torch
    from torch.distributed.tensor import DTensor

    cut = [each for each in gradients if isinstance(each, DTensor)]
    rest = [each for each in gradients if not isinstance(each, DTensor)]
    parts = [whole(torch.nn.utils.get_total_norm(each)).item() for each in (cut, rest) if each]
    return math.hypot(*parts)
