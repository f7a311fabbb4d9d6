"""Every fire that a schedule should have, and what became of it: on time, late, missed, extra.

`expecting` writes fires ahead of time, `settling` finds their runs and says what became of the
rest, `watching` notes when nobody looked. All of it may be done twice, by two workers at once or
after a kill, and comes to the same.
"""
