"""Which weights are found, and what is said about those that are missing or damaged."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.errors import ModelDamaged, ModelMissing
from models.config import ModelsConfig
from models.registry import DEMO, DEMO_KNOWLEDGE, ModelStore, write_manifest
from models.weights import check_gguf, check_whisper_directory

pytestmark = pytest.mark.unit

WHISPER = struct.pack("<IH", 6, 12) + b"WhisperSpec\0" + b"weights"
GGUF = struct.pack("<4sIQQ", b"GGUF", 3, 7, 5) + b"weights"


def whisper_folder(path: Path, model: bytes = WHISPER) -> Path:
    path.mkdir(parents=True)
    (path / "model.bin").write_bytes(model)
    (path / "tokenizer.json").write_text("{}")
    (path / "vocabulary.json").write_text("[]")
    return path


def gguf_file(path: Path, content: bytes = GGUF) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    """A sealed set of demo models."""
    folder = tmp_path / "models" / "demo"
    whisper_folder(folder / "whisper")
    gguf_file(folder / "llm" / "demo.gguf")
    write_manifest(folder)
    return folder


class TestTheRecogniser:
    def test_is_pocketsphinx_where_nothing_is_configured(self, demo: Path) -> None:
        found = ModelStore(ModelsConfig(), demo=demo).recognizer()
        assert (found.kind, found.path, found.demo) == ("sphinx", None, False)

    def test_is_the_demo_whisper_where_that_is_preferred(self, demo: Path) -> None:
        found = ModelStore(ModelsConfig(), demo=demo).recognizer(prefer_demo=True)
        assert (found.kind, found.path, found.demo) == ("whisper", demo / "whisper", True)
        assert found.size_bytes == len(WHISPER) + 4

    @pytest.mark.parametrize("prefer_demo", [False, True])
    def test_is_the_configured_whisper_whatever_is_preferred(
        self, demo: Path, tmp_path: Path, *, prefer_demo: bool
    ) -> None:
        own = whisper_folder(tmp_path / "small")
        found = ModelStore(ModelsConfig(whisper=own), demo=demo).recognizer(prefer_demo=prefer_demo)
        assert (found.kind, found.path, found.demo) == ("whisper", own, False)
        assert "small" in found.description

    def test_is_pocketsphinx_if_asked_for_by_name_even_beside_a_whisper(
        self, demo: Path, tmp_path: Path
    ) -> None:
        config = ModelsConfig(whisper=whisper_folder(tmp_path / "small"), recognizer="sphinx")
        assert ModelStore(config, demo=demo).recognizer(prefer_demo=True).kind == "sphinx"

    def test_is_the_demo_whisper_if_whisper_is_asked_for_without_a_folder(self, demo: Path) -> None:
        found = ModelStore(ModelsConfig(recognizer="whisper"), demo=demo).recognizer()
        assert (found.kind, found.demo) == ("whisper", True)

    def test_a_bad_folder_is_never_replaced_silently(self, demo: Path, tmp_path: Path) -> None:
        store = ModelStore(ModelsConfig(whisper=tmp_path / "nowhere"), demo=demo)
        with pytest.raises(ModelMissing, match="nowhere"):
            store.recognizer(prefer_demo=True)

    def test_a_tilde_is_the_home_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        own = whisper_folder(tmp_path / "small")
        assert ModelStore(ModelsConfig(whisper=Path("~/small"))).recognizer().path == own

    def test_an_installation_without_demo_weights_says_so(self, tmp_path: Path) -> None:
        store = ModelStore(ModelsConfig(), demo=tmp_path)
        with pytest.raises(ModelMissing, match="no demo Whisper") as caught:
            store.recognizer(prefer_demo=True)
        assert "[models]" in caught.value.hint


class TestTheLanguageModel:
    def test_is_the_first_shipped_one_by_name(self, demo: Path) -> None:
        gguf_file(demo / "llm" / "another.gguf")
        found = ModelStore(ModelsConfig(), demo=demo).language_model()
        assert (found.kind, found.path, found.demo) == ("llama", demo / "llm" / "another.gguf", True)
        assert found.size_bytes == len(GGUF)

    def test_is_the_configured_one(self, demo: Path, tmp_path: Path) -> None:
        own = gguf_file(tmp_path / "chat.gguf")
        found = ModelStore(ModelsConfig(gguf=own), demo=demo).language_model()
        assert (found.path, found.demo, found.description) == (own, False, "language model chat")

    def test_missing_from_the_installation_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(ModelMissing, match="no demo language model"):
            ModelStore(ModelsConfig(), demo=tmp_path).language_model()


class TestAWhisperFolder:
    @pytest.mark.parametrize("name", ["model.bin", "tokenizer.json", "vocabulary.json"])
    def test_without_one_of_its_files_is_missing_that_file(self, tmp_path: Path, name: str) -> None:
        folder = whisper_folder(tmp_path / "w")
        (folder / name).unlink()
        with pytest.raises(ModelMissing, match=f"lacks {name}") as caught:
            check_whisper_directory(folder)
        assert "tingshuo models" in caught.value.hint

    def test_may_hold_its_vocabulary_as_text(self, tmp_path: Path) -> None:
        folder = whisper_folder(tmp_path / "w")
        (folder / "vocabulary.json").rename(folder / "vocabulary.txt")
        check_whisper_directory(folder)

    def test_named_by_a_file_in_it_is_told_to_name_the_folder(self, tmp_path: Path) -> None:
        folder = whisper_folder(tmp_path / "w")
        with pytest.raises(ModelMissing, match="name the folder"):
            check_whisper_directory(folder / "model.bin")

    def test_of_transformers_weights_is_told_how_to_convert(self, tmp_path: Path) -> None:
        folder = whisper_folder(tmp_path / "w")
        (folder / "model.bin").rename(folder / "model.safetensors")
        with pytest.raises(ModelMissing) as caught:
            check_whisper_directory(folder)
        assert "ct2-transformers-converter" in caught.value.hint

    @pytest.mark.parametrize(
        ("model", "code"),
        [
            (b"", "truncated"),
            (WHISPER[:17], "truncated"),
            (b"version https://git-lfs.github.com", "not-ctranslate2"),
            (b"\0" * 40, "not-ctranslate2"),
            (struct.pack("<IH", 7, 12) + b"WhisperSpec\0", "ctranslate2-version"),
            (struct.pack("<IH", 6, 16) + b"TransformerSpec\0", "not-whisper"),
        ],
    )
    def test_with_another_model_is_damaged(self, tmp_path: Path, model: bytes, code: str) -> None:
        with pytest.raises(ModelDamaged) as caught:
            check_whisper_directory(whisper_folder(tmp_path / "w", model))
        assert caught.value.code == f"model-damaged.{code}"
        assert "model.bin" in caught.value.message


class TestAGgufFile:
    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"", "not-gguf"),
            (b"PK\x03\x04 a zip archive, perhaps", "not-gguf"),
            (GGUF[:23], "truncated"),
            (struct.pack("<4sIQQ", b"GGUF", 1, 7, 5), "gguf-version"),
            (struct.pack(">4sIQQ", b"GGUF", 3, 7, 5), "gguf-version"),
            (struct.pack("<4sIQQ", b"GGUF", 3, 0, 5), "no-tensors"),
        ],
    )
    def test_that_llama_cpp_cannot_read_is_damaged(self, tmp_path: Path, content: bytes, code: str) -> None:
        file = gguf_file(tmp_path / "chat.gguf", content)
        with pytest.raises(ModelDamaged) as caught:
            check_gguf(file)
        assert caught.value.code == f"model-damaged.{code}"
        assert str(file) in caught.value.message

    def test_that_is_a_folder_is_told_to_name_the_file(self, tmp_path: Path) -> None:
        with pytest.raises(ModelMissing, match=r"name the \.gguf file"):
            check_gguf(tmp_path)


BEGINNINGS = st.sampled_from([b"", b"GGUF", WHISPER[:4], WHISPER[:18], GGUF[:8], GGUF])


@given(beginning=BEGINNINGS, rest=st.binary(max_size=64))
def test_whatever_a_file_holds_the_checks_pass_or_call_it_missing_or_damaged(
    tmp_path_factory: pytest.TempPathFactory, beginning: bytes, rest: bytes
) -> None:
    content = beginning + rest
    folder = tmp_path_factory.mktemp("any") / "w"
    checks: list[tuple[Callable[[Path], None], Path]] = [
        (check_whisper_directory, whisper_folder(folder, content)),
        (check_gguf, gguf_file(folder / "any.gguf", content)),
    ]
    for check, path in checks:
        with contextlib.suppress(ModelMissing, ModelDamaged):
            check(path)


class TestSeals:
    def test_of_untouched_demo_weights_hold(self, demo: Path) -> None:
        store = ModelStore(ModelsConfig(), demo=demo)
        store.verify(store.recognizer(prefer_demo=True))
        store.verify(store.language_model())
        store.verify(store.recognizer())

    @pytest.mark.parametrize(
        ("change", "fault"), [(lambda c: c[:-1] + b"?", "sha256"), (lambda c: c + b"?", "bytes, not")]
    )
    def test_break_with_any_change_and_name_the_file(
        self, demo: Path, change: Callable[[bytes], bytes], fault: str
    ) -> None:
        file = demo / "llm" / "demo.gguf"
        file.write_bytes(change(file.read_bytes()))
        store = ModelStore(ModelsConfig(), demo=demo)
        with pytest.raises(ModelDamaged, match=fault) as caught:
            store.verify(store.language_model())
        assert str(file) in caught.value.message

    def test_tell_of_a_file_that_went_away(self, demo: Path) -> None:
        store = ModelStore(ModelsConfig(), demo=demo)
        found = store.recognizer(prefer_demo=True)
        (demo / "whisper" / "tokenizer.json").unlink()
        with pytest.raises(ModelMissing, match=r"tokenizer\.json is gone"):
            store.verify(found)

    def test_must_exist_for_shipped_weights(self, demo: Path) -> None:
        gguf_file(demo / "llm" / "a-new-one.gguf")
        store = ModelStore(ModelsConfig(), demo=demo)
        with pytest.raises(ModelMissing, match="lists nothing"):
            store.verify(store.language_model())

    @pytest.mark.parametrize("content", ["not TOML", "a = 1", '"demo/x" = { sha256 = "0" }'])
    def test_that_cannot_be_read_are_damage(self, demo: Path, content: str) -> None:
        (demo.parent / "manifest.toml").write_text(content)
        store = ModelStore(ModelsConfig(), demo=demo)
        with pytest.raises(ModelDamaged, match="manifest"):
            store.verify(store.language_model())

    def test_that_are_absent_are_missing(self, demo: Path) -> None:
        (demo.parent / "manifest.toml").unlink()
        store = ModelStore(ModelsConfig(), demo=demo)
        with pytest.raises(ModelMissing, match="manifest"):
            store.verify(store.language_model())

    def test_are_not_asked_of_the_operators_own_weights_whose_form_is_checked(
        self, demo: Path, tmp_path: Path
    ) -> None:
        own = gguf_file(tmp_path / "chat.gguf")
        store = ModelStore(ModelsConfig(gguf=own, whisper=whisper_folder(tmp_path / "small")), demo=demo)
        hearing, thinking = store.recognizer(), store.language_model()
        store.verify(hearing)
        own.write_bytes(b"")
        with pytest.raises(ModelDamaged):
            store.verify(thinking)

    def test_cover_weights_and_leave_papers_out(self, demo: Path) -> None:
        (demo / "whisper" / "README.md").write_text("a model card")
        (demo / "llm" / "training.json").write_text("{}")
        assert write_manifest(demo) == (
            "demo/llm/demo.gguf",
            "demo/whisper/model.bin",
            "demo/whisper/tokenizer.json",
            "demo/whisper/vocabulary.json",
        )

    def test_of_nothing_are_an_empty_list(self, tmp_path: Path) -> None:
        assert write_manifest(tmp_path / "demo") == ()


class TestTheOverview:
    def test_shows_what_talk_and_demo_would_use_and_what_would_be_better(self, demo: Path) -> None:
        rows = ModelStore(ModelsConfig(), demo=demo).overview()
        assert [row.purpose for row in rows] == ["hearing", "hearing in demo", "thinking"]
        assert [row.found.kind for row in rows if row.found] == ["sphinx", "whisper", "llama"]
        assert all(row.advice and not row.configured and row.problem is None for row in rows)

    def test_has_no_advice_for_weights_of_ones_own(self, demo: Path, tmp_path: Path) -> None:
        config = ModelsConfig(
            whisper=whisper_folder(tmp_path / "small"), gguf=gguf_file(tmp_path / "chat.gguf")
        )
        hearing, thinking = ModelStore(config, demo=demo).overview()
        assert (hearing.advice, thinking.advice) == ("", "")
        assert thinking.configured == str(tmp_path / "chat.gguf")

    def test_reports_problems_and_goes_on(self, demo: Path, tmp_path: Path) -> None:
        hearing, thinking = ModelStore(ModelsConfig(whisper=tmp_path / "nowhere"), demo=demo).overview()
        assert hearing.found is None
        assert isinstance(hearing.problem, ModelMissing)
        assert thinking.found is not None


class TestTheSettings:
    @pytest.mark.parametrize("empty", ["", "  "])
    def test_an_empty_path_takes_a_setting_back(self, empty: str) -> None:
        assert ModelsConfig.model_validate({"whisper": empty, "gguf": empty}) == ModelsConfig()

    def test_a_misspelt_key_is_an_error(self) -> None:
        with pytest.raises(ValidationError, match="wisper"):
            ModelsConfig.model_validate({"wisper": "x"})

    def test_every_setting_is_described(self) -> None:
        assert all(field.description for field in ModelsConfig.model_fields.values())


@pytest.mark.skipif(not any(DEMO.glob("llm/*.gguf")), reason="no demo weights in models/demo yet")
def test_the_shipped_weights_are_as_they_were_sealed() -> None:
    store = ModelStore(ModelsConfig())
    store.verify(store.recognizer(prefer_demo=True))
    store.verify(store.language_model())


def test_the_example_knowledge_lies_where_the_registry_says() -> None:
    assert any(DEMO_KNOWLEDGE.glob("*.toml"))
