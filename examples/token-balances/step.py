UNIT = 10**18

balances = {}
for transfer in INPUT_DATA:
    account = transfer["account"]
    balances[account] = balances.get(account, 0) + int(transfer["amount"])

return [
    {"account": account, "balance": balance, "tokens": f"{balance // UNIT}.{balance % UNIT:018}"}
    for account, balance in sorted(balances.items())
]
