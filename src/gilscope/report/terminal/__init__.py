"""What all reports on a terminal share: the page, tables, glyphs, source lines."""
