"""A catalog on disk that a test may spoil: the second company's, copied."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from catalog.catalog import Catalog
from catalog.company import Company
from catalog.loader import CatalogError, load_catalog
from tests.companies.build import FJORD

DEMO = Path(__file__).parents[2] / "demo" / "workspace" / "catalog"
COMPANY = Company(name="Fjord", time_zone="Europe/Oslo")


@dataclass(frozen=True)
class Shelf:
    """A catalog folder and what it says when read."""

    folder: Path

    def replace(self, file: str, old: str, new: str) -> Shelf:
        """Change one place of a file; the place must be there once."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")
        return self

    def write(self, file: str, text: str | bytes) -> Shelf:
        """Put a whole file."""
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return self

    def append(self, file: str, text: str) -> Shelf:
        """Add to the end of a file."""
        return self.write(file, (self.folder / file).read_text(encoding="utf-8") + text)

    def load(self) -> Catalog:
        return load_catalog(self.folder, COMPANY)

    def says(self) -> list[str]:
        """Everything found, as a person reads it."""
        try:
            return [str(problem) for problem in self.load().warnings]
        except CatalogError as error:
            return [str(problem) for problem in error.problems]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """The second company's catalog, to be spoilt."""
    shutil.copytree(FJORD / "catalog", tmp_path / "catalog")
    return Shelf(tmp_path / "catalog")


@pytest.fixture(scope="session")
def fjord() -> Catalog:
    """The second company's catalog as it is."""
    return load_catalog(FJORD / "catalog", COMPANY)


@pytest.fixture(scope="session")
def techco() -> Catalog:
    """The demo company's catalog."""
    return load_catalog(DEMO, Company(name="TechCo", time_zone="America/New_York"))
