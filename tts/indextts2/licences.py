"""What publishers of weights allow, as far as it was found out; shown by `tingshuo models licences`. Pure.

docs/guide/indextts2.md says the same; a test compares them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ADVICE: Final = (
    "This is not legal advice. Licences change, and sources contradict each other: read the texts that came "
    "with your files. Tingshuo redistributes none of the weights of IndexTTS-2."
)


@dataclass(frozen=True, slots=True)
class Licence:
    """One publisher's terms."""

    what: str
    """Which weights."""
    used: str
    """What for."""
    name: str
    facts: tuple[str, ...] = ()


_UNVERIFIED: Final = ("As commonly stated; not verified here.",)
LICENCES: Final[tuple[Licence, ...]] = (
    Licence(
        "IndexTTS-2",
        "the voice",
        "bilibili Model Use License Agreement",
        (
            "Law of the PRC, arbitration in Shanghai; the Chinese text prevails.",
            "Free of charge, not exclusive, not transferable. Below the thresholds the text does not "
            "forbid commercial use.",
            "Thresholds: a separate written licence is needed if a product of yours or of an affiliate "
            "had more than 100 million monthly users, or revenue above 1 billion RMB.",
            "A copy of the agreement and its notices go with every copy of the weights, and whoever "
            "receives them from you must be bound by contract.",
            "Derivative works are converted, quantised and fine-tuned weights, and works based on what "
            "the model puts out; who distributes one shows the sentence that section 4.1(a) prescribes.",
            "Not for improving other AI models, save itself, its derivatives and non-commercial ones: no "
            "commercial TTS or ASR may be trained on its sound.",
            "Rights in third parties' recordings and weights are yours to clear; high-risk uses are "
            "barred; you indemnify the licensor; a breach may revoke the licence.",
            "Its disclaimer asks for the consent of whose voice is used, and bars unlawful deception.",
            "Sources disagree: an older text asked for registration before commercial use, and the "
            "model's page was reported to say Apache-2.0.",
        ),
    ),
    Licence(
        "MaskGCT semantic codec",
        "the voice",
        "commercially restricted",
        (
            "IndexTTS-2 2.0 can neither hear nor speak without it.",
            "A maintainer answered in March 2026 that commercial use will not be opened "
            "(open-mmlab/Amphion, issue 480). Its licence text was not found: clear this before any "
            "commercial kiosk.",
        ),
    ),
    Licence("BigVGAN v2", "the voice", "MIT", _UNVERIFIED),
    Licence("w2v-BERT 2.0", "making voices", "MIT", _UNVERIFIED),
    Licence("CAMPPlus", "making voices", "Apache-2.0", _UNVERIFIED),
    Licence("Qwen3 0.6B", "nothing here", "Apache-2.0", ("The emotion policy decides the tone instead.",)),
    Licence("espeak-ng", "the default voice", "GPL-3", ("Rules and no weights; a separate library.",)),
    Licence("demo weights", "hearing, thinking", "CC0", ("Shipped: models/demo/LICENSE.",)),
    Licence("Silero", "voice detection", "MIT", ("Comes with faster-whisper, whose licence files count.",)),
    Licence("pocketsphinx", "hearing", "BSD", ("Comes with its package, whose licence files count.",)),
    Licence(
        "your own weights", "hearing, thinking", "their publishers'", ("Whisper is MIT; chat models differ.",)
    ),
)
