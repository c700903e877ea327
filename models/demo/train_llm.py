"""Train the demo language model from scratch on composed kiosk dialogues and write it as GGUF.

In: the cards of models/demo/dialogues and the product's own prompt format. Out: a q8_0 GGUF file and a record
of the run; in the work folder the checkpoint, the tokenizer and an f16 GGUF file. Runs in an environment with
torch, tokenizers, gguf and numpy; of these the product needs only numpy.
The same seed, step count and thread count give the same weights on the same machine.

    python -m models.demo.train_llm --steps 800 --seed 7 --out models/demo/llm
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, pre_tokenizers, trainers
from tokenizers.models import BPE
from torch import Tensor
from torch.nn import functional

from llm.prompt import SYSTEM_PROMPT
from models.demo.dialogues.compose import Exchange, compose
from models.demo.dialogues.unseen import Prompt, prompts
from models.demo.llm_export import write_gguf
from models.demo.llm_network import Network, Shape, wire_reading

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
START, END = 1, 2
VERSION = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """(B, T) tokens and, for each, the token to predict or -100."""

    tokens: Tensor
    targets: Tensor


def main() -> None:
    """Parse the command line, train, write."""
    options = _options()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    options.work.mkdir(parents=True, exist_ok=True)
    if options.resume:
        tokenizer = Tokenizer.from_file(str(options.resume / "tokenizer.json"))
    else:
        tokenizer = train_tokenizer(options.seed, options.vocabulary)
    tokenizer.save(str(options.work / "tokenizer.json"))
    network = Network(Shape(vocabulary=tokenizer.get_vocab_size()))
    if options.resume:
        network.load_state_dict(torch.load(options.resume / "network.pt", weights_only=True))
    else:
        wire_reading(network)
    size = sum(weight.numel() for weight in network.parameters())
    sys.stdout.write(f"{size / 1e6:.2f} M parameters, {tokenizer.get_vocab_size()} tokens\n")
    record = train(network, tokenizer, options)
    torch.save(network.state_dict(), options.work / "network.pt")
    write_gguf(options.work / "tingshuo-demo-f16.gguf", network, tokenizer, "f16", version=VERSION)
    write_gguf(options.out / "tingshuo-demo-q8_0.gguf", network, tokenizer, "q8_0", version=VERSION)
    record |= {"parameters": size, "greedy": greedy_replies(network, tokenizer)}
    text = json.dumps(record, ensure_ascii=False, indent=1) + "\n"
    (options.out / "training.json").write_text(text, encoding="utf-8")
    sys.stdout.write(f"written to {options.out.name} after {record['steps']} steps, loss {record['loss']}\n")


def train_tokenizer(seed: int, vocabulary: int) -> Tokenizer:
    """Learn a byte-level BPE on composed dialogues; GPT-2's pre-tokenizer, which llama.cpp knows by name."""
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=SPECIAL,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        max_token_length=12,  # four Hanzi: longer phrases would be copied whole and never recombined
        show_progress=False,
    )
    tokenizer.train_from_iterator(_texts(random.Random(seed), 6000), trainer)
    return tokenizer


def _texts(rng: random.Random, count: int) -> Iterator[str]:
    yield SYSTEM_PROMPT
    for _ in range(count):
        for exchange in compose(rng):
            yield "user\n" + exchange.user.text
            yield "assistant\n" + exchange.reply.text


def prefix_tokens(tokenizer: Tokenizer) -> list[int]:
    """Tokens of the system message, with which every dialogue begins."""
    return [START, *_encode(tokenizer, "system\n" + SYSTEM_PROMPT), END, *_encode(tokenizer, "\n")]


def dialogue_tokens(tokenizer: Tokenizer, exchanges: list[Exchange]) -> tuple[list[int], list[bool]]:
    """Tokens after the prefix and which of them the model learns to say (replies with their end mark)."""
    tokens: list[int] = []
    taught: list[bool] = []
    line = _encode(tokenizer, "\n")
    for exchange in exchanges:
        asked = [START, *_encode(tokenizer, "user\n" + exchange.user.text), END, *line]
        asked += [START, *_encode(tokenizer, "assistant\n")]
        said = [*_encode(tokenizer, exchange.reply.text), END]
        tokens += [*asked, *said, *line]
        taught += [False] * len(asked) + [exchange.reply.taught] * len(said) + [False] * len(line)
    return tokens, taught


