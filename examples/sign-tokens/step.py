from jose import jwt
from jose.constants import ALGORITHMS

KEY = "example-signing-key-of-32-bytes!"
LIFETIME_SECONDS = 15 * 60

tokens = []
for user in INPUT_DATA:
    claims = {
        "sub": user["name"],
        "scope": " ".join(user["scopes"]),
        "iat": user["issued"],
        "exp": user["issued"] + LIFETIME_SECONDS,
    }
    token = jwt.encode(claims, KEY, algorithm=ALGORITHMS.HS256)
    read = jwt.decode(token, KEY, algorithms=[ALGORITHMS.HS256], options={"verify_exp": False})
    assert read == claims
    tokens.append({"user": user["name"], "token": token, "expires": claims["exp"]})

return tokens
