from itertools import groupby


def order_number(line):
    """Tell which order a line belongs to."""
    return line["order"]


documents = []
for order, group in groupby(sorted(INPUT_DATA, key=order_number), key=order_number):
    lines = list(group)
    documents.append(
        {
            "order": order,
            "lines": [
                {name: line[name] for name in ("sku", "quantity", "price")} for line in lines
            ],
            "delivery": {"carrier": lines[0]["carrier"], "parcels": len(lines)},
        }
    )
return documents
