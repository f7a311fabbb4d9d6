"""The product's addresses and those of two plain admins."""

from django.contrib.admin import AdminSite, ModelAdmin
from django.urls import path

from dashboard.urls import urlpatterns as of_the_product
from runs.models import Run


class Runs(ModelAdmin):  # type: ignore[type-arg]  # subscriptable in the stubs alone
    """Nothing tuned: fifty rows and the columns that our table has."""

    list_per_page = 50
    list_display = ("status", "title", "run_id", "trigger_type", "created_at", "duration_ms")
    search_fields = ("run_id", "title", "words", "parameter_words")


class PlainRuns(Runs):
    """With the filters that our table has."""

    list_filter = (
        *("phase", "status", "workflow", "trigger_type", "category", "error_code"),
        *("launched_by", "created_at"),
    )


class BareRuns(Runs):
    list_filter = ("phase",)


plain, bare = AdminSite(name="plain"), AdminSite(name="bare")
plain.register(Run, PlainRuns)
bare.register(Run, BareRuns)
urlpatterns = [*of_the_product, path("plain/", plain.urls), path("bare/", bare.urls)]
