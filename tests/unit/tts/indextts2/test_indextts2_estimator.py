"""The flow's estimator: what may be computed beforehand is the same, items and places are as they should be."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from tests.unit.tts.indextts2.noise import with_noise
from tts.indextts2.config import DitConfig, S2MelConfig, WavenetConfig
from tts.indextts2.dit import ROTARY_BLOCK, rotary
from tts.indextts2.estimator import Estimator, Modulation
from tts.indextts2.wavenet import WaveNet

pytestmark = pytest.mark.unit

TIMES = torch.tensor([0.0, 0.36, 0.96])


def config(depth: int = 3, layers: int = 2, kernel: int = 5, hidden: int = 16, heads: int = 2) -> S2MelConfig:
    return S2MelConfig(
        dit=DitConfig(hidden_dim=hidden, num_heads=heads, depth=depth, content_dim=10),
        wavenet=WavenetConfig(hidden_dim=hidden, num_layers=layers, kernel_size=kernel),
    )


def estimator(**sizes: int) -> Estimator:
    return with_noise(Estimator(config(**sizes)))


def given(batch: int, frames: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Noisy mel, prompt, style, condition."""
    generator = torch.Generator().manual_seed(frames)
    shapes = ((batch, 80, frames), (batch, 80, frames), (batch, 192), (batch, frames, 10))
    x, prompt, style, condition = (torch.randn(shape, generator=generator) for shape in shapes)
    return x, prompt, style, condition


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("layers", [1, 3])
def test_any_depth_gives_a_velocity_for_every_frame(depth: int, layers: int):
    network = estimator(depth=depth, layers=layers)
    x, *known = given(2, 12)
    velocity = network(x, network.conditioned(*known), network.modulation(TIMES[:2]))
    assert velocity.shape == x.shape
    assert torch.isfinite(velocity).all()


@pytest.mark.parametrize(("depth", "receiving"), [(1, []), (2, []), (3, [2]), (4, [3]), (5, [3, 4])])
def test_only_blocks_behind_the_middle_receive(depth: int, receiving: list[int]):
    names = estimator(depth=depth).state_dict()
    found = [i for i in range(depth) if f"transformer.layers.{i}.skip_in_linear.weight" in names]
    assert found == receiving


def test_what_is_saved_last_is_received_first():
    network = estimator(depth=5)
    x, *known = given(1, 9)
    seen: list[torch.Tensor] = []
    for layer in network.transformer.layers:
        layer.register_forward_hook(lambda _layer, inward, output: seen.extend((inward[0], output)))
    network(x, network.conditioned(*known), network.modulation(TIMES[:1]))
    inputs, outputs = seen[::2], seen[1::2]
    assert torch.equal(inputs[3], torch.cat((outputs[2], outputs[1]), dim=-1))
    assert torch.equal(inputs[4], torch.cat((outputs[3], outputs[0]), dim=-1))


def test_items_of_a_batch_do_not_know_each_other():
    network = estimator()
    x, *known = given(3, 11)
    together = network(x, network.conditioned(*known), network.modulation(TIMES))
    for i in range(3):
        one = network.conditioned(*(part[i : i + 1] for part in known))
        alone = network(x[i : i + 1], one, network.modulation(TIMES[i : i + 1]))
        assert torch.allclose(together[i : i + 1], alone, atol=1e-5)


def test_a_table_of_times_holds_what_each_time_gives_alone():
    network = estimator()
    table = network.modulation(TIMES)
    for step in range(len(TIMES)):
        alone, row = network.modulation(TIMES[step : step + 1]), table.at(torch.tensor([step]))
        for name in Modulation.__slots__:
            assert torch.allclose(getattr(row, name), getattr(alone, name), atol=1e-6), name
    assert not torch.allclose(table.norms[0], table.norms[1], atol=1e-2)


def test_the_first_layer_may_be_computed_in_two_parts():
    network = estimator()
    x, prompt, style, condition = given(2, 7)
    content = network.cond_projection(condition)
    spread = style.unsqueeze(1).expand(-1, 7, -1)
    whole = network.cond_x_merge_linear(
        torch.cat((x.transpose(1, 2), prompt.transpose(1, 2), content, spread), dim=-1)
    )
    parts = network.merged(x, network.conditioned(prompt, style, condition))
    assert torch.allclose(parts, whole, atol=1e-5)


def test_without_text_the_projections_bias_stays():
    network = estimator()
    zeros = torch.zeros(1, 80, 4), torch.zeros(1, 192), torch.zeros(1, 4, 10)
    weight = network.cond_x_merge_linear.weight[:, 160:176]
    wanted = functional.linear(network.cond_projection.bias, weight, network.cond_x_merge_linear.bias)
    assert torch.allclose(network.conditioned(*zeros), wanted.expand(1, 4, -1), atol=1e-6)


def test_every_frame_hears_every_other():
    network = estimator()
    x, *known = given(1, 60)
    conditioned, modulation = network.conditioned(*known), network.modulation(TIMES[:1])
    moved = x.clone()
    moved[:, :, -1] += 3
    change = (network(moved, conditioned, modulation) - network(x, conditioned, modulation)).abs().amax(1)
    assert float(change.min()) > 1e-6


def test_a_time_is_cosines_and_sines_of_a_thousand_times_itself():
    embedder = estimator().t_embedder
    falling = torch.tensor([10_000 ** (-i / 128) for i in range(128)], dtype=torch.float64)
    angles = 1000 * TIMES.double().unsqueeze(-1) * falling
    wanted = embedder.mlp(torch.cat((angles.cos(), angles.sin()), dim=-1).float())
    assert torch.allclose(embedder(TIMES), wanted, atol=1e-3)


