"""Rules that a catalog must keep beyond each entry's own form: what is named exists, fragments read, words are unique,
row filters reach every row.

Turns a catalog into findings. Each rule is a small function; `RULES` lists them in order. The loader runs them and
adds file and line.
"""

from catalog.catalog import Catalog
from catalog.lint.agents import agents_name_what_exists
from catalog.lint.finding import Rule
from catalog.lint.metrics import (
    as_of_rows_are_unique,
    certified_rests_on_certified,
    datasets_and_columns_exist,
    dimensions_exist,
    formulas_name_their_inputs,
    inputs_are_narrowed_by_columns_that_exist,
    inputs_do_not_go_round,
    related_entries_exist,
    tests_can_run,
)
from catalog.lint.policies import (
    people_are_read_in_groups,
    policies_name_what_exists,
    roles_do_not_contradict_themselves,
    row_filters_reach_every_table,
    templates_can_be_filled,
    templates_have_users,
    users_hold_roles_that_exist,
)
from catalog.lint.tables import (
    audit_tables_are_filled_from_the_log,
    definitions_read_what_exists,
    feeds_exist,
    personal_columns_have_a_class,
    relationships_point_at_keys,
    tables_are_split_as_they_can_be,
)
from catalog.lint.words import playbooks_name_what_exists, words_name_one_metric, words_name_one_value
from catalog.problems import Problem

RULES: tuple[Rule, ...] = (
    relationships_point_at_keys,
    feeds_exist,
    audit_tables_are_filled_from_the_log,
    definitions_read_what_exists,
    tables_are_split_as_they_can_be,
    datasets_and_columns_exist,
    inputs_do_not_go_round,
    inputs_are_narrowed_by_columns_that_exist,
    formulas_name_their_inputs,
    dimensions_exist,
    as_of_rows_are_unique,
    related_entries_exist,
    tests_can_run,
    policies_name_what_exists,
    row_filters_reach_every_table,
    roles_do_not_contradict_themselves,
    people_are_read_in_groups,
    templates_can_be_filled,
    templates_have_users,
    users_hold_roles_that_exist,
    words_name_one_metric,
    words_name_one_value,
    playbooks_name_what_exists,
    certified_rests_on_certified,
    personal_columns_have_a_class,
    agents_name_what_exists,
)


def lint(catalog: Catalog) -> list[Problem]:
    """All findings, in the order of the rules, without lines: the catalog no longer knows its files."""
    return [problem for rule in RULES for problem in rule(catalog)]
