"""explain: decide on one sentence and show everything behind the decision.

State, probability, runner-up, style, the arc of the reply, each evidence under the words it rests on, what
was refused, what the language model is told, and the numbers that each voice is given. The site is the
configured one unless --scenario or --policy names another.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from cli.options import add_config_options, load_config, operator_language, scenario
from emotion_policy.decision import Scenario

if TYPE_CHECKING:
    from cli.explained import Explained
    from emotion_policy.decision import Decision
    from emotion_policy.policy import Policy
    from emotion_policy.visit import Visit
    from pipeline.config import Config
    from tts.config import EspeakConfig

EPILOG = """\
examples:
  tingshuo emotion explain "我都等了两个小时了，根本没人管"
  tingshuo emotion explain "My father passed away, I need to close his account" --scenario retail
  tingshuo emotion explain "还是不行" --history earlier.jsonl
  tingshuo emotion explain "你们停车费乱扣" --policy site.toml --language zh
  tingshuo emotion explain "thank you so much" --json
earlier.jsonl holds what was said before, one turn a line, oldest first:
  {"role": "user", "text": "我的卡被吞了"}
  {"role": "assistant", "text": "请您稍等，我帮您看一下。"}
numbers under the words are those of the evidence; it is listed with what it added to its state's log-odds
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", type=_written, metavar="TEXT", help="as a customer would say it")
    site = parser.add_mutually_exclusive_group()
    site.add_argument(
        "--scenario",
        type=scenario,
        metavar="SITE",
        help=f"a kind of site, as it is shipped: {', '.join(get_args(Scenario))}",
    )
    site.add_argument("--policy", type=Path, metavar="FILE", help="a site's policy file")
    parser.add_argument(
        "--history", type=Path, metavar="FILE", help="what was said before, as JSON lines (see below)"
    )
    parser.add_argument("--language", choices=("zh", "en"), help="of the table (default: the operator's)")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    add_config_options(parser)


def run(arguments: argparse.Namespace) -> int:
    config = load_config(arguments)
    from emotion_policy.decide import prepare
    from emotion_policy.rows import read_history
    from emotion_policy.visit import after, decided

    prepare()
    history = () if arguments.history is None else read_history(arguments.history)
    policy = _policy(arguments, config)
    visit = after(history, policy)
    decision = decided(arguments.text, visit, policy)
    shown = _explained(arguments.text, visit, decision, policy, config.tts)
    if arguments.json:
        turn = 1 + sum(said.role == "user" for said in history)
        print(json.dumps(_record(shown, decision, visit, turn), ensure_ascii=False))
        return 0
    from cli.explained import lines
    from tui.words import words

    for line in lines(shown, words(arguments.language or operator_language(config))):
        print(line)
    return 0


def _written(text: str) -> str:
    """An argument as text: bytes that are none become the sign for that."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _policy(arguments: argparse.Namespace, config: Config) -> Policy:
    from emotion_policy.policy import packaged
    from emotion_policy.policy_keeper import Keeper
    from pipeline.config import locate

    if arguments.scenario is not None:
        return packaged(arguments.scenario)
    own: Path | None = arguments.policy
    if own is None and config.emotion.policy is not None:
        own = locate(config.emotion.policy)
    return Keeper(own, scenario=config.emotion.scenario).current


def _explained(
    text: str, visit: Visit, decision: Decision, policy: Policy, espeak: EspeakConfig
) -> Explained:
    from cli.engine_numbers import engine_numbers
    from cli.explained import Explained
    from core.text import script_of
    from emotion_policy import openers
    from emotion_policy.record import chosen

    language = script_of(text)
    opener = openers.choose(decision, visit.memory, scenario=policy.scenario, language=language, text=text)
    arc = {"open": decision.arc.open, "body": decision.arc.body, "close": decision.arc.close}
    return Explained(
        text=text,
        event=chosen(decision, text, at=0.0, turn=0, failures=0, most=len(decision.evidence)),
        runner_up=round(decision.probability - decision.margin, 4),
        steering=decision.steering,
        opener=opener,
        scenario=policy.scenario,
        microseconds=decision.microseconds,
        engines={part: engine_numbers(delivery, language, espeak) for part, delivery in arc.items()},
    )


def _record(shown: Explained, decision: Decision, visit: Visit, turn: int) -> dict[str, object]:
    """The record of the decision, with what else was shown."""
    from emotion_policy.record import record

    return {
        "text": shown.text,
        "scenario": shown.scenario,
        **record(decision, shown.text, turn=turn, before=visit.memory),
        "steering": shown.steering,
        "opener": shown.opener,
        "engines": shown.engines,
    }
