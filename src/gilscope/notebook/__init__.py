"""gilscope in IPython and in notebooks: `%load_ext gilscope`, and what results look like there."""
