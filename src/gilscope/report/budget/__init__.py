"""What came of a budget: in sentences, on the screen, as Markdown and as JSON."""
