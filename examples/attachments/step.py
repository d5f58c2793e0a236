import base64

PDF = b"%PDF-"

files = []
for mail in INPUT_DATA:
    content = base64.b64decode(mail["content"], validate=True)
    if content.startswith(PDF):
        kind = "pdf"
    else:
        kind, content = "text", content.decode(mail["charset"]).encode("utf-8")
    files.append({"name": mail["name"], "kind": kind, "size": len(content), "content": content})
return files
