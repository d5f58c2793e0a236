import io

import pandas as pd

tables = [
    pd.read_csv(
        io.StringIO(file["text"]),
        sep=";",
        decimal=",",
        thousands=" ",
        dtype={"account": str},
        parse_dates=["day"],
        dayfirst=True,
        keep_default_na=False,
    ).assign(file=file["name"])
    for file in INPUT_DATA
]
return pd.concat(tables)
