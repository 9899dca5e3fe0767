"""From a metric request to SQL: resolve names, plan one read per dataset, drill across, emit for one dialect.

Row security is not decided here: the SQL runs in the principal's secured catalog. `Access` is asked for names only.
"""

from warehouse.compiler.compile import compile_request, is_operational

__all__ = ["compile_request", "is_operational"]
