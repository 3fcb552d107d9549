"""What runs in other interpreters: on their path stands this folder, not gilscope."""
