"""Tests that are recorded: `--gilscope`, and `@pytest.mark.gil_budget`."""
