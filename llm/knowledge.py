"""The operator's knowledge: a full-text index that recalls, a score that judges, advice that decides.

SQLite FTS5 (bm25) recalls candidate wordings; `knowledge_score` gives each entry a score in [0, 1];
`consult` turns scores into "speak this answer", "ground the model on these" or "nothing". Runs in
well under a millisecond on the caller's thread; one caller at a time.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Literal, cast

from core.errors import OutputError
from core.text import Language
from llm.config import KnowledgeConfig
from llm.knowledge_entry import Advice, Entry, Match
from llm.knowledge_files import files_of, read_files
from llm.knowledge_intents import answered, asked_for
from llm.knowledge_normal import normalise
from llm.knowledge_score import Asked, Weights, Wordings, fit, kind_weight, learn
from llm.knowledge_terms import terms, without_seams

_log = logging.getLogger("llm.knowledge")
_FORMAT = "1"
"""Of the index file: part of its hash, so that a new one is built when it changes."""
_RECALLED = 24
"""Wordings taken from bm25; entries have four to six wordings in each language."""
_TELLING = 0.5
"""Terms that weigh less recall nothing of use and cost bm25 most of its time."""
_OTHER_LANGUAGE = 0.9
"""Factor on the score of an entry in the language the customer does not speak."""


class Knowledge:
    """A searchable set of entries.

    Args:
        entries: in the order in which ties are broken.
        config: thresholds.
        index: a file to keep the index in, rebuilt when the entries change; in memory by default.
    """

    def __init__(
        self,
        entries: Iterable[Entry] = (),
        config: KnowledgeConfig | None = None,
        *,
        index: Path | None = None,
    ) -> None:
        self._config = config or KnowledgeConfig()
        self._entries = list(entries)
        self._wordings: list[Wordings] = []
        self._weights: dict[Language, Weights] = {}
        self._rows = _open(index, _fingerprint(self._entries))
        fresh = self._rows.execute("SELECT count(*) FROM wording").fetchone()[0] == 0
        for number, entry in enumerate(self._entries):
            self._take(number, entry, index=fresh)
        self._rows.commit()
        self._learn()

    @classmethod
    def load(
        cls, path: Path, config: KnowledgeConfig | None = None, *, index: Path | None = None
    ) -> Knowledge:
        """Read a directory or a file.

        Raises:
            InputError: every mistake found, each with file:line.
        """
        return cls(read_files(files_of(path)), config, index=index)

    @property
    def entries(self) -> Sequence[Entry]:
        return tuple(self._entries)

    def questions(self, language: Language | None = None) -> tuple[str, ...]:
        """Every wording, for a recogniser's grammar or hotwords."""
        return tuple(
            question
            for entry in self._entries
            if language is None or entry.language == language
            for question in entry.questions
        )

    def add(self, entry: Entry) -> None:
        """Take one more entry, in memory and in the index; the operator's files are not changed."""
        self._entries.append(entry)
        self._take(len(self._entries) - 1, entry, index=True)
        self._rows.execute("DELETE FROM meta")  # the file no longer matches its sources: rebuild next time
        self._rows.commit()
        self._learn()

    def search(self, text: str, language: Language, limit: int = 3) -> tuple[Match, ...]:
        """Find the entries nearest to a question, best first, one per entry id.

        Args:
            text: as heard; politeness, fillers and punctuation do not matter.
            language: the customer's; its entries are preferred.
            limit: most matches.
        """
        normal = normalise(text)
        found = without_seams(terms(normal), self._weights[language])
        if not found:
            return ()
        kinds = asked_for(normal)
        asked: dict[Language, Asked] = {
            spoken: Asked(found, kinds, weights) for spoken, weights in self._weights.items()
        }
        best: dict[str, Match] = {}
        for number in self._recall(found):
            match = self._match(asked, number, language)
            if match.entry not in best or best[match.entry].score < match.score:
                best[match.entry] = match
        ranked = sorted(best.values(), key=lambda match: (-match.score, match.language != language))
        return tuple(match for match in ranked[:limit] if match.score > 0)

    def consult(self, text: str, language: Language) -> Advice:
        """Decide what the knowledge base has to say to this.

        "answer": the first match may be spoken word for word. "ground": the matches are references for
        the model. "none": nothing relevant. Two different entries closer than the margin only ground,
        for a wrong curated answer is worse than none.
        """
        config = self._config
        matches = self.search(text, language, max(config.references, 2))
        useful = tuple(match for match in matches if match.score >= config.ground_at)[: config.references]
        if not useful:
            return Advice(kind="none")
        runner_up = matches[1].score if len(matches) > 1 else 0.0
        clear = useful[0].score == 1.0 > runner_up or useful[0].score - runner_up >= config.margin
        if useful[0].score >= config.answer_at and clear and useful[0].language == language:
            return Advice(kind="answer", matches=useful[:1])
        return Advice(kind="ground", matches=useful)

    def close(self) -> None:
        self._rows.close()

    def _take(self, number: int, entry: Entry, *, index: bool) -> None:
        normal = [normalise(question) for question in entry.questions]
        cut = [terms(question) for question in normal]
        questions = tuple(frozenset(each) for each in cut)
        answer = frozenset(terms(normalise(entry.answer)))
        self._wordings.append(
            Wordings(
                questions=questions,
                everything=frozenset[str]().union(*questions),
                answer=answer,
                kinds=answered(normal, entry.answer),
            )
        )
        if index:
            rows = [(" ".join(each), number) for each in cut]
            self._rows.executemany("INSERT INTO wording(terms, entry) VALUES (?, ?)", rows)

    def _learn(self) -> None:
        languages: tuple[Language, ...] = ("zh", "en")
        for language in languages:
            pairs = zip(self._entries, self._wordings, strict=True)
            self._weights[language] = learn([known for entry, known in pairs if entry.language == language])

    def _recall(self, asked: Sequence[str]) -> list[int]:
        telling = [term for term in asked if kind_weight(term) >= _TELLING] or asked
        query = " OR ".join(f'"{term}"' for term in dict.fromkeys(telling))
        rows = self._rows.execute(
            "SELECT entry FROM wording WHERE wording MATCH ? ORDER BY rank LIMIT ?", (query, _RECALLED)
        )
        return list(dict.fromkeys(cast(int, row[0]) for row in rows))

    def _match(self, asked: Mapping[Language, Asked], number: int, language: Language) -> Match:
        entry = self._entries[number]
        score, nearest = fit(asked[entry.language], self._wordings[number])
        if entry.language != language:
            score *= _OTHER_LANGUAGE
        return Match(
            entry=entry.id,
            question=entry.questions[nearest],
            answer=entry.answer,
            score=round(score, 4),
            language=entry.language,
            fixed=entry.fixed,
        )


