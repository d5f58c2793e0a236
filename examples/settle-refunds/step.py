refunded = {}
for refund in INPUTS["refunds"]:
    refunded[refund["order"]] = refunded.get(refund["order"], 0) + refund["cents"]

settled = [
    {"order": order["id"], "due_cents": order["cents"] - refunded.pop(order["id"], 0)}
    for order in INPUT_DATA
]
if refunded:
    log.warn(f"refunds without an order: {sorted(refunded)}")
return settled