def test_a_time_is_embedded_finely_in_half_precision_too():
    exact, coarse = estimator().t_embedder, estimator().to(torch.bfloat16).t_embedder
    times = torch.linspace(0, 1, 38)
    off = (exact(times) - coarse(times).float()).abs().max()
    rounded = (exact(times) - exact(times.to(torch.bfloat16).float())).abs().max()
    assert float(off) < float(rounded) / 5


def test_half_precision_goes_all_the_way_through():
    network = estimator().to(torch.bfloat16)
    x, *known = (part.to(torch.bfloat16) for part in given(1, 8))
    assert network(x, network.conditioned(*known), network.modulation(TIMES[:1])).dtype == torch.bfloat16


def test_places_are_rotations_by_distance():
    frames = ROTARY_BLOCK + 5
    cos, sin = rotary(frames, 6, torch.device("cpu"))
    assert cos.shape == sin.shape == (frames, 1, 1, 3)
    places = torch.complex(cos, sin).squeeze()
    assert torch.allclose(places.abs(), torch.ones(frames, 3), atol=1e-6)
    apart = places[7:] * places[:-7].conj()
    assert torch.allclose(apart, apart[:1].expand_as(apart), atol=2e-4)
    assert torch.allclose(rotary(9, 6, torch.device("cpu"))[1], sin[:9])


def test_a_block_is_rotated_attention_and_a_gated_feed_forward_under_adaptive_norms():
    network = estimator(depth=1, hidden=16, heads=2).transformer
    h, t = torch.randn(1, 7, 16), torch.randn(1, 16)
    weights = network.state_dict()

    def normed(x: torch.Tensor, name: str) -> torch.Tensor:
        scale, shift = functional.linear(
            t, weights[f"{name}.project_layer.weight"], weights[f"{name}.project_layer.bias"]
        ).chunk(2, dim=-1)
        size = (x.square().mean(-1, keepdim=True) + 1e-5).sqrt()
        return scale * (x / size * weights[f"{name}.norm.weight"]) + shift

    def turned(x: torch.Tensor) -> torch.Tensor:
        """(7, 2, 8), neighbouring pairs as complex numbers."""
        angles = torch.arange(7)[:, None, None] * 10_000 ** (-torch.arange(0, 8, 2) / 8)
        return torch.view_as_real(torch.view_as_complex(x.reshape(7, 2, 4, 2)) * (1j * angles).exp()).flatten(
            2
        )

    def heard(x: torch.Tensor) -> torch.Tensor:
        q, k, v = (
            part.reshape(7, 2, 8)
            for part in (x[0] @ weights["layers.0.attention.wqkv.weight"].T).chunk(3, -1)
        )
        scores = torch.einsum("qhd,khd->hqk", turned(q), turned(k)) / 8**0.5
        mixed = torch.einsum("hqk,khd->qhd", scores.softmax(-1), v).reshape(1, 7, 16)
        return mixed @ weights["layers.0.attention.wo.weight"].T

    def fed(x: torch.Tensor) -> torch.Tensor:
        w1, w2, w3 = (weights[f"layers.0.feed_forward.w{i}.weight"] for i in (1, 2, 3))
        return (functional.silu(x @ w1.T) * (x @ w3.T)) @ w2.T

    wanted = h + heard(normed(h, "layers.0.attention_norm"))
    wanted = wanted + fed(normed(wanted, "layers.0.ffn_norm"))
    assert torch.allclose(network(h, network.modulation(t)), normed(wanted, "norm"), atol=1e-4)


@pytest.mark.parametrize("kernel", [1, 3, 4, 5])
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_the_wavenet_gates_sums_and_sees_a_mirror_beyond_its_ends(kernel: int, layers: int):
    network = with_noise(WaveNet(WavenetConfig(hidden_dim=4, num_layers=layers, kernel_size=kernel)))
    y, t = torch.randn(2, 4, 9), torch.randn(2, 4)
    got = network(y, network.modulation(t))
    weights = {name.removesuffix(".weight"): tensor for name, tensor in network.state_dict().items()}
    left, right = kernel - 1 - (kernel - 1) // 2, (kernel - 1) // 2

    def convolved(x: torch.Tensor, name: str) -> torch.Tensor:
        return functional.conv1d(x, weights[f"{name}.conv.conv"], weights[f"{name}.conv.conv.bias"])

    shares, total = convolved(t.unsqueeze(-1), "cond_layer").chunk(layers, dim=1), torch.zeros_like(y)
    for i in range(layers):
        mirrored = torch.cat((y[:, :, 1 : left + 1].flip(-1), y, y[:, :, 8 - right : 8].flip(-1)), dim=-1)
        value, gate = (convolved(mirrored, f"in_layers.{i}") + shares[i]).chunk(2, dim=1)
        outward = convolved(value.tanh() * gate.sigmoid(), f"res_skip_layers.{i}")
        y, total = y + outward[:, :4], total + outward[:, -4:]
    assert torch.allclose(got, total, atol=1e-5)


def test_the_wavenet_hears_two_frames_further_with_every_layer():
    network = with_noise(WaveNet(WavenetConfig(hidden_dim=4, num_layers=3, kernel_size=5)))
    y, modulation = torch.randn(1, 4, 41), network.modulation(torch.randn(1, 4))
    moved = y.clone()
    moved[:, :, 20] += 1
    change = (network(moved, modulation) - network(y, modulation)).abs().amax(1)[0]
    assert change.nonzero().flatten().tolist() == list(range(14, 27))
