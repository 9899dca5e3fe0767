"""How much each user and each role may use: calls a minute, amounts a day, calls at the same time.

`limiter` is what the gate holds; `rate` counts calls a minute, `ledger` the amounts of a day, `turns` lets calls run in
turn.
"""

from tools.limits.ledger import Ledger
from tools.limits.limiter import Limiter

__all__ = ["Ledger", "Limiter"]
