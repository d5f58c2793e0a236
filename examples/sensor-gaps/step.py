import pandas as pd

readings = pd.DataFrame(INPUT_DATA)
readings["time"] = pd.to_datetime(readings["time"])

grid = readings.set_index("time")["humidity"].resample("15min").mean()
filled = grid.interpolate(limit=1)
return pd.DataFrame({"humidity": filled, "measured": grid.notna()}).reset_index()
