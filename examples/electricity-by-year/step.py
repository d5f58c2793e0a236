import pandas as pd

wide = pd.DataFrame(INPUT_DATA).pivot(index="year", columns="source", values="gwh")
wide = wide.rename(
    columns={"Fossil Fuels": "fossil", "Nuclear Energy": "nuclear", "Renewables": "renewable"}
)
wide["renewable_percent"] = (100 * wide["renewable"] / wide.sum(axis="columns")).round(1)
return wide.reset_index()
