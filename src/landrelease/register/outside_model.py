"""An outside language model over HTTP: its settings, and one question to it.

Any endpoint that speaks the chat completions of OpenAI's interface, a server on this machine
included. Nothing is sent unless the workspace names one in ``landrelease.toml``::

    [evidence.model]
    url = "http://127.0.0.1:8080/v1"
    model = "name-of-the-model"

What is sent is what `Request` holds, no more: redirects are not followed, proxies and credentials
of the environment are not used.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from landrelease.evidence.outside import AnswerError, Message

from . import canonical, workspace
from .errors import RegisterError, WorkspaceError

ATTEMPTS = 5
LONGEST_WAIT = 120.0  # seconds, whatever a server asks for
MOST_BYTES = 4_000_000  # of an answer
_LOG = logging.getLogger(__name__)


class OutsideModelError(RegisterError):
    """The outside model cannot be reached, or does not answer as agreed."""


class Settings(BaseModel):
    """``[evidence.model]`` of ``landrelease.toml``.

    Attributes
    ----------
    url
        Base address, such as ``http://127.0.0.1:8080/v1``. Plain http only to this machine or to a
        private address.
    model
        Name of the model, as the server knows it.
    key_env
        Environment variable that holds the key; absent for a server that asks for none. The key
        itself stands in no file.
    timeout
        Seconds for one answer, from the first byte sent to the last received.
    max_characters
        Longest piece of a text sent at once.
    tier
        The most restricted documents that are sent: ``public`` or ``partner``. Restricted ones
        never are.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    url: str
    model: Annotated[str, Field(min_length=1, max_length=200)]
    key_env: str | None = None
    timeout: Annotated[float, Field(gt=0, le=3600)] = 120.0
    max_characters: Annotated[int, Field(ge=200, le=1_000_000)] = 12_000
    tier: Literal["public", "partner"] = "public"

    @property
    def endpoint(self) -> str:
        """Where questions are posted."""
        url = self.url.rstrip("/")
        return url if url.endswith("/chat/completions") else f"{url}/chat/completions"

    @property
    def extractor(self) -> str:
        """What claims are labelled by: ``model:NAME@URLHOST``."""
        return f"model:{self.model}@{urlsplit(self.url).netloc.casefold()}"


def settings() -> Settings | None:
    """The settings of the open workspace; None where no outside model is configured.

    Raises
    ------
    WorkspaceError
        When they are not understood; says which one.
    """
    path = workspace.current().folder / workspace.SETTINGS_FILE
    body = tomllib.loads(path.read_text(encoding="utf-8")).get("evidence", {}).get("model")
    if body is None:
        return None
    try:
        found = Settings.model_validate(body)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, one['loc'])) or 'model'}: {one['msg']}" for one in error.errors()
        )
        raise WorkspaceError(f"{path}, [evidence.model]: {wrong}") from error
    _refuse_unsafe(found.url, f"{path}, [evidence.model]")
    return found


