"""The report as one page that opens in any browser, offline: all of its parts, in one file."""
