"""The English that a question is made of, apart from the catalog's words and from periods.

A word that is in none of these lists and not in the catalog has not been understood.
"""

from __future__ import annotations

from tools.question.periods import MONTHS, NUMBERS
from tools.question.text import phrase

UNIT = "day|week|month|quarter|year"
VS = "vs|versus|v|compared to|compared with|compared against|relative to|against|over|than"

FILLERS = frozenset(
    """
    what which how is are was were be been the a an of in for to me show give tell get list display our us we
    did do does have has had there please you can could would i see need want like know value values number
    numbers figure figures and with on at it from total overall company whole much many latest make made earn
    earned generate generated bring brought report s just so far across only within entire my look stand come
    came recorded end data kindly hi hello thanks thank that during broken down split grouped breakdown level
    stands
    """.split()
)
"""Words that change nothing about what is asked for."""
NOW = frozenset(
    """
    current currently now right present
    """.split()
)
"""Words that ask for the latest level; a flow has none."""
GROUPING = frozenset(
    """
    by per each every
    """.split()
)
NEGATION = frozenset(
    """
    excluding except without not minus exclude
    """.split()
)
FUTURE = frozenset(
    """
    next forecast forecasts forecasted predict predicted prediction predictions project projected projection
    projections tomorrow will upcoming expected expect future going estimate estimated
    """.split()
)
WRITING = frozenset(
    """
    delete update insert drop remove alter create change_to set truncate write edit
    """.split()
)
SHARES = frozenset(
    """
    share percentage percent proportion % fraction
    """.split()
)
DESCENDING = "top|largest|biggest|highest|most|greatest|leading"
ASCENDING = "bottom|smallest|lowest|fewest|least"
CHANGES = (
    "change|changes|changed|changing|growth|grow|grew|grown|increase|increased|decrease|decreased|difference|move|moved"
)
MOVES = (
    f"{CHANGES}|drop|dropped|drops|fall|fell|fallen|falls|rise|rose|risen|rises|decline|declined|declines|jump|jumped"
    "|spike|spiked|go|went|up|down|so|low|high|dip|dipped|happen|happened|behind|such|big"
)

DEFINES = (
    phrase(r"^(?:please )?(?:define|explain the term) (?:the )?(?:term |metric )?#(?: #)*$"),
    phrase(r"^(?:what is |give me |show me )?(?:the )?(?:definition|meaning|formula) (?:of|for) (?:the )?#(?: #)*$"),
    phrase(r"^what (?:do|does) (?:the |you mean by |we mean by )?#(?: #)*(?: mean| stand for)?$"),
    phrase(r"^what is meant by #(?: #)*$"),
    phrase(
        r"^how (?:is|are|do we|do you) (?:the )?(?:#(?: #)*|calculate #(?: #)*|measure #(?: #)*|define #(?: #)*)(?: calculated| computed| defined| measured| worked out)?$"
    ),
    phrase(r"^who (?:owns|is the owner of|is responsible for) (?:the )?#(?: #)*$"),
    phrase(r"^what (?:is|are) (?:a |an )?#(?: #)*$"),
)
EXPLAINS = (
    phrase(r"why (?:did|has|have|is|are|was|were|does|do)?"),
    phrase(r"^(?:please )?explain"),
    phrase(r"what (?:drove|caused|explains|explained|is behind|was behind|happened to|happened with|is driving)"),
    phrase(r"(?:root cause|reason|reasons|cause|drivers?) (?:of|for|behind)"),
)
STATUS = (
    phrase(r"(?:is|are) .*(?:fresh|stale|up to date|complete|reconciled|late|delayed|trustworthy|reliable)"),
    phrase(r"how (?:fresh|old|stale|reliable|trustworthy)"),
    phrase(r"when (?:was|were|did) .*(?:loaded|refreshed|updated|load|refresh|reconciled)"),
    phrase(r"(?:last|latest) (?:refresh|load|update)"),
    phrase(r"(?:can|should) (?:i|we) (?:trust|rely on)"),
    phrase(r"(?:reconciliation|freshness|source|data) status|reconciliation|freshness|data freshness"),
    phrase(r"does .* (?:reconcile|tie out)"),
)
STATUS_WORDS = FILLERS | frozenset(
    """
    fresh stale up date complete reconciled late delayed trustworthy reliable old when loaded refreshed
    updated load refresh last update trust rely reconciliation freshness status source sources feed feeds
    should today now system systems all table tables metric reconcile tie out does
    """.split()
)
DESCRIBES = (
    phrase(r"(?:what|which) (?:metrics?|dimensions?|tables?|kpis?|questions?|playbooks?)"),
    phrase(r"(?:list|show)(?: me)?(?: all)?(?: the)?(?: available)? (?:metrics?|dimensions?|tables?|kpis?|playbooks?)"),
    phrase(r"what (?:can|could) (?:i|you|we)"),
    phrase(r"^help$"),
    phrase(r"available metrics"),
)
DESCRIBE_WORDS = FILLERS | frozenset(
    """
    metrics metric dimensions dimension tables table kpis kpi questions question ask available exist answer
    about all help playbooks playbook query use
    """.split()
)

FIXED_WORDS = (
    FILLERS
    | NOW
    | GROUPING
    | NEGATION
    | FUTURE
    | WRITING
    | SHARES
    | frozenset(MONTHS)
    | frozenset(NUMBERS)
    | frozenset(UNIT.split("|"))
    | frozenset(f"{u}s" for u in UNIT.split("|"))
    | frozenset(
        """
    last previous prior past trailing since until between vs versus this before ago daily weekly monthly
    quarterly yearly annually annual trend over time why explain define top bottom or and not
    """.split()
    )
)
"""Words that keep their meaning whatever a company calls its customers."""
