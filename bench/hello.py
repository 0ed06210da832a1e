"""What the pay page and the API are measured against: the least that Flask can answer."""

from __future__ import annotations

from flask import Flask

app = Flask(__name__)


@app.get("/")
def hello() -> str:
    return "hello"


@app.get("/json")
def answer() -> dict[str, object]:
    return {"id": "ord_1", "state": "open", "amount": 1250, "currency": "EUR"}
