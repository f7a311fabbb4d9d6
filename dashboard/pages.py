"""The addresses of the shell itself; included at the root, without a namespace."""

from django.contrib.auth import views as auth
from django.urls import path

from dashboard.views import accounts, activity, frame, health, overview

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("activity/", activity.activity, name="activity"),
    path("pulse/", frame.pulse, name="pulse"),
    path("jump/", frame.jump, name="jump"),
    path("keys/", frame.keys, name="keys"),
    path("login/", accounts.LogIn.as_view(), name="login"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("account/", accounts.account, name="account"),
    path("account/clock/", accounts.choose_clock, name="clock"),
    path("password/", accounts.ChangePassword.as_view(), name="password_change"),
    path("password/done/", auth.PasswordChangeDoneView.as_view(), name="password_change_done"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
