"""The English that a question is made of, apart from the catalog's words and from periods.

A word that is in none of these lists and not in the catalog has not been understood.
"""

from __future__ import annotations

from tools.question.periods import MONTHS, NUMBERS
from tools.question.text import phrase

UNIT = "day|week|month|quarter|year"

FILLERS = frozenset(
    """
    what which how is are was were be been the a an of in for to me show give tell get us our we i
    did do does have has had there please can could would see need want know value values number
    numbers figure figures with on at it its from total overall whole much many latest make made earn
    earned generate generated bring brought so far across within look looking during broken
    split grouped breakdown stand stands stood all kindly hi hello hey thanks thank you and as
    also level levels display looks doing pull among
    """.split()
)
"""Words that change nothing about what is asked for, where they stand in a place of their own."""
NOW = frozenset("current currently now right present today".split())
"""Words that ask for the latest level; a flow has none."""
OWN = frozenset("my mine".split())
"""Words for the caller's own rows: they say nothing more where the policies give the caller only these."""
GROUPING = frozenset("by per each every across".split())
ASKING = frozenset("which what".split())
RELATIVE = frozenset("who that with having have has had whose where which".split())
"""Words that begin a condition on the noun before them."""
NEGATION = frozenset("excluding except without not minus exclude excludes outside".split())
FUTURE = frozenset(
    """
    next forecast forecasts forecasted forecasting predict predicted prediction predictions project projected
    projection projections tomorrow will upcoming expected expect future estimate estimated outlook
    """.split()
)
SHARES = frozenset("share percentage percent proportion % fraction".split())
WRITES = (
    phrase(
        r"^(?:please )?(?:can you )?(?:delete|update|insert|drop(?! in)|remove|alter|create|set|truncate|write|edit)(?: .*)?"
    ),
    phrase(r"and (?:then )?(?:delete|update|insert|drop|remove|alter|truncate)"),
)
GOING_TO = phrase(r"going to")
HOW_MANY = phrase(r"(?:how many|number of|count of|total number of)")
WISH = phrase(r"(?:would|i|we) like(?: to)?(?: (?:see|know|have|get))?")
WHO = phrase(r"^(?:and )?who (?:are|is|has|have|had)")
LIST = phrase(r"^(?:please )?list(?: out)?")
COMPARE = phrase(r"(?:please )?(?:compare|comparing)|(?:a |the )?comparison (?:of|between)")
CONDITIONS = phrase(r"at least|at most|no more than|no less than|more than|less than|fewer than|up to")
"""Conditions on a number, which no request expresses."""

VS = "vs|versus|v|compared to|compared with|compared against|relative to|against"
DESCENDING = "top|largest|biggest|highest|most|greatest|leading|best|fastest"
ASCENDING = "bottom|smallest|lowest|fewest|least|worst"
GOODNESS = frozenset({"best", "worst"})
"""Superlatives whose direction depends on whether more is better."""

FASTEST = "fastest"
"""Ranks by the change in percent, and nothing else."""
UP = (
    "grow|grows|grew|grown|growing|growth rate|rate of growth|growth|increase|increases|increased|increasing|rise|rises"
    "|rose|risen|(?:go|goes|went|gone) up"
)
DOWN = (
    "decrease|decreases|decreased|decreasing|drop|drops|dropped|dropping|fall|falls|fell|fallen|falling|decline|declines"
    "|declined|declining|shrink|shrank|shrunk|(?:go|goes|went|gone) down"
)
EITHER = (
    "(?:go|goes|went|gone|going) up or down|change|changes|changed|changing|difference|move|moved|develop|developed"
)
MOVES = (
    f"{UP}|{DOWN}|{EITHER}|jump|jumped|spike|spiked|go|goes|went|up|down|so|low|high|lower|higher|dip|dipped|happen"
    "|happened|behind|such|big|than usual|sudden|suddenly"
)

