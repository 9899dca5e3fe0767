"""How a document looks: one module a format, all reading the same `agents.document.Document`."""
