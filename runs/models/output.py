"""The text of a large output, in pieces, so that a page of it is read without the rest."""

from __future__ import annotations

from django.db import models

from runs.models.run import Run


class LargeOutput(models.Model):
    """Replaced as a whole by a row with a new number, so that no reader mixes two of them."""

    run = models.OneToOneField(Run, models.CASCADE, related_name="large_output")
    digest = models.CharField(max_length=32, help_text="Of the text.")
    length = models.PositiveBigIntegerField(help_text="Characters.")
    outline = models.TextField(help_text="Where in the text each large part lies, as JSON.")

    def __str__(self) -> str:
        return f"output of {self.run_id}"


class OutputPiece(models.Model):
    output = models.ForeignKey(LargeOutput, models.CASCADE, db_index=False, related_name="pieces")
    number = models.PositiveIntegerField()
    text = models.TextField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["output", "number"], name="piece_once"),)

    def __str__(self) -> str:
        return f"piece {self.number} of {self.output_id}"
