"""Opens DuckDB locked down: one read-only source file under a reserved name, no files, no network, no settings.

The settings and their order are measured (docs/security.md): the temporary directory cannot be set after external
access is off, and the file system is shut only once the source is attached.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from catalog.refusals import WarehouseDown

SOURCE = "__assay_source"
"""Name of the attached source; never on any allowlist."""
NO_LIMIT = 0


def open_locked(
    path: Path, *, memory_limit: str, threads: int, max_execution_ms: int = NO_LIMIT, time_zone: str = "UTC"
) -> duckdb.DuckDBPyConnection:
    """An in-memory instance with the gold file attached read-only and everything else shut.

    `memory_limit` as DuckDB writes it ("1GB"); `max_execution_ms` ends any statement (0: no limit of its own);
    `time_zone` is the company's, in which moments stored with a zone are read, whatever the host's is. Raises
    WarehouseDown when the file is missing, locked or damaged."""
    connection = duckdb.connect(
        ":memory:",
        config={
            "temp_directory": "",
            "memory_limit": memory_limit,
            "threads": str(threads),
            "autoload_known_extensions": "false",
            "autoinstall_known_extensions": "false",
            "allow_community_extensions": "false",
            "allow_extension_repositories": "forbidden",
            "allow_persistent_secrets": "false",
            "allow_unsigned_extensions": "false",
            "python_enable_replacements": "false",
            "max_expression_depth": "250",
            "max_execution_time": str(max_execution_ms),
        },
    )
    try:
        connection.execute(f"ATTACH {_quoted(str(path))} AS {SOURCE} (READ_ONLY)")
        for setting in (
            f"SET GLOBAL TimeZone = {_quoted(time_zone)}",
            "SET enable_external_access = false",
            "SET disabled_filesystems = 'LocalFileSystem'",
            "SET lock_configuration = true",
        ):
            connection.execute(setting)
    except duckdb.Error as error:
        connection.close()
        raise WarehouseDown("The warehouse file cannot be opened.", hint="Try again shortly.") from error
    return connection


def _quoted(text: str) -> str:
    """As a SQL string: neither statement takes parameters."""
    return "'" + text.replace("'", "''") + "'"
