from datetime import date


def checked(invoice):
    """Give the invoice with its due date as a date; raises ValueError where it makes no sense."""
    if invoice["amount"] <= 0:
        raise ValueError(f"the amount is {invoice['amount']}")
    return {**invoice, "due": date.fromisoformat(invoice["due"])}


good = []
for invoice in INPUT_DATA:
    try:
        good.append(checked(invoice))
    except ValueError as error:
        log.error(f"invoice {invoice['number']}: {error}")

return good
