"""Ask this machine's proxy for a page of the product, as whoever comes to its public name does; prints the status. Run inside of a machine."""

import ssl
import sys
import urllib.request

ANY = ssl.create_default_context()
ANY.check_hostname, ANY.verify_mode = False, ssl.CERT_NONE
asked = urllib.request.Request("https://127.0.0.1/office/login", headers={"Host": "pay.example.com"})
with urllib.request.urlopen(asked, context=ANY, timeout=10) as answer:  # noqa: S310
    print(answer.status)
    sys.exit(answer.status != 200)
