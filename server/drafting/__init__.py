"""Drafts the workspace of an existing warehouse: what can be read from its schema, with every guess marked."""
