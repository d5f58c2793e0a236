import base64

from passlib.hash import pbkdf2_sha256

ROUNDS = 20_000

accounts = []
for account in INPUT_DATA:
    salt = base64.b64decode(account["salt"])
    stored = pbkdf2_sha256.using(rounds=ROUNDS, salt=salt).hash(account["password"])
    assert pbkdf2_sha256.verify(account["password"], stored)
    accounts.append({"user": account["user"], "password_hash": stored})

return accounts