def copy_exercise(tokenizer: Tokenizer, rng: random.Random) -> tuple[list[int], list[bool]]:
    """A reference of random tokens with a question of random tokens: the only way to answer is to read it.

    Reading a reference is attention's hardest habit to form; dialogues alone form it late.
    """
    opening, arrow, closing = rng.choice((("（参考：", " → ", "）"), ("(Reference: ", " -> ", ")")))
    question, answer = _random_tokens(tokenizer, rng, (3, 9)), _random_tokens(tokenizer, rng, (8, 28))
    other = _random_tokens(tokenizer, rng, (3, 9)) if rng.random() < 0.5 else []
    asked = [START, *_encode(tokenizer, "user\n"), *question, *other, *_encode(tokenizer, "\n" + opening)]
    asked += [*question, *_encode(tokenizer, arrow), *answer, *_encode(tokenizer, closing), END]
    asked += [*_encode(tokenizer, "\n"), START, *_encode(tokenizer, "assistant\n")]
    return [*asked, *answer, END], [False] * len(asked) + [True] * (len(answer) + 1)


def _random_tokens(tokenizer: Tokenizer, rng: random.Random, length: tuple[int, int]) -> list[int]:
    return [
        rng.randrange(len(SPECIAL) + 256, tokenizer.get_vocab_size()) for _ in range(rng.randint(*length))
    ]


def _encode(tokenizer: Tokenizer, text: str) -> list[int]:
    return tokenizer.encode(text, add_special_tokens=False).ids


def batches(
    tokenizer: Tokenizer, rng: random.Random, window: int, size: int, copying: float
) -> Iterator[Batch]:
    """Endless batches of dialogues of like length.

    Args:
        tokenizer: of the model.
        rng: the only source of chance.
        window: longest dialogue in tokens, without the prefix.
        size: dialogues in a batch.
        copying: share of copy exercises; it halves with each pool of 16 batches, down to 5 %.
    """
    while True:
        pool = [
            copy_exercise(tokenizer, rng)
            if rng.random() < copying
            else dialogue_tokens(tokenizer, compose(rng))
            for _ in range(size * 16)
        ]
        copying = max(min(copying, 0.05), copying / 2)
        pool = [(tokens, taught) for tokens, taught in pool if len(tokens) <= window and any(taught)]
        pool.sort(key=lambda pair: len(pair[0]))
        groups = [pool[start : start + size] for start in range(0, len(pool), size)]
        rng.shuffle(groups)
        for group in groups:
            longest = len(group[-1][0])
            tokens = torch.zeros(len(group), longest, dtype=torch.long)
            targets = torch.full((len(group), longest), -100)
            for row, (ids, taught) in enumerate(group):
                tokens[row, : len(ids)] = torch.tensor(ids)
                wanted = [ids[place] if taught[place] else -100 for place in range(1, len(ids))]
                targets[row, : len(wanted)] = torch.tensor(wanted)
            yield Batch(tokens=tokens, targets=targets)


