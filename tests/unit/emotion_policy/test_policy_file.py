"""A site's policy file: laid over the packaged defaults, checked whole, every mistake told at once."""

from __future__ import annotations

import math
import tomllib
from dataclasses import astuple, replace
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.emotion import Emotion, State, Style
from core.errors import ConfigError
from emotion_policy.decide import decide
from emotion_policy.decision import Observation, Scenario
from emotion_policy.policy import Occasion, QuietHours, Step, packaged
from emotion_policy.policy_changes import changes
from emotion_policy.policy_file import LARGEST, compile_text, load, packaged_tree
from emotion_policy.policy_schema import MOST_HANZI, MOST_TOKENS, keys_at
from emotion_policy.vetoes import FIRM, FORBIDDEN

pytestmark = pytest.mark.unit

HEAD = 'schema = 1\nscenario = "retail"\n'
TABLE = """
urgent     | calm_firm  | calm_firm | calm_firm    | calm_firm   | calm_firm
grief      | gentle     | gentle    | gentle       | gentle      | gentle
abusive    | calm_firm  | calm_firm | calm_firm    | calm_firm   | calm_firm
complaint  | apologetic | soothing  | apologetic   | soothing    | apologetic
anxious    | soothing   | soothing  | soothing     | soothing    | soothing
confused   | gentle     | gentle    | gentle       | encouraging | gentle
praise     | warm       | warm      | warm         | cheerful    | warm
thanks     | warm       | warm      | warm         | warm        | warm
request    | professional | professional | neutral | warm        | neutral
inquiry    | professional | professional | neutral | warm        | neutral
greeting   | warm       | warm      | professional | cheerful    | warm
farewell   | warm       | warm      | professional | cheerful    | warm
smalltalk  | cheerful   | warm      | warm         | cheerful    | cheerful
"""
"""The table of docs/concepts/emotion.md: state, then a column for each scenario in the order of `Scenario`."""


def mistakes(text: str) -> list[str]:
    """What is told of a text, a line each."""
    with pytest.raises(ConfigError) as refused:
        compile_text(text, "site.toml")
    assert refused.value.code == "config.policy"
    assert refused.value.exit_code == 3
    assert refused.value.hint
    return refused.value.message.splitlines()


@pytest.mark.parametrize("row", [line for line in TABLE.splitlines() if line])
def test_each_state_is_answered_as_the_table_says(row):
    state, *styles = (cell.strip() for cell in row.split("|"))
    for scenario, style in zip(get_args(Scenario), styles, strict=True):
        assert packaged(scenario).states[State(state)].default is Style(style), scenario


def test_a_packaged_policy_is_whole():
    for scenario in get_args(Scenario):
        policy = packaged(scenario)
        assert policy.scenario == scenario
        assert set(policy.states) == set(policy.thresholds) == set(State)
        assert set(policy.styles) == set(Style)
        assert set(policy.occasions) == set(get_args(Occasion))
        assert policy.prosody is (scenario != "education")
        assert packaged(scenario) is policy


def test_steering_lines_are_short_in_both_languages():
    for policy in map(packaged, get_args(Scenario)):
        for line in (*(style.steer for style in policy.styles.values()), *policy.occasions.values()):
            assert len(line["zh"]) <= MOST_HANZI
            assert len(line["en"].split()) <= MOST_TOKENS


def test_a_site_changes_what_it_says_and_nothing_else(site):
    policy, before = compile_text(site, "site.toml"), packaged("medical")
    changed = {state for state in State if policy.states[state] != before.states[state]}
    assert changed == {State.COMPLAINT, State.INQUIRY}
    assert policy.states[State.INQUIRY] == replace(before.states[State.INQUIRY], default=Style.NEUTRAL)
    assert policy.states[State.COMPLAINT].threshold == policy.thresholds[State.COMPLAINT] == 0.45
    assert policy.states[State.COMPLAINT].child is Style.GENTLE
    assert policy.states[State.COMPLAINT].arc[1] == Step(style=Style.PROFESSIONAL, rate=0.97, pause=0.2)
    assert {style for style in Style if policy.styles[style] != before.styles[style]} == {Style.SOOTHING}
    assert policy.styles[Style.SOOTHING].banned["zh"] == ("很高兴", "哈哈", "恭喜")
    assert policy.styles[Style.SOOTHING].banned["en"] == before.styles[Style.SOOTHING].banned["en"]
    assert policy.quiet_hours == QuietHours(begins=1290, ends=420, volume=0.6)
    assert [cue.name for cue in policy.cues] == ["site.parking_fee", "site.needle"]
    assert not policy.second_opinion


