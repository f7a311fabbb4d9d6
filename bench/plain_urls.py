"""The product's addresses and a plain admin's."""

from django.contrib.admin import AdminSite, ModelAdmin
from django.urls import path

from dashboard.urls import urlpatterns as of_the_product
from runs.models import Run


class PlainRuns(ModelAdmin):  # type: ignore[type-arg]  # subscriptable in the stubs alone
    """Nothing tuned: fifty rows, the columns and filters that our table has."""

    list_per_page = 50
    list_display = ("status", "title", "run_id", "trigger_type", "created_at", "duration_ms")
    list_filter = ("phase",)
    search_fields = ("run_id", "title", "words", "parameter_words")


site = AdminSite(name="plain")
site.register(Run, PlainRuns)
urlpatterns = [*of_the_product, path("plain/", site.urls)]
