import io

import pandas as pd

RATES = """
day,currency,eur
2024-01-01,USD,0.90
2024-01-01,CZK,0.04
2024-02-01,USD,0.92
"""

rates = pd.read_csv(io.StringIO(RATES), parse_dates=["day"])
payments = pd.DataFrame(INPUT_DATA)
payments["day"] = pd.to_datetime(payments["day"])

converted = pd.merge_asof(
    payments.sort_values("day"), rates.sort_values("day"), on="day", by="currency"
)
converted["eur"] = (converted["amount"] * converted["eur"]).round(2)

for payment in converted[converted["eur"].isna()].to_dict("records"):
    log.warn(f"payment {payment['id']}: no rate for {payment['currency']}")

return converted.sort_values("id")[["id", "day", "currency", "amount", "eur"]]
