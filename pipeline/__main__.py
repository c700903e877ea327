"""The pipeline headless, for programs that own the other end: `python -m pipeline [--config FILE]`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from core.errors import VoiceError
from pipeline.config import load
from pipeline.headless import serve

INTERRUPTED = 130


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m pipeline", description=__doc__)
    parser.add_argument("--config", type=Path, metavar="FILE")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="assignments")
    parser.add_argument("--no-microphone", action="store_true", help="only commands are heard")
    parser.add_argument("--no-loudspeaker", action="store_true", help="replies pass silently")
    chosen = parser.parse_args()
    try:
        config = load(chosen.config, os.environ, chosen.assignments)
        serve(config, microphone=not chosen.no_microphone, loudspeaker=not chosen.no_loudspeaker)
    except KeyboardInterrupt:
        return INTERRUPTED
    except VoiceError as error:
        sys.stderr.write(f"error [{error.code}]: {error.message}\n  hint: {error.hint}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
