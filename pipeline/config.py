"""All settings of the product, one section a room. Where they come from: `pipeline.config_file`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from asr.config import SphinxConfig, WhisperConfig
from audio.config import AudioConfig
from emotion_policy.config import EmotionConfig
from llm.config import KnowledgeConfig, LlamaConfig
from models.config import ModelsConfig
from pipeline import config_file
from tts.config import TtsConfig

DEFAULT_FILE = Path("config.toml")
HOUSE = Path(__file__).parent.parent
"""Where the product's own data lies: shipped models and the example knowledge base."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AsrConfig(_Section):
    """Hearing: one table for each recogniser; `models.recognizer` chooses between them."""

    whisper: WhisperConfig = WhisperConfig.model_validate({})
    sphinx: SphinxConfig = SphinxConfig.model_validate({})


class KnowledgeSection(KnowledgeConfig):
    """The operator's questions and answers, and when they are believed."""

    directory: Path = Field(
        Path("models/demo/knowledge"),
        description="Folder of Markdown, TOML and CSV files. A relative path is looked for in the working "
        "folder, then beside the program. The default is the example of a fictional service hall.",
    )


class SessionConfig(_Section):
    """Whose turn it is, and what the model is told about itself."""

    barge_in: bool = Field(
        True,
        description="Let a customer interrupt the agent. Needs a headset or a microphone that does not hear "
        "the loudspeaker; with open loudspeakers set it to false.",
    )
    visit_timeout: float = Field(
        60.0,
        ge=5.0,
        description="Seconds without a word after which the customer has left: the dialogue and the mood are "
        "forgotten. At least 5.",
    )
    model_knows: bool = Field(
        False,
        description="Let the model answer questions the knowledge base does not know, instead of saying so.",
    )
    socket: Path | None = Field(
        None,
        description="Unix socket at which a conversation lets operators in: `tingshuo watch` shows its "
        "events and sends commands. Only the user who runs it may connect; at most 107 bytes long. Behind "
        "the screen there is one anyway: tingshuo/talk.socket in $XDG_STATE_HOME or ~/.local/state.",
    )
    operator_language: Literal["auto", "zh", "en"] = Field(
        "auto",
        description="Language in which screens and reports name states, styles and reasons: zh, en, or auto: "
        "the terminal's (LC_ALL, LC_MESSAGES, LANG).",
    )
    system_prompt: str = Field(
        "", description="Who the model is told to be; empty means the built-in prompt. One text, all day."
    )


class RecordingConfig(_Section):
    """Session files: everything that was said and heard, for a complaint. Personal data; off by default."""

    on: bool = Field(
        False,
        description="Record each conversation to a file that `tingshuo replay` and `tingshuo report` read. "
        "The screen shows it, and the customer must be told.",
    )
    folder: Path | None = Field(
        None,
        description="Where the files go; default: tingshuo/sessions in $XDG_STATE_HOME or ~/.local/state. "
        "Only their owner can read them.",
    )
    keep_days: float = Field(
        14.0,
        gt=0,
        le=3650,
        description="Days after which a file is deleted, at the start of the next recorded conversation.",
    )


class ScreenConfig(_Section):
    """The operator's screen."""

    theme: Literal["dark", "light", "contrast"] = Field(
        "dark",
        description="Colours: dark, light, or contrast for poor light and poor eyes. NO_COLOR counts too.",
    )
    keys: tuple[str, ...] = Field(
        (),
        description="Other keys for actions, each as action=key, such as say=f2 or control=f3. The help (?) "
        "shows the actions' keys; docs/guide/screen.md their names.",
    )


class Config(_Section):
    """Everything that may be set."""

    session: SessionConfig = SessionConfig.model_validate({})
    audio: AudioConfig = AudioConfig.model_validate({})
    asr: AsrConfig = AsrConfig.model_validate({})
    llm: LlamaConfig = LlamaConfig.model_validate({})
    knowledge: KnowledgeSection = KnowledgeSection.model_validate({})
    emotion: EmotionConfig = EmotionConfig.model_validate({})
    tts: TtsConfig = TtsConfig.model_validate({})
    models: ModelsConfig = ModelsConfig.model_validate({})
    screen: ScreenConfig = ScreenConfig.model_validate({})
    recording: RecordingConfig = RecordingConfig.model_validate({})


def load(file: Path | None, environment: Mapping[str, str], assignments: Sequence[str]) -> Config:
    """The settings in force: file < environment < assignments.

    Args:
        file: a named file must exist; None takes config.toml of the working folder if there is one.
        environment: `TINGSHUO_SECTION__KEY`.
        assignments: `section.key=value`.

    Raises:
        ConfigError: with every mistake found.
    """
    origins: list[str] = []
    tree: config_file.Tree = {}
    path = file or (DEFAULT_FILE if DEFAULT_FILE.is_file() else None)
    if path is not None:
        tree = config_file.read_file(path)
        origins.append(str(path))
    for name, more in (
        ("environment", config_file.from_environment(environment)),
        ("command line", config_file.from_assignments(assignments)),
    ):
        if more:
            tree = config_file.merge(tree, more)
            origins.append(name)
    return config_file.validate(Config, tree, origin=" + ".join(origins) or "defaults")


def locate(path: Path) -> Path:
    """A relative path as the operator meant it: in the working folder if it is there, else by the program."""
    return path if path.is_absolute() or path.exists() else HOUSE / path
