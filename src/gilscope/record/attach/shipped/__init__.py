"""What runs in a process that gilscope attaches to; nothing here is imported by gilscope."""
