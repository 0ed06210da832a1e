"""Every door: where something comes in that we did not write. `test_registry` finds one that is missing here; what stands here is
walked by the other tests of this folder."""

from __future__ import annotations

from typing import Any

CONFIRM: dict[str, str] = {}
IDEMPOTENT = {"idempotency_key": "idem_1"}
AMOUNT = {**IDEMPOTENT, "answered": "refunded:0", "amount": "1"}
CHARGE = {**AMOUNT, "description": "2 pizzas"}
ORDER = {
    **IDEMPOTENT,
    "action": "PAYMENT",
    "amount": "12,50",
    "currency": "EUR",
    "phone": "06 12 34 56 78",
    "email": "",
    "description": "",
    "reference": "",
    "language": "",
    "days": "7",
    "tax": "5.5",
    "manual_capture": "",
    "collects_details": "",
    "channel": "link",
    "answered": "large:1250EUR",
    "back": "",
}
REFUND = {**AMOUNT, "reason": "One was cold"}
EXTEND = {**IDEMPOTENT, "days": "7"}
NOTE = {**IDEMPOTENT, "note": "Call first"}
CHOSEN = {"order": "ord_1"}
BULK = {**CHOSEN, "verb": "resend", "confirmed": ""}
EXPORT = {
    **CHOSEN,
    "format": "csv",
    **dict.fromkeys(("q", "state", "action", "since", "until", "by", "channel", "buyer", "import", "sort"), ""),
}
PAY = {"confirmation_token": "ctoken_1", "consent_version": "", "save": ""}
DETAILS = {
    "name": "Ada Martin",
    "line1": "1 rue de la Paix",
    "line2": "",
    "postal_code": "75002",
    "city": "Paris",
    "country": "FR",
}
SHOP = {
    "version": "1",
    "name": "Café Lumière",
    "contact": "hello@cafe.example",
    "language": "en",
    "country": "FR",
    "currency": "EUR",
    "currencies": "USD",
    "time_zone": "Europe/Paris",
    "colour": "#09604a",
    "legal_identity": "Café Lumière SARL",
    "terms_url": "https://cafe.example/terms",
    "no_logo": "",
}
RULES = {
    "version": "1",
    "max_tries": "3",
    "link_days": "7",
    "confirm_above": "500",
    "reminders": "4, 24",
    "quiet_from": "21",
    "quiet_until": "8",
    "clerk_refund_limit": "100",
    "webhook_days": "",
    "message_days": "200",
    "letter_days": "",
    "callback_days": "",
    "import_days": "",
    "report_days": "",
    "order_days": "365",
    "buyer_days": "",
}
AGAIN = {"ids": "", "type": "order.paid", "endpoint": "", "since": "2026-11-24", "until": ""}
ENDPOINT = {**IDEMPOTENT, "url": "http://127.0.0.1:9/orders", "which": "some", "types": "order.paid"}
KEY = {**IDEMPOTENT, "name": "shop server", "scopes": "orders:read", "expires": "2199-12-31"}
ROTATION = {**IDEMPOTENT, "overlap": "24"}
TYPES = {"version": "0", "which": "some", "types": "order.paid"}
GATEWAY_KEYS = {"version": "1", "publishable_key": "pk_test_1", "secret_key": "sk_test_1", "webhook_secrets": "whsec_1"}
WHATSAPP_KEYS = {
    "version": "1",
    "number": "+33 1 99 00 12 34",
    "phone_number_id": "106540352242922",
    "business_account_id": "102290129340398",
    "access_token": "EAAG",
    "app_secret": "secret",
    "verify_token": "token",
}
MEMBER = {"name": "Ada", "email": "ada@cafe.example", "role": "clerk"}
OPERATOR = {"name": "Léa", "language": "fr"}

