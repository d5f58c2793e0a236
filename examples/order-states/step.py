class Order:
    """An order, as far as its events have come."""

    def __init__(self):
        self.state, self.paid = "new", 0

    def take(self, event):
        """Move by one event; raises ValueError where it does not fit."""
        match self.state, event:
            case "new" | "part paid", {"type": "payment", "amount": amount}:
                self.paid += amount
                self.state = "paid" if self.paid >= event["total"] else "part paid"
            case "paid", {"type": "shipment"}:
                self.state = "shipped"
            case "new" | "part paid" | "paid", {"type": "cancellation"}:
                self.state = "cancelled"
            case state, {"type": kind}:
                raise ValueError(f"no {kind} for an order that is {state}")


orders = {}
for event in INPUT_DATA:
    order = orders.setdefault(event["order"], Order())
    try:
        order.take(event)
    except ValueError as error:
        log.warn(f"order {event['order']}: {error}")

return [{"order": number, **vars(order)} for number, order in orders.items()]
