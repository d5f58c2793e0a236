low = [
    {"sku": item["sku"], "missing": item["reorder_level"] - item["on_hand"]}
    for item in INPUT_DATA
    if item["on_hand"] < item["reorder_level"]
]
log.info(f"{len(INPUT_DATA)} articles looked at, {len(low)} are low")
return low
