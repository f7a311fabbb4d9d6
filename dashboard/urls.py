"""Every address of the product; the apps bring their own."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("dashboard.pages")),
    path("", include("runs.urls")),
    path("schedules/", include("schedules.urls")),
    path("admin/", admin.site.urls),
]
handler403 = "dashboard.views.errors.permission_denied"
