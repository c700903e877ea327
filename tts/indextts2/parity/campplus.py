"""Section `campplus`: the style of each input, and what the blocks on the way give."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from tts.indextts2.campplus import CampPlus
from tts.indextts2.parity.compared import Computed
from tts.indextts2.parity.golden import Golden


def computed(golden: Golden) -> Iterator[Computed]:
    """Case `NAME` reads the input `fbank_NAME`, or `fbank` where there is none of that name."""
    network = golden.network(lambda: CampPlus(golden.config.campplus), "campplus")
    for case in dict.fromkeys(name.split("/")[2] for name in golden.names("campplus")):
        own = f"campplus/in/fbank_{case}"
        fbank = golden.get(own if golden.has(own) else "campplus/in/fbank")
        for name, value in _passed(network, fbank):
            yield Computed(f"campplus/out/{case}/{name}", value)


def _passed(network: CampPlus, fbank: Tensor) -> Iterator[tuple[str, Tensor]]:
    x: Tensor = network.head(fbank)
    yield "head", x
    for name, part in network.xvector.named_children():
        x = part(x)
        yield f"tap_{name}", x
    yield "style", x
