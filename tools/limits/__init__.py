"""How much each user and each role may use: calls a minute, amounts a day, calls at the same time.

`limiter` is what the gate holds; `rate` counts calls a minute, `ledger` the amounts of a day, `turns` lets calls run in
turn.
"""

from tools.limits.accounts import ceilings, shown
from tools.limits.ledger import Ledger, Use
from tools.limits.limiter import Limiter
from tools.limits.turns import Turns

__all__ = ["Ledger", "Limiter", "Turns", "Use", "ceilings", "shown"]
