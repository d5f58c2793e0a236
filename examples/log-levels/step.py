ORDERS_ARE_FEW = 3

log.trace("the statement starts")
log.debug({"rows": len(INPUT_DATA)})

for order in INPUT_DATA:
    print(order["id"], order["status"])

paid = [order for order in INPUT_DATA if order["status"] == "paid"]
log.info(f"{len(paid)} of {len(INPUT_DATA)} orders are paid")
if len(paid) < ORDERS_ARE_FEW:
    log.warn("fewer paid orders than on any other day")

return paid
