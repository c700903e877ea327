"""How torch's threads wait on a CPU; called before torch is imported, since it is read then and never again.

By default a thread that has nothing to do spins for a while, and takes the core from the recogniser, the
model and the event loop: on two busy cores a sentence of small networks took 17 s of processor time spinning
and 6 s asleep.
"""

from __future__ import annotations

import os


def let_threads_sleep() -> None:
    """Unless the operator has said otherwise (OpenMP 5.2, section 21.5)."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
