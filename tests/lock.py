"""Keeps environment.yml in step with pyproject.toml and requirements.lock: `python tests/lock.py` (see `make lock`).

Conda brings the interpreter; pip installs the very same locked wheels as `make env`, hashes checked. The comment lists
what a reader looks for: each declared dependency with its locked version.
"""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent


def normal(name: str) -> str:
    """A distribution's name as PEP 503 writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared() -> tuple[str, list[str]]:
    """The Python range and the names of the direct dependencies, in the order of pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    names = [match.group() for text in wanted if (match := re.match(r"[A-Za-z0-9_.-]+", text))]
    return project["project"]["requires-python"], names


def locked() -> dict[str, str]:
    """The version of every locked distribution, the same for every Python version."""
    pins = re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", (ROOT / "requirements.lock").read_text(), re.M)
    return {normal(name): version for name, version in pins}


def environment() -> str:
    """The text of environment.yml."""
    python, names = declared()
    pins = locked()
    listing = "\n".join(f"#   {name}=={pins[normal(name)]}" for name in names)
    return f"""\
# For conda users: `conda env create -f environment.yml`, then `pip install --no-deps --no-build-isolation -e .`.
# Made from pyproject.toml and requirements.lock by `make lock`. What pip installs, with all they need, hashes checked:
{listing}
name: reprolib
channels: [conda-forge]
dependencies:
  - python {python}
  - pip
  - pip:
      - -r requirements.lock
"""


if __name__ == "__main__":
    (ROOT / "environment.yml").write_text(environment())
