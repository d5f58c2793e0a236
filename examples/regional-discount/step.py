percent = ${LocalVariable.DiscountPercent}
if ${LocalVariable.Campaign} is None:
    log.info(f"no campaign in ${LocalVariable.Region}, campaign is ${LocalVariable.Campaign}")

return [
    {
        "sku": row["sku"],
        "price": round(row["price"] * (100 - percent) / 100, 2),
        "label": "${LocalVariable.Region} price",
    }
    for row in INPUT_DATA
]
