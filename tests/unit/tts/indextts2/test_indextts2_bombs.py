"""Hostile files: nothing in them is run, and each is a failure with a name."""

from __future__ import annotations

import io
import os
import pickle
import random
import shutil
import subprocess
import zipfile
from collections import OrderedDict
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from core.errors import ModelDamaged, ModelMissing, VoiceError  # noqa: E402 - after the check for torch
from tests.unit.tts.indextts2.checkpoints import Calls, archive, copied, program  # noqa: E402
from tts.indextts2.checkpoint import open_checkpoint  # noqa: E402
from tts.indextts2.checkpoint_tensors import SafeTensors  # noqa: E402
from tts.indextts2.pickled import flat, read_pickle  # noqa: E402

pytestmark = pytest.mark.unit


@pytest.fixture
def evidence(tmp_path: Path):
    """A file that is there only if something was run."""
    place = tmp_path / "evidence"
    yield place
    assert not place.exists(), "the file was executed"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "gpt.pth"


def _bombs(evidence: Path) -> dict[str, Calls]:
    write = f"open({str(evidence)!r}, 'w').close()"
    return {
        "system": Calls(os.system, f"touch {evidence}"),
        "eval": Calls(eval, write),
        "exec": Calls(exec, write),
        "open": Calls(open, str(evidence), "w"),
        "popen": Calls(subprocess.Popen, ["touch", str(evidence)]),
        "mkdir": Calls(Path.mkdir, evidence),
        "copy": Calls(shutil.copyfile, "/etc/hostname", str(evidence)),
    }


def _damaged(file: Path) -> str:
    """The code with which a file is refused."""
    with pytest.raises(ModelDamaged) as caught:
        flat(read_pickle(file), file)
    assert caught.value.hint
    return caught.value.code


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("name", ["system", "eval", "exec", "open", "popen", "mkdir", "copy"])
def test_a_pickle_that_calls_something_is_refused_and_not_run(evidence, file, name, protocol):
    file.write_bytes(archive(program(_bombs(evidence)[name], protocol)))
    assert _damaged(file) == "model-damaged.indextts2-unsafe"


@pytest.mark.parametrize("name", ["system", "eval", "exec"])
def test_these_bombs_are_real(tmp_path, name):
    place = tmp_path / "evidence"
    pickle.loads(program(_bombs(place)[name]))
    assert place.exists()


@pytest.mark.parametrize("name", ["system", "eval"])
def test_the_message_says_what_was_asked_for(evidence, file, name):
    file.write_bytes(archive(program(_bombs(evidence)[name])))
    with pytest.raises(ModelDamaged, match=r"asks for (posix\.system|__builtin__\.eval)"):
        read_pickle(file)


def test_an_instance_by_the_oldest_operation_is_refused(evidence, file):
    file.write_bytes(archive(f"(S'touch {evidence}'\nios\nsystem\n.".encode()))
    assert _damaged(file) == "model-damaged.indextts2-unsafe"


def test_an_array_of_any_size_is_not_made(file):
    file.write_bytes(archive(program(Calls(bytearray, 10**13))))
    assert _damaged(file) == "model-damaged.indextts2-unsafe"


def test_a_bomb_without_an_archive_is_refused_by_its_form(evidence, file):
    file.write_bytes(program(_bombs(evidence)["system"]))
    assert _damaged(file) == "model-damaged.indextts2-format"


def test_the_format_before_torch_1_6_is_refused_with_what_to_do(file):
    torch.save({"model": {"a": torch.ones(2)}}, file, _use_new_zipfile_serialization=False)
    with pytest.raises(ModelDamaged, match=r"before version 1\.6") as caught:
        read_pickle(file)
    assert "weights_only=True" in caught.value.hint


@pytest.mark.parametrize("content", [b"", b"PK", b"hello, world", b"\x89HDF\r\n\x1a\n" * 100])
def test_what_is_no_torch_file_is_refused_by_its_form(file, content):
    file.write_bytes(content)
    assert _damaged(file) == "model-damaged.indextts2-format"


