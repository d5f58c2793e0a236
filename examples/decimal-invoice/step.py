from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def to_cents(amount: Decimal) -> Decimal:
    """Round to the cent, half up."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


lines = []
for line in INPUT_DATA:
    net = to_cents(Decimal(line["price"]) * line["quantity"])
    tax = to_cents(net * Decimal(line["rate"]) / 100)
    lines.append({"item": line["item"], "net": net, "tax": tax, "gross": net + tax})

log.info(f"to pay: {sum(line['gross'] for line in lines)}")
return lines
