"""The floor: a tool of the bare MCP SDK over DuckDB, with no governance at all. `python bare_sdk.py FILE [PORT]`."""

from __future__ import annotations

import sys

import duckdb
from mcp.server.mcpserver import MCPServer

server = MCPServer("bare")
connection = duckdb.connect(sys.argv[1], read_only=True)


@server.tool()
def query(sql: str) -> dict[str, object]:
    """Run SQL and return its rows."""
    cursor = connection.cursor().execute(sql)
    names = [d[0] for d in cursor.description or []]
    return {"columns": names, "rows": [[str(v) for v in row] for row in cursor.fetchall()]}


if __name__ == "__main__":
    if len(sys.argv) > 2:
        server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[2]), stateless_http=True)
    else:
        server.run("stdio")
