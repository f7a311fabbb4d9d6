"""Writes large outputs a second time, such that a page of them can be read alone."""

from __future__ import annotations

from runs.mirror.writing import writing
from runs.models import LargeOutput, OutputPiece, Run, RunDetail
from runs.outputs import Layout, lay_out
from runs.outputs.document import outline

TOGETHER = 8
"""Pieces of one statement."""


def lay_out_late(run_id: str) -> bool:
    """Of a run whose output was mirrored before there were outlines; whether it is large."""
    with writing("runs"):
        run = Run.objects.filter(pk=run_id).only("run_id").first()
        detail = RunDetail.objects.filter(pk=run_id).only("outputs").first()
        layout = lay_out(detail.outputs) if detail else None
        if run is not None and layout is not None:
            replace(run, layout)
    return layout is not None


def replace(run: Run, layout: Layout | None) -> None:
    """`layout` is None where the output is small. Within the transaction that writes the output."""
    known = LargeOutput.objects.filter(run=run)
    if layout is not None and known.filter(digest=layout.digest).exists():
        return
    known.delete()
    if layout is None:
        return
    made = LargeOutput.objects.create(
        run=run, digest=layout.digest, length=len(layout.text), outline=outline(layout)
    )
    pieces = (OutputPiece(output=made, number=n, text=t) for n, t in enumerate(layout.pieces()))
    OutputPiece.objects.bulk_create(pieces, batch_size=TOGETHER)
