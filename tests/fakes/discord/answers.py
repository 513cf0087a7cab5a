"""What the fake says when it refuses: status, JSON code and the nested `errors` of 50035."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

UNKNOWN = {"channel": 10003, "guild": 10004, "member": 10007, "message": 10008, "webhook": 10015}


class ApiError(Exception):
    """Discord refuses a request."""

    def __init__(self, status: int, code: int, message: str, errors: Json | None = None) -> None:
        super().__init__(f"{status} {code} {message}")
        self.status = status
        self.body: Json = {"message": message, "code": code} | ({"errors": errors} if errors else {})


def unknown(what: str) -> ApiError:
    return ApiError(404, UNKNOWN[what], f"Unknown {what.capitalize()}")


def no_access() -> ApiError:
    return ApiError(403, 50001, "Missing Access")


def no_permission() -> ApiError:
    return ApiError(403, 50013, "Missing Permissions")


class Form:
    """Collects every fault of one request body, then refuses with all of them at once, as Discord does."""

    def __init__(self) -> None:
        self._errors: Json = {}

    def refuse(self, path: tuple[str | int, ...], code: str, message: str) -> None:
        node = self._errors
        for step in path:
            node = node.setdefault(str(step), {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def length(self, path: tuple[str | int, ...], value: object, most: int, least: int = 0) -> None:
        """Count in UTF-16 units: Discord does not say what it counts, and this is the stricter reading."""
        if not isinstance(value, str):
            self.refuse(path, "STRING_TYPE_CONVERT", "Could not interpret value as string.")
        elif not least <= units(value) <= most:
            self.refuse(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")

    def count(self, path: tuple[str | int, ...], values: list[Any], most: int) -> None:
        if len(values) > most:
            self.refuse(path, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")

    def done(self) -> None:
        if self._errors:
            raise ApiError(400, 50035, "Invalid Form Body", self._errors)


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
