"""The verbs of the command line, one module a family. Each parses, calls the toolset, shows the result."""
