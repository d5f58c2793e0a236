import pandas as pd

MOST_MISSING = 0.25

table = pd.DataFrame(INPUT_DATA)
report = []
for column, values in table.items():
    known = values.dropna()
    report.append(
        {
            "column": column,
            "missing": len(values) - len(known),
            "distinct": known.nunique(),
            "smallest": None if known.empty else str(known.min()),
            "largest": None if known.empty else str(known.max()),
        }
    )
    if values.isna().mean() > MOST_MISSING:
        log.warn(f"column {column}: {values.isna().mean():.0%} of the values are missing")
return report