FORMS: dict[str, dict[str, str]] = {
    "/office/api_keys/<key_id>/end": CONFIRM,
    "/office/api_keys/new": KEY,
    "/office/callbacks/<callback_id>/again": CONFIRM,
    "/office/callbacks/again": AGAIN,
    "/office/endpoints/<endpoint_id>/disable": CONFIRM,
    "/office/endpoints/<endpoint_id>/enable": CONFIRM,
    "/office/endpoints/<endpoint_id>/remove": CONFIRM,
    "/office/endpoints/<endpoint_id>/rotate": ROTATION,
    "/office/endpoints/<endpoint_id>/test": CONFIRM,
    "/office/endpoints/<endpoint_id>/types": TYPES,
    "/office/endpoints/new": ENDPOINT,
    "/office/buyers/<buyer_id>/cards/<alias_id>/charge": CHARGE,
    "/office/buyers/<buyer_id>/cards/<alias_id>/remove": CONFIRM,
    "/office/buyers/<buyer_id>/cards/<alias_id>/replace": IDEMPOTENT,
    "/office/buyers/<buyer_id>/erase": CONFIRM,
    "/office/link/<token>": CONFIRM,
    "/office/logout": CONFIRM,
    "/office/members": MEMBER,
    "/office/members/<user_id>/deactivate": CONFIRM,
    "/office/members/<user_id>/end-sessions": CONFIRM,
    "/office/members/<user_id>/invite": CONFIRM,
    "/office/members/<user_id>/role": {"role": "clerk"},
    "/office/sessions/<session_id>/end": CONFIRM,
    "/office/operators": OPERATOR,
    "/office/operators/<operator_id>/dismiss": CONFIRM,
    "/office/operators/<operator_id>/invite": CONFIRM,
    "/office/order_forms/<token>": ORDER,
    "/office/orders": ORDER,
    "/office/orders/preview": ORDER,
    "/office/orders/bulk": BULK,
    "/office/orders/export": EXPORT,
    "/office/orders/import": CONFIRM,
    "/office/orders/import/<import_id>/confirm": CONFIRM,
    "/office/orders/<order_id>/cancel": CONFIRM,
    "/office/orders/<order_id>/capture": AMOUNT,
    "/office/orders/<order_id>/charge": AMOUNT,
    "/office/orders/<order_id>/reactivate": CONFIRM,
    "/office/orders/<order_id>/refund": REFUND,
    "/office/orders/<order_id>/renew": IDEMPOTENT,
    "/office/orders/<order_id>/callbacks/<callback_id>/again": CONFIRM,
    "/office/orders/<order_id>/extend": EXTEND,
    "/office/orders/<order_id>/note": NOTE,
    "/office/orders/<order_id>/resend-receipt": CONFIRM,
    "/office/orders/<order_id>/looked-at": CONFIRM,
    "/office/orders/<order_id>/resend": CONFIRM,
    "/office/orders/<order_id>/revoke": CONFIRM,
    "/office/orders/<order_id>/revoke-link": CONFIRM,
    "/office/orders/<order_id>/void": CONFIRM,
    "/office/settings": SHOP,
    "/office/settings/connections/gateway": GATEWAY_KEYS,
    "/office/settings/connections/test": CONFIRM,
    "/office/settings/connections/whatsapp": WHATSAPP_KEYS,
    "/office/settings/rules": RULES,
    "/p/<token>/another-card": CONFIRM,
    "/p/<token>/details": DETAILS,
    "/p/<token>/not-mine": CONFIRM,
    "/p/<token>/opened": CONFIRM,
    "/p/<token>/pay": PAY,
    "/p/<token>/prepare": CONFIRM,
    "/p/<token>/remove-card": CONFIRM,
    "/p/<token>/resume": CONFIRM,
}
"""What people post: each address with the fields of its form, filled in rightly."""

