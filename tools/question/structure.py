"""How the understood parts of a question hang together: rules that refuse sentences whose parts are known but whose
whole is something else ("revenue from new customers", "customers who have tickets")."""

from __future__ import annotations

from itertools import pairwise

from catalog.access import Access
from catalog.metrics import Metric
from catalog.refusals import Ambiguous, NotUnderstood
from tools.question.found import SHOWN, Found, allows, is_level, quoted, simpler
from tools.question.lexicon import Lexicon, fold_words
from tools.question.periods import POINT
from tools.question.text import Piece, Words, phrase
from tools.question.vocabulary import RELATIVE, VS

BETWEEN_METRICS = frozenset({"and", "&", "the", "our", "total", "also", "as", "well", "number", "of", "how", "many"})
JOINS = frozenset({"and", "&"}) | frozenset(VS.split("|"))
ABOUT = frozenset("of from for in across among within with to by at".split())
ARTICLES = frozenset("the our all these those my".split())
OWNERS = frozenset("our my".split())
BEFORE_NO_PERIOD = frozenset("to with by until at".split())
POINT_ONLY = phrase(POINT)
LED = phrase("in|during|for|over|within|of|on|since|between|from")
MERGEABLE = (frozenset({"value", "noun"}), frozenset({"grain", "group"}))


def check_structure(words: Words, access: Access, found: Found, lexicon: Lexicon) -> None:
    """Raises NotUnderstood and Ambiguous where known parts stand in a relation that no request expresses."""
    parts = words.parts()
    _several_metrics(words, parts, access, found)
    _conjunctions(parts, access, found)
    _nouns(words, parts, access, found)
    _foreign(access, found)
    _named_together(words, parts, access, lexicon)
    _before_periods(words, parts, access, found)
    _all_of_few(words, parts, found, lexicon)
    _how(parts, access, found)


def _tag(part: Piece | str) -> str:
    return part.tag if isinstance(part, Piece) else ""


def _several_metrics(words: Words, parts: list[Piece | str], access: Access, found: Found) -> None:
    """Metrics stand side by side, joined by "and" or a comma, with nothing that belongs to one of them alone."""
    at = [i for i, part in enumerate(parts) if _tag(part) == "metric"]
    for one, other in pairwise(at):
        between = parts[one + 1 : other]
        following = parts[other]
        paused = isinstance(following, Piece) and any(
            index in words.breaks for index in range(_end(parts[one]), following.start + 1)
        )
        known = [part for part in between if isinstance(part, str)]
        pieces = [part for part in between if isinstance(part, Piece) and part.tag != "link"]
        links = {w for p in between if isinstance(p, Piece) for w in words.words[p.start : p.end]}
        joined = paused or bool(links & JOINS) or any(word in JOINS for word in known)
        if pieces or not joined or not set(known) <= BETWEEN_METRICS | JOINS:
            raise NotUnderstood(
                "The question names several metrics in a relation that was not understood.",
                choices=[f"{' and '.join(m.label for m in found.metrics[:3])} last month", *simpler(access, found)],
                hint="Name metrics side by side with 'and'; what is said of one is said of all.",
            )
        _take_words(words, _end(parts[one]), following.start if isinstance(following, Piece) else 0)


def _end(part: Piece | str) -> int:
    return part.end if isinstance(part, Piece) else 0


def _take_words(words: Words, start: int, end: int) -> None:
    for index in range(start, end):
        if not words.taken[index]:
            words.take(index, index + 1, "link")


def _conjunctions(parts: list[Piece | str], access: Access, found: Found) -> None:
    """ "And" joins parts of one kind; at the start of a sentence it joins nothing."""
    for index, part in enumerate(parts):
        if part not in ("and", "&"):
            continue
        left = [_tag(p) for p in parts[:index] if _tag(p) not in ("", "link")]
        right = [_tag(p) for p in parts[index + 1 :] if _tag(p) not in ("", "link")]
        if not left:
            continue
        same = bool(right) and (left[-1] == right[0] or any({left[-1], right[0]} <= kinds for kinds in MERGEABLE))
        if not same:
            raise NotUnderstood("What 'and' joins in the question was not understood.", choices=simpler(access, found))


