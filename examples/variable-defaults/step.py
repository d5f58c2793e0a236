def variable(name, default):
    """Give a local variable, or the default where it is null."""
    value = LocalVariable[name]
    return default if value is None else value


since = variable("Since", "2024-01-01")
least = variable("LeastAmount", 100)
unit = LocalVariable.Currency or "EUR"

return [
    {"id": row["id"], "amount": f"{row['amount']} {unit}"}
    for row in INPUT_DATA
    if row["day"] >= since and row["amount"] >= least
]