FIELDS = {
    "AgainForm": set(AGAIN),
    "AmountForm": set(AMOUNT),
    "BulkForm": set(BULK),
    "ChosenForm": set(CHOSEN),
    "ChargeForm": set(CHARGE),
    "Confirm": set(),
    "DetailsForm": set(DETAILS),
    "ExportForm": set(EXPORT) - {"import"} | {"import_"},
    "ExtendForm": set(EXTEND),
    "EndpointForm": set(ENDPOINT),
    "KeyForm": set(KEY),
    "KeysForm": {"version"},
    "LinkForm": set(),
    "IdempotentForm": set(IDEMPOTENT),
    "MemberForm": set(MEMBER),
    "NoteForm": set(NOTE),
    "RefundForm": set(REFUND),
    "RoleForm": {"role"},
    "OperatorForm": set(OPERATOR),
    "OrderForm": set(ORDER),
    "PayForm": set(PAY),
    "RotateForm": set(ROTATION),
    "RulesForm": set(RULES),
    "SettingsForm": {"version"},
    "ShopForm": set(SHOP),
    "TypesForm": set(TYPES),
    "VersionedForm": {"version"},
}
"""The fields of each class of form."""

API: dict[str, dict[str, Any] | None] = {
    "/api/v1/aliases/<alias_id>/charge": {
        "reference": "C1",
        "amount": 500,
        "currency": "EUR",
        "description": "2 pizzas",
        "metadata": {"cart": "8812"},
        "return_url": None,
        "confirm": ["large:500EUR"],
    },
    "/api/v1/aliases/<alias_id>/replace": None,
    "/api/v1/aliases/<alias_id>/revoke": None,
    "/api/v1/buyers/<buyer_id>/erase": None,
    "/api/v1/callbacks/<callback_id>/replay": None,
    "/api/v1/callbacks/replay": {
        "state": "failed",
        "type": "order.paid",
        "endpoint": "ep_1",
        "order": "ord_1",
        "since": "2026-11-24T10:00:00Z",
        "until": "2026-11-24T11:00:00Z",
    },
    "/api/v1/endpoints": {"url": "http://127.0.0.1:9/orders", "types": ["order.paid", "refund.*"]},
    "/api/v1/endpoints/<endpoint_id>/disable": None,
    "/api/v1/endpoints/<endpoint_id>/enable": None,
    "/api/v1/endpoints/<endpoint_id>/rotate-secret": {"overlap_hours": 24},
    "/api/v1/endpoints/<endpoint_id>/test": None,
    "/api/v1/endpoints/<endpoint_id>/types": {"types": ["order.paid"]},
    "/api/v1/orders": {
        "reference": "A12",
        "action": "PAYMENT",
        "amount": 1250,
        "currency": "EUR",
        "buyer": {"phone": "+33612345678", "email": "buyer@example.com"},
        "description": "2 pizzas",
        "channel": "none",
        "language": "fr",
        "return_url": None,
        "metadata": {"cart": "8812"},
        "expires_in_days": 7,
        "manual_capture": False,
        "collects_details": False,
        "tax_rate": "20",
    },
    "/api/v1/orders/<order_id>/cancel": None,
    "/api/v1/orders/<order_id>/capture": {"amount": "all"},
    "/api/v1/orders/<order_id>/extend": {"days": 1},
    "/api/v1/orders/<order_id>/reactivate": {"expires_in_days": 1, "send": False},
    "/api/v1/orders/<order_id>/refunds": {"amount": 1, "seen_refunded": 0, "confirm": ["refunded:0"]},
    "/api/v1/orders/<order_id>/resend": None,
    "/api/v1/orders/<order_id>/revoke-link": None,
    "/api/v1/orders/<order_id>/void": None,
}
"""What order backends post: each address of the API with every field of its body, filled in rightly; None: it takes no body. See test_api."""

FILES = {"/api/v1/imports": ("text/csv", "reference,amount,phone,channel\nF1,12.50,+33612345678,none\n")}
"""What is posted as a file, its type and a right one."""

IDS = {
    "alias_id": "al_1",
    "buyer_id": "buy_1",
    "callback_id": "msg_1",
    "endpoint_id": "ep_1",
    "import_id": "imp_1",
    "order_id": "ord_1",
    "refund_id": "rf_1",
}
"""What an address of the API may name."""

