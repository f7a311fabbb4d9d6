"""The form of a schedule: strict, and with a sentence at each field that needs another look."""

from schedules.forms.timing import TimingForm
from schedules.forms.whole import ScheduleForm, chosen_values, copy_of, form_of

__all__ = ["ScheduleForm", "TimingForm", "chosen_values", "copy_of", "form_of"]
