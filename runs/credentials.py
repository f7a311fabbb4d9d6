"""The names of upstream's credentials, to choose from; their secrets never come here."""

from runs import choices
from runs.parameters import read


def choices_for(definitions: object) -> list[tuple[str, str]] | None:
    """(id, name) pairs if the definitions ask for a credential and upstream tells them.

    None otherwise: then an id is typed.
    """
    if any(parameter.type == "credential_id" for parameter in read(definitions)):
        return choices.credentials()
    return None
