"""A made-up bike rental: its gold file, its catalog and roles, and by hand the copy that each role should see.

The copies are written in plain SQL here, independently of the product's secured views: they are the oracle.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from catalog.access import Access
from catalog.catalog import Catalog
from catalog.company import Company
from catalog.policies import ColumnRule, Policies, Role, RowFilter
from catalog.principals import Principal
from catalog.sources import Source, Sources
from catalog.tables import Column, Relationship, Rollup, SmallGroups, Table

KEY = b"bikes"

BUILD = """
CREATE SCHEMA gold;
CREATE SCHEMA raw;
CREATE TABLE raw.payroll AS SELECT 'Secret Salary ' || i AS who, i * 1000 AS amount FROM range(20) t(i);
CREATE TABLE gold.station AS
  SELECT 's' || i AS station_id, 'Station ' || i AS station_name,
         CASE i % 4 WHEN 0 THEN 'Oslo' WHEN 1 THEN 'Bergen' WHEN 2 THEN 'Turku' ELSE 'Malmo' END AS city,
         10 + (i * 7) % 23 AS capacity, DATE '2019-01-01' + (i * 31)::INTEGER AS opened_on,
         'chief.' || (i % 5) AS chief, CASE WHEN i % 6 <> 5 THEN 's' || (i // 2) END AS sister_id
  FROM range(24) t(i);
CREATE TABLE gold.rider AS
  SELECT 'r' || i AS rider_id, 'Person Q' || (i * 37 % 1000) AS rider_name,
         CASE WHEN i % 9 <> 0 THEN 'mail' || i || '@private.example' END AS email,
         CASE WHEN i % 5 <> 0 THEN '+47 900 ' || (i + 100000) END AS phone,
         CASE i % 3 WHEN 0 THEN 'gold' WHEN 1 THEN 'silver' ELSE 'basic' END AS tier,
         's' || (i * 5 % 24) AS station_id, 1950 + i % 55 AS birth_year,
         CASE WHEN i % 4 = 1 THEN 'note about ' || i END AS note,
         i % 13 AS risk_score
  FROM range(120) t(i);
CREATE TABLE gold.ride AS
  SELECT 'x' || i AS ride_id, 'r' || (i * 17 % 120) AS rider_id,
         CASE WHEN i % 41 <> 0 THEN 's' || (i * 11 % 24) END AS station_id,
         TIMESTAMP '2026-01-01 06:00:00' + INTERVAL (i * 97) MINUTE AS started_at,
         (DATE '2026-01-01' + (i * 97 // 1440)::INTEGER) AS ride_day, 5 + i * 13 % 55 AS minutes,
         CASE WHEN i % 17 <> 0 THEN ((i * 29 % 400) / 8)::DECIMAL(10, 2) END AS fee_eur,
         (i * 7 % 90)::DOUBLE / 4 AS km, CASE i % 3 WHEN 0 THEN 'city' WHEN 1 THEN 'cargo' ELSE 'electric' END AS kind,
         CASE WHEN i % 7 < 5 THEN 1 + i % 5 END AS rating, i % 11 = 0 AS cancelled
  FROM range(1500) t(i);
CREATE TABLE gold.stock AS
  SELECT 's' || s AS station_id, DATE '2026-01-01' + d::INTEGER AS as_of, 3 + (s * d) % 9 AS bikes,
         (s + d) % 3 AS broken
  FROM range(24) a(s), range(40) b(d);
CREATE TABLE gold.mechanic AS
  SELECT 'm' || i AS mechanic_id, 'Mech ' || i AS mechanic_name,
         CASE WHEN i < 3 THEN 'Night' WHEN i < 12 THEN 'Day' ELSE 'Depot' END AS team, 2010 + i % 12 AS since
  FROM range(30) t(i);
"""
OTHER: dict[str, str] = {
    "oslo": """
UPDATE gold.ride SET fee_eur = fee_eur * 3, rating = 1, kind = 'cargo' WHERE station_id IS NULL
  OR station_id NOT IN (SELECT station_id FROM gold.station WHERE city IN ('Oslo', 'Turku'));
INSERT INTO gold.ride SELECT 'y' || i, 'r1', 's1', TIMESTAMP '2027-01-01', DATE '2027-01-01', 9999, 1, 1, 'tandem', 9,
  true FROM range(40) t(i);
INSERT INTO gold.rider SELECT 'r9' || i, 'Ghost ' || i, 'g' || i || '@x.example', '+1 ' || i, 'ghost', 's1', 1890,
  'n', 1 FROM range(50) t(i);
UPDATE gold.rider SET email = upper(email), phone = coalesce(phone, '+1'), note = 'Other', risk_score = 99 - rowid;
INSERT INTO gold.station VALUES ('s99', 'Hidden', 'Bergen', 900, DATE '1999-01-01', 'chief.9', NULL);
INSERT INTO gold.stock SELECT 's3', DATE '2026-03-01' + i::INTEGER, 1000, 3 FROM range(20) t(i);
UPDATE raw.payroll SET amount = amount + 7;
UPDATE gold.mechanic SET mechanic_name = 'Other ' || mechanic_name;
""",
    "viewer": """
UPDATE gold.rider SET rider_name = 'Other ' || rider_id, email = 'z' || md5(email) || '@other.example',
  phone = NULL, note = 'Other', risk_score = rowid;
UPDATE gold.station SET chief = 'other.' || station_id;
UPDATE gold.ride SET km = 1000 - rowid;
DELETE FROM gold.stock;
DELETE FROM gold.mechanic WHERE team <> 'Day';
""",
    "chief": """
UPDATE gold.ride SET fee_eur = 1, minutes = 1 WHERE station_id IS NULL
  OR station_id NOT IN (SELECT station_id FROM gold.station WHERE chief = 'chief.2');
DELETE FROM gold.station WHERE chief = 'chief.3';
UPDATE gold.rider SET email = 'x', tier = 'none', rider_name = 'y';
DELETE FROM gold.stock;
""",
}
"""Changes to the first world of which that role must not be able to tell anything."""


def build_bikes(path: Path, changes: str = "") -> None:
    """Write the gold file of one world."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(BUILD)
        connection.execute(changes)


def _column(name: str, type_: str, pii: str | None = None, dimension: bool = False) -> Column:
    return Column.model_validate(
        {"name": name, "type": type_, "description": f"The {name}.", "pii": pii, "dimension": dimension}
    )


def _table(name: str, entity: str, kind: str, columns: list[Column], links: dict[str, str], **more: object) -> Table:
    return Table.model_validate(
        {
            "name": name,
            "entity": entity,
            "description": f"All {name}.",
            "grain": (columns[0].name,),
            "owner": "Rental",
            "kind": kind,
            "columns": columns,
            "relationships": [Relationship(column=column, to=to) for column, to in links.items()],
            **more,
        }
    )


def _tables() -> list[Table]:
    c = _column
    station = _table(
        "station",
        "station",
        "dimension",
        [
            *(c("station_id", "string"), c("station_name", "string"), c("city", "string", dimension=True)),
            *(c("capacity", "integer"), c("opened_on", "date"), c("chief", "string"), c("sister_id", "string")),
        ],
        {},
    )
    rider = _table(
        "rider",
        "rider",
        "dimension",
        [
            *(c("rider_id", "string"), c("rider_name", "string", "person_name"), c("email", "string", "email")),
            *(c("phone", "string", "phone"), c("tier", "string", dimension=True), c("station_id", "string")),
            *(c("birth_year", "integer"), c("note", "string", "free_text"), c("risk_score", "integer", "risk")),
        ],
        {"station_id": "station.station_id"},
    )
    ride = _table(
        "ride",
        "ride",
        "fact",
        [
            *(c("ride_id", "string"), c("rider_id", "string"), c("station_id", "string"), c("started_at", "timestamp")),
            *(c("ride_day", "date"), c("minutes", "integer"), c("fee_eur", "decimal"), c("km", "float")),
            *(c("kind", "string", dimension=True), c("rating", "integer"), c("cancelled", "boolean")),
        ],
        {"station_id": "station.station_id", "rider_id": "rider.rider_id"},
        time="ride_day",
    )
    stock = _table(
        "stock",
        "stock",
        "snapshot",
        [c("station_id", "string"), c("as_of", "date"), c("bikes", "integer"), c("broken", "integer")],
        {"station_id": "station.station_id"},
        time="as_of",
    )
    mechanic = _table(
        "mechanic",
        "mechanic",
        "dimension",
        [c("mechanic_id", "string"), c("mechanic_name", "string", "person_name"), c("team", "string")],
        {},
    )
    team_size = _table(
        "team_size",
        "team",
        "summary",
        [c("team", "string"), c("published", "integer"), c("people", "integer")],
        {},
        definition="SELECT team, 1 AS published, count(*) AS people FROM gold.mechanic GROUP BY team "
        "UNION ALL SELECT NULL, 1, count(*) FROM gold.mechanic",
        rollup=Rollup(dimension="team"),
        small_groups=SmallGroups(k=5, size="people", within=("published",)),
    )
    return [station, rider, ride, stock, mechanic, team_size]


EVERY = ("person_name", "email", "phone", "free_text", "risk")
CITY = RowFilter(table="station", column="city", attribute="city", label="city {values}")
ROLES = (
    Role(name="owner", tables=("*",), columns=(ColumnRule(pii=EVERY, treatment="clear"),)),
    Role(
        name="oslo",
        tables=("*",),
        rows=(CITY,),
        columns=(
            ColumnRule(pii=("email", "risk"), treatment="mask"),
            ColumnRule(pii=("phone",), treatment="null"),
            ColumnRule(pii=("person_name",), treatment="pseudonym"),
        ),
    ),
    Role(
        name="viewer",
        tables=("*",),
        except_tables=("stock",),
        columns=(
            ColumnRule(pii=("email",), treatment="aggregate_only"),
            ColumnRule(pii=("person_name",), treatment="mask"),
            ColumnRule(columns=("station.chief", "ride.km"), treatment="deny"),
        ),
    ),
    Role(
        name="chief", tables=("station", "ride"), rows=(RowFilter(table="station", column="chief", attribute="user"),)
    ),
    Role(name="people", tables=("team_size",)),
)

PSEUDONYM = "CASE WHEN {0} IS NOT NULL THEN '{0}-' || substring(sha256('{1}/{0}/' || {0}), 1, 12) END"
IN_THEIR_CITIES = "station_id IN (SELECT station_id FROM gold.station WHERE city IN ('Oslo', 'Turku'))"

COPIES: dict[str, dict[str, str]] = {
    "owner": {
        "station": "SELECT * FROM gold.station",
        "rider": "SELECT * FROM gold.rider",
        "ride": "SELECT * FROM gold.ride",
        "stock": "SELECT * FROM gold.stock",
    },
    "oslo": {
        "station": "SELECT * FROM gold.station WHERE city IN ('Oslo', 'Turku')",
        "rider": f"SELECT rider_id, {PSEUDONYM.format('rider_name', KEY.hex())} AS rider_name, "
        "CASE WHEN email IS NOT NULL THEN '[masked]' END AS email, NULL::VARCHAR AS phone, tier, station_id, "
        f"birth_year, NULL::BIGINT AS risk_score FROM gold.rider WHERE {IN_THEIR_CITIES}",
        "ride": f"SELECT * FROM gold.ride WHERE {IN_THEIR_CITIES}",
        "stock": f"SELECT * FROM gold.stock WHERE {IN_THEIR_CITIES}",
    },
    "viewer": {
        "station": "SELECT * EXCLUDE (chief) FROM gold.station",
        "rider": "SELECT rider_id, CASE WHEN rider_name IS NOT NULL THEN '[masked]' END AS rider_name, "
        "CASE WHEN email IS NOT NULL THEN 'present-' || substring(sha256('"
        f"{KEY.hex()}/rider.email/' || min(rider_id) OVER (PARTITION BY email)), 1, 24) END AS email, "
        "tier, station_id, birth_year FROM gold.rider",
        "ride": "SELECT * EXCLUDE (km) FROM gold.ride",
    },
    "chief": {
        "station": "SELECT * FROM gold.station WHERE chief = 'chief.2'",
        "ride": "SELECT * FROM gold.ride WHERE station_id IN "
        "(SELECT station_id FROM gold.station WHERE chief = 'chief.2')",
    },
    "people": {"team_size": "SELECT * FROM (VALUES ('Depot', 1, 18), (NULL, 1, 30)) v(team, published, people)"},
}
"""What each role should see, as SQL over the gold file; `people` sees its summary only."""


def catalog() -> Catalog:
    """The rental's catalog, without metrics."""
    policies = Policies(roles=ROLES, restricted=("mechanic", "team_size"))
    sources = Sources(sources=(Source(name="rental", system="rental", owner="Rental"),))
    return Catalog(Company(name="Bikes"), {t.name: t for t in _tables()}, {}, sources, policies)


def access(role: str) -> Access:
    """The rights of that role's test user."""
    return Access(
        catalog(),
        Principal(user="chief.2", role=role, attributes={"city": ("Oslo", "Turku")}),
    )


def physical_copy(gold: Path, role: str) -> duckdb.DuckDBPyConnection:
    """The oracle: filtered and masked tables, made with hand-written SQL."""
    connection = duckdb.connect(":memory:", config={"threads": "1"})
    connection.execute(f"ATTACH '{gold}' AS whole (READ_ONLY)")
    connection.execute("CREATE SCHEMA gold")
    for name, sql in COPIES[role].items():
        connection.execute(f"CREATE TABLE gold.{name} AS {sql.replace('gold.', 'whole.gold.')}")
    connection.execute("DETACH whole")
    return connection
