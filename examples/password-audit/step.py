from passlib.hash import hex_md5, ldap_salted_sha1, pbkdf2_sha256

SCHEMES = (pbkdf2_sha256, ldap_salted_sha1, hex_md5)
ENOUGH_ROUNDS = 10_000
COMMON = ("123456", "password", "qwerty")

report = []
for user in INPUT_DATA:
    stored = user["password_hash"]
    scheme = next((scheme for scheme in SCHEMES if scheme.identify(stored)), None)
    strong = scheme is pbkdf2_sha256 and scheme.from_string(stored).rounds >= ENOUGH_ROUNDS
    report.append(
        {
            "user": user["user"],
            "scheme": scheme and scheme.name,
            "rehash": not strong,
            "is_common": scheme is not None and any(scheme.verify(word, stored) for word in COMMON),
        }
    )
return report
