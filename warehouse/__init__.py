"""How rows are read: the compiler, the guard, secured catalogs and the engines. The only door to rows."""
