[line] = INPUT_DATA

net = line["cents"] * line["quantity"]
tax = (net * line["tax_percent"] + 50) // 100  # half a cent is rounded up
return [{"net_cents": net, "tax_cents": tax}]