def test_a_vector_is_one_value_and_is_replaced_whole():
    policy = compile_text(HEAD + "[styles.cheerful]\nvector = { happy = 0.3 }\n", "site.toml")
    assert policy.styles[Style.CHEERFUL].emotion == Emotion(happy=0.3)


def test_the_smallest_file_is_its_scenarios_defaults():
    for scenario in get_args(Scenario):
        text = f'schema = 1\nscenario = "{scenario}"\n'
        assert compile_text(text, "site.toml") == packaged(scenario)
        assert not changes(text, "site.toml")


def test_the_changes_are_told_with_what_was_before(site):
    found = {change.key: change for change in changes(site, "site.toml")}
    assert found["states.inquiry.style.default"].before == "professional"
    assert found["states.inquiry.style.default"].after == "neutral"
    assert found["second_opinion"].before is True
    assert found["quiet_hours.from"].before is None
    assert "styles.soothing.rate" not in found
    assert "prosody" not in found


def test_the_hash_is_that_of_what_is_meant_and_not_of_how_it_is_written(site):
    policy = compile_text(site, "site.toml")
    assert policy.hash.startswith("sha256:")
    assert len(policy.hash) == 71
    rewritten = site.replace("# A hospital with a parking problem.\n", "# other\n\n").replace("0.90", "9e-1")
    assert compile_text(rewritten, "elsewhere.toml").hash == policy.hash
    for more in ('[states.thanks]\nstyle.default = "neutral"\n', "[states.thanks]\nthreshold = 0.41\n"):
        assert compile_text(more.join(site.split("[states.inquiry]", 1)[:1]), "site.toml").hash != policy.hash
    assert len({packaged(scenario).hash for scenario in get_args(Scenario)}) == len(get_args(Scenario))


def test_a_decision_names_the_policy_that_made_it(site):
    policy = compile_text(site, "site.toml")
    decision = decide(Observation(text="几点开门？", language="zh", scenario="retail"), policy)
    assert decision.policy == policy.hash
    assert decision.style is Style.NEUTRAL


def test_a_sites_own_cue_moves_the_decision(site):
    said = Observation(text="你们多收了停车费", language="zh", scenario="medical")
    with_rule, without = decide(said, compile_text(site, "site.toml")), decide(said)
    assert with_rule.state is State.COMPLAINT
    assert "site.parking_fee" in {one.cue for one in with_rule.evidence}
    assert with_rule.memory.levels[3] > without.memory.levels[3]


