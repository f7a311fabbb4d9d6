"""The schedules of the agents, as the API has them."""

from typing import Any

from dashboard.skyvern import answers, schema
from dashboard.skyvern.calls import Calls, path, query


class Schedules(Calls):
    def schedules(
        self,
        page: int = 1,
        page_size: int = 100,
        status: str | None = None,
        search: str | None = None,
    ) -> schema.SchedulePage:
        """Newest first, over all workflows; `status` is `active` or `paused`."""
        asked = query(page=page, page_size=page_size, status=status, search=search)
        return self._http.get(path("schedules"), _schedule_page, **asked)

    def schedules_of_workflow(self, wpid: str) -> list[schema.Schedule]:
        """In no order, and without `next_run`."""
        return self._http.get(path("workflows", wpid, "schedules"), _schedules)

    def schedule(self, wpid: str, schedule_id: str) -> schema.ScheduleDetail:
        return self._one(schema.ScheduleDetail, path("workflows", wpid, "schedules", schedule_id))

    def create_schedule(self, wpid: str, request: schema.ScheduleRequest) -> schema.ScheduleDetail:
        return self._change(
            schema.ScheduleDetail, "POST", path("workflows", wpid, "schedules"), request.body()
        )

    def update_schedule(
        self, wpid: str, schedule_id: str, request: schema.ScheduleRequest
    ) -> schema.ScheduleDetail:
        """Replaces the whole: name, description and parameters that are not sent are cleared."""
        return self._change_schedule("PUT", wpid, schedule_id, body=request.body())

    def enable_schedule(self, wpid: str, schedule_id: str) -> schema.ScheduleDetail:
        return self._change_schedule("POST", wpid, schedule_id, "enable")

    def disable_schedule(self, wpid: str, schedule_id: str) -> schema.ScheduleDetail:
        return self._change_schedule("POST", wpid, schedule_id, "disable")

    def cancel_schedule(self, wpid: str, schedule_id: str) -> schema.ScheduleDetail:
        """One-time schedules only; Unsupported before 1.0.56."""
        return self._change_schedule("POST", wpid, schedule_id, "cancel")

    def delete_schedule(self, wpid: str, schedule_id: str) -> None:
        route = path("workflows", wpid, "schedules", schedule_id)
        self._http.tell("DELETE", route)

    def _change_schedule(
        self, method: str, wpid: str, schedule_id: str, *verb: str, body: Any = None
    ) -> schema.ScheduleDetail:
        route = path("workflows", wpid, "schedules", schedule_id, *verb)
        return self._change(schema.ScheduleDetail, method, route, body)


def _listed(found: Any) -> Any:
    """The rows in an answer of schedules, which alone are wrapped in an object."""
    return found.get("schedules") if isinstance(found, dict) else None


def _schedules(found: Any) -> list[schema.Schedule]:
    return answers.rows(schema.Schedule, _listed(found))


def _schedule_page(found: Any) -> schema.SchedulePage:
    read = _schedules(found)
    total = found.get("total_count")
    known = isinstance(total, int) and total >= 0
    return schema.SchedulePage(schedules=read, total_count=total if known else len(read))
