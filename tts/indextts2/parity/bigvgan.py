"""Section `bigvgan`: sound of an ordinary and of a loud mel, and what the parts on the way give."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tts.indextts2.bigvgan import BigVgan
from tts.indextts2.parity.compared import Computed
from tts.indextts2.parity.golden import Golden
from tts.indextts2.parity.taps import tapped

_INPUTS = {"clipped": "mel_hot"}
"""Input of a case, where it is not `mel`."""
_PARTS = {"conv_pre": "conv_pre", "up": "ups.{}.0", "res": "resblocks.{}"}
"""A tap's name before its number -> the part."""


def computed(golden: Golden) -> Iterator[Computed]:
    """Names are `CASE/wave` and `CASE/tap_PART`."""
    network = golden.network(lambda: BigVgan(golden.config.bigvgan), "bigvgan")
    names = [name.split("/")[2:] for name in golden.names("bigvgan")]
    for case in dict.fromkeys(name[0] for name in names):
        mel = golden.get(f"bigvgan/in/{_INPUTS.get(case, 'mel')}")
        taps = {leaf: _part(leaf) for own, leaf in names if own == case and leaf.startswith("tap_")}
        with tapped(network, taps.values()) as caught:
            yield Computed(f"bigvgan/out/{case}/wave", network(mel))
        for leaf, part in taps.items():
            yield Computed(f"bigvgan/out/{case}/{leaf}", caught[part][0])


def _part(leaf: str) -> str:
    """`tap_up1` -> `ups.1.0`."""
    found = re.fullmatch(r"tap_(conv_pre|up|res)(\d*)", leaf)
    return _PARTS[found[1]].format(found[2]) if found else leaf