def test_every_mistake_is_told_at_once_with_its_line_and_what_was_meant():
    told = mistakes("""\
schema = 1
scenario = "retial"
prosodi = true
[states.complant]
threshold = 0.4
[states.grief]
style = { default = "cheerfull", chidl = "warm" }
[styles.warm]
vector = { happy = 0.9, angry = 0.1 }
rate = "fast"
[[rules]]
id = "a"
state = "complaint"
any = ["停车费乱扣"]
examples = ["天气真好"]
""")
    assert told == [
        "site.toml:2: scenario: 'retial' is unknown; did you mean retail?",
        "site.toml:3: prosodi: unknown key; did you mean prosody?",
        "site.toml:4: states.complant: unknown key; did you mean complaint?",
        "site.toml:7: states.grief.style.chidl: unknown key; did you mean child?",
        "site.toml:7: states.grief.style.default: 'cheerfull' is unknown; did you mean cheerful?",
        "site.toml:9: styles.warm.vector.angry: must stay 0: the agent's voice is never angry, afraid or disgusted",
        "site.toml:10: styles.warm.rate: must be a number, not 'fast'",
        "site.toml:15: rules[0].examples[0]: '天气真好' does not fire: it is heard as '天气真好', and no phrase of `any` is in it",
    ]


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("", 1, "schema: is missing"),
        ('scenario = "retail"', 1, "schema: is missing"),
        ("schema = 1", 1, "scenario: is missing"),
        ('schema = 2\nscenario = "retail"', 1, "reads schema 1"),
        ('schema = true\nscenario = "retail"', 1, "whole number"),
        (HEAD + "[states.anxious]\nthreshold = 0.4\nthreshold = 0.5", 5, "not TOML"),
        (HEAD + 'states = "all"', 3, "must be a table"),
        (HEAD + "[states.grief]\ndecay = 0.9", 4, "must stay 1"),
        (HEAD + "[states.complaint]\nescalate.now_after = 1", 4, "before offer_after 2"),
        (HEAD + '[states.anxious]\narc = ["gentle", "gentle"]', 3, "needs three"),
        (HEAD + '[states.anxious]\nstyle = "gentle"', 4, "must be a table"),
        (HEAD + "[styles.warm]\nvector.happy = 0.81\n", 4, "sums to 0.81"),
        (HEAD + f'[styles.warm]\nsteer.zh = "{"长" * 61}"\n', 4, "61 characters"),
        (HEAD + f'[styles.warm]\nsteer.en = "{"long " * 41}"\n', 4, "41 words"),
        (HEAD + '[styles.warm]\nsteer.zh = "好）（语气：坏"\n', 4, "without round"),
        (HEAD + '[styles.warm]\nsteer.zh = """a\nb"""\n', 4, "one line"),
        (HEAD + 'quiet_hours = { from = "22:00", to = "22:00", volume = 0.5 }', 3, "no time at all"),
        (HEAD + 'quiet_hours = { from = "24:00", to = "07:00", volume = 0.5 }', 3, "time of day"),
        (HEAD + "a." * 3000 + "b = 1", 3, "unknown key"),
        (HEAD + "a = " + "[" * 5000 + "]" * 5000, 1, "nested too deeply"),
        (HEAD + "# \0", 3, "NUL"),
        (HEAD + "rate = 1" + "0" * 5000, 3, "not TOML"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_words_with_its_line(text, line, part):
    assert any(told.startswith(f"site.toml:{line}: ") and part in told for told in mistakes(text)), mistakes(
        text
    )


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("style", Style)
def test_a_file_may_map_a_state_to_a_style_unless_a_veto_forbids_it(state, style):
    refused = style in FORBIDDEN.get(state, ()) or (style is Style.CALM_FIRM and state not in FIRM)
    for text in (
        f'{HEAD}[states.{state}]\nstyle.default = "{style}"\n',
        f'{HEAD}[states.{state}]\nstyle."intensity>=0.8" = "{style}"\n',
        f'{HEAD}[states.{state}]\narc = ["gentle", {{ style = "{style}" }}, "gentle"]\n',
    ):
        if refused:
            (told,) = mistakes(text)
            assert told.startswith(f"site.toml:4: states.{state}.")
            assert "never" in told or "alone" in told
        else:
            compile_text(text, "site.toml")


@pytest.mark.parametrize("name", ["angry", "afraid", "disgusted"])
def test_three_emotions_stay_zero(name):
    compile_text(f"{HEAD}[styles.warm]\nvector = {{ calm = 0.4, {name} = 0 }}\n", "site.toml")
    assert "must stay 0" in mistakes(f"{HEAD}[styles.warm]\nvector = {{ calm = 0.4, {name} = 0.001 }}\n")[0]


@given(
    st.dictionaries(
        st.sampled_from(["happy", "sad", "melancholic", "surprised", "calm"]),
        st.integers(-5, 105).map(lambda hundredths: hundredths / 100),
    )
)
def test_a_vector_is_taken_exactly_when_it_leaves_the_speaker_a_fifth(vector):
    inner = ", ".join(f"{name} = {amount!r}" for name, amount in vector.items())
    text = f"{HEAD}[styles.warm]\nvector = {{ {inner} }}\n"
    good = all(0 <= amount <= 1 for amount in vector.values()) and math.fsum(vector.values()) <= 0.8
    if good:
        emotion = compile_text(text, "site.toml").styles[Style.WARM].emotion
        assert math.fsum(astuple(emotion)) <= 0.8
    else:
        assert all(told.startswith("site.toml:4: styles.warm.vector") for told in mistakes(text))


class TestRules:
    """Cues of a site's own, held against each other, the shipped ones and their examples."""

    def rules(self, *rules: str) -> str:
        return HEAD + "".join(f"[[rules]]\n{rule}\n" for rule in rules)

    def rule(
        self, name: str = "a", state: str = "complaint", phrases: str = '["停车费乱扣"]', more: str = ""
    ) -> str:
        return f'id = "{name}"\nstate = "{state}"\nany = {phrases}\n{more}'

    def test_an_id_is_given_once(self):
        told = mistakes(self.rules(self.rule(), self.rule(phrases='["别的事情"]')))
        assert told == ["site.toml:9: rules[1].id: 'a' is the id of an earlier rule too"]

    def test_a_shipped_cues_name_is_taken(self):
        from emotion_policy.lexicon import lexicon

        name = next(cue.name for cue in lexicon().cues if cue.name.isalpha() and cue.name.islower())
        assert "shipped cue" in mistakes(self.rules(self.rule(name)))[0]

    def test_a_phrase_means_one_thing(self):
        first = self.rule(phrases='["多收停车费"]')
        told = mistakes(self.rules(first, self.rule("b", "praise", '["好", "多收停車費"]')))
        assert told == [
            "site.toml:11: rules[1].any[1]: '多收停車費' is in rule a too, where it means complaint and not praise"
        ]
        assert "rule a too" in mistakes(self.rules(self.rule(), self.rule("b")))[0]
        assert "twice" in mistakes(self.rules(self.rule(phrases='["乱扣钱", "乱扣钱"]')))[0]

    def test_a_phrase_that_something_shipped_always_cancels_is_shadowed(self):
        told = mistakes(self.rules(self.rule(phrases='["投诉电话"]')))
        assert "shadowed" in told[0]
        assert "complaint as a topic" in told[0]

    def test_a_phrase_that_its_own_exception_cancels_is_shadowed(self):
        told = mistakes(self.rules(self.rule(more='unless = ["停车"]')))
        assert "shadowed" in told[0]
        assert "`unless`" in told[0]

    def test_a_phrase_that_is_cancelled_alone_may_count_in_an_example(self):
        rule = self.rule(phrases='["投诉渠道"]', more='examples = ["投诉渠道坏了没人管"]')
        assert compile_text(self.rules(rule), "site.toml").cues

    def test_examples_fire_and_counterexamples_do_not(self):
        told = mistakes(
            self.rules(
                self.rule(more='examples = ["你们停车费乱扣", "停车费"]\ncounterexamples = ["停车费乱扣！"]')
            )
        )
        assert [line.partition(": ")[0] for line in told] == ["site.toml:7", "site.toml:8"]

    def test_a_phrase_that_nobody_would_hear_is_refused(self):
        told = mistakes(self.rules(self.rule(phrases='["嗯", "。"]')))
        assert all("nothing that would be heard" in line for line in told)
        assert len(told) == 2

    def test_a_latin_phrase_is_found_whole(self):
        policy = compile_text(self.rules(self.rule(phrases='["tow truck"]')), "site.toml")
        assert policy.cues[0].find.search("a tow truck came")
        assert not policy.cues[0].find.search("a tow trucker came")

    def test_what_is_wrong_with_a_pattern_is_told_at_its_place(self):
        told = mistakes(self.rules(self.rule(phrases='[\n"好的",\n"(a+)+"\n]', more="regex = true")))
        assert told[0].startswith("site.toml:8: rules[0].any[1]: ")
        assert "nested quantifiers" in told[0]


class TestFiles:
    """What is no text at all is refused as clearly as what is no policy."""

    def told(self, path: Path) -> str:
        with pytest.raises(ConfigError) as refused:
            load(path)
        assert refused.value.hint
        assert refused.value.message.startswith(f"{path}:")
        return refused.value.message

    def test_a_file_that_is_not_there(self, tmp_path):
        assert "No such file" in self.told(tmp_path / "none.toml")

    def test_a_folder(self, tmp_path):
        assert "folder" in self.told(tmp_path)

    def test_a_file_that_is_too_large(self, tmp_path):
        (tmp_path / "a.toml").write_text(HEAD + "#" * LARGEST)
        assert "larger than 1 MB" in self.told(tmp_path / "a.toml")

    def test_a_file_in_another_encoding(self, tmp_path):
        (tmp_path / "a.toml").write_bytes(HEAD.encode() + "# 语气".encode("gb18030"))
        assert ":3: is not UTF-8" in self.told(tmp_path / "a.toml")
        (tmp_path / "a.toml").write_bytes(HEAD.encode("utf-16"))
        assert ":1: is not UTF-8" in self.told(tmp_path / "a.toml")

    def test_a_byte_order_mark_and_windows_line_ends_are_no_mistake(self, tmp_path, site):
        (tmp_path / "a.toml").write_bytes(b"\xef\xbb\xbf" + site.replace("\n", "\r\n").encode())
        assert load(tmp_path / "a.toml") == compile_text(site, "site.toml")


def test_reading_a_file_changes_no_default(site):
    before = repr(packaged_tree("medical"))
    compile_text(site, "site.toml")
    assert repr(packaged_tree("medical")) == before


@pytest.mark.parametrize("scenario", ["base", *get_args(Scenario)])
def test_every_key_of_the_shipped_files_is_known_where_suggestions_come_from(scenario):
    folder = Path(__file__).parents[3] / "emotion_policy" / "policies"
    tree = tomllib.loads((folder / f"{scenario.replace('-', '_')}.toml").read_text(encoding="utf-8"))

    def check(table: object, place: tuple[str | int, ...]) -> None:
        if isinstance(table, dict):
            known = keys_at(place)
            assert not known or set(table) <= set(known), place
            for key, value in table.items():
                check(value, (*place, key))

    check(tree, ())
    assert keys_at(("states", "grief", "arc", 1)) == ["style", "rate", "pause_ms"]
    assert keys_at(("nowhere",)) == []
