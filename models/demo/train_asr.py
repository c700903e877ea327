"""Train the demo's ears: a small Whisper on synthetic speech of kiosk sentences, exported for faster-whisper.

    python -m models.demo.train_asr --minutes 90 --scratch build/asr --out models/demo/whisper

Writes sound (shards) and a checkpoint to the scratch folder, and the int8 model to `--out` every few
minutes and at the end. Interrupted, it goes on from its checkpoint. The learning rate follows the clock: it
reaches zero when the minutes are over, so the result depends on the machine; the data of a seed does not.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import os
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name everyone knows
from tokenizers import Tokenizer
from torch import Tensor

from models.demo import asr_tokens
from models.demo.asr_corpus import MELS, Example, read_shard, write_shards
from models.demo.asr_model import HOP, WINDOW_FRAMES, Listener, Shape, export
from models.demo.asr_sounds import Sounds

LEARNING_RATE, WARM_UP = 2e-3, 300  # peak, steps
CTC_WEIGHT = 0.5
SMOOTHING = 0.05
FRAMES_IN_BATCH = 2_800
FULL_WINDOW_SHARES = (0.05, 0.3)  # of batches padded to the whole window, as faster-whisper does; early, late
LATE = 0.7  # of the minutes
EXPORT_EVERY = 720.0  # seconds

log = logging.getLogger("train_asr")


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Padded examples: features [batch, MELS, frames]; frames, token ids and CTC classes of each."""

    features: Tensor
    frames: Tensor
    texts: list[list[int]]
    sounds: list[list[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The tokenizer, its special ids, and what texts sound like."""

    tokenizer: Tokenizer
    sounds: Sounds
    start: int
    end: int
    no_speech: int
    no_timestamps: int


class Batches:
    """Endless batches of similar length from whatever shards are finished."""

    def __init__(self, folder: Path, vocabulary: Vocabulary, seed: int) -> None:
        self._folder, self._vocabulary = folder, vocabulary
        self._source = random.Random(seed)
        self._loaded: dict[Path, list[Example]] = {}
        self.full_share = FULL_WINDOW_SHARES[0]

    def __iter__(self) -> Iterator[Batch]:
        while True:
            for path in sorted(self._folder.glob("shard-*.json")):
                if path not in self._loaded:
                    self._loaded[path] = read_shard(path)
            examples = [example for shard in self._loaded.values() for example in shard]
            self._source.shuffle(examples)
            log.info("a round of %d utterances", len(examples))
            for at in range(0, min(len(examples), 24_000), 3_000):  # look for new shards now and then
                groups = list(_grouped(sorted(examples[at : at + 3_000], key=lambda one: len(one.features))))
                self._source.shuffle(groups)
                yield from map(self._batch, groups)

    def _batch(self, group: list[Example]) -> Batch:
        varied = [_vary(np.asarray(example.features, np.float32), self._source) for example in group]
        longest = max(map(len, varied))
        width = (
            WINDOW_FRAMES if self._source.random() < self.full_share else longest + self._source.randrange(20)
        )
        width = min(WINDOW_FRAMES, width + width % 2)
        features = np.zeros((len(group), width, MELS), np.float32)
        for row, one in zip(features, varied, strict=True):
            row[: len(one)] = one[:width]
        texts = [asr_tokens.encode(self._vocabulary.tokenizer, one.language, one.text) for one in group]
        frames = torch.tensor([min(width, len(one)) for one in varied])
        heard = [
            self._vocabulary.sounds.of(one.language, one.text, text)
            for one, text in zip(group, texts, strict=True)
        ]
        return Batch(
            features=torch.from_numpy(features).transpose(1, 2), frames=frames, texts=texts, sounds=heard
        )


def _grouped(examples: list[Example]) -> Iterator[list[Example]]:
    group: list[Example] = []
    for example in examples:
        if group and (len(group) + 1) * len(example.features) > FRAMES_IN_BATCH * HOP // 160:
            yield group
            group = []
        group.append(example)
    if group:
        yield group


def _vary(features: np.ndarray, source: random.Random) -> np.ndarray:
    """Another tempo, throat, level and gaps: cheap variation on log-mel [frames, MELS]."""
    floor = features.min()
    tempo = source.uniform(0.88, 1.15) if source.random() < 0.6 else 1.0
    every = HOP // 160  # shards have a frame every 160 samples
    places = np.arange(source.randrange(every), len(features) - 1, every / tempo)[:WINDOW_FRAMES]
    varied = _sampled(features, places)
    frames = len(varied)
    throat = source.uniform(0.88, 1.14)
    if source.random() < 0.6:
        varied = _sampled(varied.T, np.minimum(np.arange(MELS) * throat, MELS - 1)).T
    varied = varied + source.uniform(-0.3, 0.15)
    for _ in range(source.randint(0, 2)):
        start, length = source.randrange(MELS), source.randint(1, 12)
        varied[:, start : start + length] = floor
    if source.random() < 0.5:
        start, length = source.randrange(frames), source.randint(1, 4)
        varied[start : start + length] = floor
    return varied


def _sampled(rows: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Rows at fractional places."""
    low = places.astype(int)
    share = (places - low)[:, None].astype(np.float32)
    return rows[low] * (1 - share) + rows[np.minimum(low + 1, len(rows) - 1)] * share


def build_vocabulary(path: Path, seed: int) -> Vocabulary:
    """The tokenizer at `path`, built from the texts of a seed and kept there if there is none."""
    if not path.exists():
        asr_tokens.build_tokenizer(seed).save(str(path))
    tokenizer = Tokenizer.from_file(str(path))
    return Vocabulary(
        tokenizer=tokenizer,
        sounds=Sounds(tokenizer),
        start=tokenizer.token_to_id(asr_tokens.START),
        end=tokenizer.token_to_id(asr_tokens.END),
        no_speech=tokenizer.token_to_id(asr_tokens.NO_SPEECH),
        no_timestamps=tokenizer.token_to_id(asr_tokens.NO_TIMESTAMPS),
    )


def losses(model: Listener, batch: Batch, words: Vocabulary) -> tuple[Tensor, Tensor]:
    """Cross entropy of the text per token, and CTC of the encoder per sound."""
    length = max(map(len, batch.texts)) + 2
    given = torch.full((len(batch.texts), length), words.end)
    wanted = torch.full((len(batch.texts), length), -100)
    for row, text in enumerate(batch.texts):
        first = words.no_timestamps if text else words.no_speech
        given[row, : len(text) + 2] = torch.tensor([words.start, words.no_timestamps, *text])
        wanted[row, : len(text) + 2] = torch.tensor([first, *text, words.end])
    with torch.autocast("cpu", torch.bfloat16):
        memory = model.listen(batch.features)
        logits = model.write(given, memory)
        classes = model.ctc(memory)
    entropy = F.cross_entropy(logits.float().flatten(0, 1), wanted.flatten(), label_smoothing=SMOOTHING)
    flat = torch.tensor([number for sounded in batch.sounds for number in sounded], dtype=torch.long)
    aligned = F.ctc_loss(
        classes.float().log_softmax(-1).transpose(0, 1),
        flat,
        (batch.frames + 1) // 2,
        torch.tensor([len(sounded) for sounded in batch.sounds]),
        reduction="sum",
        zero_infinity=True,
    )
    return entropy, aligned / max(1, len(flat))


def train(arguments: argparse.Namespace) -> None:
    """Steps until the minutes are over."""
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    words = build_vocabulary(arguments.scratch / "tokenizer.json", arguments.seed)
    shape = Shape(vocabulary=words.tokenizer.get_vocab_size(), ctc_classes=words.sounds.classes)
    model = Listener(shape)
    optimizer = torch.optim.AdamW(
        model.parameters(), LEARNING_RATE, (0.9, 0.98), weight_decay=0.02, fused=True
    )
    checkpoint = arguments.scratch / "checkpoint.pt"
    step, spent = _resume(checkpoint, model, optimizer)
    log.info(
        "%.2f M parameters, %d tokens", sum(p.numel() for p in model.parameters()) / 1e6, shape.vocabulary
    )
    loader = Batches(arguments.scratch / "shards", words, arguments.seed + step)
    batches = iter(loader)
    began, budget = time.perf_counter() - spent, arguments.minutes * 60.0
    exported, window = spent, [0.0, 0.0, 0.0]
    while (elapsed := time.perf_counter() - began) < budget:
        rate = LEARNING_RATE * min(1.0, (step + 1) / WARM_UP) * max(0.0, 1.0 - elapsed / budget)
        for group in optimizer.param_groups:
            group["lr"] = rate
        loader.full_share = FULL_WINDOW_SHARES[elapsed > LATE * budget]
        batch = next(batches)
        entropy, aligned = losses(model, batch, words)
        optimizer.zero_grad(set_to_none=True)
        (entropy + CTC_WEIGHT * aligned).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        window = [window[0] + entropy.item(), window[1] + aligned.item(), window[2] + len(batch.texts)]
        if step % 50 == 0:
            _report(step, elapsed, budget, rate, window)
            window = [0.0, 0.0, 0.0]
        if elapsed - exported > EXPORT_EVERY:
            exported = elapsed
            _save(checkpoint, model, optimizer, step, elapsed)
            export(model, words.tokenizer, arguments.out)
    _save(checkpoint, model, optimizer, step, budget)
    export(model, words.tokenizer, arguments.out)
    log.info("done: %d steps, model in %s", step, arguments.out)


def _report(step: int, elapsed: float, budget: float, rate: float, window: list[float]) -> None:
    done = min(1.0, elapsed / budget)
    bar = "#" * int(20 * done)
    log.info(
        "[%-20s] %5.1f min  step %5d  rate %.1e  entropy %.3f  ctc %.3f  %d utterances",
        *(bar, elapsed / 60, step, rate, window[0] / 50, window[1] / 50, window[2]),
    )


def _save(path: Path, model: Listener, optimizer: torch.optim.Optimizer, step: int, spent: float) -> None:
    partial = path.with_suffix(".part")
    torch.save(
        {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "spent": spent},
        partial,
    )
    partial.rename(path)


def _resume(path: Path, model: Listener, optimizer: torch.optim.Optimizer) -> tuple[int, float]:
    """Steps done and seconds spent before; zero without a checkpoint."""
    if not path.exists():
        return 0, 0.0
    saved = torch.load(path, weights_only=True)
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    return int(saved["step"]), float(saved["spent"])


def _write_quietly(folder: Path, seed: int, shards: int) -> None:
    """Write the shards without taking the core that training was given."""
    os.nice(15)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
    write_shards(folder, seed, 0, shards)


def main() -> None:
    """Parse, start the writer of sound in the background, train."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=90.0, help="how long to train, in all (default 90)")
    parser.add_argument(
        "--seed", type=int, default=1, help="of texts, speakers, rooms and weights (default 1)"
    )
    parser.add_argument("--shards", type=int, default=150, help="of 400 utterances each (default 150)")
    parser.add_argument("--threads", type=int, default=1, help="of torch (default 1)")
    parser.add_argument(
        "--scratch", type=Path, default=Path("build/asr"), help="folder for sound and checkpoints"
    )
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parent / "whisper", help="folder of the model"
    )
    arguments = parser.parse_args()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    folder = arguments.scratch / "shards"
    write_shards(folder, arguments.seed, 0, min(3, arguments.shards))
    writer = multiprocessing.get_context("spawn").Process(
        target=_write_quietly, args=(folder, arguments.seed, arguments.shards), daemon=True
    )
    writer.start()
    train(arguments)


if __name__ == "__main__":
    main()
