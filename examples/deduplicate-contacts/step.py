newest = {}
for contact in INPUT_DATA:
    email = contact["email"].strip().casefold()
    known = newest.get(email)
    # ISO 8601 dates compare as text in the order of time.
    if known is None or contact["changed"] > known["changed"]:
        newest[email] = {**contact, "email": email}

log.info(f"{len(INPUT_DATA)} contacts, {len(INPUT_DATA) - len(newest)} of them duplicates")
return list(newest.values())
