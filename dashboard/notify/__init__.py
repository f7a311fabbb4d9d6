"""Telling people: messages to e-mail, Slack and webhooks, from an outbox in the database.

`outbox.put` writes what is to be sent, within the transaction of whatever it tells of. A worker
sends it (`outbox.deliver`) and tries again when that comes to nothing, so everything arrives at
least once; a second copy has the id of the first.
"""
