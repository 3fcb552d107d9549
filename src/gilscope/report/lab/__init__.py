"""What an experiment has shown."""