MACHINES = {"/hooks/csp", "/hooks/<gateway>/<merchant_id>", "/hooks/whatsapp/<merchant_id>"}
"""What programs post: see test_machines and test_whatsapp."""

HEADERS = {
    "Authorization": "names a key of the API by its hash",
    "HTTP_ACCEPT_LANGUAGE": "chooses one of our languages",
    "HTTP_COOKIE": "chooses one of our languages, or names a session by its hash",
    "HTTP_HOST": "must be ours",
    "HTTP_X_REQUEST_ID": "is a name in the log, where a proxy of ours has set it and it is a plain word",
    "HX-Request": "is compared",
    "Idempotency-Key": "is kept as a hash, and is refused where it is a card number",
    "Sec-Fetch-Site": "is compared",
    "Stripe-Signature": "is compared",
    "User-Agent": "is given to the gateway, which keeps none; of who logs in to the office, the browser's name is kept",
    "X-Hub-Signature-256": "is compared",
}
"""What is read of a request beside its address and body, and what becomes of it."""

ARGUMENTS = {
    **dict.fromkeys(
        ("action", "actor", "buyer", "by", "channel", "endpoint", "id", "import", "sort", "type"), "is compared"
    ),
    **dict.fromkeys(("since", "until"), "is read as a day"),
    **dict.fromkeys(("card", "chosen", "sums"), "is there or not"),
    "colour": "is read as a colour",
    "after": "is read as the key of a row, and compared",
    "before": "is read as the key of a row, and compared",
    "days": "is read as a number, and compared",
    "details": "is there or not",
    "like": "is looked up as an order's id",
    "hub.challenge": "goes back to Meta",
    "hub.mode": "is compared",
    "hub.verify_token": "is compared",
    "iss": "is compared",
    "lang": "chooses one of our languages",
    "next": "goes back to the browser, in its own cookie",
    "q": "is looked for, and written nowhere",
    "revision": "is compared",
    "state": "is compared",
}
"""What is read of an address behind its question mark, and what becomes of it."""

