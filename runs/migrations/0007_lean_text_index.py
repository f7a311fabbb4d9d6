"""SQLite's text index keeps only which runs have which words, and takes them as they are.

The words come in lower case and parted by ASCII spaces already, no search asks for where in a text
they stand, and none ranks by length: an index of all that takes twice as long to write.
"""

from django.db import migrations

LEAN = "detail=none, columnsize=0, tokenize='ascii'"
FULL = """detail=full, tokenize="unicode61 remove_diacritics 0\""""


def index_text(schema_editor, options):
    if schema_editor.connection.vendor != "sqlite":
        return
    # The triggers that keep it up name it, and stay.
    schema_editor.execute("DROP TABLE runs_text")
    schema_editor.execute(
        "CREATE VIRTUAL TABLE runs_text USING fts5("
        f"words, parameter_words, content='runs_run', content_rowid='place', {options})"
    )
    schema_editor.execute("INSERT INTO runs_text(runs_text) VALUES ('rebuild')")


def make_lean(apps, schema_editor):
    index_text(schema_editor, LEAN)


def make_full(apps, schema_editor):
    index_text(schema_editor, FULL)


class Migration(migrations.Migration):
    dependencies = [("runs", "0006_sparse_indexes")]
    operations = [migrations.RunPython(make_lean, make_full)]
