"""The rental's fixtures, for attacks on it."""

from tests.warehouse.guard.conftest import bikes_file, roles

__all__ = ["bikes_file", "roles"]
