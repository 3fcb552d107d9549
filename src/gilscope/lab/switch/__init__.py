"""How long does a thread wait for its turn?"""
