import pandas as pd

rows = pd.DataFrame(INPUT_DATA)
orders = rows[rows["kind"] == "order"][["customer", "total"]]
customers = rows[rows["kind"] == "customer"][["customer", "region"]]

joined = orders.merge(customers, on="customer", how="left", validate="many_to_one", indicator=True)
strangers = joined.loc[joined["_merge"] == "left_only", "customer"]
if not strangers.empty:
    log.warn(f"no customer for {', '.join(strangers)}")

joined["region"] = joined["region"].fillna("unknown")
regions = joined.groupby("region", as_index=False).agg(
    orders=("total", "size"), total=("total", "sum")
)
return regions.sort_values("total", ascending=False)
