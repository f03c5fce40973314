"""Addresses of the desk room."""

from typing import Any

app_name = "desk"
urlpatterns: list[Any] = []
