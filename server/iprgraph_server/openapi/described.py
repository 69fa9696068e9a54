"""What the OpenAPI document says of an address, written by a decorator at the view that answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from iprgraph_server.http.formats import Format

AnyView = TypeVar("AnyView", bound=Callable[..., Any])

_KEY = "openapi_operation"


@dataclass(frozen=True)
class Operation:
    """What one address takes and returns, beside its path and its summary."""

    #: The group that lists it.
    tag: str
    #: Media types of a whole answer.
    media_types: tuple[str, ...]
    #: The name of the schema of its JSON.
    schema: str
    #: Values of the query parameter `format`.
    formats: tuple[str, ...]
    #: Other query parameters; a required one ends with `!`.
    query: tuple[str, ...]
    #: The status of a redirect, if there is one, and those of refusals.
    redirect: int
    refusals: tuple[int, ...]
    #: Values of parts of the path that exist, where the usual examples do not.
    examples: Mapping[str, str]

    def __call__(self, view: AnyView) -> AnyView:
        """Attach this description to a view, as a decorator."""
        view.__dict__[_KEY] = self
        return view


def described(
    tag: str,
    *answers: Format | str,
    schema: str = "",
    formats: Iterable[Format] = (),
    query: tuple[str, ...] = (),
    redirect: int = 0,
    refusals: tuple[int, ...] = (404,),
    examples: Mapping[str, str] | None = None,
) -> Operation:
    """Return the description of an address that answers in some formats or media types."""
    return Operation(
        tag,
        tuple(form if isinstance(form, str) else form.media_type for form in answers),
        schema,
        tuple(form.name for form in formats),
        query,
        redirect,
        refusals,
        examples or {},
    )


def operation_of(view: Callable[..., Any]) -> Operation | None:
    """Return the description of a view; one without is no address for programs to call."""
    return getattr(view, _KEY, None)
