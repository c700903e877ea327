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
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", choices=["indextts2"], help="what kind of weights")
    parser.add_argument(
        "folder", type=Path, metavar="DIR", help="folder to write; new, empty, or an earlier one"
    )
    parser.add_argument("--size", choices=["tiny", "full"], default="tiny", help="(default: tiny)")
    parser.add_argument(
        "--seed", type=int, default=1, help="the same number gives the same files (default: 1)"
    )


def run(arguments: argparse.Namespace) -> int:
    from cli.models_gpu import require_gpu_extra

    require_gpu_extra()
    from cli.progress import measured
    from tts.indextts2.random_checkpoint import random_bytes, write_random

    with measured(random_bytes(arguments.size), "written") as told:
        write_random(arguments.folder, size=arguments.size, seed=arguments.seed, told=told)
    print(
        f"{arguments.folder}: random weights, size {arguments.size}, seed {arguments.seed}; no speech in them"
    )
    return 0
