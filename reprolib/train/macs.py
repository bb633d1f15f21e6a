"""What a model costs: multiply-accumulates, activations and parameters of both towers; utilisation and energy.

The paper's numbers (Table 25) come from open_clip's profiler, that is fvcore. Its convention, for one sample forward:
products of matrices and convolutions cost one MAC per multiplication, those inside attention included and the causal
mask ignored; layer norm costs five per element, batch norm two; all else is free. An activation is an element that a
product or a convolution puts out. The model is built on the meta device, so no memory is taken and no weight is drawn.

Utilisation is measured against the peak of dense matrix products in bfloat16 (float16 where there is none), as the
maker states it. A CPU's peak, and that of a GPU not listed here, is measured and says so.
"""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable
from dataclasses import asdict, astuple, dataclass
from typing import TYPE_CHECKING, Any

from reprolib.train import models

if TYPE_CHECKING:
    import torch

GIGA = 1e9
TRAINING_FLOPS_PER_MAC = 6
"""Two for a multiplication and an addition, times three: the backward pass costs twice the forward pass."""


@dataclass(frozen=True)
class Macs:
    """Forward giga-MACs of one sample."""

    image: float
    text: float

    @property
    def total(self) -> float:
        """Of both towers: the paper's compute per sample."""
        return self.image + self.text


@dataclass(frozen=True)
class Tower:
    """One tower and one sample."""

    macs: int
    """Multiply-accumulates of the forward pass."""
    activations: int
    """Elements that products and convolutions put out."""
    parameters: int


@dataclass(frozen=True)
class Architecture:
    """Both towers. The text tower holds the logit scale too, as in Table 25."""

    image: Tower
    text: Tower

    @property
    def total(self) -> Tower:
        """Both towers together."""
        both = zip(astuple(self.image), astuple(self.text), strict=True)
        return Tower(*(image + text for image, text in both))


@dataclass(frozen=True)
class Peak:
    """The most that one device, or a process's share of a CPU, can do. `source` says where the numbers come from."""

    name: str
    flops: float
    """FLOP/s."""
    watts: float
    source: str


KNOWN = (
    Peak("A100", 312e12, 350, "NVIDIA A100 data sheet (bf16, dense); power as in the paper's Table 18"),
    Peak("H100 PCIe", 756e12, 350, "NVIDIA H100 data sheet, PCIe (bf16, half of the figure with sparsity; TDP)"),
    Peak("H100 NVL", 835e12, 400, "NVIDIA H100 NVL data sheet (bf16, half of the figure with sparsity; TDP)"),
    Peak("H100", 989e12, 700, "NVIDIA H100 data sheet, SXM (bf16, half of the figure with sparsity; TDP)"),
    Peak("H200", 989e12, 700, "NVIDIA H200 data sheet, SXM (bf16, half of the figure with sparsity; TDP)"),
    Peak("L40S", 362e12, 350, "NVIDIA L40S data sheet (bf16, dense; TDP)"),
    Peak("V100-SXM", 125e12, 300, "NVIDIA V100 data sheet, SXM2 (fp16; TDP)"),
)
"""By a part of the name that CUDA gives; the first that fits counts."""
WATTS_PER_CORE = 7.5
"""Of a CPU: 180 W over 24 cores, the AMD EPYC 7402 of the paper's own machine."""
WATTS_UNLISTED = 350
"""Of a GPU that is not listed: the paper's figure for an A100."""


def macs(name: str) -> Macs:
    """Forward GMACs of one sample through both towers of a model.

    Raises:
        ReproError: As `models.build`.
    """
    counted = architecture(name)
    return Macs(counted.image.macs / GIGA, counted.text.macs / GIGA)


@functools.cache
def architecture(name: str) -> Architecture:
    """MACs, activations and parameters of both towers of a model.

    Raises:
        ReproError: As `models.build`.
    """
    import torch

    model = models.build(name, seed=0, meta=True).eval()
    size = models.image_size(name)
    pixels = torch.empty(1, 3, size, size, device="meta")
    tokens = torch.zeros(1, model.context_length, dtype=torch.long, device="meta")
    of_image = sum(each.numel() for each in model.visual.parameters())
    of_both = sum(each.numel() for each in model.parameters())
    return Architecture(
        _tower(model.encode_image, pixels, of_image), _tower(model.encode_text, tokens, of_both - of_image)
    )