def _fingerprint(entries: Sequence[Entry]) -> str:
    told = json.dumps([asdict(entry) for entry in entries], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(f"{_FORMAT}\n{told}".encode()).hexdigest()


def _open(index: Path | None, fingerprint: str) -> sqlite3.Connection:
    """Open an index that is either empty or of exactly these entries."""
    if index is None:
        return _create(_connect(":memory:"), fingerprint)
    try:
        index.parent.mkdir(parents=True, exist_ok=True)
        rows = _connect(index)
        try:
            return _reuse(rows, fingerprint)
        except sqlite3.DatabaseError as error:
            _log.warning("rebuilding the knowledge index %s: %s", index, error)
            rows.close()
        index.unlink(missing_ok=True)
        return _create(_connect(index), fingerprint)
    except (OSError, sqlite3.Error) as error:
        raise _unwritable(index, error) from error


def _connect(place: Path | Literal[":memory:"]) -> sqlite3.Connection:
    """Connect; the caller may be another thread than the one that built it, one at a time."""
    return sqlite3.connect(place, check_same_thread=False)


def _unwritable(index: Path, error: Exception) -> OutputError:
    return OutputError(
        f"cannot write the knowledge index {index}: {error}",
        code="knowledge-index",
        hint="Check path and disk.",
    )


def _reuse(rows: sqlite3.Connection, fingerprint: str) -> sqlite3.Connection:
    tables = rows.execute("SELECT name FROM sqlite_master WHERE name IN ('meta', 'wording')").fetchall()
    if len(tables) == 2 and rows.execute("SELECT fingerprint FROM meta").fetchone() == (fingerprint,):
        return rows
    rows.executescript("DROP TABLE IF EXISTS wording; DROP TABLE IF EXISTS meta;")
    return _create(rows, fingerprint)


def _create(rows: sqlite3.Connection, fingerprint: str) -> sqlite3.Connection:
    rows.executescript(
        "CREATE VIRTUAL TABLE wording USING fts5("
        'terms, entry UNINDEXED, tokenize = "unicode61 remove_diacritics 0");'
        "CREATE TABLE meta(fingerprint TEXT);"
    )
    rows.execute("INSERT INTO meta VALUES (?)", (fingerprint,))
    return rows
