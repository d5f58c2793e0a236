from xml import etree

NAMES = {"i": "urn:example:invoice:1"}

lines = []
for document in INPUT_DATA:
    invoice = etree.ElementTree.fromstring(document["xml"])
    number = invoice.get("number")
    lines += [
        {
            "invoice": number,
            "sku": line.get("sku"),
            "quantity": int(line.findtext("i:quantity", default="1", namespaces=NAMES)),
            "price": float(line.findtext("i:price", namespaces=NAMES)),
        }
        for line in invoice.iterfind("i:lines/i:line", NAMES)
    ]
return lines
