import json


def flat(value, path=""):
    """Give the pairs of path and value below a value."""
    match value:
        case dict():
            for key, inner in value.items():
                yield from flat(inner, f"{path}.{key}" if path else key)
        case list():
            yield path, json.dumps(value)
        case _:
            yield path, value


return [dict(flat(customer)) for customer in INPUT_DATA]
