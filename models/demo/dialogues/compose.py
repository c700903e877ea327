"""Compose the cards into dialogues of one to five turns, in the product's own prompt format.

`compose(rng)` gives one dialogue; the same generator state gives the same dialogue. Each reply says whether
it is taught: replies cut by a barge-in and answers that no shown reference explains are context only.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from core.text import Language, Message
from llm.prompt import user_message
from models.demo.dialogues.cards import LANGUAGES, TONES_OF_STATE, Card, Tone, cards, hall, outside, tones
from models.demo.dialogues.facts import Fact, invented_name, make_fact
from models.demo.dialogues.noise import as_heard, junk

TURNS = ((1, 2, 3, 4, 5), (36, 26, 19, 12, 7))
SWITCH = 0.08
"""Chance that the customer changes language before a turn."""
BARGE_IN = 0.12
UNTONED = 0.4
"""Share of messages without a tone line."""
PRODUCT_TONE = 0.65
"""Share of tone lines in the product's own wording."""

UPSET: dict[Language, dict[str, tuple[str, ...]]] = {
    "zh": {
        "anxious": ("我好着急", "怎么办啊", "我很担心", "我有点慌", "急死我了", "我心里没底"),
        "complaint": ("你们太慢了", "真是的", "太不像话了", "气死我了", "等了这么久", "你们怎么搞的"),
        "urgent": ("快点", "来不及了", "马上", "快告诉我"),
        "grief": ("我爸刚走", "我妈去世了", "家里人没了", "老伴走了"),
        "abusive": ("你个笨蛋", "破机器", "废物", "少废话"),
        "confused": ("我搞不懂", "我不明白", "我第一次来", "我不太会"),
    },
    "en": {
        "anxious": (
            "i am worried",
            "i am so nervous",
            "oh no",
            "i am panicking",
            "i am scared",
            "what should i do",
        ),
        "complaint": (
            "you are so slow",
            "this is ridiculous",
            "i am fed up",
            "what a mess",
            "i waited so long",
            "not again",
        ),
        "urgent": ("quick", "hurry", "right now", "there is no time"),
        "grief": ("my father just died", "my mother passed away", "i lost my wife", "we had a death"),
        "abusive": ("you idiot", "stupid machine", "shut up", "you useless thing"),
        "confused": ("i am confused", "i don't get it", "it is my first time", "i am not sure"),
    },
}
"""What an upset customer puts beside a question that a reference answers."""

WORDING_OF_STATE = {
    "complaint": "apologetic",
    "anxious": "soothing",
    "grief": "grief",
    "abusive": "abusive",
    "confused": "gentle",
    "urgent": "urgent",
}

AGAIN: dict[Language, tuple[str, ...]] = {
    "zh": ("再说一遍", "你再说一次", "没听清再说一遍", "麻烦重复一下", "刚才说什么", "什么再讲一遍"),
    "en": (
        "say that again",
        "can you repeat that",
        "pardon",
        "what did you say",
        "once more please",
        "repeat please",
    ),
}


@dataclass(slots=True, kw_only=True)
class Reply:
    """An assistant's message and whether the model learns it."""

    text: str
    taught: bool = True


@dataclass(slots=True, kw_only=True)
class Exchange:
    """One turn, as history keeps it."""

    user: Message
    reply: Reply
    kind: str
    """`card:…`, `hall`, `fact`, `follow`, `outside`, `junk` or `again`."""
    after: str = ""
    """What cards may come next: `offer`, `answer`, `complaint` or empty."""
    follow: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True, kw_only=True)
class _Talk:
    language: Language
    rng: random.Random
    exchanges: list[Exchange] = field(default_factory=list)


def compose(rng: random.Random) -> list[Exchange]:
    """Make one dialogue; chance comes from `rng` alone."""
    talk = _Talk(language=rng.choice(LANGUAGES), rng=rng)
    for _ in range(rng.choices(TURNS[0], weights=TURNS[1])[0]):
        if talk.exchanges and rng.random() < SWITCH:
            talk.language = "en" if talk.language == "zh" else "zh"
        exchange = _next(talk)
        if talk.exchanges:
            _maybe_cut(talk.exchanges[-1], rng)
        talk.exchanges.append(exchange)
    return talk.exchanges


def steering(name: str, language: Language, rng: random.Random) -> str:
    """One wording of a tone's steering line."""
    tone = tones(language)[name]
    return (
        tone.product
        if tone.product and (not tone.say or rng.random() < PRODUCT_TONE)
        else rng.choice(tone.say)
    )


def opened(answer: str, tone: Tone, language: Language, rng: random.Random) -> str:
    """Put the tone's opening before an answer, and its offer after it."""
    already = answer.startswith(("很抱歉", "I am sorry"))
    before = rng.choice(tone.open) if tone.open and not already else ""
    after = rng.choice(tone.close) if tone.close else ""
    glue = "" if language == "zh" else " "
    return glue.join(part for part in (before, answer, after) if part)


