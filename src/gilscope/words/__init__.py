"""How gilscope writes: numbers, and text that a recorded program chose."""