def test_an_archive_of_code_is_refused(file):
    file.write_bytes(
        archive(pickle.dumps({}, 2), {"archive/constants.pkl": b"\x80\x02).", "archive/code/a.py": b""})
    )
    assert _damaged(file) == "model-damaged.indextts2-unsafe"


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/evil", "archive/../../evil", "archive\\..\\evil", "other/evil"]
)
def test_an_archive_that_reaches_out_of_its_folder_is_refused(tmp_path, file, name):
    file.write_bytes(archive(pickle.dumps({}, 2), {name: b"x"}))
    assert _damaged(file) == "model-damaged.indextts2-unsafe"
    assert not list(tmp_path.parent.rglob("evil"))


def test_a_compressed_member_is_refused_before_it_is_unpacked(file):
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("archive/data.pkl", pickle.dumps({}, 2), zipfile.ZIP_STORED)
        opened.writestr("archive/data/0", bytes(50_000_000))
    assert file.stat().st_size < 100_000
    assert _damaged(file) == "model-damaged.indextts2-unsafe"


def test_an_archive_in_an_archive_is_not_looked_into(evidence, file):
    inner = archive(program(_bombs(evidence)["system"]))
    with zipfile.ZipFile(file, "w") as opened:
        opened.writestr("archive/gpt.pth", inner)
    assert _damaged(file) == "model-damaged.indextts2-format"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_pickles_of_one_name_are_refused(evidence, file):
    bomb = program(_bombs(evidence)["system"])
    file.write_bytes(archive(pickle.dumps({}, 2), {"archive/data.pkl": bomb}))
    assert _damaged(file) == "model-damaged.indextts2-format"


def test_a_pickle_of_a_hundred_megabytes_is_not_read(file):
    file.write_bytes(archive(bytes(100_000_000)))
    assert _damaged(file) == "model-damaged.indextts2-unsafe"


def test_a_tensor_that_claims_more_than_there_is_is_refused(file):
    torch.save({"model": {"huge": torch.zeros(1).expand(10**12)}}, file)
    with pytest.raises(ModelDamaged, match="huge claims 4000000000000 bytes, and 4 are behind it"):
        flat(read_pickle(file)["model"], file)


def test_a_storage_that_claims_more_than_there_is_is_refused(file):
    file.write_bytes(archive(_claiming(10**12), {"archive/data/0": bytes(64)}))
    with pytest.raises(ModelDamaged):
        flat(read_pickle(file), file)


def _claiming(count: int) -> bytes:
    """The pickle of a tensor whose storage says that it holds so many numbers."""

    storage = object()

    class Claim(pickle.Pickler):
        def persistent_id(self, obj):
            return ("storage", torch.FloatStorage, "0", "cpu", count) if obj is storage else None

    written = io.BytesIO()
    tensor = Calls(torch._utils._rebuild_tensor_v2, storage, 0, (count,), (1,), False, OrderedDict())
    Claim(written, protocol=2).dump({"a": tensor})
    return written.getvalue()


def test_a_claim_that_holds_is_read(file):
    file.write_bytes(archive(_claiming(16), {"archive/data/0": bytes(64)}))
    assert flat(read_pickle(file), file)["a"].shape == (16,)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9, 0.999])
def test_a_file_that_was_cut_off_says_so(tiny_indextts2, file, share):
    whole = (tiny_indextts2.checkpoint / "s2mel.pth").read_bytes()
    file.write_bytes(whole[: int(len(whole) * share)])
    assert _damaged(file) == "model-damaged.indextts2-truncated"


