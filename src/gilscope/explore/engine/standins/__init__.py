"""What stands in for parts of the standard library while a test is explored."""