DEFINES = (
    phrase(r"^(?:please )?(?:define|explain the term|explain the metric) (?:the )?(?:term |metric )?#(?: #)*$"),
    phrase(
        r"^(?:what is |give me |show me )?(?:the |our )?(?:definition|meaning|formula) (?:of|for) (?:the )?#(?: #)*$"
    ),
    phrase(r"^what (?:do|does) (?:the |you mean by |we mean by )?#(?: #)*(?: mean| stand for| include)?$"),
    phrase(r"^what is meant by (?:the )?#(?: #)*$"),
    phrase(r"^how (?:is|are) (?:the |our )?#(?: #)* (?:calculated|computed|defined|measured|worked out)$"),
    phrase(r"^how (?:do|does) (?:we|you|it|one) (?:calculate|compute|measure|define) (?:the |our )?#(?: #)*$"),
    phrase(r"^tell (?:me|us) about (?:the |our )?#(?: #)*$"),
    phrase(r"^who (?:owns|is the owner of|is responsible for|approved) (?:the )?#(?: #)*$"),
    phrase(r"^what (?:is|are) (?:a |an )?#(?: #)*$"),
)
EXPLAINS = (
    phrase(r"why (?:did|has|have|is|are|was|were|does|do)?"),
    phrase(r"^(?:please )?(?:explain|investigate)"),
    phrase(
        r"what (?:drove|caused|explains|explained|is behind|was behind|happened to|happened with|is driving|is causing)"
    ),
    phrase(r"(?:root cause|reason|reasons|cause|drivers?) (?:of|for|behind)"),
)
STATUS = (
    phrase(
        r"(?:is|are) .*(?:fresh|stale|up to date|complete|reconciled|late|delayed|trustworthy|reliable|broken|ok|current)"
    ),
    phrase(r"how (?:fresh|old|stale|reliable|trustworthy|current|recent)"),
    phrase(r"when (?:was|were|did|is|are|has) .*(?:loaded|refreshed|updated|load|refresh|update|reconciled)"),
    phrase(r"(?:last|latest) (?:refresh|load|update|loaded|refreshed|updated)"),
    phrase(r"(?:can|should|could|do) (?:i|we) (?:trust|rely on|believe)"),
    phrase(r"(?:reconciliation|freshness|source|data|feed) status|reconciliation|freshness|data freshness|status of"),
    phrase(r"(?:do|does) .*(?:reconcile|tie out|match|agree)"),
    phrase(r"any .*(?:issues|problems|failures)"),
)
STATUS_WORDS = FILLERS | frozenset(
    """
    fresh stale up date complete reconciled late delayed trustworthy reliable old when loaded refreshed current
    updated load refresh last update trust rely believe reconciliation freshness status source sources feed feeds
    should today now system systems all table tables metric reconcile tie out does match agree with data recent
    any issues problems failures quality issue problem ok this these check being broken not and still
    """.split()
)
DESCRIBES = (
    phrase(r"(?:what|which) (?:metrics?|dimensions?|tables?|kpis?|questions?|playbooks?|data)"),
    phrase(
        r"(?:list|show|give)(?: me)?(?: all)?(?: the)?(?: available)? (?:metrics?|dimensions?|tables?|kpis?|playbooks?)"
    ),
    phrase(r"what (?:can|could) (?:i|you|we)"),
    phrase(r"^help(?: me)?$"),
    phrase(r"available (?:metrics|kpis|tables|dimensions)"),
)
DESCRIBE_WORDS = FILLERS | frozenset(
    """
    metrics metric dimensions dimension tables table kpis kpi questions question ask available exist answer
    about all help playbooks playbook query use list data here
    """.split()
)

FIXED_WORDS = (
    FILLERS
    | NOW
    | GROUPING
    | NEGATION
    | FUTURE
    | SHARES
    | frozenset(MONTHS)
    | frozenset(NUMBERS)
    | frozenset(UNIT.split("|"))
    | frozenset(f"{u}s" for u in UNIT.split("|"))
    | frozenset(w for words in (UP, DOWN, EITHER, ASCENDING, DESCENDING) for w in words.split("|") if w.isalpha())
    | frozenset(
        """
    last previous prior past trailing since until between vs versus this before after ago daily weekly monthly
    quarterly yearly annually annual trend over time why explain define or not than average mean median rate
    all any list new old high low open closed other others more less
    """.split()
    )
)
"""Words that keep their meaning whatever a company calls its customers."""
