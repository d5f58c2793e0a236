from itertools import accumulate

OPENING_BALANCE = 100_00

bookings = sorted(INPUT_DATA, key=lambda booking: (booking["day"], booking["id"]))
balances = accumulate((booking["cents"] for booking in bookings), initial=OPENING_BALANCE)
next(balances)  # the opening balance belongs to no booking

rows = [
    {**booking, "balance_cents": balance}
    for booking, balance in zip(bookings, balances, strict=True)
]
if overdrawn := [row["id"] for row in rows if row["balance_cents"] < 0]:
    log.warn(f"overdrawn after {overdrawn}")
return rows
