import warnings

SUCCESSORS = {"DDR": "DEU", "ZAR": "COD", "BUR": "MMR"}

rows = []
for row in INPUT_DATA:
    code = row["country"].upper()
    if code in SUCCESSORS:
        warnings.warn(f"{code} is now {SUCCESSORS[code]}", DeprecationWarning, stacklevel=1)
    rows.append({"port": row["port"], "country": SUCCESSORS.get(code, code)})
return rows
