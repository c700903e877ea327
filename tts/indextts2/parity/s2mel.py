"""Section `s2mel`: the latent projection, the length regulator, single velocities and whole solutions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from torch import Tensor

from tts.indextts2.estimator import Estimator
from tts.indextts2.flow import Flow, grid
from tts.indextts2.length_regulator import LatentProjection, LengthRegulator, nearest_source
from tts.indextts2.parity.compared import Computed
from tts.indextts2.parity.golden import Golden
from tts.indextts2.parity.taps import tapped

_SOLUTION = re.compile(r"s2mel/out/cfm_(\d+)_cfg([\d.]+)/")
"""Steps and guidance."""
_FIRST = "cond_x_merge_linear"
"""This part is not called as a whole."""


def computed(golden: Golden) -> Iterator[Computed]:
    """Names of solutions give their steps and guidance."""
    yield from _prepared(golden)
    estimator = golden.network(lambda: Estimator(golden.config.s2mel), "s2mel", "cfm.estimator.")
    yield from _velocities(golden, estimator)
    flow = Flow(estimator)
    found = [_SOLUTION.match(name) for name in golden.names("s2mel")]
    for start, steps, guidance in dict.fromkeys((match[0], match[1], match[2]) for match in found if match):
        for name, value in _solution(golden, flow, int(steps), float(guidance)):
            yield Computed(start + name, value)


def _prepared(golden: Golden) -> Iterator[Computed]:
    projection = golden.network(lambda: LatentProjection(golden.config.gpt), "s2mel", "gpt_layer.")
    yield Computed("s2mel/out/gpt_layer/out", projection(golden.get("s2mel/in/gpt_latent")))
    regulator = golden.network(
        lambda: LengthRegulator(golden.config.s2mel.length_regulator), "s2mel", "length_regulator."
    )
    for given, out in (("lr", "out"), ("lr_prompt", "prompt_out")):
        features = golden.get(f"s2mel/in/{given}_in")
        frames = int(golden.recorded(f"s2mel/in/{given}_len").max())
        source = nearest_source(features.shape[1], frames, golden.device)
        yield Computed(f"s2mel/out/length_regulator/{out}", regulator(features, source))


def _velocities(golden: Golden, estimator: Estimator) -> Iterator[Computed]:
    """`dit` is a batch, `dit_single` its first item alone at another time."""
    for case, time, items in (("dit", "dit_t", None), ("dit_single", "dit_t_single", 1)):
        times = golden.recorded(f"s2mel/in/{time}").to(golden.device)
        x, prompt, style, condition = (
            golden.get(f"s2mel/in/dit_{name}")[:items] for name in ("x", "prompt_x", "style", "cond")
        )
        start = f"s2mel/out/{case}/tap_"
        parts = [name.removeprefix(start) for name in golden.names("s2mel") if name.startswith(start)]
        with tapped(estimator, (part for part in parts if part != _FIRST)) as caught:
            conditioned = estimator.conditioned(prompt, style, condition)
            velocity = estimator(x, conditioned, estimator.modulation(times))
        yield Computed(f"s2mel/out/{case}/v", velocity)
        yield Computed(start + _FIRST, estimator.merged(x, conditioned))
        for part, outputs in caught.items():
            yield Computed(start + part, outputs[0])


def _solution(golden: Golden, flow: Flow, steps: int, guidance: float) -> Iterator[tuple[str, Tensor]]:
    noise, condition, prompt, style = (
        golden.get(f"s2mel/in/{name}") for name in ("z", "mu", "prompt", "style")
    )
    with tapped(flow.estimator, [""]) as caught:
        *_, mel = flow.solve(
            noise, condition=condition, prompt=prompt, style=style, steps=steps, guidance=guidance
        )
    yield "mel", mel
    yield "t", grid(steps)[:-1]
    for step, velocity in enumerate(caught[""]):
        yield f"estimator_step{step}", velocity
