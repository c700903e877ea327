"""The solver: the reference stays silent, guidance is a choice, tables are made once, and it stops when told."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from tests.unit.tts.indextts2.noise import with_noise
from tests.unit.tts.indextts2.tape import Tape
from tts.indextts2.config import DitConfig, S2MelConfig, WavenetConfig
from tts.indextts2.estimator import Estimator, Modulation
from tts.indextts2.flow import GUIDANCE, SHAPES, Flow, drawn_noise, grid

pytestmark = pytest.mark.unit

FRAMES, KNOWN = 14, 5


class Seen(Estimator):
    """Counts its work."""

    batches: list[int]
    tables: int

    def forward(self, x: Tensor, conditioned: Tensor, modulation: Modulation) -> Tensor:
        self.batches.append(x.shape[0])
        return super().forward(x, conditioned, modulation)

    def modulation(self, times: Tensor) -> Modulation:
        self.tables += 1
        return super().modulation(times)


def seen() -> Seen:
    network = Seen(
        S2MelConfig(
            dit=DitConfig(hidden_dim=16, num_heads=2, depth=3, content_dim=10),
            wavenet=WavenetConfig(hidden_dim=16, num_layers=2),
        )
    )
    network.batches, network.tables = [], 0
    return with_noise(network)


def given(batch: int = 1) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(2)
    return {
        "noise": torch.randn(batch, 80, FRAMES, generator=generator),
        "condition": torch.randn(batch, FRAMES, 10, generator=generator),
        "prompt": torch.randn(batch, 80, KNOWN, generator=generator),
        "style": torch.randn(batch, 192, generator=generator),
    }


def solved(flow: Flow, steps: int, guidance: float, **known: Tensor) -> Tensor:
    *_, mel = flow.solve(steps=steps, guidance=guidance, **known)
    return mel


def velocity(network: Estimator, x: Tensor, time: Tensor, known: dict[str, Tensor], on: float) -> Tensor:
    """One evaluation with nothing prepared; `on` is 0 without text and voice."""
    prompt = torch.zeros_like(x)
    prompt[:, :, :KNOWN] = known["prompt"]
    conditioned = network.conditioned(on * prompt, on * known["style"], on * known["condition"])
    return Estimator.forward(network, x, conditioned, Estimator.modulation(network, time[None]))


@pytest.mark.parametrize("guidance", [0.0, 0.7])
def test_the_references_frames_are_zero_after_every_step(guidance: float):
    mels = list(Flow(seen()).solve(**given(), steps=4, guidance=guidance))
    assert len(mels) == 4
    for mel in mels:
        assert mel.shape == (1, 80, FRAMES)
        assert not mel[:, :, :KNOWN].any()
        assert mel[:, :, KNOWN:].all()


@pytest.mark.parametrize("guidance", [0.0, 0.7, 2.0])
def test_a_solution_is_what_euler_steps_with_nothing_prepared_give(guidance: float):
    network, known, steps = seen(), given(), 3
    times = grid(steps)
    x = known["noise"].clone()
    for step in range(steps):
        x[:, :, :KNOWN] = 0
        towards, without = (velocity(network, x, times[step], known, on) for on in (1, 0))
        x = x + (times[step + 1] - times[step]) * ((1 + guidance) * towards - guidance * without)
    x[:, :, :KNOWN] = 0
    assert torch.allclose(solved(Flow(network), steps, guidance, **known), x, atol=1e-4)


def test_without_guidance_there_is_no_second_branch():
    network = seen()
    flow = Flow(network)
    solved(flow, 3, 0.0, **given())
    assert network.batches == [1, 1, 1]
    solved(flow, 3, 0.7, **given())
    assert network.batches[3:] == [2, 2, 2]


def test_little_guidance_is_nearly_none():
    flow = Flow(seen())
    assert torch.allclose(solved(flow, 3, 1e-6, **given()), solved(flow, 3, 0.0, **given()), atol=1e-3)


def test_tables_are_made_once_for_every_number_of_steps():
    network = seen()
    flow = Flow(network)
    for steps in (3, 3, 5, 3, 5):
        solved(flow, steps, 0.7, **given())
    assert network.tables == 2
    assert flow.modulation(5).norms.shape[0] == 5


def test_it_can_be_closed_between_two_steps():
    network = seen()
    flow = Flow(network)
    walk = flow.solve(**given(), steps=10)
    next(walk)
    next(walk)
    walk.close()
    assert len(network.batches) == 2
    fresh = Flow(seen())
    assert torch.equal(solved(flow, 4, 0.7, **given()), solved(fresh, 4, 0.7, **given()))


def test_neither_the_noise_nor_an_earlier_yield_is_changed():
    known = given()
    before = known["noise"].clone()
    mels = [(mel, mel.clone()) for mel in Flow(seen()).solve(**known, steps=3)]
    assert torch.equal(known["noise"], before)
    assert all(torch.equal(mel, copy) for mel, copy in mels)


@pytest.mark.parametrize("guidance", [0.0, 0.7])
def test_sentences_of_equal_length_may_be_solved_together(guidance: float):
    flow, known = Flow(seen()), given(batch=2)
    together = solved(flow, 3, guidance, **known)
    for i in range(2):
        alone = solved(flow, 3, guidance, **{name: part[i : i + 1] for name, part in known.items()})
        assert torch.allclose(together[i : i + 1], alone, atol=1e-4)


def test_the_solution_is_kept_in_full_precision():
    exact = solved(Flow(seen()), 4, 0.7, **given())
    coarse = {name: part.to(torch.bfloat16) for name, part in given().items()}
    mel = solved(Flow(seen().to(torch.bfloat16)), 4, 0.7, **coarse)
    assert mel.dtype == torch.float32
    assert float((mel - exact).abs().max()) < 0.1 * float(exact.abs().max())


def test_times_are_equal_steps_from_0_to_1():
    assert grid(25)[0] == 0
    assert grid(25)[-1] == 1
    assert torch.allclose(grid(25).diff(), torch.full((25,), 0.04), atol=1e-6)


def test_longer_noise_begins_with_the_shorter():
    long, short = (drawn_noise(frames, torch.Generator().manual_seed(9)) for frames in (200, 43))
    assert torch.equal(long[:, :, :43], short)
    assert abs(float(long.mean())) < 0.05
    assert abs(float(long.std()) - 1) < 0.05


@pytest.mark.parametrize("guidance", [0.0, 0.7])
def test_recorded_steps_give_the_very_same_mels(guidance: float):
    tape, known = Tape(), given()
    network = seen()
    recorded, plain = Flow(network, tape), Flow(network)
    for index in range(3):
        other = known | {"noise": known["noise"] * (1 + index), "prompt": known["prompt"][:, :, : 5 - index]}
        pairs = zip(
            recorded.solve(**other, steps=4, guidance=guidance),
            plain.solve(**other, steps=4, guidance=guidance),
            strict=True,
        )
        assert all(torch.equal(one, two) for one, two in pairs)
    assert tape.recorded == 1
    assert tape.replayed == 3 * 4 - 1


def test_solutions_of_one_shape_may_run_at_once_and_be_left_unfinished():
    known, network = given(), seen()
    recorded, plain = Flow(network, Tape()), Flow(network)
    left = recorded.solve(**known, steps=5)
    next(left)
    walks = [recorded.solve(**(known | {"noise": known["noise"] * factor}), steps=5) for factor in (1.0, 2.0)]
    *_, (one, two) = zip(*walks, strict=True)
    left.close()
    assert torch.equal(one, solved(plain, 5, GUIDANCE, **known))
    assert torch.equal(two, solved(plain, 5, GUIDANCE, **(known | {"noise": known["noise"] * 2.0})))
    assert torch.equal(solved(recorded, 5, GUIDANCE, **known), one)


def test_buffers_are_kept_for_a_limited_number_of_lengths():
    network = seen()
    network.requires_grad_(requires_grad=False)
    flow = Flow(network, lambda work: work)
    for frames in range(FRAMES, FRAMES + SHAPES + 3):
        generator = torch.Generator().manual_seed(frames)
        known = given() | {
            "noise": torch.randn(1, 80, frames, generator=generator),
            "condition": torch.randn(1, frames, 10, generator=generator),
        }
        assert torch.equal(solved(flow, 2, 0.7, **known), solved(Flow(network), 2, 0.7, **known))
    assert flow.kept == SHAPES
    assert Flow(network).kept == 0
