"""One world and its evaluation sets, shared by the tests of this room."""

import pytest

from reprolib.pictographs import World, heldout


@pytest.fixture(scope="session")
def world() -> World:
    return World(seed=1)


@pytest.fixture(scope="session")
def sets(world: World) -> dict[str, heldout.HeldOut]:
    return heldout.sets(world)
