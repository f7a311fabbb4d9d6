"""Logging in and changing one's password."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import views as auth
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpResponse
from django.urls import reverse_lazy


class LogIn(auth.LoginView):
    redirect_authenticated_user = True


class ChangePassword(auth.PasswordChangeView):
    success_url = reverse_lazy("overview")

    def form_valid(self, form: PasswordChangeForm[Any]) -> HttpResponse:
        messages.success(self.request, "Your password is changed.")
        return super().form_valid(form)
