"""Logging in, changing one's password, and what else is one's own."""

from django.contrib.auth import views as auth
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard.htmx import HtmxRequest

METHODS = ["get", "post", "head", "options"]


class LogIn(auth.LoginView):
    """Who is in already is sent on; `next` leads nowhere but to Skydeck itself."""

    redirect_authenticated_user = True
    http_method_names = METHODS


class ChangePassword(auth.PasswordChangeView):
    http_method_names = METHODS


@require_safe
def account(request: HtmxRequest) -> HttpResponse:
    """The menu in the corner of every page; without scripts a page of its own."""
    name = "registration/account.html"
    return render(request, f"{name}#menu" if request.htmx else name)
