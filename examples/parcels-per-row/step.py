HEAVIEST = 20

[order] = INPUT_DATA

whole, rest = divmod(order["kilograms"], HEAVIEST)
weights = [HEAVIEST] * whole + [rest] * (rest > 0)
return [{"parcel": n, "weight": weight} for n, weight in enumerate(weights, start=1)]
