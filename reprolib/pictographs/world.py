"""The embedded image–text world: sample i of a seed, as pixels, caption and the truth about both.

It reads the font that matplotlib carries and nothing else. Try it with `World(seed=1).sample(0)`.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from reprolib.errors import ReproError
from reprolib.pictographs import captions, rendering, scenes
from reprolib.pictographs.concepts import Concept, all_concepts
from reprolib.pictographs.draws import Draws, ladder
from reprolib.pictographs.rendering import Pixels
from reprolib.pictographs.scenes import Scene

STYLES = ("sentence", "keywords", "junk", "wrong")
TRAINING = "training"


@dataclass(frozen=True)
class World:
    """A world is its settings: equal settings make equal samples, in any process and any order.

    Raises:
        ReproError: A setting is out of its range.
    """

    seed: int = 0
    """What everything is drawn from; 0 … 2^64 - 1."""
    zipf: float = 1.0
    """The concept of rank r is drawn in proportion to r to the power of minus this."""
    shares: tuple[float, float, float, float] = (0.60, 0.30, 0.05, 0.05)
    """How many captions are sentences, keywords, junk and wrong; they sum to 1."""

    def __post_init__(self) -> None:
        """Refuse what no world can be made of."""
        if not 0 <= self.seed < 2**64:
            raise ReproError(f"the world's seed should be 0 … 2^64 - 1, but is {self.seed}; choose another")
        if not 0 <= self.zipf <= 4:
            raise ReproError(f"the world's zipf exponent should be 0 … 4, but is {self.zipf}; choose another")
        if min(self.shares) < 0 or abs(sum(self.shares) - 1) > 1e-9:
            raise ReproError(f"the world's caption shares should be positive and sum to 1, but are {self.shares}")

    @cached_property
    def concepts(self) -> tuple[Concept, ...]:
        """All concepts, the most frequent first; which are frequent depends on the seed."""
        return tuple(Draws(self.seed, "ranks", 0).shuffled(all_concepts()))

    @cached_property
    def law(self) -> tuple[float, ...]:
        """The Zipf law as a ladder over `concepts` (see `draws.ladder`)."""
        return ladder([rank**-self.zipf for rank in range(1, len(self.concepts) + 1)])

    @cached_property
    def _style_law(self) -> tuple[float, ...]:
        return ladder(self.shares)

    def sample(self, i: int) -> tuple[Pixels, str, dict[str, Any]]:
        """Training sample i ≥ 0: pixels (32, 32, 3) uint8, the caption, and the attributes of `told`."""
        draws = Draws(self.seed, TRAINING, i)
        scene = scenes.scene(draws, self.concepts, self.law)
        style = STYLES[draws.weighted(self._style_law)]
        return rendering.render(scene), self._caption(draws, style, scene), {"style": style, **told(scene)}

    def png(self, i: int) -> bytes:
        """The picture of sample i as a PNG file."""
        return rendering.png(self.sample(i)[0])

    def _caption(self, draws: Draws, style: str, scene: Scene) -> str:
        if style == "junk":
            return captions.junk(draws)
        if style == "keywords":
            return captions.keywords(draws, scene)
        if style == "wrong":
            scene = scenes.scene(draws, self.concepts, self.law)
        return captions.sentence(draws, scene)


def told(scene: Scene) -> dict[str, Any]:
    """The truth about `scene`, ready for JSON: its groups, objects, ground and relation."""
    return {
        "groups": [{"concept": kind.name, "colour": colour, "count": number} for kind, colour, number in scene.groups],
        "objects": [{"size": item.size, "x": item.x, "y": item.y, "angle": item.angle} for item in scene.objects],
        "relation": scene.relation,
        "background": scene.ground.colour,
        "texture": scene.ground.kind,
    }
