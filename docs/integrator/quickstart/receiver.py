"""Receives callbacks. pip install flask standardwebhooks; ORDO_SECRET=whsec_… python receiver.py"""

import os

from flask import Flask, request
from standardwebhooks import Webhook, WebhookVerificationError

app = Flask(__name__)
webhook = Webhook(os.environ["ORDO_SECRET"])
applied = set()  # yours: a table, written in the transaction that applies the callback


@app.post("/ordo")
def ordo():
    try:
        told = webhook.verify(request.get_data(as_text=True), dict(request.headers))
    except (WebhookVerificationError, ValueError):
        return "", 401
    known = request.headers["webhook-id"] in applied
    applied.add(request.headers["webhook-id"])
    print("again" if known else "verified", told["type"], told["data"]["reference"], flush=True)
    return "", 204


if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", "9000")))
