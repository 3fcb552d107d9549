"""What a runner of tests needs: output kept, tests written, Ctrl-C in its place."""
