"""Who is told when runs fail, take long or work again, and of fires that go missing.

The mirror notes each run that ends (`runs.mirror.ends`). `raising` holds it against the rules and
writes an alert for each that asks for it, as whoever keeps the ledger of schedules does of fires
(`raising.write`); `gathering` makes notifications of the alerts, at most
one in so long for each rule, and hands them to the outbox.
"""