def train(network: Network, tokenizer: Tokenizer, options: argparse.Namespace) -> dict[str, object]:
    """Run the optimiser; give what was done, for the record."""
    prefix = torch.tensor([prefix_tokens(tokenizer)])
    room = network.shape.window - prefix.shape[1]
    source = batches(tokenizer, random.Random(options.seed + 1), room, options.batch, options.copying)
    matrices = [
        weight for name, weight in network.named_parameters() if weight.dim() == 2 and "embedding" not in name
    ]
    others = [
        weight for name, weight in network.named_parameters() if weight.dim() == 1 or "embedding" in name
    ]
    optimizers = [
        torch.optim.Muon(
            matrices, lr=options.rate, momentum=0.95, weight_decay=0.02, adjust_lr_fn="match_rms_adamw"
        ),
        torch.optim.AdamW(others, lr=options.rate, betas=(0.9, 0.98), weight_decay=0.0),
    ]
    began, seen, losses, step = time.perf_counter(), 0, [], 0
    while True:
        elapsed = time.perf_counter() - began
        done = max(step / options.steps, elapsed / (60 * options.minutes) if options.minutes else 0.0)
        if done >= 1:
            break
        for optimizer in optimizers:
            optimizer.param_groups[0]["lr"] = options.rate * _schedule(step, done)
        batch = next(source)
        losses.append(_step(network, optimizers, prefix, batch, bf16=options.bf16))
        seen += batch.tokens.numel()
        step += 1
        if step % 25 == 0:
            speed = seen / max(elapsed, 1)
            loss = sum(losses[-25:]) / 25
            sys.stdout.write(
                f"step {step} loss {loss:.4f} {seen / 1e6:.2f} M tokens {elapsed:.0f} s {speed:.0f}/s\n"
            )
            sys.stdout.flush()
        if step % 200 == 0:
            torch.save(network.state_dict(), options.work / "network.pt")
    seconds = time.perf_counter() - began
    return {
        "steps": step,
        "tokens": seen,
        "seconds": round(seconds),
        "loss": round(sum(losses[-50:]) / 50, 4),
        "seed": options.seed,
    }


def greedy_replies(network: Network, tokenizer: Tokenizer) -> dict[str, str]:
    """What torch itself answers to every eighth prompt of the examination: GGUF must say the same."""
    return {prompt.name: _greedy(network, tokenizer, prompt) for prompt in prompts()[::8]}


@torch.no_grad()
def _greedy(network: Network, tokenizer: Tokenizer, prompt: Prompt) -> str:
    tokens = prefix_tokens(tokenizer)
    spoken = [*(text for turn in prompt.history for text in zip(("user", "assistant"), turn, strict=True))]
    for role, text in [*spoken, ("user", prompt.user)]:
        tokens += [START, *_encode(tokenizer, f"{role}\n{text}"), END, *_encode(tokenizer, "\n")]
    tokens += [START, *_encode(tokenizer, "assistant\n")]
    said: list[int] = []
    while len(said) < 80:
        states = network(torch.zeros(1, 0, dtype=torch.long), torch.tensor([tokens + said]))
        best = int(network.logits(states[0, -1]).argmax())
        if best == END:
            break
        said.append(best)
    return tokenizer.decode(said)


def _step(
    network: Network, optimizers: list[torch.optim.Optimizer], prefix: Tensor, batch: Batch, *, bf16: bool
) -> float:
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
        states = network(prefix, batch.tokens)
        kept = batch.targets != -100
        scores = network.logits(states[kept])
    loss = functional.cross_entropy(scores.float(), batch.targets[kept])
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    for optimizer in optimizers:
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return float(loss.detach())


def _schedule(step: int, done: float) -> float:
    """Warm up for 30 steps, hold, then fall along a cosine over the last half."""
    warm = min(1.0, (step + 1) / 30)
    return warm * (1.0 if done < 0.5 else 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (done - 0.5) / 0.5)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train Tingshuo's demo language model from scratch.")
    parser.add_argument("--steps", type=int, default=800, help="optimiser steps (default %(default)s)")
    parser.add_argument(
        "--minutes", type=float, default=0.0, help="stop after this time instead, if it comes first"
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--batch", type=int, default=32, help="dialogues a step")
    parser.add_argument("--rate", type=float, default=2.5e-3, help="peak learning rate")
    parser.add_argument("--copying", type=float, default=0.6, help="share of copy exercises at the beginning")
    parser.add_argument("--vocabulary", type=int, default=2048)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--bf16", action=argparse.BooleanOptionalAction, default=True, help="bfloat16 arithmetic"
    )
    parser.add_argument("--resume", type=Path, help="work folder of an earlier run to go on from")
    parser.add_argument("--out", type=Path, default=Path("models/demo/llm"), help="folder of the GGUF files")
    parser.add_argument("--work", type=Path, default=Path("out/train_llm"), help="folder of the checkpoint")
    return parser.parse_args()


if __name__ == "__main__":
    main()