def _refuse_unsafe(url: str, where: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise WorkspaceError(f"{where}: url {url!r} is no http or https address")
    if parts.username or parts.password:
        raise WorkspaceError(
            f"{where}: url holds a password; name the variable of the key in key_env instead"
        )
    if parts.query or parts.fragment:
        raise WorkspaceError(f"{where}: url must end with its path (no '?' or '#')")
    if parts.scheme == "http" and not _near(parts.hostname):
        raise WorkspaceError(
            f"{where}: url sends texts unencrypted to {parts.hostname}; use https, or the private "
            "address of a server of your own network"
        )


def _near(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_private


@dataclass(frozen=True)
class Request:
    """One question, byte for byte as it is posted.

    Attributes
    ----------
    url
        Where to.
    body
        Canonical JSON.
    sha256
        Its hash, under which the answer is filed.
    """

    url: str
    body: bytes
    sha256: str


def request(settings: Settings, messages: list[Message]) -> Request:
    """Make the question that `messages` are.

    Parameters
    ----------
    settings, messages
        As `landrelease.evidence.outside.messages` gives them.
    """
    body = canonical.dumps(
        {"messages": messages, "model": settings.model, "stream": False, "temperature": 0}
    )
    return Request(settings.endpoint, body, canonical.sha256(body))


@dataclass(frozen=True)
class Answer:
    """What came back.

    Attributes
    ----------
    text
        The words of the model.
    sha256
        Hash of the whole response.
    attempts
        How often it was asked.
    """

    text: str
    sha256: str
    attempts: int


class UnreadableAnswer(AnswerError):
    """The server answered, and what it said is no answer.

    Attributes
    ----------
    sha256
        Hash of the response.
    """

    def __init__(self, message: str, sha256: str) -> None:
        super().__init__(message)
        self.sha256 = sha256


class Client:
    """A connection to the model; use it as a context.

    Parameters
    ----------
    settings
        Where to and how long to wait.
    sleep
        Waits a number of seconds between attempts.
    """

    def __init__(self, settings: Settings, sleep: Callable[[float], None] = time.sleep) -> None:
        self._settings = settings
        self._sleep = sleep
        headers = {"content-type": "application/json", "accept": "application/json"}
        if settings.key_env is not None:
            key = os.environ.get(settings.key_env, "").strip()
            if not key:
                raise OutsideModelError(
                    f"the environment variable {settings.key_env} is not set; it must hold the key "
                    "of the model (see key_env in landrelease.toml)"
                )
            headers["authorization"] = f"Bearer {key}"
        self._http = httpx.Client(
            timeout=settings.timeout, follow_redirects=False, trust_env=False, headers=headers
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def ask(self, request: Request) -> Answer:
        """Ask, again after a pause when the server is busy, failing or silent.

        Raises
        ------
        OutsideModelError
            When it cannot be reached, refuses, or is still busy after `ATTEMPTS` attempts.
        UnreadableAnswer
            When what it says is no whole answer.
        """
        for attempt in range(1, ATTEMPTS + 1):
            told, wait = "", 0.0
            try:
                status, headers, data = self._post(request)
                if status == 200:
                    digest = canonical.sha256(data)
                    return Answer(_words(data, digest), digest, attempt)
                told = f"status {status}"
                if status != 429 and status < 500:
                    raise OutsideModelError(_refusal(self._settings, status, data))
                wait = _asked_to_wait(headers)
            except (httpx.TimeoutException, _TooSlow):
                told = f"no answer within {self._settings.timeout:g} seconds"
            except httpx.TransportError as error:
                told = f"{type(error).__name__}: {error}"
            if attempt < ATTEMPTS:
                pause = min(LONGEST_WAIT, max(wait, 2.0 ** (attempt - 1)))
                _LOG.info("the model at %s: %s; again in %g s", request.url, told, pause)
                self._sleep(pause)
        raise OutsideModelError(
            f"the model at {request.url} gave no answer in {ATTEMPTS} attempts ({told}); what was "
            "answered so far is kept: run the command again"
        )

    def _post(self, request: Request) -> tuple[int, httpx.Headers, bytes]:
        until = time.monotonic() + self._settings.timeout
        data = bytearray()
        with self._http.stream("POST", request.url, content=request.body) as response:
            for some in response.iter_bytes():
                data += some
                if len(data) > MOST_BYTES:
                    raise OutsideModelError(
                        f"the model at {request.url} sent more than {MOST_BYTES:,} bytes"
                    )
                # The time-out of a connection is for each read: a server may drip for ever.
                if time.monotonic() > until:
                    raise _TooSlow
            return response.status_code, response.headers, bytes(data)


class _TooSlow(Exception):
    pass


def _asked_to_wait(headers: httpx.Headers) -> float:
    try:
        return max(0.0, float(headers.get("retry-after", "0")))
    except ValueError:
        return 0.0  # a date: our own pauses will do


def _refusal(settings: Settings, status: int, data: bytes) -> str:
    said = " ".join(data[:200].decode("utf-8", "replace").split())
    advice = {
        401: f"the key in {settings.key_env or 'key_env'} is not accepted",
        403: f"the key in {settings.key_env or 'key_env'} is not accepted",
        404: f"there is no such address or model ({settings.model})",
        413: "the piece is too long: lower max_characters",
    }.get(status, "see the log of the server")
    if 300 <= status < 400:
        advice = "it points elsewhere, which is not followed; give the address itself"
    return f"the model at {settings.endpoint} refused with status {status}: {advice}. {said}"


def _words(data: bytes, digest: str) -> str:
    try:
        choice: Any = canonical.loads(data)["choices"][0]
        text = choice["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError):
        raise UnreadableAnswer("the response is no chat completion", digest) from None
    if choice.get("finish_reason") == "length":
        raise UnreadableAnswer("the answer was cut at the model's limit", digest)
    if not isinstance(text, str):
        raise UnreadableAnswer("the answer has no text", digest)
    return text
