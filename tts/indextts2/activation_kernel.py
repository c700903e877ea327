"""The vocoder's anti-aliased SnakeBeta as one Triton kernel: every sample is read once and written once.

Shapes: B batch, C channels, L samples; a *row* is one channel of one batch entry.
In: x (B, C, L) contiguous, and per channel the logarithms alpha and beta. Out: the same shape and type.
Importing this file imports triton: only `tts.indextts2.activation` does so, and only at a GPU.

Bytes: with N = B C L, the plain path moves 30 N values: its two pads, two convolutions and four elementwise
steps read and write N or 2 N each. This kernel moves 2 N; what a run reads beyond its ends was just read by
its neighbour, and comes from a cache. That is a count, not a time.

One lane of a warp makes RUN samples of a row, all in registers: it reads them with 8 more on either side,
makes the 2 RUN + 10 values at twice the rate that its filters touch, bends them, and filters them down. What
two neighbours both need is made twice, (RUN + 5) / RUN as many values. For capabilities 8.6 and 9.0 ptxas
gives it 60 to 112 registers, no spills, and with RUN = 16 a quarter fewer instructions a sample than with 8.
One warp a block: the lanes then trade values by shuffles, and wait at no barrier.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import triton  # pyright: ignore[reportMissingModuleSource]
import triton.language as tl  # pyright: ignore[reportMissingModuleSource]
from torch import Tensor

RUN = 16
"""Samples of a lane; a multiple of the 8 that one tile has."""
UNITS = (4, 1)
"""Beside RUN, what L may be a multiple of: one compiled variant each, since it decides how wide reads are."""
LANES = 32

_ROUND = tl.constexpr(1.5 * 2**23)
"""Added and taken away again, it leaves the nearest whole number of a float32 below 2**22."""
_LOG2_E = tl.constexpr(1.4426950408889634)
_LN2_HIGH = tl.constexpr(0.693145751953125)
"""With few enough bits that its product with a whole number is exact."""
_LN2_LOW = tl.constexpr(1.42860682030941723212e-6)
_INVERSE_PI = tl.constexpr(0.3183098861837907)
_SMALLEST = tl.constexpr(1e-9)
"""As `bigvgan.SMALLEST`."""


def bent(
    x: Tensor, alpha: Tensor, beta: Tensor, taps: Sequence[float], *, run: int = RUN, lanes: int = LANES
) -> Tensor:
    """The activation of x, a new tensor.

    Args:
        x: (B, C, L), contiguous, not empty, one of `activation.TYPES`.
        alpha: (C,), as beta, contiguous, of any float type.
        taps: the 12 of the low pass.
        run: samples of a lane, a multiple of 8.
        lanes: of a block, a power of two; for interpreting, where a block costs its number of operations.
    """
    batch, channels, length = x.shape
    out = torch.empty_like(x)
    unit = next(unit for unit in (run, *UNITS) if length % unit == 0)
    per_row = -(-length // run)
    runs = batch * channels * per_row
    launch = _activation[(-(-runs // lanes),)]
    with torch.cuda.device_of(x):  # triton launches on the current device, wherever its tensors are
        launch(
            x,
            out,
            alpha,
            beta,
            runs,
            per_row,
            channels,
            length // unit,
            taps=tuple(taps),
            unit=unit,
            run=run,
            lanes=lanes,
            num_warps=-(-lanes // LANES),
            enable_fp_fusion=True,
        )
    return out


@triton.jit(do_not_specialize=["runs", "per_row", "channels", "units"])
def _activation(
    x: tl.tensor,
    out: tl.tensor,
    alpha: tl.tensor,
    beta: tl.tensor,
    runs: tl.tensor,
    per_row: tl.tensor,
    channels: tl.tensor,
    units: tl.tensor,
    taps: tl.constexpr,
    unit: tl.constexpr,
    run: tl.constexpr,
    lanes: tl.constexpr,
):
    mine = tl.program_id(0) * lanes + tl.arange(0, lanes)
    inside = mine < runs
    row = mine // per_row
    begin = (mine % per_row) * run
    length = units * unit  # so that the compiler knows what it is a multiple of
    offset = row.to(tl.int64) * length
    at = begin[:, None] + tl.arange(0, 8)[None, :]
    here = offset[:, None] + at

    known = _samples(x, offset, here, at, begin, inside, length, run, lanes)
    channel = row % channels
    frequency = _exp(tl.load(alpha + channel, mask=inside, other=0.0).to(tl.float32)) * _INVERSE_PI
    height = 1.0 / (_exp(tl.load(beta + channel, mask=inside, other=0.0).to(tl.float32)) + _SMALLEST)
    doubled = _doubled(known, frequency, height, begin, length, taps, unit, run)

    made: tl.tensor = ()
    for sample in tl.static_range(run):
        total = doubled[2 * sample] * taps[0]
        for tap in tl.static_range(1, 12):
            total = tl.fma(doubled[2 * sample + tap], taps[tap], total)
        made += (total,)
    for step in tl.static_range(0, run, 8):
        tile = _packed(made[step : step + 8], lanes).to(out.dtype.element_ty)
        tl.store(out + (here + step), tile, mask=inside[:, None] & (at + step < length))


@triton.jit()
def _samples(
    x: tl.tensor,
    offset: tl.tensor,
    here: tl.tensor,
    at: tl.tensor,
    begin: tl.tensor,
    inside: tl.tensor,
    length: tl.tensor,
    run: tl.constexpr,
    lanes: tl.constexpr,
):
    """The run's samples with 8 more on either side, beyond the row's ends its end values."""
    first = tl.load(x + offset, mask=inside, other=0.0)[:, None]
    last = tl.load(x + (offset + (length - 1)), mask=inside, other=0.0)[:, None]
    known = _unpacked(tl.load(x + (here - 8), mask=(inside & (begin > 0))[:, None], other=first), lanes)
    for step in tl.static_range(0, run + 8, 8):
        mask = inside[:, None] & (at + step < length)
        known = known + _unpacked(tl.load(x + (here + step), mask=mask, other=last), lanes)
    return known


@triton.jit()
def _doubled(
    known: tl.tensor,
    frequency: tl.tensor,
    height: tl.tensor,
    begin: tl.tensor,
    length: tl.tensor,
    taps: tl.constexpr,
    unit: tl.constexpr,
    run: tl.constexpr,
):
    """The bent signal at twice the rate, from 5 values before the run to 5 after it.

    Beyond the row's ends it is continued by the end values of itself: these are not the bent end values of x.
    """
    made: tl.tensor = ()
    for place in tl.static_range(2 * run + 10):
        total = known[place // 2 + 3] * (2.0 * taps[(place + 1) % 2])
        for tap in tl.static_range(1, 6):
            total = tl.fma(known[place // 2 + 3 + tap], 2.0 * taps[2 * tap + (place + 1) % 2], total)
        value = _snake(total, frequency, height)
        # A run begins within its row, so the first two values of its own are there.
        if place >= (2 * run + 5 if unit % run == 0 else 7):
            value = tl.where(2 * begin + (place - 5) < 2 * length, value, made[place - 1])
        made += (value,)
    continued: tl.tensor = ()
    for place in tl.static_range(5):
        continued += (tl.where(begin > 0, made[place], made[5]),)
    return continued + made[5:]


@triton.jit()
def _snake(x: tl.tensor, frequency: tl.tensor, height: tl.tensor):
    """SnakeBeta, x + height sin^2(pi frequency x): whole turns of frequency x are taken away, exactly.

    sin(pi t) / t as a polynomial in t^2, t from -1/2 to 1/2, with a relative error of at most 5.3e-9 (Remez).
    """
    turns = x * frequency
    turns = turns - ((turns + _ROUND) - _ROUND)
    square = tl.minimum(turns * turns, 0.25)  # from 2**22 on no fraction is left, but still a bound
    sine = tl.fma(square, 0.0775603869352, -0.598242126387)
    sine = tl.fma(square, sine, 2.55006972633)
    sine = tl.fma(square, sine, -5.1677096848)
    sine = tl.fma(square, sine, 3.1415926369)
    return tl.fma(square * sine * sine, height, x)


@triton.jit()
def _exp(x: tl.tensor):
    """e^x to a bit or two, for x from -87 to 88; the GPU's own loses more on its way to base 2."""
    whole = tl.minimum(tl.maximum((x * _LOG2_E + _ROUND) - _ROUND, -126.0), 127.0)
    rest = tl.fma(whole, -_LN2_LOW, tl.fma(whole, -_LN2_HIGH, x))
    power = tl.fma(rest, 1.0 / 5040, 1.0 / 720)
    power = tl.fma(rest, power, 1.0 / 120)
    power = tl.fma(rest, power, 1.0 / 24)
    power = tl.fma(rest, power, 1.0 / 6)
    power = tl.fma(rest, power, 0.5)
    power = tl.fma(rest, power, 1.0)
    power = tl.fma(rest, power, 1.0)
    return power * ((whole.to(tl.int32) + 127) << 23).to(tl.float32, bitcast=True)


@triton.jit()
def _unpacked(tile: tl.tensor, lanes: tl.constexpr):
    """(lanes, 8) -> its 8 columns, (lanes,) float32 each."""
    even, odd = tl.split(tl.reshape(tile.to(tl.float32), (lanes, 4, 2)))
    columns_04, columns_26 = tl.split(tl.reshape(even, (lanes, 2, 2)))
    columns_15, columns_37 = tl.split(tl.reshape(odd, (lanes, 2, 2)))
    c0, c4 = tl.split(columns_04)
    c1, c5 = tl.split(columns_15)
    c2, c6 = tl.split(columns_26)
    c3, c7 = tl.split(columns_37)
    return c0, c1, c2, c3, c4, c5, c6, c7


@triton.jit()
def _packed(columns: tl.tensor, lanes: tl.constexpr):
    """8 of (lanes,) -> (lanes, 8)."""
    even = tl.join(tl.join(columns[0], columns[4]), tl.join(columns[2], columns[6]))
    odd = tl.join(tl.join(columns[1], columns[5]), tl.join(columns[3], columns[7]))
    return tl.reshape(tl.join(even, odd), (lanes, 8))
