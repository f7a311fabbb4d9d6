"""Pauses that one can trust: whose they are and why, how long, and what was missed meanwhile.

`noting` writes them, whoever first sees that a schedule was switched; `waking` ends those whose
time is over; `missed` tells what did not fire; `vital` whom to tell; `working` does many at once.
All of it may be done twice, by two workers at once or after a kill, and comes to the same.
"""