def _nouns(words: Words, parts: list[Piece | str], access: Access, found: Found) -> None:
    """A noun that is no group must belong to a value or say, in the plural, what the metric is about."""
    for index, part in enumerate(parts):
        if not isinstance(part, Piece) or part.tag not in ("noun", "value"):
            continue
        following = parts[index + 1] if index + 1 < len(parts) else ""
        later = next((p for p in parts[index + 1 :] if isinstance(p, Piece) and p.tag != "link"), None)
        gap = {p for p in parts[index + 1 : parts.index(later)] if isinstance(p, str)} if later else set[str]()
        if later and later.tag == "metric" and gap & RELATIVE and part.tag == "noun":
            raise NotUnderstood(
                f"A condition on {quoted([words.words[part.start]])} was not understood.",
                choices=simpler(access, found),
            )
        if part.tag == "value" or _tag(following) == "value" or (index and _tag(parts[index - 1]) == "value"):
            continue
        if (
            _tag(following) == "metric"
            and index
            and parts[index - 1] in OWNERS
            and words.words[part.end - 1].endswith("s")
        ):
            found.notes.append(f"All {quoted([' '.join(words.words[part.start : part.end])])} are taken together.")
            continue
        lead = index - 1
        while lead >= 0 and parts[lead] in ARTICLES:
            lead -= 1
        plural = words.words[part.end - 1].endswith("s")
        if not (plural and lead >= 0 and parts[lead] in ABOUT and "metric" in map(_tag, parts[:lead])):
            raise NotUnderstood(
                f"{quoted([' '.join(words.words[part.start : part.end])])} is in the question without saying what for.",
                choices=[f"{m.label} by {' '.join(words.words[part.start : part.end])}" for m in found.metrics[:2]],
            )


def _foreign(access: Access, found: Found) -> None:
    """ "Headcount of customers": a noun that has nothing to do with the metric."""
    for noun in found.nouns:
        tables = [access.dimensions[e.name].table.name for e in noun.of("dimension") if e.name in access.dimensions]
        for metric in found.metrics:
            if tables and not any(_of_table(metric, table, access) for table in tables):
                raise NotUnderstood(
                    f"{metric.label} has nothing to do with {quoted([noun.phrase])}.", choices=simpler(access, found)
                )


def _named_together(words: Words, parts: list[Piece | str], access: Access, lexicon: Lexicon) -> None:
    """ "How much ARR is at risk", where "ARR at risk" is a metric of its own."""
    texts = {tag: _texts(words, parts, tag) for tag in ("metric", "value")}
    for metric in texts["metric"]:
        for value in texts["value"]:
            for key in (fold_words(f"{metric} {value}"), fold_words(f"{value} {metric}")):
                named = [e.name for e in lexicon.phrases.get(key, []) if e.kind == "metric"]
                if named:
                    label = access.metrics[named[0]].label
                    raise Ambiguous(f"'{' '.join(key)[:SHOWN]}' is a metric of its own: {label}.", choices=[label])


def _texts(words: Words, parts: list[Piece | str], tag: str) -> list[str]:
    return [" ".join(words.words[p.start : p.end]) for p in parts if isinstance(p, Piece) and p.tag == tag]


def _of_table(metric: Metric, table: str, access: Access) -> bool:
    return any(allows(metric, d.name, access) for d in access.dimensions.values() if d.table.name == table)


def _before_periods(words: Words, parts: list[Piece | str], access: Access, found: Found) -> None:
    """ "To June", "with June", "customers of June": the period is there, and how it belongs to the rest is not."""
    flows = any(not is_level(access, metric) for metric in found.metrics)
    wrong = BEFORE_NO_PERIOD if flows else BEFORE_NO_PERIOD - {"at"}
    for part, following in pairwise(parts):
        if not isinstance(following, Piece) or following.tag != "period":
            continue
        text = " ".join(words.words[following.start : following.end])
        if part == "from" and POINT_ONLY.fullmatch(text):
            raise Ambiguous(
                f"'from {text[:SHOWN]}' can mean in that time or from then on.",
                choices=[f"{found.metrics[0].label} {lead} {text}" for lead in ("in", "since")],
            )
        of_noun = isinstance(part, Piece) and part.tag in ("noun", "value") and text.startswith("of ")
        if (part in wrong and not LED.match(text)) or of_noun:
            raise NotUnderstood(f"How '{text[:SHOWN]}' belongs to the question was not understood.")


def _all_of_few(words: Words, parts: list[Piece | str], found: Found, lexicon: Lexicon) -> None:
    """ "For all segments" can ask for each or for the total; "for all customers" asks for the total."""
    few = {s.start: s for s in found.nouns if not any(e.name in lexicon.many for e in s.of("dimension"))}
    for index, part in enumerate(parts):
        lead = index - 1
        while lead >= 0 and parts[lead] in ("the", "our"):
            lead -= 1
        if isinstance(part, Piece) and part.start in few and part.tag == "noun" and lead >= 0 and parts[lead] == "all":
            noun = " ".join(words.words[part.start : part.end])
            raise Ambiguous(
                f"'all {noun[:SHOWN]}' can ask for each of them or for the total.",
                choices=[f"{found.metrics[0].label} by {noun}", found.metrics[0].label],
            )


def _how(parts: list[Piece | str], access: Access, found: Found) -> None:
    """ "How healthy are our customers": an adjective after "how" is no filter."""
    for part, following in pairwise(parts):
        if part == "how" and _tag(following) == "value":
            raise NotUnderstood("What 'how' asks for was not understood.", choices=simpler(access, found))
