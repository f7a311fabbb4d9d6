"""What people call agents and one another, and the ids that stand in an address for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.contrib.auth import get_user_model
from django.db.models import Q

from runs.filters import SECONDS, RunFilter
from runs.models import Workflow
from runs.offers import MOST, Pairs, suggested


@dataclass(frozen=True)
class Miss:
    """A name that is nobody's, or several agents', and (id, name) pairs that may be meant.

    The sentence goes on with those pairs, if there are any.
    """

    name: str
    sentence: str
    near: Pairs


@dataclass(frozen=True)
class Called:
    """The (id, name) pairs that a filter's agent and person can mean: one each, if all is well."""

    agents: Pairs
    people: Pairs

    @classmethod
    def of(cls, wanted: RunFilter) -> Called:
        return cls(agents_called(wanted.agent), people_called(wanted.by))

    def with_ids(self, wanted: RunFilter) -> RunFilter:
        """The filter as its address should be: by ids, where the names were clear."""
        return replace(
            wanted,
            agent=self.agents[0][0] if len(self.agents) == 1 else wanted.agent,
            by=self.people[0][0] if len(self.people) == 1 else wanted.by,
        )

    def typed(self, wanted: RunFilter) -> RunFilter:
        """The filter as its form should show it: by names, where they are clear."""
        agent, by = wanted.agent, wanted.by
        if len(self.agents) == 1 and len(agents_called(self.agents[0][1])) == 1:
            agent = self.agents[0][1]
        if len(self.people) == 1 and len(people_called(self.people[0][1])) == 1:
            by = self.people[0][1]
        return replace(wanted, agent=agent, by=by)

    def misses(self, wanted: RunFilter) -> Iterator[Miss]:
        if wanted.agent and len(self.agents) != 1:
            yield _missed_agent(wanted.agent, self.agents)
        if wanted.by and len(self.people) != 1:
            yield _missed("by", f"Nobody here is called “{wanted.by}”.", wanted.by)


def agents_called(text: str) -> Pairs:
    return Workflow.objects.called(text, MOST)


def people_called(text: str) -> Pairs:
    """(id, user name) of the one with this id or user name."""
    if not text:
        return []
    meant = Q(pk=int(text)) if SECONDS.fullmatch(text) else Q(username__iexact=text)
    found = list(get_user_model().objects.filter(meant).values_list("pk", "username")[:MOST])
    exact = [pair for pair in found if pair[1] == text]
    return [(str(pk), name) for pk, name in exact or found]


def _missed_agent(text: str, several: Pairs) -> Miss:
    if several:
        near = [(wpid, f"{title} · {wpid}") for wpid, title in several]
        return Miss("agent", f"{len(several)} agents are called “{text}”. Choose one:", near)
    return _missed("agent", f"No agent has the title or id “{text}”.", text)


def _missed(name: str, sentence: str, text: str) -> Miss:
    near = suggested(name, text)
    return Miss(name, f"{sentence} Did you mean" if near else sentence, near)
