"""convert: rewrite the official weights of a voice once, as safetensors.

The official files are pickles, which are programs. They are read without running anything, every tensor that
is needed is checked, and what nobody reads is left out. Stopped with Ctrl-C, or by a full disk, it goes on
where it was when it is run again; parts that are there and right are kept.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tts.indextts2.converted import Conversion

EPILOG = """\
examples:
  tingshuo models convert indextts2 checkpoints /srv/models/indextts2
  tingshuo models convert indextts2 checkpoints /srv/models/indextts2 --dtype bf16    half the size
docs/guide/indextts2.md tells which files belong into the first folder.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", choices=["indextts2"], help="what kind of weights")
    parser.add_argument("source", type=Path, metavar="SRC", help="folder as it was downloaded")
    parser.add_argument(
        "target", type=Path, metavar="DST", help="folder to write; new, empty, or an earlier one"
    )
    parser.add_argument(
        "--dtype",
        choices=["fp32", "bf16", "fp16"],
        default="fp32",
        help="of the numbers (default: fp32, as they are)",
    )


def run(arguments: argparse.Namespace) -> int:
    from cli.models_gpu import require_gpu_extra

    require_gpu_extra()
    from cli.progress import measured
    from tts.indextts2.converted import Converter

    converter = Converter(arguments.source, arguments.target, arguments.dtype)
    with measured(converter.source_bytes + converter.result_bytes, "read and written") as told:
        done = converter.run(told)
    print(_summary(done, arguments))
    return 0


def _summary(done: Conversion, arguments: argparse.Namespace) -> str:
    before, after = _size(done.source_bytes), _size(done.result_bytes)
    kept = f"\nkept from an earlier run: {', '.join(done.kept)}" if done.kept else ""
    return (
        f"{arguments.target}: {after} in {arguments.dtype}, from {before}; "
        f"{_size(done.left_out_bytes)} that inference does not read were left out{kept}"
    )


def _size(count: int) -> str:
    return f"{count / 1e9:.2f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"
