import pandas as pd

months = pd.DataFrame(INPUT_DATA)
months["quarter"] = pd.PeriodIndex(months.pop("date"), freq="Q").astype(str)

long = months.melt(id_vars="quarter", var_name="cause", value_name="deaths")
return long.groupby(["quarter", "cause"], as_index=False)["deaths"].sum()
