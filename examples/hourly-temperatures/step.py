import pandas as pd

readings = pd.DataFrame(INPUT_DATA)
readings["time"] = pd.to_datetime(readings["time"])
readings["celsius"] = (readings["fahrenheit"] - 32) / 1.8

days = readings.resample("D", on="time").agg(
    low=("celsius", "min"),
    mean=("celsius", "mean"),
    high=("celsius", "max"),
    hours=("celsius", "count"),
)
return days.round(1).reset_index(names="day")
