"""open_clip models by name, and configurations in open_clip's JSON format.

`configs/*.json` holds the ladder of the `mini` study: images of 32 px in patches of 8 px, captions of 16 tokens. Sizes
below `tiny` are named after the metric prefixes, as timm does. They are registered with open_clip, so that
`open_clip.create_model` and `open_clip.get_tokenizer` know them once this module has looked one up. A name that ends in
`.json` is a file of the reader's own. Weights are drawn from a seed: same name, same seed, same weights, up to last
bits where torch has other kernels for the processor.
"""

from __future__ import annotations

import difflib
import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprolib import files
from reprolib.errors import ReproError

if TYPE_CHECKING:
    import open_clip
    import torch

CONFIGS = Path(__file__).parent / "configs"
KEYS = ("embed_dim", "vision_cfg", "text_cfg")


def names() -> list[str]:
    """The names that `build` knows: open_clip's and those in `configs/`, in natural order."""
    import open_clip

    _register_ours()
    return list(open_clip.list_models())


def register(name: str) -> str:
    """Make `name` known to open_clip, if it is the path of a configuration, and give the name it has there.

    Raises:
        ReproError: No such model or file, no configuration in it, or its name is taken by another configuration.
    """
    import open_clip

    _register_ours()
    if not name.endswith(".json"):
        if open_clip.get_model_config(name) is None:
            raise ReproError(f"there is no model '{name}'{_nearest(name)}")
        return name
    path = Path(name)
    config = _read(path)
    known = open_clip.get_model_config(path.stem)
    if known is None:
        open_clip.add_model_config(path)
    elif known != config:
        raise ReproError(f"{path} differs from the model '{path.stem}' that is known already; give the file a new name")
    return path.stem


def config(name: str) -> dict[str, Any]:
    """The configuration of a model: `embed_dim`, `vision_cfg`, `text_cfg`, as open_clip's JSON files hold it.

    Raises:
        ReproError: As `register`.
    """
    import open_clip

    found: dict[str, Any] = open_clip.get_model_config(register(name))
    return found


def image_size(name: str) -> int:
    """Height and width, in pixels, of the images that a model takes.

    Raises:
        ReproError: As `register`.
    """
    import open_clip

    size: int = open_clip.CLIPVisionCfg(**config(name)["vision_cfg"]).image_size
    return size


def build(
    name: str,
    *,
    seed: int,
    device: str | torch.device = "cpu",
    dtype: torch.dtype | None = None,
    meta: bool = False,
) -> open_clip.CLIP:
    """A model with fresh weights, drawn on the CPU from `seed` alone: any device gets the same ones.

    The global random state is neither read nor moved. `dtype` is float32 unless given. With `meta` the model has
    shapes but no memory, and `seed` and `device` do not matter.

    Raises:
        ReproError: As `register`; or the model is not of the paper's family; or its configuration is impossible.
    """
    import open_clip
    import torch

    known = config(name)
    if known.pop("custom_text", False) or "hf_model_name" in known["text_cfg"] or "multimodal_cfg" in known:
        raise ReproError(
            f"the model '{name}' has a text tower of its own class, but only open_clip's CLIP class is trained here; "
            "choose a model without custom_text, such as ViT-B-32"
        )
    with torch.random.fork_rng(devices=()), torch.device("meta" if meta else "cpu"):
        torch.default_generator.manual_seed(seed)
        try:
            model = open_clip.CLIP(**known)
        except (TypeError, ValueError, AssertionError) as error:
            raise ReproError(f"the configuration of the model '{name}' is impossible: {error}; mend it") from error
    return model.to(dtype=dtype) if meta else model.to(device=device, dtype=dtype)


def blocks(model: Any) -> list[torch.nn.Module]:
    """The transformer blocks of both towers, image first; a tower that is no transformer has none."""
    towers = (getattr(model.visual, "transformer", None), model.transformer)
    return [block for tower in towers if tower is not None for block in tower.resblocks]


def _read(path: Path) -> dict[str, Any]:
    import open_clip

    config = files.read_json(path)
    try:
        fault = ", ".join(f"'{key}' is missing" for key in KEYS if key not in config)
        if not fault:
            open_clip.CLIPVisionCfg(**config["vision_cfg"])
            open_clip.CLIPTextCfg(**config["text_cfg"])
    except TypeError as error:
        fault = str(error)
    if fault:
        raise ReproError(f"{path} should hold a model in open_clip's format, but {fault}; mend it")
    read: dict[str, Any] = config
    return read


@functools.cache
def _register_ours() -> None:
    import open_clip

    open_clip.add_model_config(CONFIGS)


def _nearest(name: str) -> str:
    near = difflib.get_close_matches(name, names(), n=3, cutoff=0.5)
    others = f"the nearest are {', '.join(near)}" if near else "open_clip.list_models() lists them"
    return f"; {others}, and a file of your own ends in .json"
