"""The report: every turn is on it, nothing outside is loaded, and no words of a customer become markup."""

from html.parser import HTMLParser

import pytest

from core import events as e
from core.emotion import State, Style
from tui.report import Loudness, render

pytestmark = pytest.mark.unit

SIDE = Loudness(peaks=[0.0, 0.5, 1.0, 0.25] * 100, step=0.02)


def events(text: str = "等了<b>一个</b>小时", reply: str = "抱歉，请稍等。", heard: str = "抱歉，"):
    return [
        e.SessionStarted(
            at=0.0, recognizer="Whisper", model="llama", voice="espeak", knowledge=51, demo=True
        ),
        e.SpeechStarted(at=1.0, turn=1, voiced_from=0.9),
        e.SpeechEnded(at=2.5, turn=1, voiced_until=2.0, seconds=1.5),
        e.TranscriptChanged(
            at=2.55, turn=1, text=text, final=True, language="zh", logprob=-0.1, no_speech=0.0
        ),
        e.DeliveryChosen(
            at=2.56,
            turn=1,
            state=State.COMPLAINT,
            style=Style.SOOTHING,
            probability=0.9,
            because="complaint: waited too long",
            runner_up=State.ANXIOUS,
            intensity=0.6,
            flags=("elderly",),
            escalation="offer",
            evidence=(
                ("waited too long", State.COMPLAINT, 1.9, 0, 2),
                ("site.<fee>", State.COMPLAINT, 0.5, 1, 3),
                ("linear", State.COMPLAINT, 0.2, 0, len(text)),
            ),
            vetoes=("praises: negated",),
            arc=(Style.SOOTHING, Style.PROFESSIONAL, Style.SOOTHING),
            held="complaint in this visit",
            voice=True,
            failures=0,
            policy="sha256:4f1c",
        ),
        e.ReplyBegan(at=2.57, turn=1, source="model"),
        e.ReplyDelta(at=2.6, turn=1, text=reply),
        e.SentenceReady(at=2.6, turn=1, index=0, text=reply, style=Style.SOOTHING),
        e.AudioReady(at=2.61, turn=1, index=0),
        e.PlaybackStarted(at=2.62, turn=1),
        e.BargeIn(at=3.0, turn=1, heard=heard),
        e.TurnFailed(at=3.0, turn=1, stage="speak", code="tts.x", message="hoarse", hint="rest"),
        e.TurnEnded(at=3.0, turn=1, outcome="interrupted", reply=reply, heard=heard),
        e.SpeechStarted(at=4.0, turn=2, voiced_from=3.9),
        e.SpeechEnded(at=5.0, turn=2, voiced_until=4.5, seconds=1.0),
        e.TurnEnded(at=5.1, turn=2, outcome="nothing-heard", reply="", heard=""),
    ]


def page(language="en", **changes) -> str:
    return render(
        events(**changes),
        title="A <talk>",
        recording="conversation.wav",
        customer=SIDE,
        agent=SIDE,
        language=language,
    )


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict]] = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


def tags(html: str) -> list[tuple[str, dict]]:
    parser = Tags()
    parser.feed(html)
    return parser.seen


def test_each_turn_has_a_picture_and_a_player_of_its_own_stretch():
    seen = tags(page())
    assert [attributes["id"] for tag, attributes in seen if tag == "section" and "id" in attributes] == [
        "turn-1",
        "turn-2",
    ]
    assert sum(tag == "svg" for tag, _ in seen) == 2
    players = [attributes["src"] for tag, attributes in seen if tag == "audio"]
    assert players[0] == "conversation.wav"
    assert all(source.startswith("conversation.wav#t=") for source in players[1:])


def test_a_customers_words_never_become_markup():
    html = page()
    assert "<b>一个</b>" not in html
    assert "&lt;b&gt;一个" in html
    assert "A &lt;talk&gt;" in html


def test_a_decision_is_shown_with_what_it_rests_on():
    html = page()
    assert "<mark title='waited too long +1.90'>等了</mark>&lt;b&gt;" in html
    for part in (
        "complaint → soothing",
        "“等了” waited too long → complaint +1.90",
        "the wording as a whole → complaint +0.20",
        "soothing → professional → soothing",
        "elderly",
        "a person is offered",
        "complaint in this visit",
        "praises: negated",
        "how the customer sounded counted too",
        "60%",
    ):
        assert f">{part}<" in html or part in html
    assert html.count("<mark") == 1, "of two that overlap the weightier is marked"
    assert "site.&lt;fee&gt;" in html


def test_a_decision_is_shown_in_the_operators_language():
    html = page(language="zh")
    for part in (
        "投诉 → 安抚",
        "等太久",
        "安抚 → 专业 → 安抚",
        "老人",
        "建议转人工",
        "这位顾客投诉过",
        "夸奖: 被否定",
    ):
        assert part in html


def test_what_was_not_heard_is_told_apart():
    assert "<span class='unheard'>请稍等。</span>" in page()
    assert "class='unheard'>" not in page(heard="抱歉，请稍等。")


def test_the_page_loads_nothing_from_elsewhere_and_runs_nothing():
    seen = tags(page())
    assert not [tag for tag, _ in seen if tag in {"script", "link", "iframe", "img"}]
    sources = [
        value for _, attributes in seen for name, value in attributes.items() if name in {"src", "href"}
    ]
    assert all("//" not in source for source in sources)


def test_an_empty_session_still_makes_a_page():
    assert "<table>" in render([], title="Nothing", recording="x.wav", customer=SIDE, agent=SIDE)