# Of Meta's reference (webhooks/reference/messages), each type with all that it may hold, and some that are not in it (`note`).
_MEDIA = {
    "mime_type": "image/jpeg",
    "sha256": "SfInY0gGKTsJlUWb=",
    "id": "1003383421387256",
    "url": "https://x.example/a",
}
_REPLY = {"from": "15550783881", "id": "wamid.HBgLMTY0NjcwNDM1OTUVAgARGBI1QjJGNjI1RDdBNTQ5RTkyREMA"}
_ERRORS = [
    {
        "code": 131051,
        "title": "Message type unknown",
        "message": "Message type unknown",
        "error_data": {"details": "Message type is currently not supported."},
        "href": "https://developers.facebook.com/docs/",
    }
]
_REFERRAL = {
    "source_url": "https://fb.me/3cr4Wqqkv",
    "source_id": "120226305854810726",
    "source_type": "ad",
    "body": "Summer succulents are here!",
    "headline": "Chat with us",
    "media_type": "image",
    "image_url": "https://x.example/a.png",
    "video_url": "https://x.example/a.mp4",
    "thumbnail_url": "https://x.example/b.png",
    "ctwa_clid": "Aff-n8ZTODiE79d22KtAwQKj9e",
    "welcome_message": {"text": "Hi there!"},
}
MESSAGES: dict[str, dict[str, Any]] = {
    "text": {
        "text": {"body": "Does it come in another colour?", "preview_url": False},
        "referral": _REFERRAL,
        "context": {
            **_REPLY,
            "forwarded": True,
            "referred_product": {"catalog_id": "194836987003835", "product_retailer_id": "di9ozbzfi4"},
        },
    },
    "image": {"image": {**_MEDIA, "caption": "Taj Mahal"}},
    "video": {"video": {**_MEDIA, "caption": "My vacation video"}},
    "audio": {"audio": {**_MEDIA, "voice": True}},
    "sticker": {"sticker": {**_MEDIA, "animated": True}},
    "document": {"document": {**_MEDIA, "filename": "receipt.pdf", "caption": "Receipt"}},
    "location": {
        "location": {
            "latitude": 37.44221496582,
            "longitude": -122.16165924072,
            "address": "101 Forest Ave, Palo Alto",
            "name": "Philz Coffee",
            "url": "https://philz.example/",
        }
    },
    "contacts": {
        "contacts": [
            {
                "addresses": [
                    {
                        "city": "Menlo Park",
                        "country": "United States",
                        "country_code": "US",
                        "state": "CA",
                        "street": "1 Hacker Way",
                        "type": "HOME",
                        "zip": "94025",
                    }
                ],
                "birthday": "1999-01-23",
                "emails": [{"email": "barbara@mail.example", "type": "WORK"}],
                "name": {
                    "formatted_name": "Barbara J. Johnson",
                    "first_name": "Barbara",
                    "last_name": "Johnson",
                    "middle_name": "Joana",
                    "suffix": "Esq.",
                    "prefix": "Dr.",
                },
                "org": {"company": "Social Tsunami", "department": "Engineering", "title": "Engineer"},
                "phones": [{"phone": "+1 (650) 555-1234", "wa_id": "16505551234", "type": "CELL"}],
                "urls": [{"url": "https://barbara.example", "type": "WORK"}],
                "note": "a friend",
            }
        ]
    },
    "interactive": {
        "interactive": {
            "type": "nfm_reply",
            "button_reply": {"id": "cancel-button", "title": "Cancel"},
            "list_reply": {"id": "priority", "title": "Priority Mail", "description": "Next day to 2 days"},
            "nfm_reply": {"name": "flow", "body": "Sent", "response_json": '{"screen_0_number": "12"}'},
            "call_permission_reply": {"response": "accept", "response_source": "user_action"},
        },
        "context": _REPLY,
    },
    "button": {"button": {"payload": "Unsubscribe", "text": "Unsubscribe"}, "context": _REPLY},
    "order": {
        "order": {
            "catalog_id": "194836987003835",
            "text": "with cream",
            "product_items": [
                {"product_retailer_id": "di9ozbzfi4", "quantity": 2, "item_price": 30.0, "currency": "USD"},
            ],
        }
    },
    "reaction": {"reaction": {"message_id": _REPLY["id"], "emoji": "👍"}},
    "system": {
        "system": {
            "body": "User Sheena changed from 16505551234 to 12195555358",
            "wa_id": "12195555358",
            "new_wa_id": "12195555358",
            "identity": "hash",
            "user_id": "US.13491208655302741918",
            "previous_user_id": "US.13491208655302741917",
            "parent_user_id": "US.ENT.11815799212886844830",
            "previous_parent_user_id": "US.ENT.11815799212886844829",
            "type": "user_changed_number",
            "customer": "16505551234",
        }
    },
    "edit": {"edit": {"original_message_id": _REPLY["id"], "message": {"type": "text", "text": {"body": "no, 12"}}}},
    "revoke": {"revoke": {"original_message_id": _REPLY["id"]}},
    "request_welcome": {"request_welcome": {"note": ""}},
    "unsupported": {"errors": _ERRORS, "unsupported": {"type": "poll", "note": "?"}},
    "unknown": {"errors": _ERRORS},
    "what Meta adds next": {"what": [{"it": {"says": "anything"}}]},
}
"""What a message may hold beside its head."""

STATUS: dict[str, Any] = {
    "recipient_id": "16505551234",
    "recipient_user_id": "US.13491208655302741918",
    "biz_opaque_callback_data": "order 12",
    "group_id": "Y2FwaV9ncm91cDox",
    "conversation": {"id": "f5fdae3920125a39", "expiration_timestamp": "1750350173", "origin": {"type": "utility"}},
    "pricing": {"billable": True, "pricing_model": "PMP", "category": "utility", "type": "regular"},
    "errors": _ERRORS,
}
