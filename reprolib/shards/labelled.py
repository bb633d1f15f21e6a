"""Images in a folder for each class, as ImageNet and most class sets come.

The classes are the folders' names in order, `_` read as a space, unless `classnames.txt` names them, one a line in the
same order. The templates are in `zeroshot_classification_templates.txt`, one a line with `{c}` for the class; without
it there is one, "a photo of a {c}.".
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from reprolib import files
from reprolib.errors import ReproError
from reprolib.shards.images import extension_of, key_of
from reprolib.shards.manifest import CLASSES, TEMPLATES
from reprolib.shards.sample import Sample
from reprolib.shards.source import Source

TEMPLATE = "a photo of a {c}."


def source(root: Path, images: Sequence[Path]) -> Source:
    """`images` below `root`, each in the folder of its class.

    Raises:
        ReproError: An image lies beside the folders, there is one class only, or the text files do not fit.
    """
    for path in images:
        if path.parent == root:
            raise ReproError(
                f"{path} should lie in a folder named after its class or have its caption in a .txt beside it; add the "
                ".txt, or move it"
            )
    folders = sorted({path.relative_to(root).parts[0] for path in images})
    classes = _lines(root / CLASSES) or [name.replace("_", " ") for name in folders]
    if len(classes) != len(folders) or len(folders) < 2:
        raise ReproError(
            f"{root} should have a folder for each of two classes or more, but it has {len(folders)} with images and "
            f"{len(classes)} class names; check {CLASSES} and the folders"
        )
    templates = _lines(root / TEMPLATES) or [TEMPLATE]
    for template in templates:
        if "{c}" not in template:
            raise ReproError(f"{root / TEMPLATES}: the template '{template}' should have {{c}} for the class; mend it")
    label = {name: number for number, name in enumerate(folders)}

    def samples() -> Iterator[Sample]:
        for path in images:
            name = path.relative_to(root).as_posix()
            yield Sample(
                key=key_of(name),
                image=files.read(path),
                extension=extension_of(name),
                captions=(),
                label=label[name.partition("/")[0]],
                attributes={"file": name},
            )

    return Source("classes", f"{root} has images in {len(folders)} folders, one a class", samples, classes, templates)


def _lines(path: Path) -> list[str]:
    return [line for line in files.read_text(path).splitlines() if line.strip()] if path.is_file() else []
