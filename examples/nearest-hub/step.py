from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_KM = 6371


def kilometres(a, b):
    """Give the distance of two places along the surface of the earth."""
    north, south = radians(a["latitude"]), radians(b["latitude"])
    east = radians(b["longitude"] - a["longitude"])
    half = sin((south - north) / 2) ** 2 + cos(north) * cos(south) * sin(east / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(half))


hubs = [airport for airport in INPUT_DATA if airport["is_hub"]]

nearest = []
for airport in INPUT_DATA:
    if airport["is_hub"]:
        continue
    distance, hub = min((kilometres(airport, hub), hub["iata"]) for hub in hubs)
    nearest.append(
        {"iata": airport["iata"], "city": airport["city"], "hub": hub, "km": round(distance)}
    )
return nearest
