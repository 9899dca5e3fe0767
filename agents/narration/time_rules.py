"""Rules about time: words of a period, and periods placed, fit the figures they stand with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from agents.narration import lexicon as lex
from agents.narration.checked import Checked, Fault, bigrams, said, wordings
from agents.narration.clauses import Clause, Token, mentions, tokens_of


def period_words(checked: Checked) -> Iterator[Fault]:
    """Words of time fit the figures they stand with: "a year ago" needs the figure of a year ago, and the reverse."""
    for clause in checked.clauses:
        own = bigrams(clause.owners)
        kinds = {clause.fact(token).kind for token in clause.figures}
        yearly = bool(kinds & {"year_ago", "yoy_pct", "yoy_points"})
        grains = {clause.fact(token).period.grain for token in clause.figures}
        labels = {w for m in mentions(clause.words, checked.glossary, clause.facts.values()) for w in m.text.split()}
        says_year = any(word in lex.YEARLY for word in clause.words if word not in labels)
        if says_year and not yearly and "year" not in grains:
            yield Fault("period", "a year ago, without such a figure")
        if yearly and not says_year and not _year_nearby(checked, clause):
            yield Fault("period", "a figure of a year ago that is not called so")
        if yearly and kinds & {"prior", "change_pct"} and says_year:
            yield from _nearest_year(clause, labels)
        if any(word in lex.BEFORE for word in clause.words) and not yearly:
            compared = {"prior", "change", "change_pct", "told", "by_data", "by_definition", "rest"}
            if not kinds & compared and not _all_own(clause.words, lex.BEFORE, said(clause.owners)):
                yield Fault("period", "the period before, without such a figure")
        yield from _spans(clause, own)
        for first, second in clause.pairs:
            timed = (
                first in ("last", "next", "past", "this", "recent", "current") and second.split("'")[0] in lex.GRAINS
            )
            if timed and (first, second) not in own:
                yield Fault("period", f"{first} {second}")
            if (
                first in ("next", "past", "last", "since", "until", "before")
                and second == "{}"
                and (first, "{}") not in own
            ):
                yield Fault("period", f"{first} a figure")


def _spans(clause: Clause, own: set[tuple[str, str]]) -> Iterator[Fault]:
    """ "a week" is "a week ago" or the like, and a figure right before it is the one of then."""
    tokens = clause.tokens
    for at, token in enumerate(tokens):
        if token.text not in lex.GRAINS or not token.word:
            continue
        before, after = (tokens[at - 1].text if at else ""), (tokens[at + 1].text if at + 1 < len(tokens) else "")
        past = after in lex.BEFORE or before in lex.BEFORE
        if ((before == "a" and not past) or after == "of") and (token.text, after) not in own:
            yield Fault("period", f"{before} {token.text} {after}")
        first = at - 1 - (before in lex.BEFORE)
        figure = tokens[first - 1] if first > 0 and tokens[first].text in ("a", "the") else Token("")
        if figure.text == "of" and first > 1:
            figure = tokens[first - 2]
        if past and figure.figure:
            kind = clause.fact(figure).kind
            then = ("year_ago",) if token.text == "year" else ("prior", "told")
            if kind not in then and not (kind == "prior" and clause.fact(figure).period.grain == "year"):
                yield Fault("period", f"{kind} a {token.text} ago")


def _all_own(words: Iterable[str], of: frozenset[str], own: set[str]) -> bool:
    return all(word in own for word in words if word in of)


def _year_nearby(checked: Checked, clause: Clause) -> bool:
    """Is the year named in the clause right before, about the same thing?"""
    at = checked.clauses.index(clause)
    before = checked.clauses[at - 1] if at else None
    same = before is not None and (not before.keys or before.keys == clause.keys)
    return before is not None and same and any(word in lex.YEARLY for word in before.words)


def _nearest_year(clause: Clause, labels: set[str]) -> Iterator[Fault]:
    at = [i for i, token in enumerate(clause.tokens) if token.word and token.text in lex.YEARLY - labels]
    for place in at:
        near = min(
            ((abs(i - place), token) for i, token in enumerate(clause.tokens) if token.figure), key=lambda pair: pair[0]
        )
        if clause.fact(near[1]).kind not in ("year_ago", "yoy_pct", "yoy_points"):
            yield Fault("period", "a year ago, beside another figure")


def periods(checked: Checked) -> Iterator[Fault]:
    """A period in words is that of the figure before it (at the start of a sentence: after it)."""
    tokens = checked.tokens
    for at, token in enumerate(tokens):
        if token.aspect != "when":
            continue
        figures = [t for t in tokens[:at] if t.figure][-1:] or [t for t in tokens[at:] if t.figure][:1]
        period = checked.facts[token.fact].period
        if figures and checked.facts[figures[0].fact].period != period and not _own_period(checked, figures[0], token):
            yield Fault("period", f"{figures[0].text} in {token.text}")


def _own_period(checked: Checked, figure: Token, when: Token) -> bool:
    for claim in checked.told:
        for text in wordings(claim):
            tokens = tokens_of(text)
            if any(t.fact == when.fact and t.aspect == "when" for t in tokens):
                at = next(i for i, t in enumerate(tokens) if t.fact == when.fact and t.aspect == "when")
                near = [t.fact for t in tokens[:at] if t.figure][-1:] or [t.fact for t in tokens[at:] if t.figure][:1]
                if near == [figure.fact]:
                    return True
    return False
