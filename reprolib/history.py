"""Find the git commits that hold exactly given contents, from content hashes alone: the last step of `reprolib trace`.

A tracked figure cannot carry the id of its own commit, so the commit is found from the hashes in its stamp.
"""

import hashlib
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

LIMIT = 500
"""Commits looked at, newest first, counting only those that changed one of the files asked for."""


@dataclass(frozen=True)
class Found:
    """Commits from which on the contents stood as asked, newest first, and a sentence that says so or why not."""

    commits: tuple[str, ...]
    sentence: str


def find(root: Path, wanted: Mapping[str, str]) -> Found:
    """The commits in which each path of `wanted` (below `root`) has its hash, taken as `reprolib.files.sha256` does."""
    try:
        top = _git(root, "rev-parse", "--is-inside-work-tree")
    except FileNotFoundError:
        return Found((), "no git here")
    if top.returncode:
        return Found((), "no git here")
    names = sorted(wanted)
    listing = _git(root, "rev-list", f"--max-count={LIMIT}", "--date=short", "--format=%h %cd %s", "HEAD", "--", *names)
    lines = listing.stdout.splitlines()
    blobs = _Blobs(root)
    with blobs.process:
        entries = [
            (line.split()[1], title) for line, title in zip(lines[::2], lines[1::2], strict=True)
        ]  # a line `commit <id>`, then the title
        found = tuple(title for commit, title in entries if not _differing(root, commit, wanted, blobs))
        if found:
            return Found(found, f"{found[0]}{_more(len(found))}")
        if not entries:
            return Found((), "in no commit (uncommitted work)")
        differing = ", ".join(_differing(root, "HEAD", wanted, blobs, every=True))
        return Found((), f"in no commit (uncommitted work); not as in HEAD: {differing}")


def _more(number: int) -> str:
    return f" (and {number - 1} earlier)" if number > 1 else ""


class _Blobs:
    """sha256 of git objects, read through one `git cat-file --batch`."""

    def __init__(self, root: Path) -> None:
        self.process = subprocess.Popen(
            ["git", "-C", str(root), "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.known: dict[str, str] = {}

    def sha256(self, blob: str) -> str:
        if blob not in self.known:
            assert self.process.stdin is not None
            assert self.process.stdout is not None
            self.process.stdin.write(f"{blob}\n".encode())
            self.process.stdin.flush()
            size = int(self.process.stdout.readline().split()[2])
            self.known[blob] = hashlib.sha256(self.process.stdout.read(size)).hexdigest()
            self.process.stdout.read(1)  # the line end after the content
        return self.known[blob]


def _differing(root: Path, commit: str, wanted: Mapping[str, str], blobs: _Blobs, every: bool = False) -> list[str]:
    """The paths of `wanted` whose content in `commit` is another or missing: the first one, or `every` one."""
    listing = _git(root, "ls-tree", "-r", "-z", commit, "--", *sorted(wanted)).stdout
    blob_of = {}
    for entry in listing.split("\0")[:-1]:
        about, name = entry.split("\t", 1)
        blob_of[name] = about.split()[2]
    differing = []
    for name, digest in wanted.items():
        if _sha256(name, blob_of, blobs) != digest:
            differing.append(name)
            if not every:
                break
    return differing


def _sha256(name: str, blob_of: Mapping[str, str], blobs: _Blobs) -> str | None:
    """The hash of a file or folder of a commit, by the rule of `reprolib.files.sha256`; None where there is none."""
    if name in blob_of:
        return blobs.sha256(blob_of[name])
    inside = sorted(path.removeprefix(f"{name}/") for path in blob_of if path.startswith(f"{name}/"))
    counted = [path for path in inside if not path.endswith(".pyc") and not PurePosixPath(path).name.startswith(".")]
    if not counted:
        return None
    lines = "".join(f"{blobs.sha256(blob_of[f'{name}/{path}'])}  {path}\n" for path in counted)
    return hashlib.sha256(lines.encode()).hexdigest()


def _git(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["git", "-C", str(root), "--literal-pathspecs", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)
