"""Budgets: conditions over the figures of a report, read, checked and judged; no report's words."""
