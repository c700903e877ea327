"""Section `w2v_bert`: every hidden state under every mask, plain and normalised."""

from __future__ import annotations

from collections.abc import Iterator

from tts.indextts2.parity.compared import Computed
from tts.indextts2.parity.golden import Golden
from tts.indextts2.w2v_bert import W2vBert, normalised


def computed(golden: Golden) -> Iterator[Computed]:
    """Cases are the masks `mask_CASE`; entry 0 is the input of the first layer."""
    network = golden.network(lambda: W2vBert(golden.config.w2v_bert), "w2v_bert")
    features = golden.get("w2v_bert/in/input_features")
    mean, variance = (golden.get(f"w2v_bert/in/stat_{name}") for name in ("mean", "var"))
    for name in golden.names("w2v_bert", "in"):
        case = name.removeprefix("w2v_bert/in/mask_")
        if case == name:
            continue
        for index, state in enumerate(network.states(features, golden.get(name))):
            yield Computed(f"w2v_bert/out/{case}/hidden_{index}", state)
            normal = normalised(state, mean, variance)
            yield Computed(f"w2v_bert/out/{case}/normalized_hidden_{index}", normal)
