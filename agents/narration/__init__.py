"""Claims about facts → sentences: worded by rules, or by a model whose every sentence is checked against the facts."""
