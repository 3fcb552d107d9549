"""What other interpreters need of this room: on their path stands this folder, not gilscope."""