def mfu(gmacs: float, samples_per_second: float, peak_flops: float) -> float:
    """Model FLOP utilisation: the share of the peak that the model's own arithmetic takes, recomputation not credited.

    `gmacs` are forward GMACs per sample; rate and peak (FLOP/s) are those of the same devices, all of them or one.
    """
    return TRAINING_FLOPS_PER_MAC * gmacs * GIGA * samples_per_second / peak_flops


def energy_kwh(device_hours: float, watts: float) -> float:
    """An estimate: every device drew `watts` all the time, as the paper reckons (350 W for an A100, Table 18)."""
    return device_hours * watts / 1000


def described(device: torch.device) -> dict[str, Any]:
    """What `device` is, as a record of resources has it: its kind, a GPU or a process of CPU cores, and its peak."""
    return {"kind": "GPU" if device.type == "cuda" else "process", **asdict(peak(device))}


def peak(device: torch.device) -> Peak:
    """The peak of `device`: listed, or measured in a fraction of a second, while nothing else should run on it."""
    import torch

    if device.type == "cpu":
        threads = torch.get_num_threads()
        cores = f"{threads} core{'s' if threads > 1 else ''}"
        source = f"measured: a product of float32 matrices on {cores}; power {WATTS_PER_CORE} W a core"
        return Peak(f"CPU, {cores}", _measured(device, torch.float32, 1024), threads * WATTS_PER_CORE, source)
    name = torch.cuda.get_device_name(device)
    listed = _listed(name)
    if listed is not None:
        return listed
    source = f"measured: a product of bfloat16 matrices; power {WATTS_UNLISTED} W, for want of its own figure"
    return Peak(name, _measured(device, torch.bfloat16, 8192), WATTS_UNLISTED, source)


def _listed(name: str) -> Peak | None:
    return next((each for each in KNOWN if each.name in name), None)


def _measured(device: torch.device, dtype: torch.dtype, size: int, seconds: float = 0.3) -> float:
    """The best rate, in FLOP/s, of a product of two matrices of `size` rows and columns."""
    import torch

    left, right = torch.ones(2, size, size, dtype=dtype, device=device)
    best, end = math.inf, time.perf_counter() + seconds
    while (begun := time.perf_counter()) < end:
        torch.mm(left, right)[0, 0].item()  # waits for the device
        best = min(best, time.perf_counter() - begun)
    return 2 * size**3 / best


def _tower(encode: Callable[[torch.Tensor], torch.Tensor], sample: torch.Tensor, parameters: int) -> Tower:
    import torch

    # Without gradients and on the meta device, attention takes the plain path of single products: no fused kernel
    # hides them from the count.
    with torch.no_grad(), _counter() as counter:
        encode(sample)
    return Tower(counter.macs, counter.activations, parameters)


def _counter() -> Any:
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode

    aten = torch.ops.aten
    left_factor = {aten.mm: 0, aten.bmm: 0, aten.addmm: 1, aten.baddbmm: 1}
    norms = {aten.native_layer_norm: 5, aten.native_batch_norm: 2}

    class Counter(TorchDispatchMode):  # type: ignore[no-untyped-call] # torch leaves it untyped
        """Adds up what runs while it is active."""

        macs = 0
        activations = 0

        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            out = func(*args, **(kwargs or {}))
            operation = func.overloadpacket
            if operation in left_factor:
                self._add(out, args[left_factor[operation]].shape[-1])
            elif operation is aten.convolution:
                self._add(out, math.prod(args[1].shape[1:]))
            elif operation in norms:
                self.macs += norms[operation] * args[0].numel()
            return out

        def _add(self, out: torch.Tensor, macs_per_element: int) -> None:
            self.macs += out.numel() * macs_per_element
            self.activations += out.numel()

    return Counter()  # type: ignore[no-untyped-call]
