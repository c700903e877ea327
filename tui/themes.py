"""Three sets of colours. Widgets name meanings; what stands for them is here and nowhere else.

Greys have little saturation, so that a terminal with 256 colours shows them as greys too.
"""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="tingshuo-dark",
    dark=True,
    primary="#6cb6ff",
    secondary="#4fd0d9",
    accent="#d2a8ff",
    success="#5fd38a",
    warning="#e8b84a",
    error="#ff8078",
    foreground="#e8eaed",
    background="#0f1319",
    surface="#141a22",
    panel="#2b3038",
    variables={"dim": "#9aa4b2", "border-blurred": "#3a4049", "input-selection-background": "#6cb6ff 35%"},
)
LIGHT = Theme(
    name="tingshuo-light",
    dark=False,
    primary="#0757b8",
    secondary="#066069",
    accent="#6f35bd",
    success="#0d642a",
    warning="#7a4b00",
    error="#ab1f18",
    foreground="#1b222d",
    background="#ffffff",
    surface="#f5f7fa",
    panel="#e2e5e9",
    variables={"dim": "#556172", "border-blurred": "#c6ccd4", "input-selection-background": "#0757b8 25%"},
)
CONTRAST = Theme(
    name="tingshuo-contrast",
    dark=True,
    primary="#66d9ff",
    secondary="#7dfff4",
    accent="#ffb3ff",
    success="#66ff8c",
    warning="#ffee33",
    error="#ff9d94",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#3a3a3a",
    variables={"dim": "#d0d0d0", "border-blurred": "#ffffff", "input-selection-background": "#66d9ff 50%"},
)
THEMES = (DARK, LIGHT, CONTRAST)
