"""Assembly: the one place that knows which concrete engine stands behind each protocol.

In: settings. Out: engines that are checked, loaded and warm. Nothing heavy is imported before it is needed,
and every missing or damaged file is reported before the first engine is built.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from asr.config import SMALL_MODEL_GUARD, GuardConfig
from asr.engine import Recognizer
from core import events as e
from core.clock import Clock, minute_of_day
from core.errors import AsrError, EngineError, LlmError, ModelMissing, TtsError
from core.text import Sentence
from emotion_policy import openers, opinion, prosody
from emotion_policy.config import EmotionConfig
from emotion_policy.decide import prepare
from emotion_policy.forced import forced
from emotion_policy.policy import Policy
from emotion_policy.policy_keeper import Keeper
from llm import answers, prompt
from llm.engine import LanguageModel
from llm.knowledge import Knowledge
from models.registry import Found, ModelStore
from pipeline import phrasing
from pipeline.asked import TurnSettings
from pipeline.config import Config, locate
from pipeline.crew import Crew, Loudspeaker
from pipeline.lane import Lane
from pipeline.openers import OpenerCache
from pipeline.phrases import COMMON
from pipeline.spoken_commands import WORDINGS
from pipeline.tone import PolicyKeeper, deciding
from tts.engine import Synthesizer, known
from tts.indextts2.patience import let_threads_sleep
from tts.indextts2.settings import IndexTts2Settings
from tts.indextts2.voices import Voices, voices_folder

if TYPE_CHECKING:
    from audio.listener import Listener
    from audio.vad import VoiceGate

log = logging.getLogger(__name__)
Progress = Callable[[str], None]
"""Told what is being loaded, before it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """Everything that is loaded once and outlives any session."""

    recognizer: Recognizer
    model: LanguageModel
    voice: Synthesizer
    knowledge: Knowledge
    demo: bool
    policy: PolicyKeeper = field(default_factory=lambda: Keeper(None))

    def close(self) -> None:
        for engine in (self.recognizer, self.model, self.voice, self.knowledge):
            engine.close()

    def started(self, clock: Clock) -> e.SessionStarted:
        return e.SessionStarted(
            at=clock.now(),
            recognizer=self.recognizer.name,
            model=self.model.name,
            voice=self.voice.name,
            knowledge=len({entry.id for entry in self.knowledge.entries}),
            demo=self.demo,
            voices=known(self.voice),
        )


def build_engines(
    config: Config, *, prefer_demo: bool = False, progress: Progress = lambda _: None
) -> Engines:
    """Find, check, load and warm up all engines.

    Args:
        prefer_demo: where no real recogniser is configured, take the demo Whisper and not pocketsphinx.
        progress: for a person who waits.

    Raises:
        VoiceError: what is missing or damaged, and the command that mends it.
    """
    policy = build_policy(config)
    store = ModelStore(config.models)
    hearing, thinking = store.recognizer(prefer_demo=prefer_demo), store.language_model()
    for found in (hearing, thinking):
        store.verify(found)
    with ExitStack() as loaded:
        progress(f"knowledge base {config.knowledge.directory}")
        knowledge = load_knowledge(config)
        loaded.callback(knowledge.close)
        progress("the voice")
        voice = build_voice(config, progress=progress)
        loaded.callback(voice.close)
        progress(hearing.description)
        recognizer = build_recognizer(config, hearing, knowledge)
        loaded.callback(recognizer.close)
        progress(thinking.description)
        model = build_model(config, thinking)
        loaded.callback(model.close)
        prepare(policy.current)
        prosody.prepare()
        phrasing.prepare()
        for engine in (voice, recognizer, model):
            engine.warm_up()
        loaded.pop_all()
    return Engines(
        recognizer=recognizer,
        model=model,
        voice=voice,
        knowledge=knowledge,
        demo=hearing.demo or thinking.demo,
        policy=policy,
    )


def build_policy(config: Config) -> Keeper:
    """The site's emotion policy, or the packaged one of its scenario.

    Raises:
        ConfigError: the file is no policy; every mistake at once.
    """
    path = config.emotion.policy
    return Keeper(None if path is None else locate(path), scenario=config.emotion.scenario)


def load_knowledge(config: Config) -> Knowledge:
    """The operator's knowledge base.

    Raises:
        InputError: the folder or a file in it cannot be read.
    """
    return Knowledge.load(locate(config.knowledge.directory), config.knowledge)


def build_recognizer(config: Config, found: Found, knowledge: Knowledge) -> Recognizer:
    """The recogniser that was found; the closed grammar of pocketsphinx comes from the knowledge base."""
    if found.kind == "sphinx":
        from asr.sphinx import SphinxRecognizer

        return SphinxRecognizer(closed_domain(knowledge), config.asr.sphinx)
    if found.path is None:
        raise ModelMissing(
            "no Whisper weights are configured", hint="`tingshuo models` tells what to put where"
        )
    from asr.whisper import WhisperRecognizer

    whisper = config.asr.whisper
    if found.demo and whisper.guard == GuardConfig():
        whisper = whisper.model_copy(update={"guard": SMALL_MODEL_GUARD})
    return WhisperRecognizer(found.path, whisper)


