"""The client against a server that answers as Meta's reference says, and against the sandbox's whole Cloud API."""

from __future__ import annotations

import json
import socket
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import requests
from werkzeug import Request, Response

from sandbox.phones.app import Contact, Links, Sender, create_app
from sandbox.serve import Served
from webapp.whatsapp import client, messages, pictures, templates
from webapp.whatsapp.client import Client, Kind, SendFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BODY = messages.addressed(messages.Text("Paid").payload(), "+33612345678", opaque="wam_1", reply_to=None)
ACCEPTED = {
    "messaging_product": "whatsapp",
    "contacts": [{"input": "+33612345678", "wa_id": "33612345678"}],
    "messages": [{"id": "wamid.NEW", "message_status": "accepted"}],
}


@dataclass
class Meta:
    """A server that gives the answers it was told, in order, and keeps what it was asked."""

    answers: list[Response] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        request.get_data()
        self.asked.append(request)
        return self.answers.pop(0)(environ, start_response)


@pytest.fixture
def meta() -> Meta:
    """Meta, as the test tells it to be."""
    return Meta()


@pytest.fixture
def whatsapp(meta: Meta) -> Iterator[Client]:
    """The client of one number, at that server."""
    served = Served(meta).start()
    with requests.Session() as session:
        yield Client(served.url, "v26.0", "111", "222", "token", session)
    served.stop()


def told(document: Any, status: int = 200, **headers: str) -> Response:
    """A JSON answer."""
    return Response(json.dumps(document), status, headers, content_type="application/json")


def error(code: int, **more: Any) -> dict[str, Any]:
    """An error as Meta describes it."""
    return {"error": {"message": f"(#{code}) Title", "type": "OAuthException", "code": code, "fbtrace_id": "x"} | more}


def failure(whatsapp: Client) -> SendFailed:
    """What sending raises."""
    with pytest.raises(SendFailed) as caught:
        whatsapp.send(BODY)
    return caught.value


def test_a_message_is_posted_with_the_token_and_its_id_comes_back(meta: Meta, whatsapp: Client) -> None:
    meta.answers = [told(ACCEPTED)]
    assert whatsapp.send(BODY) == client.Accepted("wamid.NEW", "33612345678")
    (request,) = meta.asked
    assert (request.method, request.path) == ("POST", "/v26.0/111/messages")
    assert request.headers["Authorization"] == "Bearer token"
    assert request.get_json() == BODY


