"""How execution strategies compare."""
