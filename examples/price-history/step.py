from itertools import groupby, pairwise

prices = sorted(INPUT_DATA, key=lambda price: (price["sku"], price["day"]))
runs = groupby(prices, key=lambda price: (price["sku"], price["price"]))
starts = [next(run) for _, run in runs]

history = []
for start, following in pairwise([*starts, None]):
    ended = following is not None and following["sku"] == start["sku"]
    history.append(
        {
            "sku": start["sku"],
            "price": start["price"],
            "valid_from": start["day"],
            "valid_to": following["day"] if ended else None,
            "is_current": not ended,
        }
    )
return history
