from jose import jwe
from jose.constants import ALGORITHMS

KEY = b"an example key of 32 bytes: 4711"

messages = []
for row in INPUT_DATA:
    token = jwe.encrypt(
        row["text"].encode(),
        KEY,
        algorithm=ALGORITHMS.DIR,
        encryption=ALGORITHMS.A256GCM,
        kid=row["receiver"],
    )
    header = jwe.get_unverified_header(token)
    messages.append(
        {
            "receiver": header["kid"],
            "encryption": header["enc"],
            "parts": token.count(b".") + 1,
            "opened": jwe.decrypt(token, KEY).decode(),
        }
    )
return messages
