"""Words a model may use: what is not listed here, in the claim's own wordings or in the catalog's names, is a fault.

An allow-list, because a list of forbidden words always misses the next one. The guarded sets (direction, judgement,
rest, cause) are allowed only where a rule finds the fact that backs them.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FUNCTION = _words("""
    a an the of in on at to from by for with and but while whereas is was were are be been has have had it its this that
    these those there their which than against compared versus between into also meanwhile however though although yet
    where
""")
"""Joints of a sentence; they say nothing by themselves."""

PLAIN = _words("""
    stood stands standing came comes coming come ended ends closed closes finished landed lands sits sat measured
    totalled totaled recorded registered posted reads reach reached reaches reaching moved moves moving move went goes
    showed shows saw sees compares comparison reported level figure figures terms relative change changed changes
    movement difference gap amount amounted amounts side period
""")
"""Plain words of report, for claims about figures."""

CONNECTIVES = _words("and but while whereas also meanwhile however though although yet in addition at the same time")
"""All that may stand between sentences taken over as they are."""

UP = _words("""
    rose rise rises rising risen grew grow grows growing grown growth climbed climb climbs climbing increased increase
    increases increasing gained gain gains gaining advanced advance advances advancing up higher above over more
    exceeded exceeds exceeding exceed raised raises raising raise lifted lifts lifting lift added adds adding add upward
    upwards
    greater expanded expands expanding expansion strengthened strengthens strengthening lengthened lengthens lengthening
    surged surges surging jumped jumps jumping soared soars soaring
""")
DOWN = _words("""
    fell fall falls falling fallen declined decline declines declining dropped drop drops dropping decreased decrease
    decreases decreasing lost lose loses losing loss down lower below under less lowered lowers lowering reduced reduces
    reducing reduce reduction cut cuts cutting shrank shrink shrinks shrinking contracted contracts contracting
    contraction slid slide slides sliding downward downwards short fewer slipped slip slips slipping dipped dip dips
    dipping weakened weakens weakening shortened shortens shortening plunged plunges plunging tumbled tumbles tumbling
    plummeted plummets plummeting
""")
GOOD = _words("improved improve improves improving improvement better ahead beat beats beating")
BAD = _words("worsened worsen worsens worsening worse deteriorated deteriorating deterioration behind missed misses")
REST = _words("unchanged flat steady stable held holds holding hold stayed stays staying stay remained remains same")
ADDING = _words("added adds adding add contributed contributes contributing brought brings")
"""Words that may stand before a figure with its sign."""
MOVEMENTS = _words("rise fall increase decrease decline drop gain loss growth reduction contraction expansion change")
"""Nouns: in "of the fall" they speak of the whole's change."""
TAKING = _words("lost lose loses losing cut cuts cutting gained gain gains gaining")
"""Words that mean a movement only where a figure follows."""
GOING = _words("""
    rose rise rises rising risen grew grow grows growing grown climbed climb climbs climbing gained gains gaining fell
    fall falls falling fallen declined declines declining dropped drops dropping lost loses losing shrank slid advanced
    slipped slips slipping dipped dips dipping strengthened strengthens strengthening lengthened lengthens lengthening
    weakened weakens weakening shortened shortens shortening surged surges surging jumped jumps jumping soared soars
    soaring plunged plunges plunging tumbled tumbles tumbling plummeted plummets plummeting
""")
"""Verbs of a thing that moves by itself: a figure that is told anew does not."""
SMALL = _words("edged edges edging slightly marginally modestly")
"""Words for a change that reads as small."""
LARGE = _words("""
    surged surges surging jumped jumps jumping soared soars soaring plunged plunges plunging tumbled tumbles tumbling
    plummeted plummets plummeting sharply steeply
""")
"""Words for a change that reads as large."""
PLACED = _words("above below over under than")
"""Words that compare with the figure they stand before."""

COMPARING = _words("more less fewer greater higher lower short")
"""Words that need a figure before them, or "than" and a figure after."""
PLANNED = _words("plan planned target targeted budget goal")
INSIDE = _words("inside within usual normal")
OUTSIDE = _words("outside beyond unusual above below")

CAUSE_ACTIVE = _words("""
    explains explain explained explaining drove drives driving drive accounts accounted accounting account contributed
    contributes contributing contribute
""")
"""The slice stands before them."""
CAUSE_PASSIVE = _words("driven led because due caused stems stemmed")
"""The slice stands after them."""
CAUSE_NOUNS = _words("driver contributor source")
CAUSE = CAUSE_ACTIVE | CAUSE_PASSIVE | CAUSE_NOUNS

NEGATION = _words("""
    not no never none nothing nobody nor neither without hardly barely scarcely cannot isn't wasn't didn't doesn't
    weren't aren't don't hasn't haven't hadn't failed fails fail unlikely lack lacks lacking
""")
FORECAST = _words("""
    will would shall should could can may might must likely expected expect expects forecast forecasts predicted
    projected set poised soon going continue continues continuing recover recovers trend trending heading
    track tomorrow next
""")
BASE_FORMS = _words("""
    rise fall grow increase decrease decline drop climb improve worsen lose gain shrink
    come go move end close land stand sit register
""")
"""After "to" they speak of the future."""
SUPERLATIVE = _words("""
    record best worst most least peak peaks bottom top maximum minimum first last ever all-time unprecedented
    biggest largest smallest highest lowest strongest weakest only single
""")
HEDGES = _words("""
    high medium low confidence may might some all every each any complete incomplete whole partly part so far only just
    estimate estimated provisional preliminary doubtful undetermined whether or unless if until
""")
"""Words that a claim made in words stands or falls with."""

GRAINS = {"day": "day", "week": "week", "month": "month", "quarter": "quarter", "year": "year"}
BEFORE = _words("earlier before previous previously prior preceding ago")
"""Words of the period before."""
YEARLY = _words("year years year-on-year year-over-year annual annually yearly")
UNITS = _words("""
    percent percentage point points pp bps basis dollar dollars euro euros pound pounds yen cent cents hour hours day
    days minute minutes customer customers employee employees row rows user users times fold units percentages
""")

BY_KIND: dict[str, frozenset[str]] = {
    "target": _words("plan planned target targeted budget goal line ahead short missed beat against"),
    "driver": CAUSE | _words("part contribution"),
    "offset": _words("offset offsets offsetting other way opposite direction counter countered against moved"),
    "anomaly": _words("outside inside range band usual unusual normal expected limits history beyond"),
    "restatement": _words("restated revised revision report reported earlier told said previously newer data now "
                          "corrected original originally updated latest brief"),
    "definition": _words("restated revised definition defined new newer data now told said report earlier"),
    "entity": _words("customer account"),
    "case": _words("similar cases case recovered comparable out"),
    "rank": _words("ranks ranked place all"),
    "quiet": _words("quiet calm usual"),
    "broad": MOVEMENTS,
}  # fmt: skip
"""More words for claims of a kind."""

ALONE = {"trust": _words("as so because")}
"""Joints of a cause inside a claim's own words: only where nothing else is told in the sentence."""

WORD_KINDS = frozenset({"broad", "data_fault", "definition", "trust", "case", "action", "quiet"})
"""Kinds whose truth is in their words as much as in their figures."""
