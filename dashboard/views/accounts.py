"""Logging in, changing one's password, and what else is one's own."""

from django.contrib.auth import views as auth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from dashboard import clock
from dashboard.htmx import HtmxRequest
from dashboard.redirects import back

METHODS = ["get", "post", "head", "options"]
A_YEAR = 31_536_000


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
    page = request.htmx.current_url_abs_path if request.htmx else None
    twelve = clock.hours() == clock.TWELVE
    context = {"other_clock": clock.TWENTY_FOUR if twelve else clock.TWELVE, "page": page or ""}
    return render(request, f"{name}#menu" if request.htmx else name, context)


@require_POST
def choose_clock(request: HttpRequest) -> HttpResponse:
    """Back to where one was, with times as one reads them."""
    answer = back(request, reverse("account"))
    chosen = "12" if request.POST.get("hours") == "12" else "24"
    answer.set_cookie(
        clock.COOKIE, chosen, max_age=A_YEAR, secure=request.is_secure(), samesite="Lax"
    )
    return answer
