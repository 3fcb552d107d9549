"""How an analysis is shown: each module renders what analysis.model says, and computes nothing."""
