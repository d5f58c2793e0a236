import pandas as pd

if not DATA_CHECKPOINT:
    DATA_CHECKPOINT = ""  # the first run: every date comes after it

if not INPUT_DATA:
    return []

days = pd.DataFrame(INPUT_DATA).sort_values("date")

# The mean looks back over the start of a slice, so it is taken before slicing.
days["week_mean"] = days["temp_max"].rolling(7, min_periods=1).mean().round(1)
days["wet"] = days["precipitation"] >= 1.0
days["frost"] = days["temp_min"] < 0.0

# Oldest first: the checkpoint is the date in the last row, not the latest one.
unseen = days[days["date"] > DATA_CHECKPOINT].head(30)
log.info(f"{len(unseen)} days after {DATA_CHECKPOINT or 'the beginning'}")

columns = ["date", "weather", "temp_max", "week_mean", "wet", "frost"]
return unseen[columns].to_dict("records")