def test_whatever_bytes_change_a_pickle_is_read_or_refused(file):
    buffer = io.BytesIO()
    torch.save(
        {"model": {"a": torch.ones(3), "b": torch.zeros(2, dtype=torch.bfloat16)}, "n": [1, 2.5]}, buffer
    )
    with zipfile.ZipFile(buffer) as opened:
        sound, data = (
            opened.read("archive/data.pkl"),
            {f"archive/data/{n}": opened.read(f"archive/data/{n}") for n in (0, 1)},
        )
    chance = random.Random(0)
    refused = 0
    for _ in range(300):
        spoiled = bytearray(sound)
        for _ in range(chance.randint(1, 3)):
            spoiled[chance.randrange(len(spoiled))] = chance.randrange(256)
        file.write_bytes(archive(bytes(spoiled), data))
        try:
            tree = read_pickle(file)
            flat(tree["model"] if isinstance(tree, dict) and "model" in tree else tree, file)
        except VoiceError:
            refused += 1
    assert 100 < refused < 300


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff" * 8, (2**62).to_bytes(8, "little") + b"{}", (100).to_bytes(8, "little") + b'{"a":'],
)
def test_a_safetensors_file_that_is_none_is_refused(tmp_path, content):
    bad = tmp_path / "model.safetensors"
    bad.write_bytes(content)
    with pytest.raises(ModelDamaged) as caught:
        SafeTensors(bad)
    assert caught.value.code == "model-damaged.indextts2-truncated"


def _with_config(tiny, folder: Path, text: bytes) -> Path:
    copied(tiny.checkpoint, folder, own=("config.yaml",))
    (folder / "config.yaml").write_bytes(text)
    return folder


@pytest.mark.parametrize(
    "text",
    [
        b"gpt: !!python/object/apply:os.system ['touch %(evidence)s']",
        b"gpt: !!python/object/new:os.system ['touch %(evidence)s']",
        b"a: &a [x, x]\nb: &b [*a, *a]\ngpt: [*b, *b]",
        b"a: &a 64\ngpt: {model_dim: *a}",
        b"[" * 100_000,
        b"- only\n- a list",
        b"just words",
        b"\xff\xfe\x00binary",
        b"gpt: {model_dim: 99999999999999999999}",
        b"gpt: {model_dim: [1, 2]}",
        b"a: " + b"x" * 5_000_000,
    ],
    ids=["apply", "new", "aliases", "alias", "depth", "list", "words", "binary", "number", "kind", "length"],
)
def test_a_hostile_config_is_refused_and_not_run(tiny_indextts2, tmp_path, evidence, text):
    folder = _with_config(
        tiny_indextts2, tmp_path / "bad", text.replace(b"%(evidence)s", str(evidence).encode())
    )
    with pytest.raises(ModelDamaged) as caught:
        assert open_checkpoint(folder).config
    assert caught.value.code == "model-damaged.indextts2-config"
    assert len(str(caught.value)) < 2000


@pytest.mark.parametrize(
    "name",
    ["../gpt.pth", "/etc/passwd", "a/../../gpt.pth", "C:\\gpt.pth", "\\\\host\\gpt.pth", "..", "", 5, ["a"]],
)
def test_a_config_may_not_lead_out_of_its_folder(tiny_indextts2, tmp_path, name):
    sound = (tiny_indextts2.checkpoint / "config.yaml").read_text()
    text = sound.replace("gpt_checkpoint: gpt.pth", f"gpt_checkpoint: {name!r}")
    assert text != sound
    with pytest.raises(ModelDamaged) as caught:
        open_checkpoint(_with_config(tiny_indextts2, tmp_path / "bad", text.encode()))
    assert caught.value.code == "model-damaged.indextts2-path"


def test_a_pipe_or_a_device_in_place_of_weights_is_not_opened(tiny_indextts2, tmp_path):
    folder = copied(tiny_indextts2.checkpoint, tmp_path / "bad")
    (folder / "gpt.pth").unlink()
    (folder / "s2mel.pth").unlink()
    os.mkfifo(folder / "gpt.pth")
    (folder / "s2mel.pth").symlink_to("/dev/zero")
    with pytest.raises(ModelMissing, match=r"lacks gpt\.pth, s2mel\.pth"):
        open_checkpoint(folder)