def test_a_netrc_does_not_replace_the_token(
    meta: Meta, whatsapp: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    meta.answers = [told(ACCEPTED)]
    whatsapp.send(BODY)
    assert meta.asked[0].headers["Authorization"] == "Bearer token"


def test_what_no_database_keeps_is_replaced_in_an_answer(meta: Meta, whatsapp: Client) -> None:
    meta.answers = [
        told({"messages": [{"id": "wamid.\ud8001"}], "contacts": [{"wa_id": "33\0"}]}),
        told({"error": {"code": 131000, "message": "so\0\udfff"}}, 500),
    ]
    taken = whatsapp.send(BODY)
    assert (taken.wamid, taken.wa_id) == ("wamid.\ufffd1", "33\ufffd")
    assert "so\ufffd\ufffd" in failure(whatsapp).detail


def test_a_wa_id_that_is_not_told_is_none(meta: Meta, whatsapp: Client) -> None:
    meta.answers = [told({"messages": [{"id": "wamid.NEW"}]}), told({**ACCEPTED, "contacts": [{"input": "x"}]})]
    assert [whatsapp.send(BODY).wa_id for _ in range(2)] == [None, None]


def test_a_picture_is_handed_over_as_a_form_and_its_id_comes_back(meta: Meta, whatsapp: Client) -> None:
    meta.answers = [told({"id": "media.1"})]
    assert whatsapp.upload(pictures.qr("https://pay.example.com/p/abc"), pictures.PNG) == "media.1"
    (request,) = meta.asked
    assert (request.method, request.path) == ("POST", "/v26.0/111/media")
    assert request.headers["Authorization"] == "Bearer token"
    assert request.mimetype == "multipart/form-data"
    body = request.get_data()
    assert b'name="messaging_product"\r\n\r\nwhatsapp' in body
    assert b"Content-Type: image/png\r\n\r\n\x89PNG" in body


def test_a_picture_without_an_id_was_not_taken(meta: Meta, whatsapp: Client) -> None:
    meta.answers = [told({"id": ""})]
    with pytest.raises(SendFailed):
        whatsapp.upload(b"", pictures.PNG)


@pytest.mark.parametrize(
    ("word", "people"),
    [
        ("TIER_250", 250),
        ("TIER_2K", 2000),
        ("TIER_10K", 10_000),
        ("TIER_100K", 100_000),
        ("TIER_UNLIMITED", client.UNLIMITED),
        ("TIER_HUGE", None),
        (250, None),
        (None, None),
    ],
)
def test_the_daily_limit_is_meta_s_word_as_a_number(
    meta: Meta, whatsapp: Client, word: object, people: int | None
) -> None:
    meta.answers = [told({"whatsapp_business_manager_messaging_limit": word, "id": "111"})]
    assert whatsapp.daily_limit() == people
    assert meta.asked[0].args.to_dict() == {"fields": "whatsapp_business_manager_messaging_limit"}


def test_a_status_s_code_says_what_to_do() -> None:
    assert [client.kind_of(code) for code in (131026, 131000, 131047, 190, 7, None)] == [
        Kind.RECIPIENT,
        Kind.TRANSIENT,
        Kind.WINDOW,
        Kind.OPERATOR,
        Kind.OPERATOR,
        Kind.RECIPIENT,
    ]


def test_a_message_is_marked_as_read(meta: Meta, whatsapp: Client) -> None:
    meta.answers = [told({"success": True})]
    whatsapp.mark_read("wamid.A")
    assert meta.asked[0].get_json() == {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.A"}


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        *[(code, 500, Kind.TRANSIENT) for code in (1, 2, 4, 80007, 130429, 131000, 131016, 131056, 131057)],
        *[(code, 400, Kind.RECIPIENT) for code in (131026, 131049, 131050, 130403, 130472)],
        (131047, 400, Kind.WINDOW),
        *[
            (code, 400, Kind.OPERATOR)
            for code in (100, 190, 200, 299, 368, 131031, 131042, 131048, 132000, 132001, 132015)
        ],
        (999999, 400, Kind.OPERATOR),
    ],
)
def test_meta_s_code_says_what_to_do(meta: Meta, whatsapp: Client, code: int, status: int, kind: Kind) -> None:
    meta.answers = [told(error(code), status)]
    failed = failure(whatsapp)
    assert (failed.kind, failed.code) == (kind, code)
    assert len(meta.asked) == 1  # who calls decides whether to try again


def test_a_failure_has_meta_s_words_and_the_wait_it_asks_for(meta: Meta, whatsapp: Client) -> None:
    details = {"messaging_product": "whatsapp", "details": "Too many messages to this phone."}
    meta.answers = [told(error(131056, error_data=details), 400, **{"Retry-After": "6"})]
    failed = failure(whatsapp)
    assert failed.detail == "(#131056) Title: Too many messages to this phone."
    assert failed.retry_after == 6.0


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Response("<h1>Bad gateway</h1>", 502), Kind.UNKNOWN),
        (Response("", 504), Kind.UNKNOWN),
        (Response("slow down", 429), Kind.TRANSIENT),
        (Response("", 302, {"Location": "https://elsewhere.example/"}), Kind.OPERATOR),
        (Response("not found", 404), Kind.OPERATOR),
        (Response("<h1>Welcome to the hotel's wifi</h1>", 200), Kind.UNKNOWN),
        (told([1]), Kind.UNKNOWN),
        (told({"messages": []}), Kind.UNKNOWN),
        (told({"messages": [{"id": ""}]}), Kind.UNKNOWN),
        (told({"error": "odd"}, 400), Kind.OPERATOR),
        (told({"error": {"code": "190"}}, 500), Kind.UNKNOWN),
    ],
)
def test_an_answer_that_is_not_meta_s_is_read_by_its_status(
    meta: Meta, whatsapp: Client, answer: Response, kind: Kind
) -> None:
    meta.answers = [answer]
    assert failure(whatsapp).kind is kind
    assert len(meta.asked) == 1