def build_model(config: Config, found: Found) -> LanguageModel:
    """The language model that was found."""
    if found.path is None:
        raise ModelMissing(
            "no language model is configured", hint="`tingshuo models` tells what to put where"
        )
    from llm.llama import LlamaModel

    return LlamaModel(found.path, config.llm, opinion=config.emotion.second_opinion)


def build_voice(config: Config, *, progress: Progress = lambda _: None) -> Synthesizer:
    """The voice that `tts.engine` means; where it leaves the choice, the log is told why not IndexTTS2.

    Raises:
        VoiceError: the voice asked for cannot be had.
    """
    engine, settings = config.tts.engine, config.tts.indextts2
    if engine == "indextts2":
        return _indextts2(settings, progress)
    if engine == "auto" and settings.checkpoint is not None and settings.voice is not None:
        reason = _why_not_indextts2(settings)
        if reason is None:
            return _indextts2(settings, progress)
        log.warning("the embedded voice speaks, because IndexTTS2 is set up and %s", reason)
    from tts.espeak import EspeakSynthesizer

    return EspeakSynthesizer(config.tts)


def _indextts2(settings: IndexTts2Settings, progress: Progress) -> Synthesizer:
    let_threads_sleep()
    try:
        from tts.indextts2.synthesizer import IndexTts2Synthesizer
    except ImportError as error:
        raise TtsError(
            f"IndexTTS2 needs a package that is not installed: {error.name}",
            code="torch-missing",
            hint="pip install -c constraints.txt -e '.[gpu]'",
        ) from error
    voices = Voices(voices_folder(settings, os.environ))
    return IndexTts2Synthesizer(settings, voices, progress=lambda part: progress(f"IndexTTS2: {part}"))


def _why_not_indextts2(settings: IndexTts2Settings) -> str | None:
    """In words that go on from "and"; None if it can speak as it is meant to."""
    let_threads_sleep()
    try:
        from tts.indextts2.placement import device_of
    except ImportError as error:
        return f"the package {error.name} is not installed"
    if settings.device == "auto" and device_of("auto").type == "cpu":
        return "there is no GPU (tts.indextts2.device = cpu speaks without one, slowly)"
    return None


def build_listener(
    config: Config, tap: Callable[[Callable[[], VoiceGate]], VoiceGate] = lambda build: build()
) -> Listener:
    """Voice detection and endpointing, fresh: one for each session; `tap` may use another detector."""
    from audio.endpointing import Endpointing
    from audio.listener import Listener
    from audio.vad import build_vad

    return Listener(tap(lambda: build_vad(config.audio)), Endpointing(config.audio), config.audio)


def build_crew(
    engines: Engines,
    clock: Clock,
    loudspeaker: Loudspeaker,
    *,
    emotion: EmotionConfig | None = None,
    tell: Callable[[e.Event], None] = lambda _: None,
    lane: Callable[[str, type[EngineError]], Lane],
    minute: Callable[[], int] = minute_of_day,
) -> Crew:
    """Engines with a lane each, for one session.

    Args:
        tell: hears of edits of the policy.
        lane: makes a lane of a name and what it fails with.
        minute: of the day, for quiet hours.
    """
    keeper, emotion = engines.policy, emotion or EmotionConfig.model_validate({})
    speaking = lane("tts", TtsError)
    return Crew(
        recognizer=engines.recognizer,
        hearing=lane("asr", AsrError),
        model=engines.model,
        thinking=lane("llm", LlmError),
        voice=engines.voice,
        speaking=speaking,
        loudspeaker=loudspeaker,
        decide=deciding(keeper, emotion, clock, tell, minute=minute),
        revise=lambda decision, vote, spoken: opinion.revise(decision, vote, spoken, keeper.current),
        force=lambda decision, style, language: forced(decision, style, language, keeper.current),
        consult=engines.knowledge.consult,
        banned=lambda style, language: keeper.current.styles[style].banned[language],
        openers=build_openers(engines.voice, speaking, keeper.current) if emotion.openers else None,
        site=keeper,
    )


def build_openers(voice: Synthesizer, speaking: Lane, policy: Policy) -> OpenerCache:
    """Where a site's first sentences are kept; empty until `OpenerCache.prepare` has run."""
    expected = (
        Sentence(text=line, index=0, language=language, delivery=delivery)
        for line, language, delivery in openers.expected(policy)
    )
    return OpenerCache(voice, speaking, expected)


def turn_settings(config: Config, keeper: PolicyKeeper | None = None) -> TurnSettings:
    """What every turn is told; `keeper` holds the policy, by default the packaged one of the scenario."""
    emotion, kept = config.emotion, keeper or Keeper(None, scenario=config.emotion.scenario)
    return TurnSettings(
        scenario=kept.current.scenario,
        system_prompt=config.session.system_prompt or prompt.SYSTEM_PROMPT,
        model_knows=config.session.model_knows,
        hears_voices=lambda: emotion.hears_voices(policy=kept.current.prosody),
        openers=emotion.openers,
    )


def closed_domain(knowledge: Knowledge) -> tuple[str, ...]:
    """Everything a customer may say to a recogniser with a closed grammar."""
    commands = (wording for wordings in WORDINGS.values() for wording in wordings)
    return tuple(dict.fromkeys((*knowledge.questions(), *commands, *answers.YES_OR_NO, *COMMON)))
