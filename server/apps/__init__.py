"""MCP Apps: the view in which a host shows an answer."""