def _maybe_cut(exchange: Exchange, rng: random.Random) -> None:
    """Barge-in: the customer heard only a beginning, so history holds only that."""
    if rng.random() < BARGE_IN and len(exchange.reply.text) > 4:
        heard = exchange.reply.text[: rng.randint(2, len(exchange.reply.text) - 2)].rstrip()
        exchange.reply = Reply(text=heard, taught=False)
        exchange.after, exchange.follow = "cut", ()


def _next(talk: _Talk) -> Exchange:
    """Choose the next exchange by what the last one allows."""
    last, rng = (talk.exchanges[-1] if talk.exchanges else None), talk.rng
    if last is not None:
        following = _following(talk, last)
        if following is not None:
            return following
    kinds = (_card, _hall, _fact, _outside, _junk)
    return rng.choices(kinds, weights=(42, 14, 20, 22, 2))[0](talk)


def _following(talk: _Talk, last: Exchange) -> Exchange | None:
    draw = talk.rng.random()
    if last.follow and draw < 0.6:
        words, reply = talk.rng.choice(last.follow)
        if talk.exchanges[-1].user and _same_language(talk, reply):
            return _follow(talk, last, words, reply)
    if draw > 0.97 and last.after != "cut":
        words = talk.rng.choice(AGAIN[talk.language])
        return Exchange(
            user=_user(talk, words, "inquiry"),
            reply=Reply(text=last.reply.text),
            kind="again",
            after=last.after,
        )
    chance = {"offer": 0.5, "answer": 0.15, "complaint": 0.4, "cut": 0.3}.get(last.after, 0.0)
    if draw > 1 - chance:
        wanted = [
            card
            for card in cards()
            if card.after == last.after or (last.after == "cut" and card.name == "interrupt")
        ]
        if wanted:
            return _speak(talk, talk.rng.choice(wanted))
    return None


def _same_language(talk: _Talk, text: str) -> bool:
    return (talk.language == "zh") == any("\u4e00" <= letter <= "\u9fff" for letter in text)


def _follow(talk: _Talk, last: Exchange, words: str, reply: str) -> Exchange:
    return Exchange(
        user=_user(talk, words, "inquiry"),
        reply=Reply(text=reply),
        kind="follow",
        after="answer",
        follow=last.follow,
    )


def _card(talk: _Talk) -> Exchange:
    return _speak(talk, talk.rng.choice([card for card in cards() if not card.after]))


def _speak(talk: _Talk, card: Card) -> Exchange:
    """Say one card, now and then with a tone line that decides the reply by itself."""
    rng, side = talk.rng, card.sides[talk.language]
    words, reply = rng.choice(side.say), rng.choice(side.reply)
    tone = _occasion(card, rng)
    if tone is None:
        user = _user(talk, words, card.state)
    else:
        user = user_message(
            as_heard(words, talk.language, rng),
            language=talk.language,
            steering=steering(tone, talk.language, rng),
        )
        reply = rng.choice(tones(talk.language)[tone].reply)
    after = "complaint" if card.state == "complaint" else ("offer" if tone == "person_offer" else "")
    return Exchange(user=user, reply=Reply(text=reply), kind=f"card:{card.name}", after=after)


def _occasion(card: Card, rng: random.Random) -> str | None:
    """Name the tone whose own reply overrides the card's."""
    if card.name == "self-harm":
        return "self_harm" if rng.random() < 0.6 else None
    if card.name == "anxious-money" and rng.random() < 0.3:
        return "scam"
    if card.state == "grief" and rng.random() < 0.15:
        return "grief_latched"
    if card.state in {"complaint", "urgent", "abusive", "anxious", "request"} and rng.random() < 0.1:
        return "person_now"
    if card.state == "complaint" and rng.random() < 0.15:
        return "complaint_again"
    return None


def _user(talk: _Talk, words: str, state: str, references: tuple[tuple[str, str], ...] = ()) -> Message:
    """Make the customer's message with a tone line that fits the state, or none."""
    rng = talk.rng
    tone = "" if rng.random() < UNTONED else steering(rng.choice(TONES_OF_STATE[state]), talk.language, rng)
    heard = as_heard(words, talk.language, rng)
    return user_message(heard, language=talk.language, steering=tone, references=references)


def _hall(talk: _Talk) -> Exchange:
    """Ask the demo knowledge base."""
    rng = talk.rng
    entry = rng.choice(list(hall(talk.language).values()))
    fact = Fact(topic=entry.name, questions=entry.questions, answer=entry.answer, follow=entry.follow)
    return _grounded(talk, fact, "hall")


