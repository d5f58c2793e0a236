def shares(cents, weights):
    """Divide cents by weights, so that the parts add up to the whole."""
    total = sum(weights)
    parts = [divmod(cents * weight, total) for weight in weights]
    left = cents - sum(floor for floor, _ in parts)
    by_remainder = sorted(range(len(parts)), key=lambda n: parts[n][1], reverse=True)
    gets_one_more = set(by_remainder[:left])
    return [floor + (n in gets_one_more) for n, (floor, _) in enumerate(parts)]


return [
    {"bill": bill["bill"], "department": name, "cents": cents}
    for bill in INPUT_DATA
    for name, cents in zip(
        bill["weights"], shares(bill["cents"], bill["weights"].values()), strict=True
    )
]
