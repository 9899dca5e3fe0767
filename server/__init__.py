"""The program: settings, wiring, the MCP face over stdio and HTTP, the command line. Nothing imports it."""