def _fact(talk: _Talk) -> Exchange:
    return _grounded(talk, make_fact(talk.language, talk.rng), "fact")


def _grounded(talk: _Talk, fact: Fact, kind: str) -> Exchange:
    """Answer from a reference; a fifth of turns show none, as the history of a curated answer does."""
    rng, language = talk.rng, talk.language
    words, asked = rng.choice(fact.questions), rng.choice(fact.questions)
    if rng.random() < 0.2:
        user = user_message(as_heard(words, language, rng), language=language)
        return Exchange(
            user=user,
            reply=Reply(text=fact.answer, taught=False),
            kind=kind,
            after="answer",
            follow=fact.follow,
        )
    references = _among_others(talk, (asked, fact.answer))
    name = _tone_of_answer(talk)
    state, tone = next(
        ((state, name) for state in UPSET[language] if name in TONES_OF_STATE[state]), ("inquiry", name)
    )
    if state != "inquiry" and rng.random() < 0.7:
        words = _beside(rng.choice(UPSET[language][state]), words, language, rng)
    line = steering(tone, language, rng) if tone else ""
    user = user_message(
        as_heard(words, language, rng), language=language, steering=line, references=references
    )
    reply = opened(fact.answer, tones(language)[tone], language, rng) if tone else fact.answer
    after = "offer" if tone == "person_offer" else "answer"
    return Exchange(user=user, reply=Reply(text=reply), kind=kind, after=after, follow=fact.follow)


def _tone_of_answer(talk: _Talk) -> str:
    if talk.rng.random() < UNTONED:
        return ""
    named = (
        "professional",
        "neutral",
        "warm",
        "cheerful",
        "soothing",
        "apologetic",
        "gentle",
        "calm_firm",
        "encouraging",
    )
    more = ("complaint_again", "person_offer", "grief", "grief_latched", "abusive", "urgent")
    return talk.rng.choice((*named, *more, "professional", "neutral", "soothing", "apologetic"))


def _beside(feeling: str, words: str, language: Language, rng: random.Random) -> str:
    glue = rng.choice(("", " ", "，")) if language == "zh" else " "
    return glue.join((feeling, words) if rng.random() < 0.6 else (words, feeling))


def _among_others(talk: _Talk, reference: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """Put the reference among up to two others; the best match mostly comes first."""
    rng, language = talk.rng, talk.language
    others: list[tuple[str, str]] = []
    for _ in range(rng.choice((0, 0, 1, 2))):
        if rng.random() < 0.5:
            fact = make_fact(language, rng)
            others.append((fact.questions[0], fact.answer))
        else:
            entry = rng.choice(list(hall(language).values()))
            others.append((rng.choice(entry.questions), entry.answer))
    others.insert(0 if rng.random() < 0.7 else rng.randint(0, len(others)), reference)
    return tuple(others)


def _outside(talk: _Talk) -> Exchange:
    """Ask what nobody told the assistant; in a third of cases the topic is a name that does not exist."""
    rng, language = talk.rng, talk.language
    side = outside(language)
    draw = rng.random()
    if draw < 0.5:
        words = rng.choice(side.say)
    else:
        topic = rng.choice(side.topics) if draw < 0.75 else invented_name(language, rng)
        words = rng.choice(side.frames).format(x=topic)
    if rng.random() < 0.12:
        words = _known_without_reference(talk)
    state = "inquiry"
    reply = rng.choice(side.reply)
    if rng.random() < 0.12:
        state = rng.choice(("anxious", "complaint", "confused"))
        words = _beside(rng.choice(UPSET[language][state]), words, language, rng)
        reply = opened(reply.removeprefix("抱歉，"), tones(language)[WORDING_OF_STATE[state]], language, rng)
    references = _among_others(talk, _unrelated(talk)) if rng.random() < 0.06 else ()
    return Exchange(
        user=_user(talk, words, state, references), reply=Reply(text=reply), kind="outside", after="offer"
    )


def _known_without_reference(talk: _Talk) -> str:
    """Ask something of the hall's kind that no reference came with: honesty wants the same answer."""
    if talk.rng.random() < 0.4:
        return talk.rng.choice(talk.rng.choice(list(hall(talk.language).values())).questions)
    return talk.rng.choice(make_fact(talk.language, talk.rng).questions)


def _unrelated(talk: _Talk) -> tuple[str, str]:
    entry = talk.rng.choice(list(hall(talk.language).values()))
    return talk.rng.choice(entry.questions), entry.answer


def _junk(talk: _Talk) -> Exchange:
    card = next(card for card in cards() if card.name == "unclear")
    words = junk(talk.language, talk.rng)
    return Exchange(
        user=_user(talk, words, "inquiry"),
        reply=Reply(text=talk.rng.choice(card.sides[talk.language].reply)),
        kind="junk",
    )
