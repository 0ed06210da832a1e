"""From an order to its refund. pip install requests; ORDO_TOKEN=ordo_test_… python order.py A12"""

import os
import sys
import time

import requests

API = os.environ.get("ORDO_API", "http://127.0.0.1:8701/api/v1")
http = requests.Session()
http.headers["Authorization"] = f"Bearer {os.environ['ORDO_TOKEN']}"


def ordo(method, path, body=None, key=None):
    """The answer. When none comes, the same is sent again under the same key, and nothing is done twice."""
    for patience in (1, 5, 30, None):
        try:
            answer = http.request(method, API + path, json=body, headers={"Idempotency-Key": key}, timeout=30)
            if answer.status_code < 500:
                break
        except requests.ConnectionError:
            if patience is None:
                raise
        time.sleep(patience or 0)
    if not answer.ok:
        sys.exit(f"{answer.json()['code']}: {answer.json()['detail']}")
    return answer.json()


reference = sys.argv[1]
order = ordo(
    "POST",
    "/orders",
    {
        "reference": reference,
        "amount": 1250,
        "currency": "EUR",
        "description": "2 pizzas",
        "buyer": {"phone": "+33612345678"},
        "metadata": {"table": "7"},
    },
    key=f"create-{reference}",
)
print("Pay here:", order["link"]["url"], flush=True)
while order["state"] in ("open", "processing"):  # yours waits for the callback instead
    time.sleep(1)
    order = ordo("GET", f"/orders/{order['id']}")
print("The order is", order["state"], flush=True)

page = ordo("GET", "/orders?state=paid&limit=10")
print("Paid orders:", ", ".join(each["reference"] for each in page["data"]))

refund = ordo("POST", f"/orders/{order['id']}/refunds", {"amount": "all"}, key=f"refund-{reference}")
print("Refund", refund["id"], refund["state"])

for callback in ordo("GET", f"/callbacks?order={order['id']}&type=order.paid")["data"]:
    ordo("POST", f"/callbacks/{callback['id']}/replay", key=f"replay-{callback['id']}")
    print("Replayed", callback["id"], flush=True)
