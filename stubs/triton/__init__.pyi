from collections.abc import Callable, Sequence
from typing import Any

def jit(*, do_not_specialize: Sequence[str] = ...) -> Callable[[Callable[..., object]], Any]: ...
