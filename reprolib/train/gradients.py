"""The gradient of one global batch, equal to that of a single process whatever the ranks and the accumulation.

The loss is open_clip's, each rank on its own rows against the features of all, gathered with their gradients: the
paper's setting. Its two other settings give wrong gradients (the encoders' off by the number of ranks, or in another
direction), so they are not offered.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from reprolib.train.ranks import without_averaging

if TYPE_CHECKING:
    import torch

    from reprolib.train.ranks import Ranks


class Contrast:
    """Losses and gradients of a model over the ranks."""

    def __init__(self, parallel: Any, ranks: Ranks, *, accumulate: int = 1, bf16: bool = False) -> None:
        """`parallel` is the model as `ranks.wrapped` gives it; `accumulate` parts a rank's batch into so many."""
        self.parallel = parallel
        self.ranks = ranks
        self.accumulate = accumulate
        self.bf16 = bf16
        self.loss = _loss(ranks)

    def backward(self, images: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """Leave the gradient of the mean loss over the global batch in the parameters; return this rank's loss.

        Args:
            images: (b, 3, h, w), this rank's share.
            tokens: (b, context).
        """
        import torch

        if self.accumulate == 1:
            with self._precision():
                loss: torch.Tensor = self.loss(*self.parallel(images, tokens))
            torch.autograd.backward(loss)
            return loss.detach()
        return self._in_parts(images, tokens)

    def _in_parts(self, images: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """All features first, without a graph; the loss of all of them; then each part again, with its gradient.

        So every part is contrasted with the whole batch, and the temperature's gradient counts once (Gao et al.,
        arXiv 2101.06983).
        """
        import torch

        parts = list(zip(images.chunk(self.accumulate), tokens.chunk(self.accumulate), strict=True))
        with torch.no_grad(), self._precision():
            features = [self._model()(*part) for part in parts]
        joined = [torch.cat([each[side] for each in features]).requires_grad_() for side in (0, 1)]
        scale = features[0][2].detach().clone().requires_grad_()
        with self._precision():
            loss: torch.Tensor = self.loss(*joined, scale)
        slopes = torch.autograd.grad(loss, [*joined, scale])
        pieces = zip(slopes[0].chunk(self.accumulate), slopes[1].chunk(self.accumulate), strict=True)
        for number, (part, (by_image, by_text)) in enumerate(zip(parts, pieces, strict=True)):
            last = number == len(parts) - 1
            alone = last or self.ranks.world == 1
            with contextlib.nullcontext() if alone else without_averaging(self.parallel):
                with self._precision():
                    image, text, made = self.parallel(*part)
                by_scale = slopes[2] if last else torch.zeros_like(slopes[2])
                torch.autograd.backward([image, text, made], [by_image, by_text, by_scale])
        return loss.detach()

    def _model(self) -> Any:
        return getattr(self.parallel, "module", self.parallel)

    def _precision(self) -> Any:
        import torch

        return torch.autocast(self.ranks.device.type, dtype=torch.bfloat16, enabled=self.bf16)


def _loss(ranks: Ranks) -> Any:
    """open_clip's loss, but that image and text features travel together: each time that ranks meet costs."""
    import torch
    import torch.distributed.nn.functional as joint
    from open_clip import ClipLoss

    class Loss(ClipLoss):  # type: ignore[misc] # open_clip has no types
        def get_logits(self, image_features: Any, text_features: Any, logit_scale: Any, logit_bias: Any = None) -> Any:
            if ranks.world == 1:
                return super().get_logits(image_features, text_features, logit_scale, logit_bias)
            both = torch.cat([image_features, text_features], dim=1)
            everyones = joint.all_gather(both)  # type: ignore[no-untyped-call]
            images, texts = torch.cat(everyones).chunk(2, dim=1)
            return logit_scale * image_features @ texts.T, logit_scale * text_features @ images.T

    return Loss(local_loss=True, gather_with_grad=True, rank=ranks.rank, world_size=ranks.world)
