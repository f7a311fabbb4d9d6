"""Logging in and changing one's password."""

from django.contrib.auth import views as auth

METHODS = ["get", "post", "head", "options"]


class LogIn(auth.LoginView):
    """Who is in already is sent on; `next` leads nowhere but to Skydeck itself."""

    redirect_authenticated_user = True
    http_method_names = METHODS


class ChangePassword(auth.PasswordChangeView):
    http_method_names = METHODS
