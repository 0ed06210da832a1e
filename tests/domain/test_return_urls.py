"""Where a receipt may lead."""

from __future__ import annotations

from webapp.domain import return_urls

RIGHT = ["https://shop.example/thanks", "https://shop.example:8443/a?b=c#d", "https://xn--bcher-kva.example/"]
NEAR = ["http://localhost:3000/", "http://127.0.0.1/x", "http://[::1]:80/", "http://shop.localhost:8703/done"]
WRONG = [
    "http://shop.example/",
    "//shop.example/",
    "/thanks",
    "",
    "https://",
    "https:///thanks",
    "javascript:alert(1)",
    "data:text/html,x",
    "https://ordo.example@evil.example/",
    "https://:x@evil.example/",
    "https://shop.example/ x",
    "https://shop.example/\n",
    "https://shop.example\\@evil.example/",
    "https://bücher.example/",
    "https://shop.example:port/",
    "https://[::1/",
    "https://shop.example/4242424242424242",
    "https://shop.example/" + "x" * 500,
    "http://localhost.evil.example/",
    "ftp://localhost/",
]


def test_https_leads_anywhere_and_http_to_this_machine_in_development_alone() -> None:
    assert [url for url in RIGHT if return_urls.fault(url, loopback=False)] == []
    assert [url for url in NEAR if return_urls.fault(url, loopback=True)] == []
    assert [url for url in NEAR if not return_urls.fault(url, loopback=False)] == []
    assert [url for url in WRONG if not return_urls.fault(url, loopback=True)] == []
