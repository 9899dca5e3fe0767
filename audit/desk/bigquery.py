"""Records → a BigQuery table, through one load job: the rows of the table are there whole or not at all."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from io import TextIOWrapper

from audit.desk.export import Exported, write_lines
from audit.record import Record
from catalog.refusals import BadArgument

SCHEMA = (
    ("seq", "INTEGER"),
    ("time", "TIMESTAMP"),
    ("kind", "STRING"),
    ("receipt", "STRING"),
    ("hash", "STRING"),
    ("user", "STRING"),
    ("role", "STRING"),
    ("tool", "STRING"),
    ("outcome", "STRING"),
    ("fields", "STRING"),
)
LOAD_SECONDS = 600.0
RETRIES = 1
"""Of each part of the upload; the operator is waiting, and a failed export is on record and can be made again."""


@dataclass(frozen=True)
class Target:
    """A table as PROJECT.DATASET.TABLE; `endpoint` another server than Google's, which is then asked without
    credentials (an emulator)."""

    table: str
    endpoint: str = ""

    def __post_init__(self) -> None:
        """Raises BadArgument for what is no name of a table."""
        if len(self.table) > 300 or not re.fullmatch(r"[A-Za-z][\w-]*(?::[\w-]+)?\.\w+\.[\w-]+", self.table):
            raise BadArgument(f"A BigQuery table is written PROJECT.DATASET.TABLE, not '{self.table[:60]}'.")


def to_bigquery(records: Iterable[Record], target: Target, with_personal: bool = True) -> Exported:
    """Append the records to the table, which is made where it is not there. Raises OSError where it failed."""
    # Only who exports there pays for the driver.
    from google.api_core.client_options import ClientOptions  # noqa: PLC0415
    from google.api_core.exceptions import GoogleAPIError  # noqa: PLC0415
    from google.auth.credentials import AnonymousCredentials  # noqa: PLC0415
    from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415
    from google.cloud import bigquery  # noqa: PLC0415

    project, dataset, table = target.table.rsplit(".", 2)
    with tempfile.TemporaryFile() as file:
        lines = TextIOWrapper(file, encoding="utf-8", write_through=True)
        done = write_lines(records, lines, with_personal)
        file.seek(0)
        try:
            client = (
                bigquery.Client(
                    project=project,
                    credentials=AnonymousCredentials(),
                    client_options=ClientOptions(api_endpoint=target.endpoint),
                )
                if target.endpoint
                else bigquery.Client(project=project)
            )
            config = bigquery.LoadJobConfig(
                source_format="NEWLINE_DELIMITED_JSON",
                schema=[bigquery.SchemaField(name, kind) for name, kind in SCHEMA],
                write_disposition="WRITE_APPEND",
            )
            job = client.load_table_from_file(
                file, f"{project}.{dataset}.{table}", job_config=config, num_retries=RETRIES
            )
            job.result(timeout=LOAD_SECONDS)
        except (GoogleAPIError, GoogleAuthError) as error:
            raise OSError(f"BigQuery did not take the records: {type(error).__name__}") from error
    return done
