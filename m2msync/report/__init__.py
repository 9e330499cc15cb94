"""Results for people: words, tables, progress and the terminal."""
