"""The one number beside each checkpoint: loss and retrieval on held-out pairs of the training world.

They are drawn like the training pairs, from a stream of their own. No evaluation set is touched here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

    from reprolib.train.ranks import Ranks

AT_ONCE = 256
"""Pairs embedded at once, and pairs that the loss contrasts with each other."""


def validate(model: Any, images: torch.Tensor, tokens: torch.Tensor, ranks: Ranks) -> dict[str, float]:
    """Loss (mean over blocks of `AT_ONCE` pairs) and recall at 1 and 5 in both directions, each rank embedding a part.

    A pair's own partner is a hit at k if fewer than k others are as near or nearer: ties count against the model.

    Args:
        model: The bare model; left in training mode.
        images: (n, 3, h, w), all of them on every rank.
        tokens: (n, context).
        ranks: Who takes part.
    """
    import torch

    model.eval()
    # Equal shares, the last filled up with the first pairs: ranks that share a model compute in step.
    size = -(-len(images) // ranks.world)
    own = torch.arange(ranks.rank * size, (ranks.rank + 1) * size) % len(images)
    blocks = torch.split(own, AT_ONCE)
    parts = []
    with torch.no_grad():
        for rows in blocks:
            image, text, scale = model(images[rows].to(ranks.device), tokens[rows].to(ranks.device))
            parts.append(torch.cat([image.float(), text.float()], dim=1))
        image, text = ranks.gathered(torch.cat(parts))[: len(images)].chunk(2, dim=1)
        found = {**_recalls(image @ text.T), "loss": _loss(image, text, scale.float())}
    model.train()
    return found


def _recalls(near: torch.Tensor) -> dict[str, float]:
    """`near` is (images, texts)."""
    own = near.diagonal()
    image_rank = (near >= own[None, :]).sum(dim=0) - 1  # of its image, for each text
    text_rank = (near >= own[:, None]).sum(dim=1) - 1
    return {
        f"{kind}_retrieval_recall@{k}": (rank < k).double().mean().item()
        for kind, rank in (("image", image_rank), ("text", text_rank))
        for k in (1, 5)
    }


def _loss(image: torch.Tensor, text: torch.Tensor, scale: torch.Tensor) -> float:
    from open_clip import ClipLoss

    blocks = len(image) // AT_ONCE or 1
    pairs = zip(image.chunk(blocks), text.chunk(blocks), strict=True)
    losses = [ClipLoss()(one, other, scale).item() for one, other in pairs]
    return float(sum(losses) / len(losses))