def at(url: str, token: str) -> Client:
    """A client for an address where nothing works."""
    return Client(url, "v26.0", "111", "222", token, requests.Session())


def test_a_request_that_found_nobody_was_not_sent() -> None:
    with socket.socket() as bound:  # a port that is taken, where nobody listens
        bound.bind(("127.0.0.1", 0))
        failed = failure(at(f"http://127.0.0.1:{bound.getsockname()[1]}", "token"))
    assert failed.kind is Kind.NOT_SENT


def test_a_name_that_nobody_knows_was_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_args: Any, **_kwargs: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert failure(at("http://graph.example", "token")).kind is Kind.NOT_SENT


@pytest.mark.parametrize("half", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"])
def test_a_connection_that_breaks_after_the_request_leaves_the_outcome_unknown(half: bytes) -> None:
    with listening(half) as url:
        assert failure(at(url, "token")).kind is Kind.UNKNOWN


def test_no_answer_in_time_leaves_the_outcome_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "TIMEOUT", (1, 0.2))
    with listening(None) as url:
        assert failure(at(url, "token")).kind is Kind.UNKNOWN


@pytest.mark.parametrize(("url", "token"), [("nonsense", "t"), ("http://", "t"), ("http://127.0.0.1:1", "two\nlines")])
def test_settings_that_make_no_request_are_the_operator_s(url: str, token: str) -> None:
    assert failure(at(url, token)).kind is Kind.OPERATOR


class listening:  # noqa: N801  # reads as a sentence
    """A server that takes one request and answers `half` of something, or nothing until it is left."""

    def __init__(self, half: bytes | None) -> None:
        self.half = half
        self.over = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self._answer)

    def _answer(self) -> None:
        with self.listener.accept()[0] as connection:
            heard = connection.recv(65536)
            while b'"Paid"' not in heard:
                heard += connection.recv(65536)
            connection.sendall(self.half) if self.half is not None else self.over.wait(5)

    def __enter__(self) -> str:
        self.thread.start()
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def __exit__(self, *_exception: object) -> None:
        self.over.set()
        self.thread.join(5)
        self.listener.close()


def test_all_pages_of_templates_are_read_and_the_token_goes_nowhere_else(meta: Meta, whatsapp: Client) -> None:
    paging = {"cursors": {"before": "a", "after": "b"}, "next": "https://elsewhere.example/steal"}
    first = told({"data": [{"name": "ordo_receipt"}, "odd"], "paging": paging})
    last = told({"data": [{"name": "ordo_notice"}], "paging": {"cursors": {"before": "b", "after": "c"}}})
    meta.answers = [first, last]
    assert [each["name"] for each in whatsapp.templates()] == ["ordo_receipt", "ordo_notice"]
    assert [request.path for request in meta.asked] == ["/v26.0/222/message_templates"] * 2
    assert [request.args.get("after") for request in meta.asked] == [None, "b"]


def test_a_listing_that_never_ends_is_given_up(meta: Meta, whatsapp: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "PAGES", 3)
    meta.answers = [told({"data": [{}], "paging": {"next": "x", "cursors": {"after": "b"}}}) for _ in range(9)]
    assert len(whatsapp.templates()) == 3


