"""A prepared query of the company + values for its parameters → an answer, guarded like any SQL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from sqlglot import exp

from catalog.fragments import FRAGMENT_DIALECT, BadFragment, parse_fragment
from catalog.policies import Template
from catalog.refusals import BadArgument
from catalog.request import Scalar
from tools.answer import Citation
from tools.arguments import shown
from tools.how_read import HowRead
from tools.sql_answer import rows_answer
from tools.tool import Call, Output


def template_answer(name: str, params: Mapping[str, Scalar], call: Call, how: HowRead) -> Output:
    """Answer with a template of the policies. Raises BadArgument for a name or value that does not fit."""
    offered = call.access.templates
    template = offered.get(name)
    if template is None:
        raise BadArgument(f"There is no template '{shown(name)}' for you.", exists=sorted(offered))
    if wrong := sorted(set(params) ^ set(template.params)):
        raise BadArgument(
            f"Template '{name}' takes exactly its parameters ({', '.join(map(shown, wrong))} does not fit).",
            exists=[f"{key} ({kind})" for key, kind in template.params.items()],
        )
    sql = _filled(template, params).sql(dialect=call.services.warehouse.dialect)
    version = str(call.access.catalog.policies.version)
    cited = Citation(kind="template", name=name, version=version)
    reading = HowRead(template.description, how.warnings, how.cursor, how.question)
    return rows_answer(sql, call, reading, {"template": name, "params": dict(params)}, [cited])


def _filled(template: Template, params: Mapping[str, Scalar]) -> exp.Expr:
    """The template's tree with each `$name` replaced by a literal node: values never pass through text."""
    try:
        tree = parse_fragment(template.sql)
    except BadFragment as error:
        raise BadArgument(f"Template '{template.name}' cannot be read as {FRAGMENT_DIALECT} SQL.") from error
    literals = {key: _literal(key, kind, params[key]) for key, kind in template.params.items()}
    for node in list(tree.find_all(exp.Placeholder)):
        if node.name in literals:
            node.replace(literals[node.name].copy())
    return tree


def _literal(name: str, kind: str, value: Scalar) -> exp.Expr:
    if kind == "string" and isinstance(value, str):
        return exp.Literal.string(value)
    if kind == "integer" and isinstance(value, int) and not isinstance(value, bool):
        return exp.Literal.number(value)
    if kind == "decimal" and not isinstance(value, bool):
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            number = Decimal("NaN")
        if number.is_finite():
            return exp.Literal.number(format(number, "f"))
    if kind == "date" and isinstance(value, str):
        try:
            return exp.cast(exp.Literal.string(date.fromisoformat(value).isoformat()), "DATE")
        except ValueError as error:
            raise BadArgument(f"Parameter '{name}' must be a day (YYYY-MM-DD).") from error
    raise BadArgument(f"Parameter '{name}' must be of type {kind}.")
