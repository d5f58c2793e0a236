import httpx

BASE = httpx.URL("https://crm.example.com/v2/contacts?source=sync")

requests = []
for contact in INPUT_DATA:
    request = httpx.Request(
        "PUT" if contact["exists"] else "POST",
        BASE.copy_merge_params({"email": contact["email"]}),
        json={"name": contact["name"]},
        headers={"Idempotency-Key": f"contact-{contact['id']}"},
    )
    requests.append(
        {
            "method": request.method,
            "url": str(request.url),
            "headers": {
                name: request.headers[name] for name in ("content-type", "idempotency-key")
            },
            "body": request.content.decode(),
        }
    )
return requests
