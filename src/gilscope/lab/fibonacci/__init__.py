"""Do threads make Python code faster, and what does?"""
