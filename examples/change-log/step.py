products = {}
for change in sorted(INPUT_DATA, key=lambda change: change["sequence"]):
    match change:
        case {"op": "insert" | "update", "sku": sku, "data": data}:
            products[sku] = products.get(sku, {"sku": sku}) | data
        case {"op": "delete", "sku": sku}:
            products.pop(sku, None)
        case {"op": other}:
            log.warn(f"change {change['sequence']}: unknown operation {other!r}")

return list(products.values())
