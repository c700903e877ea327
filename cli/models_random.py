"""random: write weights that were never trained, to try everything but speech.

The folder has the official files with the official names and shapes, full of random numbers. It makes sound
of a plausible length and no speech. `full` costs what the released model costs to run; `tiny` runs anywhere.
"""

from __future__ import annotations

import argparse
from pathlib import Path

EPILOG = """\
examples:
  tingshuo models random indextts2 out/tiny --size tiny             49 MB
  tingshuo models random indextts2 /srv/random --size full --seed 7    7 GB
  tingshuo models random indextts2 out/tiny-25 --version 2.5           73 MB
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", choices=["indextts2"], help="what kind of weights")
    parser.add_argument(
        "folder", type=Path, metavar="DIR", help="folder to write; new, empty, or an earlier one"
    )
    parser.add_argument("--size", choices=["tiny", "full"], default="tiny", help="(default: tiny)")
    parser.add_argument("--version", choices=["2.0", "2.5"], default="2.0", help="of IndexTTS (default: 2.0)")
    parser.add_argument(
        "--seed", type=int, default=1, help="the same number gives the same files (default: 1)"
    )


def run(arguments: argparse.Namespace) -> int:
    from cli.models_gpu import require_gpu_extra

    require_gpu_extra()
    from cli.progress import measured
    from tts.indextts2.random_checkpoint import random_bytes, write_random

    size, seed, version = arguments.size, arguments.seed, arguments.version
    with measured(random_bytes(size, version), "written") as told:
        write_random(arguments.folder, size=size, seed=seed, told=told, version=version)
    what = f"random weights, version {version}, size {size}, seed {seed}"
    print(f"{arguments.folder}: {what}; no speech in them")
    return 0
