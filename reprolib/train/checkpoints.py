"""Checkpoints: weights that open_clip loads as they are, and the state from which a run goes on.

Both are safetensors files, so nothing is pickled: tensors, and in the header under `reprolib` a JSON object with the
rest. Its seal is the sha256 of the file with zeros in the seal's place; a truncated or altered file is refused.

* Weights, `samples-000045056.safetensors`, after that many samples. `open_clip.create_model(name, pretrained=path)`
  loads them; `export` makes a folder that `open_clip.create_model("local-dir:<folder>")` loads without knowing the
  name. open_clip's own checkpoints, `.safetensors` or `.pt`, load here.
* State: weights, the optimiser's moments and what the loop counts in one file, so that one rename replaces all of it.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprolib import files
from reprolib.errors import ReproError
from reprolib.train import models, sharding
from reprolib.train.identity import differences

if TYPE_CHECKING:
    import torch

HEADER = "reprolib"
UNSEALED = "0" * 64
WEIGHTS = "weights"
WRAPPERS = re.compile(r"^(module\.|_orig_mod\.)+")
"""What DDP and torch.compile put before the names of weights."""


def log_spaced(budget: int, per_decade: int, first: int) -> list[int]:
    """Samples seen at which to keep a checkpoint: `first`, then `per_decade` in each decade, and `budget` last.

    All but the last are free of `budget`, so that runs of several budgets have checkpoints at the same places.
    """
    marks: list[int] = []
    while (mark := round(first * 10 ** (len(marks) / per_decade))) < budget:
        marks.append(mark)
    return sorted({*marks, budget})


def name_of(samples: int) -> str:
    """The file name of the weights after `samples` samples; sorted by name they are sorted by samples."""
    return f"samples-{samples:012d}.safetensors"


def save_weights(path: Path | None, model: torch.nn.Module) -> None:
    """Write the weights of `model`, not wrapped in DDP or compiled, to `path`.

    Of a sharded model every rank calls this, all but one with None.

    Raises:
        ReproError: As `files.write`.
    """
    _save(path, model.state_dict(), {"kind": WEIGHTS})


def load_weights(path: Path, model: torch.nn.Module) -> None:
    """Put the weights in `path`, a `.safetensors` file or open_clip's `.pt`, into `model`, in place.

    A `.pt` file is read without running any code in it; its optimiser and epoch are left alone.

    Raises:
        ReproError: The file is missing, damaged or altered, or holds the weights of another model.
    """
    _put(path, _tensors(path), model)


def export(folder: Path, name: str, model: torch.nn.Module) -> None:
    """Write `model`, of the configuration `name`, as a folder that open_clip loads by itself (`local-dir:<folder>`).

    Raises:
        ReproError: As `models.register` and `files.staged`.
    """
    with files.staged(folder) as stage:
        files.write_json(stage / "open_clip_config.json", {"model_cfg": models.config(name), "preprocess_cfg": {}})
        save_weights(stage / "open_clip_model.safetensors", model)


def save_state(
    path: Path | None,
    model: torch.nn.Module,
    optimiser: torch.optim.Optimizer,
    *,
    identity: Mapping[str, Any],
    meta: Mapping[str, Any],
) -> None:
    """Write all that a run needs to go on to `path`.

    Args:
        path: Replaced as a whole; None as in `save_weights`.
        model: As in `save_weights`.
        optimiser: Over parameters of `model`. Its settings are not kept: they follow from the run.
        identity: What a run must be to go on from here, as JSON values.
        meta: What the loop counts, as JSON values.

    Raises:
        ReproError: As `files.write`.
    """
    tensors = {f"{WEIGHTS}/{name}": value for name, value in model.state_dict().items()}
    for name, parameter in model.named_parameters():
        for entry, value in optimiser.state.get(parameter, {}).items():
            tensors[f"{entry}/{name}"] = value
    _save(path, tensors, {"kind": "state", "identity": identity, "meta": meta})


def load_state(
    path: Path, model: torch.nn.Module, optimiser: torch.optim.Optimizer, *, identity: Mapping[str, Any]
) -> dict[str, Any]:
    """Put the state in `path` into `model` and `optimiser`, in place and to the bit; return its `meta`.

    Raises:
        ReproError: The file is missing, damaged, altered or no state, or of a run with another `identity`.
    """
    tensors, header = _read(path)
    if header.get("kind") != "state":
        raise ReproError(f"{path} should hold the state of a run, but holds none; move it away to begin anew")
    if found := differences(header["identity"], json.loads(json.dumps(identity))):
        raise ReproError(
            f"{path} is the state of another run: {found}; set it back to go on, or train with --restart, which moves "
            "the folder of the run aside"
        )
    parts: dict[str, dict[str, torch.Tensor]] = {}
    for key, value in tensors.items():
        entry, _, name = key.partition("/")
        parts.setdefault(entry, {})[name] = value
    _put(path, parts.pop(WEIGHTS, {}), model)
    own = dict(model.named_parameters())
    names = {id(parameter): name for name, parameter in own.items()}
    ordered = [names[id(each)] for group in optimiser.param_groups for each in group["params"]]
    # Cloned, because a tensor that safetensors reads lies in memory of its own alignment.
    state = {
        index: {entry: sharding.like(each[name].clone(), own[name]) for entry, each in parts.items() if name in each}
        for index, name in enumerate(ordered)
    }
    settings = optimiser.state_dict()["param_groups"]
    optimiser.load_state_dict({"state": {k: v for k, v in state.items() if v}, "param_groups": settings})
    meta: dict[str, Any] = header["meta"]
    return meta


def state_identity(path: Path) -> dict[str, Any]:
    """The identity in the state `path`; nothing but its header is read, so the seal is not checked.

    Raises:
        ReproError: It is no safetensors file.
    """
    import safetensors

    try:
        with safetensors.safe_open(path, "pt") as opened:
            header = json.loads((opened.metadata() or {}).get(HEADER, "{}"))
    except (safetensors.SafetensorError, ValueError) as error:
        raise _damaged(path, error) from error
    found: dict[str, Any] = header.get("identity", {})
    return found


def _put(path: Path, weights: Mapping[str, torch.Tensor], model: torch.nn.Module) -> None:
    own = model.state_dict()
    shapes = {name: value.shape for name, value in own.items()}
    odd = [f"lacks '{name}'" for name in own if name not in weights]
    odd += [f"has '{name}', which the model has not" for name in weights if name not in own]
    odd += [
        f"has '{name}' of shape {tuple(value.shape)} instead of {tuple(shapes[name])}"
        for name, value in weights.items()
        if name in own and value.shape != shapes[name]
    ]
    if odd:
        more = f" (and {len(odd) - 1} more)" if len(odd) > 1 else ""
        raise ReproError(f"{path} holds the weights of another model: it {odd[0]}{more}; build the model it is from")
    model.load_state_dict({name: sharding.like(value, own[name]) for name, value in weights.items()})


def _tensors(path: Path) -> dict[str, torch.Tensor]:
    import torch

    if path.suffix == ".safetensors":
        weights, _ = _read(path)
    else:
        content = io.BytesIO(files.read(path))
        try:
            found = torch.load(content, map_location="cpu", weights_only=True)
            weights = {name: value.detach() for name, value in found.get("state_dict", found).items()}
        except Exception as error:  # whatever a damaged byte leads the unpickler to
            raise ReproError(
                f"{path} should hold a dictionary of weights and nothing that runs code, but does not read as one "
                "(cut short, altered or a TorchScript archive?); copy it again"
            ) from error
    return {WRAPPERS.sub("", name): value for name, value in weights.items()}


def _save(path: Path | None, tensors: Mapping[str, torch.Tensor], header: Mapping[str, Any]) -> None:
    import safetensors.torch

    found = {}
    for name, value in tensors.items():
        entire = sharding.whole(value)
        if path is not None:
            found[name] = entire.cpu().contiguous()
    if path is None:
        return
    text = json.dumps({"seal": UNSEALED, **header}, sort_keys=True, allow_nan=False)
    # One key, because safetensors does not keep the order of several: the same tensors make the same bytes.
    blank = safetensors.torch.save(found, {HEADER: text})
    at, seal = blank.find(UNSEALED.encode()), hashlib.sha256(blank).hexdigest().encode()
    view = memoryview(blank)  # a large model's state should not lie in memory once more
    files.write_parts(path, [view[:at], seal, view[at + len(seal) :]])


def _read(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """The tensors of a safetensors file and the object in its header; empty if the file is not of this module."""
    import safetensors.torch

    data = files.read(path)
    try:
        tensors = safetensors.torch.load(data)
        end = 8 + int.from_bytes(data[:8], "little")
        text = json.loads(data[8:end]).get("__metadata__", {}).get(HEADER, "{}")
        header: dict[str, Any] = json.loads(text)
    except (safetensors.SafetensorError, ValueError, KeyError) as error:
        raise _damaged(path, error) from error
    if header and header.get("seal") != _seal(data, header.get("seal", "")):
        raise ReproError(
            f"{path} was altered after it was written: its seal does not match; copy it again or move it away"
        )
    return tensors, header


def _damaged(path: Path, error: Exception) -> ReproError:
    return ReproError(f"{path} was cut short or altered: {error}; copy it again or move it away")


def _seal(data: bytes, seal: str) -> str:
    at = data.find(seal.encode())
    digest = hashlib.sha256(memoryview(data)[:at])
    digest.update(UNSEALED.encode())
    digest.update(memoryview(data)[at + len(seal) :])
    return digest.hexdigest()