SHOP = Sender("111", "222", "token", "app-secret", "verify", "Café Lumière", "+33700000000")


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[tuple[Client, Callable[..., Any]]]:
    """A client at the sandbox's Cloud API, and a way to use the sandbox's own door."""
    nobody = "http://127.0.0.1:9"
    links = Links(nobody, nobody, nobody, Served(Meta()))
    app = create_app(
        database=tmp_path / "phones.db",
        sender=SHOP,
        contacts=[Contact("+33612345678", "Bea", "buyer"), Contact("+33611111111", "Léa", "shop")],
        webhook_url=f"{nobody}/hooks",
        public_url=nobody,
        links=links,
    )
    served = Served(app).start()

    def door(path: str, **body: Any) -> Any:
        url = f"{served.url}/_sandbox/{path}"
        answer = requests.post(url, json=body, timeout=5) if body else requests.get(url, timeout=5)
        answer.raise_for_status()
        return answer.json()

    with requests.Session() as session:
        yield Client(served.url, "v26.0", "111", "222", "token", session), door
    app.extensions["phones"].close()
    served.stop()


@pytest.mark.parametrize("language", sorted(templates.RECEIPT.wordings))
def test_every_template_is_accepted_listed_and_sent(language: str, cloud: tuple[Client, Callable[..., Any]]) -> None:
    # A number of its own for each language: it takes 80 messages a second, and one phone 45 in a row.
    whatsapp, door = cloud
    base = "https://pay.example.com"
    for definition in templates.missing(whatsapp.templates(), base):
        assert whatsapp.submit(definition)["status"] == "APPROVED"
    assert templates.differences(whatsapp.templates(), base) == []
    for entry in templates.CATALOGUE:
        token = "abc.DEF-_" if entry.wordings[language].label else None
        shape = entry.filled(language, ["Café\n\n  Lumière\t    "] * len(entry.blanks), token)
        body = messages.addressed(shape.payload(), "+33612345678", opaque="wam_1", reply_to=None)
        assert whatsapp.send(body).wamid.startswith("wamid.")
    assert door("chats/+33612345678")[0]["buttons"][0]["url"] == f"{base}/p/abc.DEF-_"


def test_the_shapes_of_an_open_chat_are_accepted(cloud: tuple[Client, Callable[..., Any]]) -> None:
    whatsapp, door = cloud
    said = door("say", **{"from": "+33611111111", "text": "10 EUR"})
    shapes: list[messages.Message] = [
        messages.Text("Sent.\nhttps://pay.example.com/p/abc"),
        messages.LinkButton("Your order", "Open the order page", "https://pay.example.com/p/abc", footer="Café"),
        messages.Choices("Which?", (("1", "10 EUR and no more"), ("2", "10 EUR and much more than fits"))),
    ]
    for shape in shapes:
        body = messages.addressed(shape.payload(), "+33611111111", opaque="wam_1", reply_to=said["id"])
        whatsapp.send(body)
    picture = messages.QrPicture("Show this", "https://pay.example.com/p/abc").payload()
    uploaded = messages.with_picture(
        picture, whatsapp.upload(pictures.qr("https://pay.example.com/p/abc"), pictures.PNG)
    )
    whatsapp.send(messages.addressed(uploaded, "+33611111111", opaque="wam_1", reply_to=said["id"]))
    whatsapp.mark_read(said["id"])
    shown = door("chats/+33611111111")
    assert [each["status"] for each in shown][:1] == ["read"]
    assert {each["reply_to"] for each in shown[1:]} == {said["id"]}


def test_the_number_is_described(cloud: tuple[Client, Callable[..., Any]]) -> None:
    about = cloud[0].number()
    assert (about["id"], about["verified_name"]) == ("111", "Café Lumière")
    assert about["quality_rating"] == "GREEN"


def test_a_template_that_is_not_on_the_account_is_the_operator_s(cloud: tuple[Client, Callable[..., Any]]) -> None:
    shape = templates.notice("en", merchant="Café", text="Paid.")
    body = messages.addressed(shape.payload(), "+33612345678", opaque="wam_1", reply_to=None)
    with pytest.raises(SendFailed) as caught:
        cloud[0].send(body)
    assert (caught.value.kind, caught.value.code) == (Kind.OPERATOR, 132001)
