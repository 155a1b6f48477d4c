"""How searches order chunks: by words with SQLite's full-text search, by likeness of spelling, or by both."""

import math
import re
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing

_WORD = re.compile(r"\w+")
_COLUMNS = "create virtual table chunks using fts5(content, tokenize = 'porter unicode61')"
_BEST = "select rowid, -bm25(chunks) from chunks where chunks match ? order by bm25(chunks), rowid"


def by_words(query: str, texts: Sequence[str]) -> list[tuple[int, float]]:
    """Rank the texts that have words of a query.

    Returns:
        Positions with scores, the best first; those without any word are left out.
    """
    words = _WORD.findall(query)
    if not words:
        return []
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute(_COLUMNS)
        database.executemany("insert into chunks(rowid, content) values (?, ?)", enumerate(texts))
        return database.execute(_BEST, [" OR ".join(f'"{word}"' for word in words)]).fetchall()


def by_likeness(query: str, texts: Sequence[str]) -> list[tuple[int, float]]:
    """Rank all texts by how alike they are spelt, which stands for their meaning: from 0 to 1, as a cosine.

    Returns:
        Positions with scores, the best first.
    """
    wanted = _trigrams(query)
    scores = [_cosine(wanted, _trigrams(text)) for text in texts]
    return sorted(enumerate(scores), key=lambda ranked: -ranked[1])


def fused(rankings: Sequence[tuple[Sequence[tuple[int, float]], float]], k: int) -> list[tuple[int, float]]:
    """Merge rankings by reciprocal rank fusion.

    Args:
        rankings: Each with its weight.
        k: The larger, the less do the first ranks stand out.

    Returns:
        Positions with scores, the best first.
    """
    totals = dict[int, float]()
    for ranking, weight in rankings:
        for rank, (position, _) in enumerate(ranking, 1):
            totals[position] = totals.get(position, 0.0) + weight / (k + rank)
    return sorted(totals.items(), key=lambda ranked: (-ranked[1], ranked[0]))


def _trigrams(text: str) -> Counter[str]:
    padded = f"  {' '.join(_WORD.findall(text.lower()))} "
    return Counter(padded[at : at + 3] for at in range(len(padded) - 2))


def _cosine(one: Counter[str], other: Counter[str]) -> float:
    product = sum(count * other[part] for part, count in one.items())
    lengths = math.sqrt(sum(n * n for n in one.values())) * math.sqrt(sum(n * n for n in other.values()))
    return product / lengths if lengths else 0.0
