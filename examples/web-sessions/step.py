import pandas as pd

GAP = pd.Timedelta(minutes=30)

if not INPUT_DATA:
    return []

clicks = pd.DataFrame(INPUT_DATA)
clicks["time"] = pd.to_datetime(clicks["time"])
clicks = clicks.sort_values(["visitor", "time"])

starts = clicks.groupby("visitor")["time"].diff() > GAP
clicks["session"] = starts.groupby(clicks["visitor"]).cumsum() + 1

sessions = clicks.groupby(["visitor", "session"], as_index=False).agg(
    start=("time", "min"), end=("time", "max"), clicks=("page", "size"), entry=("page", "first")
)
sessions["seconds"] = (sessions.pop("end") - sessions["start"]).dt.total_seconds()
return sessions
