"""What other interpreters run of this room: alone, without gilscope."""
