import json

from jose.backends import HMACKey
from jose.constants import ALGORITHMS
from jose.utils import base64url_decode

key = HMACKey("whsec-example", ALGORITHMS.HS256)


def is_genuine(call):
    """Tell whether the call was signed with our key."""
    signature = dict(part.split("=", 1) for part in call["signature"].split(","))
    signed = f"{signature['t']}.{call['body']}".encode()
    return key.verify(signed, base64url_decode(signature["v1"].encode()))


events = []
for call in INPUT_DATA:
    if not is_genuine(call):
        log.warn(f"call {call['id']}: the signature does not fit")
        continue
    event = json.loads(call["body"])
    events.append({"call": call["id"], "type": event["type"], "order": event["order"]})
return events
