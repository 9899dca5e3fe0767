"""The MCP face: tools, resources, prompts and completions of one toolset, for one way to know the caller."""
