"""The kinds of syntax that may stand in a query; everything else is refused."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from catalog.refusals import BadArgument, NotAllowed, NotReadOnly

ROOTS = (exp.Select, exp.SetOperation, exp.Subquery, exp.Values, exp.Pivot)

ALLOWED: frozenset[type[exp.Expr]] = frozenset(
    {
        # queries
        *(exp.Select, exp.Union, exp.Except, exp.Intersect, exp.Subquery, exp.Values, exp.Table, exp.TableAlias),
        *(exp.With, exp.CTE, exp.From, exp.Join, exp.Lateral, exp.Where, exp.Group, exp.Having, exp.Qualify),
        *(exp.Order, exp.Ordered, exp.Limit, exp.LimitOptions, exp.Offset, exp.Distinct, exp.Fetch),
        *(exp.GroupingSets, exp.Rollup, exp.Cube, exp.Pivot, exp.PivotAlias, exp.PivotAny, exp.UnpivotColumns),
        *(exp.Unnest, exp.Explode, exp.GenerateSeries, exp.Window, exp.WindowSpec, exp.Filter, exp.WithinGroup),
        # names and literals
        *(exp.Identifier, exp.Column, exp.Star, exp.Columns, exp.PositionalColumn, exp.Dot, exp.Alias, exp.Var),
        *(exp.Literal, exp.RawString, exp.Null, exp.Boolean, exp.Interval, exp.IntervalSpan, exp.Tuple, exp.Paren),
        *(exp.DataType, exp.DataTypeParam, exp.ColumnDef, exp.Cast, exp.TryCast, exp.Collate, exp.AtTimeZone),
        # values
        *(exp.Array, exp.Struct, exp.PropertyEQ, exp.Map, exp.ToMap, exp.Bracket, exp.Slice, exp.Lambda, exp.Kwarg),
        *(exp.Comprehension, exp.JSONExtract, exp.JSONExtractScalar, exp.JSONPath, exp.JSONPathKey),
        *(exp.JSONPathRoot, exp.JSONPathSubscript, exp.JSONPathWildcard),
        # operators
        *(exp.And, exp.Or, exp.Not, exp.Xor, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In),
        *(exp.Between, exp.Like, exp.ILike, exp.Glob, exp.SimilarTo, exp.RegexpLike, exp.RegexpFullMatch),
        *(exp.Escape, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod),
        *(exp.Pow, exp.Neg, exp.DPipe, exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseLeftShift),
        *(exp.BitwiseRightShift, exp.Exists, exp.Any, exp.All, exp.Case, exp.If, exp.ArrayContainsAll),
        *(exp.ArrayContainedBy, exp.ArrayOverlaps, exp.Abs),
        # functions that sqlglot reads itself; every other one is Anonymous and judged by name
        *(exp.Anonymous, exp.Coalesce, exp.Extract, exp.Trim, exp.StrPosition),
        *(exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue, exp.IgnoreNulls, exp.RespectNulls),
        *(exp.PercentileCont, exp.PercentileDisc, exp.Mode, exp.Replace),
        *(exp.CurrentDate, exp.CurrentTimestamp, exp.CurrentTime, exp.Localtime, exp.Localtimestamp),
    }
)

_WRITES = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.DDL, exp.Command, exp.Copy, exp.Drop, exp.Attach)
_WORDS: dict[type[exp.Expr], tuple[str, str]] = {
    exp.TableSample: ("TABLESAMPLE", "An answer must repeat; use ORDER BY and LIMIT."),
    exp.HistoricalData: ("AT (time travel)", "Tables are read as they stand."),
    exp.Placeholder: ("Parameters ($name, ?)", "Write the values."),
    exp.Parameter: ("Parameters ($name, ?)", "Write the values."),
    exp.ByteString: ("Escape strings (e'...')", "Use chr() for special characters."),
    exp.Describe: ("DESCRIBE", "Use describe_catalog."),
    exp.Summarize: ("SUMMARIZE", "Ask for the aggregates you need."),
    exp.Show: ("SHOW", "Use describe_catalog."),
    exp.Into: ("SELECT INTO", "Leave INTO out."),
    exp.BitwiseNot: ("The operator ~ before a value", "Use xor(x, -1)."),
    exp.Lock: ("FOR UPDATE", "Leave it out."),
}


def only_queries(tree: exp.Expr) -> None:
    """The statement is one query, and no part of it writes. Raises NotReadOnly."""
    if not isinstance(tree, ROOTS) or next(tree.find_all(*_WRITES), None) is not None:
        raise NotReadOnly("Only reading (SELECT) is accepted.", hint="Send one SELECT.")


def only_known_nodes(tree: exp.Expr) -> None:
    """Every node is of an allowed kind. Raises NotAllowed."""
    only_nodes(tree, ALLOWED, _WORDS)


def only_nodes(
    tree: exp.Expr, allowed: frozenset[type[exp.Expr]], words: Mapping[type[exp.Expr], tuple[str, str]]
) -> None:
    """Every node is of one of these kinds. `words`: what a construct is commonly called, and what to write instead.
    Raises NotAllowed."""
    for node in tree.walk():
        if type(node) not in allowed:
            name, hint = words.get(type(node), ("A construct of this SQL", "Write it as a plain SELECT."))
            raise NotAllowed(f"{name} cannot be used here.", hint=hint)


def only_plain_distinct(tree: exp.Expr) -> None:
    """DISTINCT over several values inside one call has no form that sqlglot writes back. Raises BadArgument."""
    for node in tree.find_all(exp.Distinct):
        if len(node.expressions) > 1 and not isinstance(node.parent, exp.Select):
            raise BadArgument("DISTINCT takes one value inside a function.", hint="Use DISTINCT (a, b).")


def no_recursion(tree: exp.Expr, instead: str = "Use range() or generate_series() for a spine.") -> None:
    """WITH RECURSIVE has no bound that can be checked. Raises NotAllowed."""
    if any(node.args.get("recursive") for node in tree.find_all(exp.With)):
        raise NotAllowed("WITH RECURSIVE cannot be used here.", hint=instead)


def only_known_types(tree: exp.Expr) -> None:
    """Casts name types of the engine only, not objects of the catalog. Raises BadArgument."""
    for node in tree.find_all(exp.DataType):
        if node.this in (exp.DType.USERDEFINED, exp.DType.UNKNOWN):
            raise BadArgument("A cast names a type that does not exist here.", hint="Use a plain SQL type.")
